"""Asks what the calls of a program do one after another: that is what the class promises."""

from __future__ import annotations

from collections.abc import Callable

from racelab.explorer.kernel.clock import Times
from racelab.explorer.search.policies import DepthFirst

from .bench import Bench
from .execution import has_own_threads
from .exploring import Judged, Tally, explore
from .judge import Judge
from .oracle import HandOver, Serial
from .program import Program
from .witness import Witness


class InOrder:
    """What the calls do one after another."""

    def __init__(self, program: Program) -> None:
        self.judge = Judge(program)
        self.witness: Witness | None = None
        self.own_threads = False

    def end(self, run: Serial) -> Judged:
        """One more execution has ended."""
        kind = self._end(run)
        return lambda: kind

    def _end(self, run: Serial) -> str:
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


def one_after_another(bench: Bench, tally: Tally, program: Program, times: Times = ()) -> tuple[DepthFirst, InOrder]:
    """Try all orders of the calls.

    Args:
        bench: of the program, or of its specification.
        tally: is added to.
        program: says what does not count.
        times: what the calls are to read from the clock.

    Raises:
        CannotDecide: nothing can be said.
    """

    def run(begin: Callable[[], Serial]) -> tuple[DepthFirst, InOrder]:
        return explore(bench, tally, begin, lambda: InOrder(program), InOrder.end)

    policy, found = run(lambda: Serial(bench, times))
    if tally.unfinished or found.witness is not None or not found.judge.all_wait():
        return policy, found
    return _together(tally, policy, found, len(program.tasks), lambda most: run(lambda: HandOver(bench, times, most)))


def _together(
    tally: Tally,
    policy: DepthFirst,
    found: InOrder,
    tasks: int,
    run: Callable[[int], tuple[DepthFirst, InOrder]],
) -> tuple[DepthFirst, InOrder]:
    """What the calls do if one that waits lets the next begin; as few as it takes until they come to an end.

    If they do not, it is taken only where no call has succeeded one after another: a call that is never woken would be
    taken for one that may wait.
    """
    succeeds = found.judge.any_succeeds()
    for most in range(1, tasks):
        others, together = run(most)
        ends = not together.judge.all_wait() or (not succeeds and together.judge.any_succeeds())
        if tally.unfinished or together.witness is not None or ends:
            return others, together
    return policy, found
