"""What is known of the places of a source over all executions: where tasks meet, and why a verdict may not be given.

Which places are racy is found, not guessed. An exploration begins with stops at synchronisation alone; two conflicting
accesses that nothing orders make both of their places racy, and the exploration begins anew, with a stop there.
"""

from __future__ import annotations

from collections import Counter

from .points import Point
from .states import States


class Places:
    """See the module.

    Args:
        free_threaded: whether a switch may happen before every racy access, as without the GIL; else only after places
            where CPython with a GIL switches.

    Attributes:
        racy: places of accesses that race; tasks stop there.
        unordered: places of accesses that no lock protects; whether they are ordered is part of the state.
        unfaithful: why what ran is not what would run, so that no verdict may be given; with counts.
        gaps: why more may happen than was run, so that a finding stands, and nothing found is no pass; with counts.
        opaque: foreign callables that were taken to look at and change all that they can reach; with counts.
        assumed: what was assumed, in sentences.
        clock_read: whether any execution has looked at the clock.
        looked: kinds of primitives that are looked at without waiting, as a lock that is tried: more steps are points.
        number: gives things numbers, the same in all executions: see `States.number`.
        others: packages of others that are imported as they are (see `code.packages`).
        rewritten: those that tasks have run code of, so that they are rewritten as the author's.
        left: those that cannot be, with the reason.
        starts_threads: whether set-up starts threads, so that it has to be explored too.
    """

    def __init__(self, free_threaded: bool = False) -> None:
        self.free_threaded = free_threaded
        self.racy: set[int] = set()
        self.unordered: set[int] = set()
        self.unfaithful: Counter[str] = Counter()
        self.gaps: Counter[str] = Counter()
        self.opaque: Counter[str] = Counter()
        self.assumed: set[str] = set()
        self.looked: set[str] = set()
        self.others: frozenset[str] = frozenset()
        self.rewritten: set[str] = set()
        self.left: dict[str, str] = {}
        self.clock_read = self.starts_threads = False
        self._states = States()
        self.number = self._states.number
        self._points: dict[int, Point] = {}

    def numbers(self) -> int:
        """How many different things there were: what they take up grows with that."""
        return len(self._states)

    def point(self, site: int) -> Point:
        """Where a task stops before it touches shared data there."""
        return self._points.get(site) or self._points.setdefault(site, Point("access", f"place {site}"))

    def found(self) -> tuple[int, int, int]:
        """How much is known: an exploration that knew less has to begin anew."""
        return len(self.racy), len(self.unordered), len(self.looked)
