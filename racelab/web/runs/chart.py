"""The curves of a run as one chart, with a line for each manager on the same axes. Pure: numbers in, coordinates out.

A pause in which nothing moves is cut short, and marked: or a load of five seconds would be a stroke in an hour.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from typing import Final

from ...live.json_types import CurveJson, RunJson

WIDE, HALF, SMALL = 790, 570, 350
"""The width of a chart that stands alone, of one beside another, and of both in a narrow window."""
HEIGHT: Final = 160
LEFT, TOP, BOTTOM = 46, 12, 24
"""The margins; that at the right has room for the names of the lines."""
LETTER, BESIDE = 7.8, 18
"""The width of a letter of such a name at most, and what stands between it and its line."""
PAUSE: Final = 5.0
CUT: Final = 0.6
"""Seconds without any change that are cut, and how many are left of them."""
MARGIN: Final = 0.25
NAME_LINE: Final = 15
MOST_TICKS, FEW_TICKS = 6, 3
LEAST_HIGH: Final = 4
STEPS: Final = tuple(step * 10**power for power in range(11) for step in (1, 2, 5))

Reading = Callable[[CurveJson, int], int]


@dataclass(frozen=True, slots=True)
class Kind:
    """What a chart shows of each manager: its name, its title, and the number at a point."""

    key: str
    title: str
    read: Reading


def _apart_by(curve: CurveJson, at: int) -> int:
    counts = (curve["store"][at], curve["statistics"][at], curve["database"][at])
    return max(counts) - min(counts)


def _missing(curve: CurveJson, at: int) -> int:
    return curve["missing"][at]


def _queue(curve: CurveJson, at: int) -> int:
    return curve["queue"][at]


MISSING: Final = Kind("missing", "Acknowledged changes that are missing, at least", _missing)
APART: Final = Kind("apart", "How far the three counters are apart", _apart_by)
QUEUE: Final = Kind("queue", "Rows that wait for cleanup", _queue)
OF_CARD: Final = {"cleanup_leak": QUEUE, "phantom_sessions": APART}


@dataclass(frozen=True, slots=True)
class Line:
    """One manager: its path, its last value, and where its name stands."""

    manager: str
    path: str
    last: int
    x: float
    y: float
    name_y: float


@dataclass(frozen=True, slots=True)
class Tick:
    """A number at an axis."""

    at: float
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """All that is drawn; `loads` are from where to where loads ran, `cuts` where a pause was cut, with its length."""

    title: str
    text: str
    width: int
    right: int
    lines: tuple[Line, ...]
    across: tuple[Tick, ...]
    up: tuple[Tick, ...]
    loads: tuple[tuple[float, float], ...]
    cuts: tuple[Tick, ...]


@dataclass(frozen=True, slots=True)
class Scale:
    """What two charts have in common, so that they can be compared: seconds, the highest value, room for the names."""

    seconds: float
    high: int
    names: int


def leading(run: RunJson) -> Kind:
    """What shows most of a run: that of the bug in its headline."""
    return OF_CARD.get(run["card"], MISSING)


def others(kind: Kind) -> list[Kind]:
    """The other kinds."""
    return [each for each in (MISSING, APART, QUEUE) if each is not kind]


class Time:
    """The seconds of a run from its first change to its last, without its pauses.

    Args:
        run: whose curves say when something moved.
    """

    def __init__(self, run: RunJson) -> None:
        at, curves = run["curves"]["at"], run["curves"]["managers"]
        rows = [tuple(line[i] for curve in curves.values() for line in _lines(curve)) for i in range(len(at))]
        moved = [i for i in range(1, len(at)) if rows[i] != rows[i - 1]]
        self.moves = bool(moved)
        self.first, self.last = (moved[0] - 1, moved[-1]) if moved else (0, len(at) - 1)
        begins = [load["began_at"] - run["started_at"] for load in run["loads"]]
        self.zero = begins[0] if begins else at[self.first] if at else 0.0
        start = min(self.zero, at[self.first]) if at else 0.0
        self.cuts: list[tuple[float, float]] = []
        for i, j in pairwise(range(self.first, self.last + 1)):
            if at[j] - at[i] > PAUSE and rows[i] == rows[j]:
                self.cuts.append((at[i] + CUT / 2, at[j] - CUT / 2))
        self.start, self.end = start, at[self.last] if at else 0.0
        self.seconds = self.place(self.end)

    def place(self, at: float) -> float:
        """Seconds from the left edge, without what was cut."""
        return at - self.start - sum(max(0.0, min(at, until) - since) for since, until in self.cuts)

    def stretches(self) -> list[tuple[float, float]]:
        """From where to where it is shown: what lies between the pauses that are cut."""
        edges = [self.start, *(edge for cut in self.cuts for edge in cut), self.end]
        return list(zip(edges[::2], edges[1::2], strict=True))


def scale(kind: Kind, *runs: RunJson) -> Scale:
    """One that all of the runs fit into."""
    curves = [
        (name, curve, len(run["curves"]["at"])) for run in runs for name, curve in run["curves"]["managers"].items()
    ]
    high = max((kind.read(curve, at) for _, curve, many in curves for at in range(many)), default=0)
    longest = max((len(f"{name} {kind.read(curve, -1):,}") for name, curve, many in curves if many), default=0)
    names = BESIDE + ceil(LETTER * longest)
    return Scale(max(1.0, *(Time(run).seconds for run in runs)), max(LEAST_HIGH, high), names)


def charts(run: RunJson, kind: Kind, scale: Scale, width: int) -> tuple[Chart, Chart]:
    """The chart of one run, and the same for a narrow window."""
    return _chart(run, kind, scale, width), _chart(run, kind, scale, SMALL)


def _chart(run: RunJson, kind: Kind, scale: Scale, width: int) -> Chart:
    time = Time(run)
    across = (width - LEFT - scale.names) / (scale.seconds + MARGIN)
    up = (HEIGHT - TOP - BOTTOM) / (scale.high * 1.06)

    def x(at: float) -> float:
        return round(LEFT + across * (MARGIN + time.place(at)), 1)

    def y(value: float) -> float:
        return round(HEIGHT - BOTTOM - up * value, 1)

    at = run["curves"]["at"]
    lines = []
    for name, curve in run["curves"]["managers"].items() if time.moves else ():
        points = [(x(at[i]), y(kind.read(curve, i))) for i in range(time.first, time.last + 1)]
        last = kind.read(curve, time.last)
        path = "M" + "L".join(f"{a:g} {b:g}" for a, b in points)
        lines.append(Line(name, path, last, points[-1][0], points[-1][1], points[-1][1]))
    lines = _apart(lines)
    spans = [
        (load["began_at"] - run["started_at"], (load["ended_at"] or 0.0) - run["started_at"]) for load in run["loads"]
    ]
    return Chart(
        title=kind.title,
        text=f"{kind.title}. " + ". ".join(f"{line.manager}: {line.last:,} at the end" for line in lines) + ".",
        width=width,
        right=width - scale.names,
        lines=tuple(lines),
        across=tuple(_across(time, scale, x, MOST_TICKS if width > SMALL else FEW_TICKS)),
        up=tuple(Tick(y(value), f"{value:,}") for value in _steps(scale.high, 4)),
        loads=tuple((x(max(begin, time.start)), x(min(end, time.end))) for begin, end in spans if end > begin),
        cuts=tuple(Tick(x((since + until) / 2), _pause(until - since + CUT)) for since, until in time.cuts),
    )


def _across(time: Time, scale: Scale, x: Callable[[float], float], most: int) -> list[Tick]:
    step = next(step for step in STEPS if scale.seconds / step <= most)
    stretches = [(max(0.0, begin - time.zero), end - time.zero) for begin, end in time.stretches()]
    found = [step * n for begin, end in stretches for n in range(ceil(begin / step), int(end // step) + 1)]
    return [Tick(x(time.zero + at), f"{at:,} s") for at in found]


def _steps(high: int, most: int) -> Sequence[int]:
    step = next(step for step in STEPS if high / step <= most)
    return range(0, high + 1, step)


def _apart(lines: list[Line]) -> list[Line]:
    """With their names one below the other where lines end at the same height: from the bottom up."""
    found, below = [], float(HEIGHT)
    for line in sorted(lines, key=lambda line: -line.y):
        below = min(line.y, below - NAME_LINE)
        found.append(Line(line.manager, line.path, line.last, line.x, line.y, below))
    return sorted(found, key=lambda line: [each.manager for each in lines].index(line.manager))


def _pause(seconds: float) -> str:
    return f"{seconds / 60:.0f} min pause" if seconds >= 120 else f"{seconds:.0f} s pause"


def _lines(curve: CurveJson) -> list[list[int]]:
    counts = [curve["store"], curve["statistics"], curve["database"]]
    return [*counts, curve["expected_low"], curve["expected_high"], curve["queue"], curve["missing"]]
