"""Goes through all executions of a program, and begins anew whenever a place is found to be racy that was not known."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from time import monotonic  # the real one: while something is explored, the one in the module `time` is a model
from typing import Final, TypeVar

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.garbage import COLLECT_EVERY, collect_young
from racelab.explorer.search.policies import DepthFirst

from .bench import Bench
from .execution import MOST_STEPS, Execution

MOST_STATES = 400_000
"""A state takes 1 to 2 kB."""
MOST_NUMBERS: Final = 4_000_000
LOOK_EVERY = 256
"""Executions between two looks at the memory."""
TELL_EVERY: Final = 0.25
"""Seconds between two calls that tell of progress."""
TIME: Final = "It was stopped after {:g} s, with {:,} executions done."
MEMORY: Final = "It was stopped after {:,} states, because of the memory that they take."
TOO_LONG: Final = f"An execution does not end within {MOST_STEPS} steps."


Progress = Callable[[int], None]


@dataclass(slots=True)
class Limits:
    """When to stop.

    Attributes:
        until: the time, by `monotonic`.
        seconds: how long that was from the beginning, to be told.
        most: executions, over all.
    """

    seconds: float
    most: int = 1_000_000
    until: float = field(init=False)

    def __post_init__(self) -> None:
        self.until = monotonic() + self.seconds


@dataclass(slots=True)
class Tally:
    """What it took.

    Attributes:
        executions, restarts: how many.
        unfinished: why not all schedules were tried; empty if they were.
        told_at: when progress was told.
    """

    limits: Limits
    progress: Progress | None = None
    executions: int = 0
    restarts: int = 0
    unfinished: str = ""
    told_at: float = field(default_factory=monotonic)

    def tell(self, now: float) -> None:
        """Tell of the progress, if it is due."""
        if self.progress is not None and now - self.told_at >= TELL_EVERY:
            self.told_at = now
            self.progress(self.executions)


Ran = TypeVar("Ran", bound=Execution)
Found = TypeVar("Found")
Judged = Callable[[], Hashable]
"""Says how an execution has ended."""


class Enough(Exception):
    """No other execution is wanted."""


class _Grown(Exception):
    """A place is racy that was not known to be."""


def explore(
    bench: Bench,
    tally: Tally,
    begin: Callable[[], Ran],
    make: Callable[[], Found],
    note: Callable[[Found, Ran], Judged],
) -> tuple[DepthFirst, Found]:
    """Try all executions, as often as it takes until no new racy place is found.

    Args:
        bench: what they share.
        tally: is added to.
        begin: sets one execution up.
        make: makes what is found: a new one whenever all begins anew.
        note: enters an execution that came to its end. What it returns is asked how that ended, once it is closed, and
            raises `Enough` if no other is wanted.

    Returns:
        The policy of the last time, which knows what was reached, and what was found.

    Raises:
        CannotDecide: nothing can be said.
    """
    while True:
        policy, found = DepthFirst(), make()
        tally.unfinished = ""
        rewritten = set(bench.places.rewritten)
        try:
            with begin():
                """Only set up, so that modules that can serve again do so from the first execution on."""
            while policy.begin():
                _execute(tally, policy, begin, partial(note, found))
                tally.unfinished = _limit(bench, tally, policy)
                if tally.unfinished:
                    return policy, found
        except Enough:
            return policy, found
        except _Grown:
            tally.restarts += 1
            continue
        except CannotDecide:
            if bench.places.rewritten == rewritten:
                raise
            tally.restarts += 1
            continue
        return policy, found


def _execute(tally: Tally, policy: DepthFirst, begin: Callable[[], Ran], note: Callable[[Ran], Judged]) -> None:
    tally.executions += 1
    judged: Judged | None = None
    with begin() as run:
        memory = run.memory
        policy.lead(run)
        while not _grown(memory.grown) and not policy.known(run):
            ready = run.ready()
            if not ready or len(run.turns) >= MOST_STEPS:
                if ready:
                    tally.unfinished = TOO_LONG
                    raise Enough
                judged = note(run)
                break
            run.step(policy.choose(run, ready))
    _grown(memory.grown)
    if judged is not None:
        policy.end(run, judged())
    if not tally.executions % COLLECT_EVERY:
        collect_young()


def _grown(grown: bool) -> bool:
    if grown:
        raise _Grown
    return False


def _limit(bench: Bench, tally: Tally, policy: DepthFirst) -> str:
    limits = tally.limits
    if policy.exhausted():
        return ""
    now = monotonic()
    if now > limits.until or tally.executions >= limits.most:
        return TIME.format(limits.seconds, tally.executions)
    tally.tell(now)
    if not tally.executions % LOOK_EVERY:
        states = policy.reached()
        if states > MOST_STATES or bench.places.numbers() > MOST_NUMBERS:
            return MEMORY.format(states)
    return ""
