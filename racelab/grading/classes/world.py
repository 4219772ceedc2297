"""What a program runs in: the module, the object, and what happens outside of the schedule.

Set-up comes before the first step, and observations after the last one. Both run as a task of their own while no other
is meant to run: locks and queues really wait there, and if it has to wait the others go on.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from types import ModuleType
from typing import Any, Final

from racelab.explorer.code.hooks.dropped import tell_dropped
from racelab.explorer.code.loader import Loader
from racelab.explorer.kernel.calls import Call, CannotDecide
from racelab.explorer.kernel.clock import Times
from racelab.explorer.kernel.guard import refuse_coroutine
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.tasks import Stage
from racelab.explorer.kernel.threads import Thread, here
from racelab.explorer.primitives import MODELLED

from .answers import comparable
from .bench import Bench

FAILS: Final = "{} raises {} before any thread begins. Does it work by itself?"
LEFT_LOCKED: Final = "{} waits while it holds a lock, so that it cannot be looked at between two calls."
MISTAKES: Final = (AttributeError, NameError, TypeError)
SAYS_NOTHING: Final = "What must hold, {}, raises {}, so it says nothing. Is it spelt as it is meant?"
NEVER_ENDS: Final = "{} does not end before any thread begins: {}."


class World:
    """See the module. Close it.

    Args:
        bench: what it shares with the others.
        times: what its calls are to read from the clock: see `Clock`.

    Attributes:
        stage, memory: of the kernel.
        module: the reader's, and `it` the object.
        threads: all that can take steps.
        makes: whether the object is made by a thread that is explored, because it starts others.
        clock: up to where all that happened in set-up is ordered before the first step.
        given: the names that set-up has assigned.
    """

    def __init__(self, bench: Bench, times: Times = ()) -> None:
        program, places = bench.program, bench.places
        self.bench = bench
        self.makes = places.starts_threads and bool(program.make or program.first)
        self.stage = Stage(len(program.tasks) + self.makes, announced=False)
        self.memory = here.memory = Memory(self.stage, places, times)
        self.threads: list[Thread] = self.stage.tasks  # type: ignore[assignment] # all of them are
        self.clock: list[int] = [1]
        self.module: ModuleType
        self.it: Any = None
        self.given: dict[str, object] = {}
        self._names: dict[str, dict[str, object]] = {"make": self.given}
        self._loader = Loader(bench.root, places, bench.kept, MODELLED)

    def close(self) -> None:
        """End all threads wherever they are. Nothing of this world may be used any more."""
        memory, stage = self.memory, self.stage
        memory.mortals.tell(memory.places, stays=self.it)
        ended = all(thread.done or thread.started for thread in self.threads)
        if not stage.building:
            tell_dropped(memory, [self.it, *map(vars, self.modules)] if ended else None)
        try:
            self._loader.keep_unchanged()
            stage.close()
        finally:
            self._loader.close()
            here.memory = here.task = None
            memory.close()

    @property
    def modules(self) -> list[ModuleType]:
        """The reader's module first, then all others that were imported privately."""
        others = [one for one in self._loader.modules.values() if one is not self.module]
        return [self.module, *others]

    def set_up(self) -> None:
        """Import the module, and make the object.

        Raises:
            CannotDecide: it fails.
        """
        program, places = self.bench.program, self.bench.places
        if program.module in self._loader.modules:  # it serves again: nothing of it runs
            self._import()
        else:
            self._refuse_failure(self.alone(Call(f"import {program.module}", (), self._import)))
        self._loader.theirs.watch()
        if (program.make or program.first) and not self.makes:
            made = self.alone(Call("; ".join(filter(None, (program.make, *program.first))), (), self.make))
            if places.starts_threads:
                self.memory.grown = True  # how it is made has to be explored, also if it has failed now
            else:
                self._refuse_failure(made)
        self._loader.theirs.look(self.memory)
        self.stage.building = False

    def make(self) -> None:
        """Make the object, and do to it what comes before any thread begins."""
        program = self.bench.program
        if program.make:
            self.it = self._function(program.make, "make")(None)
        for text in program.first:
            self._function(text, "make")(self.it)
        self.memory.adopt(self.it, here.task)

    def call(self, text: str, where: str, before: Callable[[], None] | None = None) -> Call:
        """A call of the program's, whose answer can be compared.

        Args:
            text: the expression.
            where: who makes it: 'client A'.
            before: what happens first, and belongs to it.
        """
        function = self._function(text, where)
        names = self._names[where]

        def run() -> Hashable:
            if before is not None:
                before()
            self._know(names)
            value = function(self.it)
            refuse_coroutine(value, text)
            return comparable(value, self.memory)

        return Call(text, (), run)

    def assigned(self, client: str) -> dict[str, object]:
        """What a thread of the program has assigned to names, and what these stood for before."""
        return self._names.get(f"client {client}", {})

    def observe(self, text: str) -> Call:
        """What is seen afterwards, by a task that waits if it has to."""
        return self.alone(self.call(text, "after"))

    def holds(self, text: str, at_once: bool = False) -> bool:
        """Whether an expression is true now; one that raises is not, unless it looks misspelt.

        Args:
            text: the expression.
            at_once: nobody else may move: what would have to wait is left out, and counts as true.

        Raises:
            CannotDecide: it raises what a misspelt name does.
        """
        function = self._function(text, "after")
        self._know(self._names["after"])
        call = self.alone(Call(text, (), lambda: bool(function(self.it))), others=not at_once)
        if isinstance(call.error, MISTAKES):
            raise CannotDecide(SAYS_NOTHING.format(text, f"{call.value}: {call.error}"))
        return call.value is True or (at_once and call.returned is None)

    def alone(self, call: Call, others: bool = True) -> Call:
        """Do it while no other is meant to run; without an answer, should it wait for ever.

        Args:
            call: what to do.
            others: whether the others go on while it has to wait.
        """
        thread = Thread(self.stage, "", [call], alone=True, memory=self.memory, index=0)
        for one in self.threads:
            thread.ordered_after(one.clock)
        thread.begin()
        while not thread.done:
            ready = next((one for one in (thread, *(self.threads if others else ())) if one.ready()), None)
            if ready is None:
                call.value = thread.why_not()
                break
            self.stage.count_alone()
            ready.resume()
        self.clock = thread.clock
        thread.abandon()
        if thread.held and not others:
            raise CannotDecide(LEFT_LOCKED.format(call.method))
        return call

    def _function(self, text: str, where: str) -> Callable[[object], object]:
        names = self._names.get(where)
        if names is None:
            for text_of_first in self.bench.program.first:
                self._function(text_of_first, "make")  # enters the names that it will assign
            names = self._names[where] = dict(self.given)
        return self.bench.expressions.function(text, where, self.module, names)

    def _know(self, names: dict[str, object]) -> None:
        """Where a thread makes the object, only now it is known what the names stand for."""
        if self.makes:
            names.update({name: value for name, value in self.given.items() if names[name] is None})

    def _import(self) -> None:
        self.it = self.module = self._loader.load(self.bench.program.module)

    def _refuse_failure(self, call: Call) -> None:
        if call.error is not None:
            said = f"{call.value}: {call.error}".removesuffix(": ")
            raise CannotDecide(FAILS.format(call.method, said)) from call.error
        if call.returned is None:
            raise CannotDecide(NEVER_ENDS.format(call.method, call.value))
