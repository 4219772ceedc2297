"""Grades a program: its calls one after another, which is what the class promises, and then every interleaving."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import partial
from time import monotonic  # the real one: while something is explored, the one in the module `time` is a model
from typing import Final

from racelab.explorer.kernel.alarm import LIMIT, Alarm
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.kernel.guard import NotModelled
from racelab.explorer.search.policies import DepthFirst, Diverged, Follow
from racelab.explorer.search.run import DOES_NOT_REPEAT

from .bench import Bench
from .conclusion import conclude
from .endings import Concurrent, has_two_calls
from .execution import MOST_STEPS, Execution
from .exploring import Limits, Progress, Tally, explore
from .in_time import InTime
from .judge import Judge
from .oracle import specified
from .program import GIL, MODELS, Program
from .result import FOUND, Result
from .serial import InOrder, one_after_another
from .telling import tell
from .witness import Witness

LONGEST_STEP = LIMIT
SMALL: Final = 256
"""Executions within which a program is small: then nothing is saved by leaving out the order of its calls."""
NOTHING_SUCCEEDS: Final = "One after another no call succeeds. Is this the program you meant?"
BAD_BY_ITSELF: Final = "The specification in {} ends badly even when its calls come one after another."


def grade_program(
    program: Program, model: str = GIL, seconds: float = 30.0, progress: Progress | None = None
) -> Result:
    """Try every interleaving of a program, until the time is up.

    Args:
        program: what to run.
        model: of memory: one of `MODELS`.
        seconds: after which it stops, and cannot tell unless something was found.
        progress: is told the number of executions now and then.

    Raises:
        ValueError: there is no such model.
    """
    if model not in MODELS:
        raise ValueError(f"There is no model {model!r}. There are: {', '.join(MODELS)}.")
    return _Grading(Bench.of(program, model), Tally(Limits(seconds), progress)).run(Result(program, model))


class _Grading:
    """One program under one model."""

    def __init__(self, bench: Bench, tally: Tally) -> None:
        self._bench, self._tally = bench, tally
        self._witness: Witness | None = None
        self._judge: Judge | None = None
        self._unsure = ""

    def run(self, result: Result) -> Result:
        """Grade it, and enter what came out."""
        begun = monotonic()
        try:
            with Alarm(LONGEST_STEP), without_collecting():
                self._grade(result)
                if self._witness is not None and not self._repeats(self._witness, result):
                    self._unsure = DOES_NOT_REPEAT
        except (CannotDecide, NotModelled) as reason:
            self._unsure = str(reason)
        result.seconds = monotonic() - begun
        result.executions, result.restarts = self._tally.executions, self._tally.restarts
        conclude(result, self._bench.places, self._witness, self._unsure, self._tally.unfinished)
        if result.verdict == FOUND:
            with suppress(CannotDecide, NotModelled):  # without a name it is a finding all the same
                result.name = tell(result).name
        return result

    def _grade(self, result: Result) -> None:
        """Ask for the promises, then for all interleavings. Again, if the class's own threads have got new stops."""
        while True:
            known = self._bench.places.found()
            serial = self._ask(result)
            if self._witness is not None or self._unsure:
                return
            self._judge = serial.judge
            found = self._explore(serial.judge, serial.own_threads, result)
            if self._bench.places.found() == known or not found.own_threads:
                return

    def _ask(self, result: Result) -> InOrder:
        """What do the calls do one after another?"""
        own = specified(self._bench.program)
        bench = self._bench if own is self._bench.program else Bench.of(own, result.model)
        policy, found = one_after_another(bench, self._tally, self._bench.program)
        result.orders, result.never = len(found.judge.endings), tuple(found.judge.never_succeed().items())
        self._witness = found.witness
        if self._tally.unfinished:
            self._unsure = self._tally.unfinished
        elif found.witness is not None:
            self._unsure = BAD_BY_ITSELF.format(own.module) if bench is not self._bench else ""
            count(result, policy)
        elif not found.judge.any_succeeds():
            self._unsure = NOTHING_SUCCEEDS
        return found

    def _explore(self, judge: Judge, own_threads: bool, result: Result) -> Concurrent:
        """With the order of the calls, if that is soon done; else without it first, which has fewer states.

        What no order of the calls explains is found without knowing it. Only if nothing was found, and order can
        matter, everything is tried with it.
        """
        in_time = InTime(judge, self._bench.program, result.model, self._tally)
        first = [] if has_two_calls(self._bench.program) else [(True, SMALL)]
        for in_order, most in (*first, (False, sys.maxsize), (True, sys.maxsize)):
            policy, found = explore(
                self._bench,
                self._tally,
                partial(Execution, self._bench, in_order),
                partial(Concurrent, in_time, self._tally, in_order, most),
                Concurrent.end,
            )
            found.own_threads |= own_threads
            self._witness, result.in_order = found.witness, in_order
            count(result, policy)
            done = policy.exhausted() if in_order else not found.order_matters()
            if done or found.witness is not None or self._tally.unfinished:
                break
        return found

    def _repeats(self, witness: Witness, result: Result) -> bool:
        """Whether the witness ends once more as it did. Enters what the specification does in its order."""
        policy = Follow(witness.turns)
        with Execution(self._bench) as run:
            try:
                while len(run.turns) < MOST_STEPS and (ready := run.ready()):
                    run.step(policy.choose(run, ready))
            except Diverged:
                return False
            ending = run.ending()
            if self._judge is not None and self._can_be_expected(run):
                result.expected = self._judge.expected(run.precedence())
            return tuple(run.turns) == witness.turns and ending == witness.ending

    def _can_be_expected(self, run: Execution) -> bool:
        """Whether a specification says what the calls of this execution should do, whatever the time is."""
        program = self._bench.program
        return bool(program.spec) and not program.ignore and not run.memory.clock.times()


def count(result: Result, policy: DepthFirst) -> None:
    """How many schedules there are, those included that did not have to be run."""
    if policy.exhausted() and None not in (kinds := policy.count()):
        result.states, result.schedules = policy.reached(), kinds.total()
        result.losing = result.schedules - kinds[""]
