"""Breaks a thing that is longer than a line between its words: not in a call, a text or a value that fits into one."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from typing import Final

HANG: Final = "  "
ARROW: Final = "->"
"""Stands in a line with what comes after it."""
OPENING, CLOSING, QUOTES = "([{", ")]}", "'\""


def wrapped(text: str, room: int) -> list[str]:
    """Lines of at most so many characters; all but the first hang."""
    lines: list[str] = []
    for chunk in _chunks(text):
        if lines and len(f"{lines[-1]} {chunk}") <= room:
            lines[-1] = f"{lines[-1]} {chunk}"
            continue
        begins = HANG if lines else ""
        lines += textwrap.wrap(chunk, room, initial_indent=begins, subsequent_indent=HANG) or [""]
    return lines


def _chunks(text: str) -> Iterator[str]:
    """Its words; what stands in brackets or quotation marks belongs to one word, if they are closed."""
    begun = at = 0
    while at < len(text):
        if text[at] == " " and text[begun:at] != ARROW:
            yield text[begun:at]
            begun = at + 1
        at = _end(text, at) or at + 1
    yield text[begun:]


def _end(text: str, at: int) -> int:
    """Behind what is opened there; 0 if nothing is, or it is not closed."""
    if text[at] in QUOTES and not text[at - 1 : at].isalnum():
        return text.find(text[at], at + 1) + 1
    if text[at] not in OPENING:
        return 0
    inside = at + 1
    while inside < len(text):
        if text[inside] in CLOSING:
            return inside + 1
        inside = _end(text, inside) or inside + 1
    return 0
