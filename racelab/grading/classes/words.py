"""Single things of a trace in words: a value, an access, an operation, a wait."""

from __future__ import annotations

import re
from typing import Final

from .answer_texts import raised
from .trace import Answered, Touch, Trace, Wait

SHORT: Final = 32
"""Characters of a value."""
ID: Final = re.compile(r"(?<=['\"])(?=[\w-]*\d)[\w-]{32,}(?=['\"])")
"""A text that only machines tell apart, such as the id of a session."""
BEGINNING: Final = 8
NOTHING: Final = "nothing"
SPECIAL: Final = {"try": "tries", "finish": "finishes", "fetch": "fetches"}
"""Verbs that do not only get an s."""


def short(text: str) -> str:
    """With the beginning of each id, or its end if it begins with zeros."""
    return ID.sub(_beginning, text)


def _beginning(found: re.Match[str]) -> str:
    text = found[0]
    return f"{text[:BEGINNING]}…" if text[:BEGINNING].strip("0-") else f"…{text[-BEGINNING:]}"


def value(text: str | None) -> str:
    """A value, shortened."""
    if text is None:
        return NOTHING
    text = short(text)
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def pair(before: str | None, after: str | None) -> tuple[str, str]:
    """Two values, shortened so that it is seen where they differ."""
    one, other = value(before), value(after)
    if before is None or after is None or one != other or before == after:
        return one, other
    same = next(
        (at for at, both in enumerate(zip(before, after, strict=False)) if both[0] != both[1]),
        min(len(before), len(after)),
    )
    start = max(0, same - SHORT // 2)
    return f"…{value(before[start:])}", f"…{value(after[start:])}"


def named(touch: Touch) -> str:
    """What the author calls the location, unless that leads elsewhere by now."""
    return f"the old {touch.place}" if touch.astray else touch.place


def said(touch: Touch) -> str:
    """An access: 'reads self.value: 0'."""
    place, (before, after) = named(touch), pair(touch.before, touch.after)
    if touch.opaque:
        return f"{'changes' if touch.writes else 'reads'} {place}"
    if "iterate" in touch.uses and touch.how == "read" and not touch.key:
        return f"goes over {place}: {before}"
    if touch.how == "read":
        return f"finds no {place}" if touch.before is None else f"reads {place}: {before}"
    if touch.before is None and touch.after is None:
        return f"finds no {place}" if touch.looks else f"changes {place}"
    if not touch.changes:
        return f"writes {place}: {after} again" if touch.how == "write" else f"leaves {place} as it was: {after}"
    return f"{place}: {before} -> {after}"


OVER: Final = {"join": "sees the end of {}", "await": "gets the result of {}", "wait at": "passes {}"}
"""What a thread meets when it need not wait any more."""


def done(what: str, name: str, title: str, vain: bool = False) -> str:
    """An operation of a primitive: 'takes self._lock'.

    Args:
        what: 'take'.
        name, title: of the primitive: its own, and as the author writes it.
        vain: whether it did not get what it came for.
    """
    first, _, rest = what.partition(" ")
    if vain:
        return f"tries in vain to {rest[3:]} {title}" if first == "try" else f"gives up waiting for {title}"
    if first.isupper():
        return what
    if first == "run":
        return f"runs {rest.removesuffix(' in')}"
    if what == "wait for":
        return f"finds {title} set" if name.startswith("event") else f"is woken by {title}"
    return (
        OVER[what].format(title)
        if what in OVER
        else f"{SPECIAL.get(first, f'{first}s')} {rest} {title}".replace("  ", " ")
    )


def ended(answered: Answered) -> str:
    """A call and its answer: 'it.read() -> 1'; what an exception says, and what a specification would answer."""
    answer = answered.answer
    if answered.raised:
        answer = raised(answer, answered.detail, answered.line)
    expected = f", expected {answered.expected}" if answered.expected else ""
    return f"{answered.call} {'raises' if answered.raised else '->'} {answer}{expected}"


FOR_EVER: Final = {
    "get from": "something to come into {}",
    "put into": "room in {}",
    "await": "the result of {}",
    "join": "the end of {}",
    "wait at": "the others at {}",
    "come to": "room at {}",
}
"""What a thread waits for that would do that."""
BY_KIND: Final = {
    "condition": "a notification of {}",
    "event": "{} to be set",
    "semaphore": "a release of {}",
    "bounded": "a release of {}",
}


def waiting(trace: Trace, wait: Wait, for_ever: str = " for ever") -> str:
    """Why a task waits: 'waits for self._lock, which B holds'."""
    if not wait.primitive:
        return f"waits{for_ever}: {wait.what}"
    title = trace.title(wait.primitive)
    if wait.task in wait.holders:
        return f"waits for {title}, which it holds itself"
    if wait.holders:
        return f"waits for {title}, which {' and '.join(wait.holders)} holds"
    found = FOR_EVER.get(wait.what) or BY_KIND.get(wait.primitive.partition(" ")[0]) or "{}"
    return f"waits{for_ever} for {found.format(title)}"
