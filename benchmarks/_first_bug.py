"""How many schedules each way to search runs until the first that ends badly, on a program over any class.

The places that race are found first, as in the study of Thomson, Donaldson and Betts, and the schedules that this takes
are not counted. An ending is bad if no order of the calls has it, or if it breaks what must hold.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic  # the real one: while something is explored, the one in the module `time` is a model
from typing import Final

from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.search.policies import PCT, DepthFirst, Policy, RandomWalk
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import MOST_STEPS, Execution
from racelab.grading.classes.exploring import Limits, Tally, explore
from racelab.grading.classes.judge import Judge
from racelab.grading.classes.oracle import Serial, specified
from racelab.grading.classes.program import GIL, Program
from racelab.grading.classes.result import Ending
from racelab.grading.classes.serial import InOrder

MOST: Final = 10_000
"""Schedules after which a search gives up: the limit of the study."""
SEEDS: Final = 5
DEPTH: Final = 3
EVERY, BY_STATE, RANDOM, BY_PRIORITY = "all", "states", "random", f"PCT d={DEPTH}"
POLICIES: Final[dict[str, Callable[[int], Policy]]] = {
    EVERY: lambda _: DepthFirst(reduce=False, most=MOST),
    BY_STATE: lambda _: DepthFirst(most=MOST),
    RANDOM: lambda seed: RandomWalk(seed * MOST, MOST),
    BY_PRIORITY: lambda seed: PCT(seed * MOST, MOST, DEPTH),
}
"""Fewest preemptions first: every schedule, or no state twice. By chance: from one seed on."""
BY_CHANCE: Final = (RANDOM, BY_PRIORITY)


@dataclass(frozen=True, slots=True)
class FirstBug:
    """How one way to search did.

    Attributes:
        schedules: until the first that ends badly, that one included; the median over the seeds that found one.
        found: how many of the searches found one, and `of` how many.
        reason: why it could not be asked; empty if it could.
    """

    schedules: float = 0.0
    found: int = 0
    of: int = 1
    reason: str = ""

    def __str__(self) -> str:
        if self.reason:
            return "cannot tell"
        told = f"{self.schedules:g}" if self.found else "-"
        return told if self.found == self.of or not self.found else f"{told} ({self.found}/{self.of})"


@dataclass(frozen=True, slots=True)
class Promises:
    """What the calls of a program do one after another.

    Attributes:
        allowed: the endings in which every call is answered.
        unsure: why they are not known; empty if they are.
    """

    bench: Bench
    judge: Judge
    unsure: str

    @property
    def allowed(self) -> list[Ending]:
        """See the class."""
        return [ending for ending in self.judge.endings if not ending.stuck]


def promises(program: Program, seconds: float) -> Promises:
    """Ask for them.

    Args:
        program: what to run.
        seconds: after which that is given up.
    """
    bench, tally, judge = Bench.of(program, GIL), Tally(Limits(seconds)), Judge(program)
    try:
        with Alarm(), without_collecting():
            own = specified(program)
            serial = bench if own is program else Bench.of(own, GIL)
            _, found = explore(serial, tally, lambda: _in_any_order(serial), lambda: InOrder(program), InOrder.end)
            return Promises(bench, found.judge, tally.unfinished)
    except CannotDecide as reason:
        return Promises(bench, judge, str(reason))


def _in_any_order(bench: Bench) -> Serial:
    """Calls one after another, of which the state does not say in which order they came: ten calls have ten million."""
    run = Serial(bench)
    run.in_order = False
    return run


def first_bugs(known: Promises, seconds: float) -> dict[str, FirstBug]:
    """Search the program in each way, for at most so many seconds each."""
    if known.unsure:
        return dict.fromkeys(POLICIES, FirstBug(reason=known.unsure))
    try:
        with Alarm(), without_collecting():
            return {name: _search(name, known, seconds) for name in POLICIES}
    except CannotDecide as reason:
        return dict.fromkeys(POLICIES, FirstBug(reason=str(reason)))


def _search(name: str, known: Promises, seconds: float) -> FirstBug:
    seeds = range(SEEDS if name in BY_CHANCE else 1)
    counts = [_until_first(name, seed, known, seconds / len(seeds)) for seed in seeds]
    found = [count for count in counts if count is not None]
    return FirstBug(statistics.median(found) if found else 0.0, len(found), len(counts))


def _until_first(name: str, seed: int, known: Promises, seconds: float) -> int | None:
    until = monotonic() + seconds
    while True:
        policy, count, grown = POLICIES[name](seed), 0, False
        if name == BY_PRIORITY:
            policy.begin()
            _execute(policy, known)  # not counted: it tells how long an execution is, over which the falls are spread
        while policy.begin() and not grown and monotonic() < until:
            count += 1
            kind, grown = _execute(policy, known)
            if kind and not grown:
                return count
        if not grown:
            return None


def _execute(policy: Policy, known: Promises) -> tuple[str, bool]:
    """Run one. How it ends badly, or empty; and whether a place was found to race that was not known to."""
    kind = ""
    with Execution(known.bench, in_order=False) as run:
        policy.lead(run)
        while not run.memory.grown and not policy.known(run) and len(run.turns) < MOST_STEPS:
            ready = run.ready()
            if not ready:
                kind = known.judge.kind(run.ending(), None)
                policy.end(run, kind)
                break
            run.step(policy.choose(run, ready))
        return kind, run.memory.grown
