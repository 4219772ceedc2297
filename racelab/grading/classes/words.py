"""Single things of a trace in words: a value, an access, an operation, a wait."""

from __future__ import annotations

from typing import Final

from .trace import Answered, Touch, Trace, Wait

SHORT: Final = 32
"""Characters of a value."""
NOTHING: Final = "nothing"
SPECIAL: Final = {"try": "tries", "finish": "finishes"}
"""Verbs that do not only get an s."""


def value(text: str | None) -> str:
    """A value, shortened."""
    if text is None:
        return NOTHING
    return text if len(text) <= SHORT else text[: SHORT - 1] + "…"


def said(touch: Touch) -> str:
    """An access: 'reads self.value: 0'."""
    place, before, after = touch.place, value(touch.before), value(touch.after)
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


def done(what: str, title: str) -> str:
    """An operation of a primitive: 'takes self._lock'."""
    first, _, rest = what.partition(" ")
    if first.isupper():
        return what
    if first == "run":
        return f"runs {rest.removesuffix(' in')}"
    if first in ("wait", "join", "await"):
        return f"goes on: {title}"
    return f"{SPECIAL.get(first, f'{first}s')} {rest} {title}".replace("  ", " ")


def ended(answered: Answered) -> str:
    """A call and its answer: 'it.read() -> 1'."""
    return f"{answered.call} {'raises' if answered.raised else '->'} {answered.answer}"


def waiting(trace: Trace, wait: Wait) -> str:
    """Why a task waits: 'waits for self._lock, which B holds'."""
    if not wait.primitive:
        return f"waits for ever: {wait.what}"
    title = trace.title(wait.primitive)
    if wait.task in wait.holders:
        return f"waits for {title}, which it holds itself"
    if wait.holders:
        return f"waits for {title}, which {' and '.join(wait.holders)} holds"
    return f"waits for ever: {wait.what} {title}"
