"""Tasks that touch cells and take locks by hand, as rewritten code does: what an execution notes of it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from racelab.explorer.kernel.calls import Call
from racelab.explorer.kernel.cells import READ, UNKNOWN, WRITE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.tasks import NAMES, Stage
from racelab.explorer.kernel.threads import Thread, here
from racelab.explorer.kernel.waiting import Primitive

Body = Callable[[], object] | tuple[Callable[[], object], ...]
"""What a task does: one call, or several."""


class Box:
    """Something that tasks share."""

    def __init__(self, **names: Any) -> None:
        vars(self).update(names)
        if here.memory is not None:
            here.memory.adopt(self, None)


class Mutex(Primitive):
    """The smallest lock."""

    def __init__(self) -> None:
        super().__init__("lock")
        self.owner: Thread | None = None

    def key(self) -> object:
        """Who holds it."""
        return self.owner and self.owner.name

    def __enter__(self) -> None:
        task, _ = self.wait_until("take", lambda _: self.owner is None)
        assert task is not None
        self.owner = task
        task.held |= {self.name}
        self.acquired(task)

    def __exit__(self, *_: object) -> None:
        task = here.task
        self.owner = None
        if task is not None:
            task.held -= {self.name}
            task.fresh = True
            self.released(task)


class Flag(Primitive):
    """It is up once somebody has set it."""

    def __init__(self) -> None:
        super().__init__("flag")
        self.up = False

    def set(self) -> None:
        """Whoever waits may go on."""
        task = self.stop("set")
        self.up = True
        self.released(task)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether it is up; with a time-out it may be given up."""
        task, is_up = self.wait_until("wait for", lambda _: self.up, timeout)
        self.acquired(task)
        return is_up


def touch(thing: object, key: object, access: int, site: int, content: object = UNKNOWN) -> None:
    """One access of the running task."""
    memory, task = here.memory, here.task
    assert memory is not None
    assert task is not None
    memory.gate(task, site)
    memory.mark(task, thing, key, access, site, content)


def get(box: Box, name: str, site: int) -> Any:
    """Read an attribute; a call follows, where a switch may happen."""
    touch(box, name, READ, site)
    value = getattr(box, name)
    assert here.task is not None
    here.task.fresh = True
    return value


def put(box: Box, name: str, site: int, value: Any) -> None:
    """Write an attribute."""
    touch(box, name, WRITE, site, value)
    setattr(box, name, value)


class Run:
    """One execution: `go("AAB")` lets tasks take steps, those that have ended excepted."""

    def __init__(self, places: Places, make: Callable[[], Sequence[Body]]) -> None:
        self.stage = Stage(2, announced=False)
        self.memory = here.memory = Memory(self.stage, places)
        bodies = make()
        self.tasks = [
            Thread(self.stage, name, _calls(name, body), memory=self.memory, index=index)
            for index, (name, body) in enumerate(zip(NAMES, bodies, strict=False), 1)
        ]
        self.stage.tasks += self.tasks
        self.stage.building = False
        for task in self.tasks:
            task.begin()

    def go(self, turns: str) -> None:
        """Take steps."""
        for name in turns:
            task = next(task for task in self.tasks if task.name == name)
            assert task.ready(), task.why_not()
            task.resume()

    def state(self) -> object:
        """All of it."""
        return self.memory.state(), tuple([task.local for task in self.tasks])

    def local(self, name: str) -> int:
        """What a task knows."""
        return next(task.local for task in self.tasks if task.name == name)

    def errors(self) -> list[BaseException | None]:
        """Of the tasks."""
        return [task.calls[0].error for task in self.tasks]


def _calls(name: str, body: Body) -> list[Call]:
    """One call, or several one after another."""
    return [Call(name, (), each) for each in (body if isinstance(body, tuple) else (body,))]


@contextmanager
def running(places: Places, make: Callable[[], Sequence[Body]]) -> Iterator[Run]:
    """An execution, closed at the end."""
    run = Run(places, make)
    try:
        yield run
    finally:
        run.stage.close()
        here.memory = None
