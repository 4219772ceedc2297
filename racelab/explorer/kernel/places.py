"""What is known of the places of a source over all executions: where tasks meet, and why a verdict may not be given.

Which places are racy is found, not guessed. An exploration begins with stops at synchronisation alone; two conflicting
accesses that nothing orders make both of their places racy, and the exploration begins anew, with a stop there.

Likewise it is found which of the locations that set-up has filled tasks ever write. As long as none does, looking there
tells a task nothing, so looks are passed over; with the first write the exploration begins anew, and notes them all.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Hashable
from pathlib import PurePath
from types import FrameType
from typing import Final

from .cells import WHOLE, Thing
from .points import Point
from .states import States

SOURCES: Final[set[str]] = set()
"""The files of the author's whose code was rewritten."""
LINES: Final[dict[str, str]] = {}
"""Where a reason was met; a module that is kept tells it again when it is not run any more."""
WITH_LINE: Final = ", line "
"""In a reason that names its line itself."""
MOVING: Final = "moving clock"
"""Looked at once it is read, and moves: then looking is a point."""
DOUBT: Final = (
    "Whether a comparison of objects runs code in Python is not known, and so not whether a switch can happen there."
)


class Reasons(Counter[str]):
    """Reasons with counts; and for each, the author's line that was the first to meet it."""

    def __setitem__(self, reason: str, count: int) -> None:
        if reason not in self:
            line = "" if WITH_LINE in reason else _line()
            LINES[reason] = line or LINES.get(reason, "")
        super().__setitem__(reason, count)

    def told(self) -> list[str]:
        """Each, with its line: 'A socket is made, which is not modelled (client.py:12).'"""
        return [self.with_line(one) for one in sorted(self)]

    def with_line(self, reason: str) -> str:
        """A reason with its line, if one is known."""
        line = LINES.get(reason, "")
        return f"{reason.removesuffix('.')} ({line})." if line else reason


def _line() -> str:
    """The innermost line that runs in the source; empty if there is none."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename in SOURCES:
            return f"{PurePath(frame.f_code.co_filename).name}:{frame.f_lineno}"
        frame = frame.f_back
    return ""


class Places:
    """See the module.

    Args:
        free_threaded: whether a switch may happen before every racy access, as without the GIL; else only after places
            where CPython with a GIL switches.

    Attributes:
        racy: places of accesses that race; tasks stop there.
        unordered: places of accesses that no lock protects; whether they are ordered is part of the state.
        written: locations of set-up's that tasks have written, by the name of the thing and the key.
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
        lent: what outlives an execution and has attributes that tasks set, by its name in Python.
        starts_threads: whether set-up starts threads, so that it has to be explored too.
    """

    def __init__(self, free_threaded: bool = False) -> None:
        self.free_threaded = free_threaded
        self.racy: set[int] = set()
        self.unordered: set[int] = set()
        self.written: set[tuple[str, Hashable]] = set()
        self.unfaithful = Reasons()
        self.gaps = Reasons()
        self.opaque: Counter[str] = Counter()
        self.assumed: set[str] = set()
        self.looked: set[str] = set()
        self.others: frozenset[str] = frozenset()
        self.rewritten: set[str] = set()
        self.left: dict[str, str] = {}
        self.lent: dict[str, object] = {}
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

    def is_written(self, thing: Thing, key: Hashable) -> bool:
        """A task writes there. Returns whether looks were passed over until now, there or at what that is part of."""
        cells, found = thing.cells, False
        for one in tuple(cells) if key is WHOLE else (key, WHOLE):
            if one in cells and cells[one].steady:
                self.written.add((thing.name, one))
                cells[one].steady, found = False, True
        return found

    def found(self) -> tuple[int, int, int]:
        """How much is known: an exploration that knew less has to begin anew."""
        return len(self.racy), len(self.unordered), len(self.looked)
