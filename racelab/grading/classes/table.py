"""A finding's schedule for a terminal: the author's own lines, who ran them when, and what that did."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from .causes import Cause
from .rows import Row, Rows
from .trace import Trace
from .words import short
from .wrapping import wrapped

WIDE: Final = 120
MOST: Final = 20
"""Lines; with more, those that the finding can be understood without are left out, and no others."""
MOST_SOURCE: Final = 40
HEAVIEST: Final = 3
ROOM: Final = 36
"""Columns for what a line did. With fewer, that comes below the line, and not beside it."""
INDENT: Final = " " * 9
LEFT_OUT: Final = "({} left out that this does not need)"


def table(trace: Trace, cause: Cause, columns: int = WIDE) -> list[str]:
    """The lines.

    Args:
        trace: of the schedule.
        cause: says what must not be left out.
        columns: of the terminal.
    """
    rows = [replace(row, words=tuple(map(short, row.words))) for row in Rows(trace, cause).all()]
    kept = rows
    if _size(rows, columns) > MOST:
        kept = _weightiest(rows, columns)
    lines = _laid_out(kept, columns)
    fewer = len(rows) - len(kept)
    if fewer:
        lines += textwrap.wrap(LEFT_OUT.format(f"{fewer} line{'' if fewer == 1 else 's'}"), columns)
    return lines


def _weightiest(rows: Sequence[Row], columns: int) -> list[Row]:
    """What must not be left out, and of the rest as much as there is room for."""
    kept = _whole(rows, [row for row in rows if row.weight == HEAVIEST])
    for weight in range(HEAVIEST - 1, -1, -1):
        for row in (row for row in rows if row.weight == weight):
            more = _whole(rows, [*kept, row])
            if _size(more, columns) < MOST:
                kept = more
    return kept


def _size(rows: Sequence[Row], columns: int) -> int:
    """Lines of a wide table; a narrow one has the same rows in more lines."""
    return len(_laid_out(rows, max(columns, WIDE)))


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
    beside = columns - len(_head(rows[0], where, source)) >= ROOM if rows else True
    return [line for row in rows for line in (_beside(row, where, source, columns) if beside else _below(row, columns))]


def _head(row: Row, where: int, source: int) -> str:
    text, place = (row.line.text, str(row.line)) if row.line else ("", "")
    return f"{_start(row)}{place:<{where}}  {_shortened(text, source):<{source}}  "


def _start(row: Row) -> str:
    return f"{str(row.step) if row.step else 'end':>3} {'!' if row.preempts else ' '} {row.task:<2} "


def _beside(row: Row, where: int, source: int, columns: int) -> Iterator[str]:
    """The words to the right of the author's line."""
    head = _head(row, where, source)
    for number, part in enumerate(_filled(row.words, columns - len(head))):
        yield ((" " * len(head) if number else head) + part).rstrip()


def _below(row: Row, columns: int) -> Iterator[str]:
    """The words below the author's line, for a narrow terminal."""
    start, room = _start(row), columns - len(INDENT)
    if row.line and len(f"{row.line}  {row.line.text}") <= room:
        yield f"{start}{row.line}  {row.line.text}".rstrip()
    elif row.line:
        yield f"{start}{_shortened(str(row.line), room)}"
        yield f"{INDENT}{_shortened(row.line.text, room)}"
    parts = _filled(row.words, room - 2)
    if not row.line and not row.task:
        yield from (f"{INDENT if number else start}{part}".rstrip() for number, part in enumerate(parts))
        return
    if not row.line:
        yield start.rstrip()
    yield from (f"{INDENT}  {part}" for part in parts if part)


def _filled(words: Sequence[str], room: int) -> list[str]:
    """Whole things in a line, as many as there is room for; only what is longer than a line is broken, and hangs."""
    lines: list[str] = []
    for number, word in enumerate(words):
        part = word + ";" * (number + 1 < len(words))
        if lines and len(f"{lines[-1]} {part}") <= room:
            lines[-1] = f"{lines[-1]} {part}"
        else:
            lines += wrapped(part, room)
    return lines or [""]


def _shortened(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"
