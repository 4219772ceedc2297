"""The curves of one run: what the samples of it said, thinned to a number of points that no run exceeds.

A stretch in which nothing moves is two points, its beginning and its end. So a run may last an hour and its load five
seconds, and the load still has nearly all of its points.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from ..json_types import CurveJson, CurvesJson, SampledJson

MOST_POINTS: Final = 300
FIRST_GAP: Final = 0.2
"""Seconds between two points after the first thinning; each further one doubles it."""
PAUSE: Final = 3.0
"""Seconds without a point that are a pause between two loads: its ends stay, or it would be drawn as a slope."""

Row = dict[str, tuple[int, ...]]
"""By manager, the numbers of its curve."""
Point = tuple[float, Row]


class Curves:
    """See the module."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.clear(0.0)

    def clear(self, since: float) -> None:
        """A new run begins, at that Unix time: a sample of before may be under way still."""
        with self._lock:
            self._since = since
            self._points: list[Point] = []
            self._held: Point | None = None
            self._gap = 0.0

    def note(self, at: float, read: Mapping[str, SampledJson]) -> None:
        """Take a sample down.

        Args:
            at: Unix time.
            read: the counts, by manager.
        """
        row = {name: _numbers(counts) for name, counts in read.items()}
        with self._lock:
            if at < self._since:
                return
            if self._points and (row == self._points[-1][1] or at - self._points[-1][0] < self._gap):
                self._held = (at, row)
                return
            if self._held is not None and self._held[1] == self._points[-1][1]:
                self._points.append(self._held)
            self._points.append((at, row))
            self._held = None
            if len(self._points) > MOST_POINTS - 2:
                self._thin()

    def to_json(self, since: float) -> CurvesJson:
        """The points, with times in seconds since then."""
        with self._lock:
            points = [*self._points, *([self._held] if self._held is not None else [])]
        names = list(points[0][1]) if points else []
        managers = {name: _curve([row[name] for _, row in points]) for name in names}
        return {"at": [round(at - since, 2) for at, _ in points], "managers": managers}

    def _thin(self) -> None:
        """Leave out every second point, but no end of a pause, unless there are too many of these."""
        self._gap = max(FIRST_GAP, 2 * self._gap)
        pause = max(PAUSE, 4 * self._gap)
        far = [i for i, (one, other) in enumerate(pairwise(self._points)) if other[0] - one[0] > pause]
        ends = {*far, *(i + 1 for i in far)}
        kept = [point for i, point in enumerate(self._points) if i % 2 == 0 or i in ends]
        self._points = kept if len(kept) < 0.8 * MOST_POINTS else self._points[::2]


def _numbers(counts: SampledJson) -> tuple[int, ...]:
    low, high = counts["should_be"]
    three = counts["store"], counts["statistics"], counts["database"]
    return *three, low, high, counts["queue"], counts["missing"]


def _curve(rows: list[tuple[int, ...]]) -> CurveJson:
    store, statistics, database, low, high, queue, missing = (list(column) for column in zip(*rows, strict=True))
    return {
        "store": store,
        "statistics": statistics,
        "database": database,
        "expected_low": low,
        "expected_high": high,
        "queue": queue,
        "missing": missing,
    }
