"""Takes down how executions of concurrent calls end, and keeps the smallest schedule that ends badly."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from math import inf
from time import monotonic  # the real one: while something is explored, the one in the module `time` is a model
from typing import Final

from racelab.explorer.kernel.clock import Times

from .execution import Execution, Precedence, has_own_threads
from .exploring import Enough, Judged, Tally
from .in_time import InTime
from .program import Program
from .result import Ending
from .witness import Witness

COUNT_ON: Final = 4
AT_LEAST: Final = 1_000
SECONDS: Final = 3.0
"""After a finding all schedules are counted if that takes so many times the executions until then and so many more, and
no longer than so many seconds."""


class Concurrent:
    """What they do at the same time.

    Args:
        in_time: knows what they do one after another.
        tally: how many executions there were.
        in_order: whether it counts which call had ended before another began.
        most: executions without a finding.
    """

    def __init__(self, in_time: InTime, tally: Tally, in_order: bool, most: int) -> None:
        self._in_time, self._tally, self._in_order = in_time, tally, in_order
        self.witness: Witness | None = None
        self.own_threads = False
        self._endings: set[Ending] = set()
        self._most = tally.executions + most
        self._until = inf
        self._may_reorder = True

    def end(self, run: Execution) -> Judged:
        """One more execution has ended. Who asks how gets `Enough` if something was found a while ago, or nothing in as
        many executions as are wanted.
        """
        ending = run.ending()
        self._endings.add(ending)
        self.own_threads |= has_own_threads(run)
        self._may_reorder = self.own_threads or not has_two_calls(run.program)
        ended = Witness(run.preemptions, tuple(run.turns), "", ending)
        return partial(self._judged, ended, run.precedence() if self._in_order else None, run.memory.clock.times())

    def _judged(self, ended: Witness, precedence: Precedence | None, times: Times) -> str:
        judge, kept = self._in_time.judge_of(ended.ending, precedence, times)
        kind = judge.kind(ended.ending, kept)
        executions = self._tally.executions
        if kind:
            found = replace(ended, kind=kind)
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
        return self._may_reorder and not all(self._in_time.explains_in_any_order(ending) for ending in self._endings)


def has_two_calls(program: Program) -> bool:
    """Whether there are two threads with one call each."""
    return program.calls() == len(program.tasks) == 2
