"""One execution of a program over the reader's class, step by step."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from typing import Final

from racelab.explorer.kernel.calls import Call, CannotDecide
from racelab.explorer.kernel.clock import Times
from racelab.explorer.kernel.points import Point
from racelab.explorer.kernel.tasks import NAMES
from racelab.explorer.kernel.threads import MOST, Thread, here
from racelab.explorer.kernel.waiting import Until
from racelab.explorer.search.run import Run

from .answers import answer_of, renumbered
from .bench import Bench
from .result import Answer, Ending
from .world import World

MOST_STEPS: Final = 600
_KNEW: Final = re.compile(r"\b([A-Z]+\d+)\.\d+\b")
"""In a name: a number for what its maker knew. It is counted anew in each bench, so no ending may depend on it."""
TOO_MANY: Final = f"A program may have {MOST - 1} threads at most."
Precedence = tuple[tuple[tuple[int, ...], ...], ...]
"""For each call of each client, how many calls of each client had ended when it began."""


class Execution(Run[Thread]):
    """See the module. Close it: its threads may be anywhere.

    Args:
        bench: what it shares with the others.
        in_order: whether the state says which call had ended before another began.
        times: what its calls are to read from the clock: see `Clock`.

    Attributes:
        world: the object, and all threads.
        threads: see `Run.tasks`.
        clients: the threads of the program; `maker` makes the object, if that is explored.
        broken: the expressions that must hold and did not.

    Raises:
        CannotDecide: set-up fails.
    """

    def __init__(self, bench: Bench, in_order: bool = True, times: Times = ()) -> None:
        self.program, self.in_order = bench.program, in_order
        self.broken: tuple[str, ...] = ()
        self.clients: list[Thread] = []
        self.maker: Thread | None = None
        self._state: tuple[Hashable, ...] = ()
        self.world = world = World(bench, times)
        super().__init__(world.stage)
        self.memory, self.threads = world.memory, world.threads
        try:
            world.set_up()
            if not world.memory.grown:
                self._begin()
        except BaseException:
            world.close()
            raise

    def close(self) -> None:
        """End all threads wherever they are."""
        self.world.close()

    def ready(self) -> list[Thread]:
        """The threads that can take a step now; none if the execution has ended."""
        return [] if self.finished() else [thread for thread in self.threads if thread.ready()]

    def stepped(self, task: Thread) -> None:
        """That task has taken a step: others may wait again, and what must hold is looked at between calls."""
        self._state = ()
        for thread in self.threads:
            if thread is not task:
                thread.late = 0
        if self.program.holds and self._is_at_rest():
            self._look_what_holds(at_once=True)

    def state(self) -> tuple[Hashable, ...]:
        """The state that it is in. Asked more than once between two steps; by numbers, as there are many states."""
        if not self._state:
            self._state = tuple(map(self.memory.number, super().state()))
        return self._state

    def beside(self) -> Hashable:
        """What did not hold."""
        return self.broken

    def finished(self) -> bool:
        """Whether all calls have ended, and the class's own threads wait or sleep."""
        for client in self.clients:  # asked at each step, where `all` would take several times as long
            if client.pending is not None:
                return False
        return not any(thread.ready() and not sleeps(thread) for thread in self.threads)

    def precedence(self) -> Precedence:
        """What had ended before what began."""
        first = self.clients[0].index - 1
        end = first + len(self.clients)
        return tuple(
            [
                tuple([call.before[first:end] for call in client.calls if call.called is not None])
                for client in self.clients
            ]
        )

    def waiting(self) -> list[Thread]:
        """The clients that can never go on, once nobody is ready."""
        return [client for client in self.clients if not client.done]

    def ending(self) -> Ending:
        """How it has ended. What is observed then is observed now."""
        waiting = self.waiting()
        words = tuple([_KNEW.sub(r"\1", client.why_not()) for client in waiting])
        answers = tuple([tuple([answer_of(call) for call in client.calls]) for client in self.clients])
        then: tuple[Answer, ...] = ()
        if not waiting:
            seen = [self.world.observe(text) for text in self.program.then]
            then = tuple([answer_of(call) or Answer("waits", "for ever") for call in seen])
            self._look_what_holds(at_once=False)
        answers, then = renumbered((answers, then), {})
        return Ending(answers, then, words, tuple([one.name for one in waiting]), self.crashes(), self.broken)

    def before_call(self, first: bool) -> Callable[[], None] | None:
        """What happens before a call of a client, as part of it: the first one waits until there is an object."""
        return self._until_it_is_made if first and self.world.makes else None

    def is_made(self) -> bool:
        """Whether there is an object."""
        return self.maker is None or self.maker.done

    def _begin(self) -> None:
        world, number = self.world, self.world.bench.places.number
        for letter, texts in zip(NAMES, self.program.tasks, strict=False):
            where = f"client {letter}"
            calls = [world.call(text, where, self.before_call(not later)) for later, text in enumerate(texts)]
            self.clients.append(self._thread(letter, calls))
        first = list(self.clients)
        if world.makes:
            self.maker = self._thread(NAMES[len(first)], [Call(self.program.make, (), world.make)])
            first.append(self.maker)
        for thread in first:
            thread.ordered_after(world.clock)
            thread.local = number(("client", thread.name))
            thread.begin()

    def _thread(self, name: str, calls: list[Call]) -> Thread:
        index = len(self.threads) + 1
        if index >= MOST:
            raise CannotDecide(TOO_MANY)
        thread = Thread(self.world.stage, name, calls, memory=self.memory, index=index)
        self.threads.append(thread)
        return thread

    def _until_it_is_made(self) -> None:
        task = here.task
        assert task is not None
        task.pause(Point("operation", "wait until it is made", Until(lambda _: self.is_made())))
        self.ordered_after_making(task)

    def ordered_after_making(self, task: Thread) -> None:
        """All that its maker has done is ordered before what this thread does next."""
        if self.maker is not None:
            task.ordered_after(self.maker.clock)

    def _is_at_rest(self) -> bool:
        """Whether no call is under way, there is an object, and no lock is held that a look might have to wait for."""
        if any(is_under_way(client) for client in self.clients) or any(thread.held for thread in self.threads):
            return False
        return self.is_made()

    def _look_what_holds(self, at_once: bool) -> None:
        for text in self.program.holds:
            if text not in self.broken and not self.world.holds(text, at_once):
                self.broken = (*self.broken, text)

    def crashes(self) -> tuple[str, ...]:
        """By the exception alone: which letter a thread of the class's own gets depends on the schedule."""
        made = self.maker.calls[0] if self.maker is not None else None
        failed = () if made is None or made.error is None else (f"{made.value} in {made.method}",)
        return (*sorted(told.partition(": ")[2] for told in self.memory.crashes), *failed)


def is_under_way(client: Thread) -> bool:
    """Whether a call of it has begun and has not ended."""
    return client.current < len(client.calls) and client.calls[client.current].called is not None


def sleeps(thread: Thread) -> bool:
    """Whether it does nothing but let time pass."""
    return thread.pending is not None and thread.pending.name.startswith("sleep")


def has_own_threads(run: Execution) -> bool:
    """Whether the class has started a thread."""
    return any(thread.started for thread in run.threads)
