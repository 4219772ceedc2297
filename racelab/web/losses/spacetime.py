"""A loss as a picture: who called when, what was read and what was overwritten. Pure: times in, coordinates out.

Visitors and the session are vertical lines, and time runs downwards. A call is a bar from its beginning to its end.
When exactly it read and wrote in between is not known; an arrow stands at a time that is possible for all of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, count
from typing import Final

from ...promises.history import PastCall
from ...promises.losses import MS, Loss, Role

LEFT, SESSION, RIGHT, NEXT = 92, 184, 276, 92
"""Where the lines of the first two visitors and of the session are, and the distance of each further one."""
MARGIN: Final = 58
TOP: Final = 62
HEIGHT: Final = 290
BOTTOM: Final = 26
PAD: Final = 18
LEAST: Final = 5
"""The height of the shortest bar."""
LINE: Final = 14
"""The distance of two texts."""
APART: Final = 6
"""The least distance of two arrows of one call that can be told from each other."""
NAME: Final = 15
"""Characters of a caller's name over its line."""

CLEANUP: Final = "cleanup"
MOST_TICKS: Final = 7
STEPS: Final = tuple(step * 10**power for power in range(-3, 7) for step in (1, 2, 5))
"""The possible distances of two ticks, in milliseconds."""

SHORT: Final = {"create": "login", "read": "refresh", "update": "save", "increment": "count", "delete": "logout"}
ANSWERS: Final = {"acknowledged": "200 OK", "failed": "refused", "unknown": "500"}


@dataclass(frozen=True, slots=True)
class Lane:
    """A vertical line, and the name over it."""

    x: float
    name: str


@dataclass(frozen=True, slots=True)
class Bar:
    """A call; `number` is that of its row in the table, and a text stands at its outer side: right, or `left`."""

    number: int
    x: float
    y: float
    height: float
    role: Role
    texts: tuple[str, ...]

    @property
    def left(self) -> bool:
        """Whether its outer side is the left one."""
        return self.x < SESSION


@dataclass(frozen=True, slots=True)
class Arrow:
    """From the session to a call that `reads` it, or back where it `writes`, or `covers` another write."""

    x1: float
    x2: float
    y: float
    what: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What the session has from a time `at`, and where that is written; `bad` if something is gone."""

    x: float
    at: float
    y: float
    text: str
    bad: bool = False


@dataclass(frozen=True, slots=True)
class Tick:
    """A time at the axis."""

    y: float
    text: str


@dataclass(frozen=True, slots=True)
class Picture:
    """All that is drawn."""

    width: float
    height: float
    top: float
    bottom: float
    session: Lane
    lanes: tuple[Lane, ...]
    ticks: tuple[Tick, ...]
    bars: tuple[Bar, ...]
    arrows: tuple[Arrow, ...]
    marks: tuple[Mark, ...]
    crosses: tuple[tuple[float, float], ...]


class Drawing:
    """One loss, drawn.

    Args:
        loss: what is drawn.
    """

    def __init__(self, loss: Loss) -> None:
        self._loss = loss
        self._main = [(call, role) for call, role in loss.calls if role != "beside"]
        times = [time for call, _ in loss.calls for time in (call.begin, call.end)]
        self._first, self._last = min(times), max(*times, *loss.attempts)
        ordered = [call for call, _ in self._main] + [call for call, role in loss.calls if role == "beside"]
        self._lane_of, self._lanes = _lanes(ordered, RIGHT + NEXT if loss.attempts else RIGHT)
        if loss.attempts:
            self._lanes.append(Lane(RIGHT, CLEANUP))

    def picture(self) -> Picture:
        """The coordinates."""
        arrows, marks = self._story()
        return Picture(
            width=max(RIGHT, *(lane.x for lane in self._lanes)) + MARGIN,
            height=TOP + HEIGHT + BOTTOM,
            top=TOP,
            bottom=TOP + HEIGHT,
            session=Lane(SESSION, f"session {self._loss.session_id[:4]}…"),
            lanes=tuple(self._lanes),
            ticks=tuple(self._ticks()),
            bars=tuple(self._bar(number, *each) for number, each in enumerate(self._loss.calls, 1)),
            arrows=tuple(arrows),
            marks=tuple(_apart(marks)),
            crosses=tuple((RIGHT, self._y(at)) for at in self._loss.attempts),
        )

    def _y(self, at: int) -> float:
        whole = max(1, self._last - self._first)
        return round(TOP + PAD + (HEIGHT - 2 * PAD) * (at - self._first) / whole, 1)

    def _ticks(self) -> Iterator[Tick]:
        whole = (self._last - self._first) / MS
        step = next((step for step in STEPS if whole / step <= MOST_TICKS), STEPS[-1])
        for number in range(int(whole / step) + 1):
            yield Tick(self._y(self._first + int(number * step * MS)), f"{number * step:,.12g}")

    def _bar(self, number: int, call: PastCall, role: Role) -> Bar:
        top = self._y(call.begin)
        height = round(max(LEAST, self._y(call.end) - top), 1)
        x = self._lane_of[call.number]
        return Bar(number, x, top, height, role, () if role == "beside" else (SHORT[call.kind], ANSWERS[call.outcome]))

    def _story(self) -> tuple[list[Arrow], list[Mark]]:
        by_role = {role: call for call, role in self._main}
        if "covers" in by_role:
            return self._covered(by_role["gone"], by_role["covers"])
        if "same" in by_role:
            return self._same([call for call, _ in self._main])
        ((call, role),) = self._main
        text = "half closed" if role == "half" else "closed"
        return [self._arrow(call, call.end, "writes")], [self._mark(call.end, text, role == "half")]

    def _covered(self, gone: PastCall, cover: PastCall) -> tuple[list[Arrow], list[Mark]]:
        """The cover has read before the other wrote, and written after it.

        What the change that is gone has read does not matter to the loss: it is left out where there is no room for it.
        """
        low, high = max(gone.begin, cover.since), min(gone.end, cover.end)
        written = gone.end if gone.end < cover.end else low + int(0.6 * (high - low))
        arrows = [
            self._arrow(gone, gone.begin, "reads"),
            self._arrow(cover, cover.since, "reads"),
            self._arrow(gone, written, "writes"),
            self._arrow(cover, cover.end, "covers"),
        ]
        if arrows[2].y - arrows[0].y < APART:
            arrows.pop(0)
        before, after = ("closed", "open again") if gone.kind == "delete" else ("stored", "gone")
        return arrows, [self._mark(written, before), self._mark(cover.end, after, bad=True)]

    def _same(self, calls: list[PastCall]) -> tuple[list[Arrow], list[Mark]]:
        """Both have read before either wrote: each read stands at its call's beginning."""
        answer = calls[0].answer or 0
        first, second = sorted(calls, key=lambda call: call.end)
        arrows = [self._arrow(call, call.begin, "reads") for call in calls]
        start = self._mark(calls[0].begin, f"count {answer - 1:,}")
        arrows += [self._arrow(first, first.end, "writes"), self._arrow(second, second.end, "covers")]
        # Above its time: the second read stands below.
        marks = [
            replace(start, y=start.y - PAD),
            self._mark(first.end, f"count {answer:,}"),
            self._mark(second.end, f"{answer:,} again", bad=True),
        ]
        return arrows, marks

    def _arrow(self, call: PastCall, at: int, what: str) -> Arrow:
        lane = self._lane_of[call.number]
        x1, x2 = (SESSION, lane) if what == "reads" else (lane, SESSION)
        return Arrow(x1, x2, self._y(at), what)

    def _mark(self, at: int, text: str, bad: bool = False) -> Mark:
        return Mark(SESSION, self._y(at), self._y(at), text, bad)


def _lanes(calls: Iterable[PastCall], second: float) -> tuple[dict[int, float], list[Lane]]:
    """A line for each caller, and further ones for calls of one caller that overlap: the first left of the session.

    Args:
        calls: in the order in which they get their places.
        second: where the second line stands.

    Returns:
        The place of each call by its number, and the lines.
    """
    places = chain([LEFT], count(second, NEXT))
    taken: list[tuple[str, float, list[PastCall]]] = []
    found: dict[int, float] = {}
    for call in calls:
        free = (one for one in taken if one[0] == call.caller and not any(call.overlaps(old) for old in one[2]))
        lane = next(free, None)
        if lane is None:
            lane = call.caller, next(places), []
            taken.append(lane)
        lane[2].append(call)
        found[call.number] = lane[1]
    return found, [Lane(x, _cut(name)) for name, x, _ in taken]


def _apart(marks: list[Mark]) -> Iterator[Mark]:
    """In the order of time, and no two of them on one line."""
    last = 0.0
    for mark in sorted(marks, key=lambda each: each.y):
        last = max(mark.y, last + LINE)
        yield replace(mark, y=last)


def _cut(text: str) -> str:
    return text if len(text) <= NAME else f"{text[: NAME - 1]}…"
