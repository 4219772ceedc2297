"""The picture of a class: its guesses above what was measured, on one scale, as coordinates and in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final, Literal

from .gathered import Board, Guess
from .handed_in import MANAGERS, Measured

WIDTH, LEFT, RIGHT = 640.0, 24.0, 616.0
BINS: Final = 40
"""For runs, on the scale, which begins and ends in the middle of one."""
CIRCLE: Final = 28
"""Of several guesses, as wide as the template draws it."""
MOST_TICKS: Final = 5
SCALES: Final = (1, 2, 5, 10, 20, 50, 100)
LABEL, GUESSES_ROOM, RUNS_ROOM, AXIS_ROOM = 26.0, 36.0, 66.0, 42.0
TALLEST: Final = 16.0
"""Of a block, which is one run."""
LEAST: Final = 0.05
"""Below it a percentage would be shown as 0.0."""
ONE_USER: Final = 50
"""Updates that one user makes alone when that button of See is pressed."""
NEAREST: Final = 3
"""Names of the nearest guesses that are said."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The guesses of one circle or the runs of one bin, `many` of them.

    Attributes:
        x: the middle of the bin for runs, which are blocks of its width; for guesses their mean, so that one alone
            stands where it is.
    """

    x: float
    many: int


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the picture.

    Attributes:
        label: what stands at its beginning.
        top: of the label.
        base: on which its blocks stand.
        middle: the place of its median; None if it is empty.
    """

    of: Literal["guesses", "buggy", "fixed"]
    label: str
    top: float
    base: float
    marks: tuple[Mark, ...]
    middle: float | None


@dataclass(frozen=True, slots=True)
class Picture:
    """See the module. A block is `block` high and `bin` wide."""

    width: float
    height: float
    left: float
    right: float
    bin: float
    block: float
    axis: float
    rows: tuple[Row, ...]
    ticks: tuple[tuple[float, str], ...]


def picture_of(board: Board) -> Picture:
    """The picture. An empty board has one too, so that nothing moves when the first guess comes."""
    values = {"guesses": [guess.lost for guess in board.guesses], **{name: board.of(name) for name in MANAGERS}}
    all_values = [value for row in values.values() for value in row]
    scale = next(scale for scale in SCALES if scale >= max(all_values, default=SCALES[-1]))
    marks = {name: _blocks(row, scale) if name in MANAGERS else _circles(row, scale) for name, row in values.items()}
    most = max((1, *(mark.many for name in MANAGERS for mark in marks[name])))
    rows, y = [], 0.0
    for of, room in (("guesses", GUESSES_ROOM), ("buggy", RUNS_ROOM), ("fixed", RUNS_ROOM)):
        base = y + LABEL + room
        middle = _place(median(values[of]), scale) if values[of] else None
        rows.append(Row(of, _label(of, values[of]), y + 17, base, marks[of], middle))  # type: ignore[arg-type]
        y = base + 10
    return Picture(
        WIDTH,
        y + AXIS_ROOM,
        LEFT,
        RIGHT,
        (RIGHT - LEFT) / BINS,
        min(TALLEST, (RUNS_ROOM - 4) / most),
        y,
        tuple(rows),
        tuple((_place(value, scale), f"{value} %") for value in range(0, scale + 1, max(1, scale // MOST_TICKS))),
    )


def sentences(board: Board) -> list[str]:
    """What the picture shows, in words."""
    guesses = [guess.lost for guess in board.guesses]
    told = [f"{plural(len(guesses), 'guess', 'guesses')} of {board.students}{_between(guesses)}."]
    told += [_measured(name, board) for name in MANAGERS if board.of(name)]
    if not board.runs:
        told.append("No run yet.")
    lost = board.of("buggy")
    if lost and guesses:
        told.append(_nearest(board.guesses, median(lost)))
    return told


def conditions(board: Board) -> tuple[bool, list[str]]:
    """Whether the conditions of the runs differ, and each of them with its runs.

    One user and 50 updates are no other conditions, and still among the changes: that is said.
    """
    counted = Counter(run.conditions.words() for run in board.runs.values())
    told = [f"{plural(many, 'run')}: {words}." for words, many in counted.most_common()]
    if alone := sum(run.alone for run in board.runs.values()):
        told.append(f"Up to {ONE_USER * alone:,} of the changes of each manager were made by one user alone.")
    return len(counted) > 1, told


def said_of(run: Measured) -> str:
    """The result of one run, in words."""
    return "; ".join(
        f"{name} {percent(run.counts[name].percent)} of {run.counts[name].changes:,} changes"
        for name in MANAGERS
        if name in run.counts
    )


def percent(value: float) -> str:
    """As it is shown: what is not 0 never looks like it."""
    return "0 %" if value == 0 else f"{value:.1f} %" if value >= LEAST else "below 0.1 %"


def plural(many: int, one: str, more: str = "") -> str:
    """`1 run`, `2 runs`."""
    return f"{many:,} {one if many == 1 else more or one + 's'}"


def _place(value: float, scale: float) -> float:
    return round(LEFT + (RIGHT - LEFT) * value / scale, 2)


def _circles(values: Iterable[float], scale: float) -> tuple[Mark, ...]:
    """Guesses: those whose circles would cover each other together, at their mean."""
    near = scale * CIRCLE / (RIGHT - LEFT)
    circles: list[list[float]] = []
    for value in sorted(values):
        if circles and value - fmean(circles[-1]) < near:
            circles[-1].append(value)
        else:
            circles.append([value])
    return tuple(Mark(_place(fmean(inside), scale), len(inside)) for inside in circles)


def _blocks(values: Iterable[float], scale: float) -> tuple[Mark, ...]:
    """Runs: those of one bin on each other, in its middle."""
    counted = Counter(_bin(value, scale) for value in values)
    return tuple(Mark(_place(place * scale / BINS, scale), many) for place, many in sorted(counted.items()))


def _bin(value: float, scale: float) -> int:
    """What is on the border of two belongs to the upper one."""
    return int(value / scale * BINS + 0.5)


def _label(of: str, values: Sequence[float]) -> str:
    what = plural(len(values), "guess", "guesses") if of == "guesses" else f"{of}, {plural(len(values), 'run')}"
    if not values:
        return what
    value = f"{median(values):g} %" if of == "guesses" else percent(median(values))
    return f"{what}: {'median ' if len(values) > 1 else ''}{value}"


def _measured(name: str, board: Board) -> str:
    lost = board.of(name)
    changes, vanished = (
        sum(getattr(run.counts[name], what) for run in board.runs.values() if name in run.counts)
        for what in ("changes", "vanished")
    )
    runs = f"{name}, {plural(len(lost), 'run')}"
    if not vanished:
        return f"{runs}: none of {changes:,} changes vanished."
    if len(lost) == 1:
        return f"{runs}: {percent(lost[0])} vanished, {vanished:,} of {changes:,} changes."
    between = f"from {percent(lost[0])} to {percent(lost[-1])}"
    return (
        f"{runs}: a median of {percent(median(lost))} vanished, {between}; {vanished:,} of {changes:,} changes in all."
    )


def _between(guesses: list[float]) -> str:
    if len(guesses) < 2:
        return f": {guesses[0]:g} of 100" if guesses else ""
    return f": median {median(guesses):g} of 100, from {min(guesses):g} to {max(guesses):g}"


def _nearest(guesses: Iterable[Guess], middle: float) -> str:
    """Whose guess was nearest to what buggy lost."""
    ordered = sorted(guesses, key=lambda guess: abs(guess.lost - middle))
    best = [guess for guess in ordered if abs(guess.lost - middle) == abs(ordered[0].lost - middle)]
    names = [guess.name for guess in best if guess.name][:NEAREST]
    who = f" ({', '.join(names)}{' and others' if len(best) > len(names) else ''})" if names else ""
    return f"Nearest to what buggy lost: the guess {best[0].lost:g}{who}."
