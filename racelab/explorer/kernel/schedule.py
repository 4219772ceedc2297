"""A schedule: whose turn it is, and for how many steps. Short enough to read aloud and to put into an address.

`A1 B2 A1`: A takes one step, then B two, then A one. Also accepted: `A1.B2.A1`, `A1+B2+A1`, `A1B2A1`, `a b2 a`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

LONGEST = 10_000
LONGEST_TEXT = 3 * LONGEST
_STEPS = r"[1-9]\d{0,4}"
_TURN = re.compile(rf"([A-Z])({_STEPS})?")
_WORD = re.compile(rf"[A-Z]|(?:[A-Z]{_STEPS})+")
_BETWEEN = re.compile(r"[\s.,+_-]+")


class BadSchedule(ValueError):
    """The text is no schedule."""


def parse(text: object) -> list[str]:
    """The task that runs at each step.

    Raises:
        BadSchedule: in words.
    """
    turns: list[str] = []
    if not isinstance(text, str):
        raise BadSchedule(f"{text!r} is no schedule. A schedule is a text, such as 'A1 B2 A1'.")
    if len(text) > LONGEST_TEXT:
        raise BadSchedule(f"A schedule may have {LONGEST} steps at most, and this text is longer than that takes.")
    for word in filter(None, _BETWEEN.split(text.strip())):
        if not _WORD.fullmatch(word.upper()):
            raise BadSchedule(f"{word[:20]!r} is no turn. A schedule reads like 'A1 B2 A1': A one step, B two, A one.")
        for name, steps in _TURN.findall(word.upper()):
            turns += [name] * int(steps or 1)
            if len(turns) > LONGEST:
                raise BadSchedule(f"A schedule may have {LONGEST} steps at most.")
    return turns


def write(turns: Iterable[str]) -> str:
    """The shortest text for it."""
    return " ".join(f"{name}{len(list(steps))}" for name, steps in groupby(turns))
