"""Takes down how executions end, and keeps the smallest schedule that ends badly."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from time import monotonic  # the real one: while something is explored, the one in the module `time` is a model
from typing import Final

from racelab.explorer.kernel.schedule import write

from .execution import Execution
from .exploring import Enough, Tally
from .judge import Judge
from .oracle import HandOver, Serial
from .program import Program
from .result import Ending

COUNT_ON: Final = 4
AT_LEAST: Final = 1_000
SECONDS: Final = 3.0
"""After a finding all schedules are counted if that takes so many times the executions until then and so many more, and
no longer than so many seconds."""


@dataclass(frozen=True, slots=True)
class Witness:
    """A schedule that ends badly."""

    preemptions: int
    turns: tuple[str, ...]
    kind: str
    ending: Ending

    def size(self) -> tuple[int, int, int, str]:
        """The smaller, the easier to read: fewest preemptions, then fewest steps, then fewest turns."""
        return self.preemptions, len(self.turns), len(self.text), self.text

    @property
    def text(self) -> str:
        """The schedule."""
        return write(self.turns)


class InOrder:
    """What the calls do one after another."""

    def __init__(self, program: Program) -> None:
        self.judge = Judge(program)
        self.witness: Witness | None = None
        self.own_threads = False

    def end(self, run: Serial) -> str:
        """One more execution has ended."""
        if isinstance(run, HandOver):
            self.judge.hand_over = True
            if run.too_many():
                return ""
        ending = run.ending()
        self.judge.add(ending, run.precedence())
        self.own_threads |= has_own_threads(run)
        kind = self.judge.wrong_by_itself(ending)
        if kind and self.witness is None:
            self.witness = Witness(run.preemptions, tuple(run.shown), kind, ending)
        return kind


class Concurrent:
    """What they do at the same time.

    Args:
        judge: knows what they do one after another.
        tally: how many executions there were.
        in_order: whether it counts which call had ended before another began.
        most: executions without a finding.
    """

    def __init__(self, judge: Judge, tally: Tally, in_order: bool, most: int) -> None:
        self._judge, self._tally, self._in_order = judge, tally, in_order
        self.witness: Witness | None = None
        self.own_threads = False
        self._endings: set[Ending] = set()
        self._most = tally.executions + most
        self._until = inf
        self._may_reorder = True

    def end(self, run: Execution) -> str:
        """One more execution has ended.

        Raises:
            Enough: something was found a while ago, or nothing in as many executions as are wanted.
        """
        ending = run.ending()
        self._endings.add(ending)
        self.own_threads |= has_own_threads(run)
        self._may_reorder = self.own_threads or not has_two_calls(run.program)
        kind = self._judge.kind(ending, run.precedence() if self._in_order else None)
        executions = self._tally.executions
        if kind:
            found = Witness(run.preemptions, tuple(run.turns), kind, ending)
            if self.witness is None:
                self.witness, self._most = found, executions * COUNT_ON + AT_LEAST
                self._until = monotonic() + SECONDS
            elif found.preemptions <= self.witness.preemptions:
                self.witness = min(self.witness, found, key=Witness.size)
        if executions > self._most or monotonic() > self._until:
            raise Enough
        return kind

    def order_matters(self) -> bool:
        """Whether an ending that some order of the calls explains could come where another order was kept.

        Not for two threads with one call each: where one call ends before the other begins, they do come in order. And
        not if every ending comes out in every order.
        """
        return self._may_reorder and not all(self._judge.explains_in_any_order(ending) for ending in self._endings)


def has_two_calls(program: Program) -> bool:
    """Whether there are two threads with one call each."""
    return program.calls() == len(program.tasks) == 2


def has_own_threads(run: Execution) -> bool:
    """Whether the class has started a thread."""
    return any(thread.started for thread in run.threads)
