"""A loss in words: a headline, what happened in which order, and each of its calls as a row."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ...promises.history import PastCall
from ...promises.losses import MS, Loss, Role

ROLES: Final[dict[Role, str]] = {
    "gone": "its change is gone",
    "covers": "has overwritten it",
    "same": "was told the same count",
    "half": "ended half-way",
    "asked": "its row is still stored",
    "beside": "ran beside",
}
ROW_HAS_IT: Final = " So it is in the store, from which users read; the row in the database may still have the change."
"""Of a refresh that has overwritten a change."""


@dataclass(frozen=True, slots=True)
class Row:
    """A call in the table beside the picture."""

    number: int | None
    caller: str
    call: str
    begin: str
    end: str
    answer: str
    role: str


@dataclass(frozen=True, slots=True)
class Words:
    """All that is said of a loss."""

    headline: str
    sentences: tuple[str, ...]
    rows: tuple[Row, ...]


def words(loss: Loss) -> Words:
    """The loss in words."""
    rows = tuple(_row(loss, number, *each) for number, each in enumerate(loss.calls, 1))
    headline, *sentences = _story(loss)
    refreshed = any(role == "covers" and call.kind == "read" for call, role in loss.calls)
    rest = f"At rest: {loss.stored}." + (ROW_HAS_IT if refreshed else "")
    return Words(headline, (*sentences, rest), (*rows, *_cleanup(loss)))


def _story(loss: Loss) -> list[str]:
    main = [(call, role) for call, role in loss.calls if role != "beside"]
    by_role = {role: call for call, role in main}
    if "covers" in by_role:
        return _covered(loss, by_role["gone"], by_role["covers"])
    if "same" in by_role:
        one, other = (call for call, _ in main)
        return [
            "Two reads, 200 OK twice, one access counted.",
            f"{one.caller} and {other.caller} counted an access at the same time.",
            f"Both have read the count {(one.answer or 0) - 1:,}, and both have written {one.answer or 0:,}.",
            "No other call that ran then can have set the count back.",
        ]
    call = main[0][0]
    if "half" in by_role:
        return [
            "Logged out half-way: 500, and nothing finishes it.",
            f"The logout of {call.caller} died after {_ms(call.end - call.begin)} ms between two of its steps.",
        ]
    return [
        f"Logged out, 200 OK, cleaned up in vain {loss.attempted:,} times.",
        f"{call.caller} closed the session. Cleanup cannot remove its row, and tries it again in every cycle.",
    ]


def _covered(loss: Loss, gone: PastCall, cover: PastCall) -> list[str]:
    later = cover.end - gone.end
    undone, done = ("open again", "Logged out") if gone.kind == "delete" else ("gone", "Saved")
    when = f"200 OK, {undone} within {_ms(later)} ms" if later > 0 else f"{undone} before its 200 OK was sent"
    began = "read the row" if cover.read_at is not None else "began"
    return [
        f"{done}, {when}.",
        f"{gone.caller}'s {_named(gone)} was answered 200 after {_ms(gone.end - gone.begin)} ms.",
        f"{cover.caller}'s {_named(cover)} {began} at {_ms(cover.since - loss.zero)} ms and ended at "
        f"{_ms(cover.end - loss.zero)} ms.",
        "It is the only other call that can have written meanwhile: it has read the session before that change, "
        "and written after it.",
    ]


def _row(loss: Loss, number: int, call: PastCall, role: Role) -> Row:
    answers = {"acknowledged": "200 OK", "failed": "refused: nothing was changed", "unknown": "500: outcome unknown"}
    counted = f", count {call.answer:,}" if call.answer is not None else ""
    begin, end = _ms(call.begin - loss.zero), _ms(call.end - loss.zero)
    return Row(number, call.caller, _named(call), begin, end, answers[call.outcome] + counted, ROLES[role])


def _cleanup(loss: Loss) -> Iterator[Row]:
    if loss.attempts:
        first, last = (_ms(at - loss.zero) for at in (loss.attempts[0], loss.attempts[-1]))
        many = f"removal of the row, the last {len(loss.attempts):,} of {loss.attempted:,} times"
        yield Row(None, "cleanup", many, first, last, "failed each time", "tried again in every cycle")


def _named(call: PastCall) -> str:
    names = {"create": "login", "read": "refresh", "increment": "counted read", "delete": "logout"}
    return f"save of {call.key!r} as {call.value!r}" if call.kind == "update" else names[call.kind]


def _ms(nanoseconds: int) -> str:
    return f"{nanoseconds / MS:,.1f}" if nanoseconds >= MS else f"{nanoseconds / MS:.2g}"
