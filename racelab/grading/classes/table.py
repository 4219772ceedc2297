"""A finding's schedule for a terminal: the author's own lines, who ran them when, and what that did."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import Final

from .causes import Cause
from .rows import Row, Rows
from .trace import Trace

WIDE: Final = 120
MOST: Final = 20
"""Lines; with more, those that the finding can be understood without are left out, and no others."""
MOST_SOURCE: Final = 40
HEAVIEST: Final = 3
LEFT_OUT: Final = "({} left out that this does not need)"


def table(trace: Trace, cause: Cause, columns: int = WIDE) -> list[str]:
    """The lines.

    Args:
        trace: of the schedule.
        cause: says what must not be left out.
        columns: of the terminal.
    """
    rows = Rows(trace, cause).all()
    kept = rows
    if len(_laid_out(rows, columns)) > MOST:
        kept = _weightiest(rows, columns)
    lines = _laid_out(kept, columns)
    fewer = len(rows) - len(kept)
    if fewer:
        lines.append(LEFT_OUT.format(f"{fewer} line{'' if fewer == 1 else 's'}"))
    return lines


def _weightiest(rows: Sequence[Row], columns: int) -> list[Row]:
    """What must not be left out, and of the rest as much as there is room for."""
    kept = _whole(rows, [row for row in rows if row.weight == HEAVIEST])
    for weight in range(HEAVIEST - 1, -1, -1):
        for row in (row for row in rows if row.weight == weight):
            more = _whole(rows, [*kept, row])
            if len(_laid_out(more, columns)) < MOST:
                kept = more
    return kept


def _whole(rows: Sequence[Row], some: Sequence[Row]) -> list[Row]:
    """With the release of each lock that is taken in one of them, and the other way round; in their order."""
    kept, sections = {id(row) for row in some}, {one for row in some for one in row.sections}
    while more := [row for row in rows if id(row) not in kept and row.sections & sections]:
        kept |= {id(row) for row in more}
        sections |= {one for row in more for one in row.sections}
    return [row for row in rows if id(row) in kept]


def _laid_out(rows: Sequence[Row], columns: int) -> list[str]:
    where = max((len(str(row.line)) for row in rows if row.line), default=0)
    source = min(max((len(row.line.text) for row in rows if row.line), default=0), MOST_SOURCE)
    return [line for row in rows for line in _lines(row, where, source, columns)]


def _lines(row: Row, where: int, source: int, columns: int) -> Iterator[str]:
    number = str(row.step) if row.step else "end"
    text = row.line.text if row.line else ""
    if len(text) > source:
        text = text[: source - 1] + "…"
    place = str(row.line) if row.line else ""
    head = f"{number:>3} {'!' if row.preempts else ' '} {row.task:<2} {place:<{where}}  {text:<{source}}  "
    room = max(columns - len(head), 20)
    for number_of_line, part in enumerate(textwrap.wrap("; ".join(row.words), room) or [""]):
        yield ((head if number_of_line == 0 else " " * len(head)) + part).rstrip()
