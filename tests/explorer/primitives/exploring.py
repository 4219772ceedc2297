"""Every schedule of a small program over modelled primitives, run one by one; or each state once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from greenlet import GreenletExit

from racelab.explorer.kernel.calls import Call
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.points import Point
from racelab.explorer.kernel.tasks import NAMES, Stage
from racelab.explorer.kernel.threads import Thread, here

Body = Callable[[], object]
Make = Callable[[], Sequence[Body]]
Ending = tuple[Any, ...]
MOST = 60_000
"""Executions of one program."""
WAITS = "waits for ever"
START = Point("operation", "begin")


class MostSchedules(Exception):
    """A program has more schedules than a test has time for."""


class World:
    """One execution: set-up has made the bodies, and each task stands before its first operation."""

    def __init__(self, places: Places, make: Make) -> None:
        self.places = places
        self.stage = Stage(0, announced=False)
        self.memory = here.memory = Memory(self.stage, places)
        self.set_up = Thread(self.stage, "", [], alone=True, memory=self.memory, index=0)
        here.task = self.set_up
        bodies = list(make())
        self.memory.settle(self.set_up)
        here.task = None
        self.stage.building, self.stage.visitors = False, len(bodies)
        self.tasks = [
            Thread(self.stage, name, [Call(name, (), body)], memory=self.memory, index=index)
            for index, (name, body) in enumerate(zip(NAMES, bodies, strict=False), 1)
        ]
        self.stage.tasks += self.tasks
        for task in self.tasks:
            task.begin()

    def all_tasks(self) -> list[Thread]:
        """Those of the program, and threads that were started."""
        return [task for task in self.stage.tasks if isinstance(task, Thread)]

    def ready(self) -> list[str]:
        """Who can go on."""
        return [task.name for task in self.all_tasks() if task.ready()]

    def step(self, name: str) -> None:
        """One step of one task."""
        task = next(task for task in self.all_tasks() if task.name == name)
        task.resume()
        for other in self.all_tasks():
            if other is not task:
                other.late = 0

    def go(self, turns: Iterable[str]) -> None:
        """Steps."""
        for name in turns:
            self.step(name)

    def answers(self) -> Ending:
        """What each task of the program has returned or raised; and the threads that have crashed."""
        return (*[_answer(task) for task in self.tasks], *self.memory.crashes)

    def state(self) -> object:
        """All of it."""
        return self.memory.state(), tuple([(task.local, task.done) for task in self.all_tasks()])

    def close(self) -> None:
        """End everything."""
        self.stage.close()
        here.memory = here.task = None


def _answer(task: Thread) -> object:
    call = task.calls[0]
    if not task.done:
        said = getattr(call.run, "said", ())
        return (*said, WAITS) if said else WAITS
    return call.value if call.answer == "ok" else f"{type(call.error).__name__}: {call.error}"


def endings(
    make: Make, places: Places | None = None, most: int = MOST, merge: bool = False
) -> dict[Ending, tuple[str, ...]]:
    """Every ending of a program, each with one schedule that leads to it.

    Args:
        merge: go on from each state once, as a search does that recognises states.

    Raises:
        MostSchedules: there are too many.
    """
    places = places or Places()
    while (found := _all(make, places, most, merge)) is None:
        pass
    return found


def _all(make: Make, places: Places, most: int, merge: bool) -> dict[Ending, tuple[str, ...]] | None:
    found: dict[Ending, tuple[str, ...]] = {}
    waiting: list[tuple[str, ...]] = [()]
    known: set[object] = set()
    many = 0
    while waiting:
        many += 1
        if many > most:
            raise MostSchedules
        turns = list(waiting.pop())
        world = World(places, make)
        try:
            world.go(turns)
            while ready := world.ready():
                if merge and (state := world.state()) in known:
                    break
                if merge:
                    known.add(state)
                waiting += [(*turns, name) for name in ready[1:]]
                turns.append(ready[0])
                world.step(ready[0])
            if world.memory.grown:
                return None
            if not ready:
                found.setdefault(world.answers(), tuple(turns))
        finally:
            world.close()
    return found


def alone(body: Body) -> object:
    """What one task answers that runs alone."""
    (ending,) = endings(lambda: [body])
    return ending[0]


def outcome(does: Body) -> str:
    """What it returns or raises, with the message."""
    try:
        return repr(does())
    except GreenletExit:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is compared
        return f"{type(error).__name__}: {error}"
