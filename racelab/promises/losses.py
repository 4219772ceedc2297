"""Losses one by one: which call's change is gone, and which overlapping call has covered it.

Pure. Only what is certain is told. A change can only be lost to a call that overlapped with it (see `changes`), so a
change that is gone and that met exactly one writer was lost to that one. Two overlapping increments that answered the
same count have both read the count before it, if no other call can have set it back: one of the two is not counted.
What met several writers, or of which too much is forgotten, is told by no loss.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, Self

from session_manager.model import SessionData

from ..bugs import BUGS
from .cards import misplaced, plural, stuck, tried
from .changes import lost_keys
from .evidence import Evidence
from .history import Past, PastCall
from .json_types import LossJson, PastCallJson

Role = Literal["gone", "covers", "same", "half", "asked", "beside"]
"""A change that is `gone`, the call that `covers` it, two that got the `same` count, a logout that ended `half`-way, a
logout that was `asked` for in vain, and what ran `beside` these."""

MS: Final = 1_000_000
"""Nanoseconds."""


@dataclass(frozen=True, slots=True)
class Loss:
    """One loss.

    Attributes:
        id: its name, of one manager.
        text: the line of evidence.
        calls: those that are told, in the order of their beginnings, each with its role.
        stored: what is stored at rest.
        attempts: when cleanup tried to remove the row in vain, the last ones, and how often it did in all.
    """

    id: str
    bug: str
    session_id: str
    text: str
    calls: tuple[tuple[PastCall, Role], ...]
    stored: str
    attempts: tuple[int, ...] = ()
    attempted: int = 0

    @property
    def zero(self) -> int:
        """The first time of the story, in nanoseconds."""
        return self.calls[0][0].begin

    def to_json(self) -> LossJson:
        """As plain dictionaries, with times in milliseconds since the first call began."""
        return {
            "id": self.id,
            "bug": self.bug,
            "session_id": self.session_id,
            "text": self.text,
            "stored": self.stored,
            "calls": [self._told(call, role) for call, role in self.calls],
            "attempts_ms": [self._ms(at) for at in self.attempts],
            "attempted": self.attempted,
        }

    @classmethod
    def from_json(cls, told: LossJson) -> Self:
        """The loss that `to_json` has told: to a microsecond, and with its calls numbered by their ends."""
        by_end = sorted(range(len(told["calls"])), key=lambda place: told["calls"][place]["end_ms"])
        numbers = {place: number for number, place in enumerate(by_end, 1)}
        return cls(
            id=told["id"],
            bug=told["bug"],
            session_id=told["session_id"],
            text=told["text"],
            calls=tuple((_call(call, numbers[place]), call["role"]) for place, call in enumerate(told["calls"])),
            stored=told["stored"],
            attempts=tuple(_nanoseconds(at) for at in told["attempts_ms"]),
            attempted=told["attempted"],
        )

    def _told(self, call: PastCall, role: Role) -> PastCallJson:
        return {
            "role": role,
            "kind": call.kind,
            "caller": call.caller,
            "key": call.key,
            "value": call.value,
            "outcome": call.outcome,
            "answer": call.answer,
            "begin_ms": self._ms(call.begin),
            "read_ms": None if call.read_at is None else self._ms(call.read_at),
            "end_ms": self._ms(call.end),
        }

    def _ms(self, at: int) -> float:
        return round((at - self.zero) / MS, 3)


def _call(told: PastCallJson, number: int) -> PastCall:
    return PastCall(
        number=number,
        kind=told["kind"],
        key=told["key"],
        value=told["value"],
        outcome=told["outcome"],
        caller=told["caller"],
        answer=told["answer"],
        begin=_nanoseconds(told["begin_ms"]),
        end=_nanoseconds(told["end_ms"]),
        read_at=None if told["read_ms"] is None else _nanoseconds(told["read_ms"]),
    )


def _nanoseconds(ms: float) -> int:
    return round(ms * MS)


def all_losses(evidence: Evidence) -> dict[str, list[Loss]]:
    """The losses by bug, as many as are certain."""
    found: dict[str, list[Loss]] = {bug.key: [] for bug in BUGS}
    for loss in (*_changes(evidence), *_leaks(evidence), *_phantoms(evidence)):
        found[loss.bug].append(loss)
    for losses in found.values():
        _mix(losses)
    return found


def _mix(losses: list[Loss]) -> None:
    """In turns one of each kind of story, so that a few of them show all kinds."""
    seen: Counter[frozenset[Role]] = Counter()
    turns: dict[str, int] = {}
    for loss in losses:
        kind = frozenset(role for _, role in loss.calls if role != "beside")
        turns[loss.id] = seen[kind]
        seen[kind] += 1
    losses.sort(key=lambda loss: turns[loss.id])


def _changes(evidence: Evidence) -> Iterator[Loss]:
    for session_id, promise in evidence.promises.items():
        data = evidence.census.sessions.get(session_id)
        if data is None or promise.closed:
            continue
        lost, short = lost_keys(promise, data), promise.changes - (data.access_count - promise.before)
        past = evidence.past(session_id) if lost or short > 0 else None
        if past is not None:
            for each in lost:
                yield from _lost_save(past, session_id, each.key, str(each), data)
            yield from list(_twice(past, session_id, data))[: max(0, short)]


def _lost_save(past: Past, session_id: str, key: str, text: str, data: SessionData) -> Iterator[Loss]:
    """The last save of a key whose value is not stored, if it met one writer and no more."""
    saves = [call for call in past.calls if call.kind == "update" and call.key == key and call.outcome != "failed"]
    if not saves:
        return
    last, met = saves[-1], list(past.met(saves[-1]))
    if last.outcome != "acknowledged" or last.begin <= past.whole_since or len(met) != 1:
        return
    (cover,) = met
    bug = "stale_overwrites" if cover.kind == "read" else "lost_updates"
    roles: dict[int, Role] = {last.number: "gone", cover.number: "covers"}
    value = data.metadata.get(key)
    stored = f"{key!r} is not stored" if value is None else f"{key!r} is {value!r}"
    yield _loss(bug, session_id, past, text, roles, stored)


def _twice(past: Past, session_id: str, data: SessionData) -> Iterator[Loss]:
    """Increments that overlapped and have got the same count, and nothing can have set it back in between."""
    counted: defaultdict[int, list[PastCall]] = defaultdict(list)
    for call in past.calls:
        if call.kind == "increment" and call.outcome == "acknowledged" and call.begin > past.whole_since:
            counted[call.answer or 0].append(call)
    for answer, calls in counted.items():
        for one, other in pairwise(calls):
            if answer and one.overlaps(other) and not _set_back(past, one, other, answer):
                told = f"{one.caller} and {other.caller} were both told that it is access {answer:,}"
                roles: dict[int, Role] = {other.number: "same", one.number: "same"}
                stored = f"{plural(data.access_count, 'access is', 'accesses are')} stored"
                yield _loss("lost_updates", session_id, past, f"session {session_id[:8]}…: {told}", roles, stored)


def _set_back(past: Past, one: PastCall, other: PastCall, answer: int) -> bool:
    """Whether a third call can have written a lower count while either of the two ran."""
    met = {call.number: call for each in (one, other) for call in past.met(each)}
    others = (call for number, call in met.items() if number not in (one.number, other.number))
    return any(call.kind != "increment" or call.answer is None or call.answer < answer for call in others)


def _leaks(evidence: Evidence) -> Iterator[Loss]:
    """A logout, and each attempt to remove its row."""
    for session_id in stuck(evidence):
        past = evidence.past(session_id)
        logouts = [call for call in past.calls if call.kind == "delete" and call.changes] if past else []
        if past is None or not logouts or not past.attempts:
            continue
        many = evidence.attempts[session_id]
        yield _loss(
            "cleanup_leak",
            session_id,
            past,
            tried(session_id, many),
            {logouts[0].number: "asked"},
            "its row is still in the queue",
            attempted=many,
        )


def _phantoms(evidence: Evidence) -> Iterator[Loss]:
    """A logout that ended half-way, or one that a single other call has undone."""
    wrong = {session_id: what for what, ids in misplaced(evidence).items() for session_id in sorted(ids)}
    for session_id, what in wrong.items():
        past = evidence.past(session_id)
        roles = _undone(past) if past is not None else {}
        if past is not None and roles:
            yield _loss("phantom_sessions", session_id, past, f"session {session_id[:8]}… {what}", roles, what)


def _undone(past: Past) -> dict[int, Role]:
    logouts = [call for call in past.calls if call.kind == "delete" and call.changes]
    if len(logouts) != 1 or logouts[0].begin <= past.whole_since:
        return {}
    logout, met = logouts[0], list(past.met(logouts[0]))
    if logout.outcome == "unknown":
        return {logout.number: "half"} if not met else {}
    return {logout.number: "gone", met[0].number: "covers"} if len(met) == 1 else {}


def _loss(
    bug: str, session_id: str, past: Past, text: str, roles: dict[int, Role], stored: str, attempted: int = 0
) -> Loss:
    """A loss with the calls that have a role, the first of which names it, and those that ran beside them."""
    main = [call for call in past.calls if call.number in roles]
    told = [call for call in past.calls if call.number in roles or any(call.overlaps(each) for each in main)]
    told.sort(key=lambda call: (call.begin, call.number))
    calls = tuple((call, roles.get(call.number, "beside")) for call in told)
    name = f"{bug[0]}{next(iter(roles))}-{session_id[:12]}"
    return Loss(name, bug, session_id, text, calls, stored, tuple(past.attempts) if attempted else (), attempted)
