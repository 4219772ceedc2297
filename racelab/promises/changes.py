"""Acknowledged changes against stored changes, session by session, and the possible causes of each loss.

A change can only have been lost to a call that it met (see `ledger`). Of V changes that vanished from a session, at
most R met a refresh, so at least V - R were lost to another writer; and the other way round. A vanished key shows by
itself what it met. Losses that neither bound assigns are counted as `either`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from session_manager.model import SessionData

from .evidence import Evidence
from .promise import KeyPromise, Promise

MOST_EVIDENCE = 5
MOST_CHARACTERS = 40


@dataclass(slots=True)
class Changes:
    """Sums over the sessions that are open, whose changes can be checked.

    Attributes:
        promised, vanished, superseded, surplus: as in `Result`.
        met_rival, met_refresh: how many changes met another writer, or a refresh.
        to_rival, to_refresh: how many were certainly lost to one, or to the other.
        either: how many were lost to one or the other, with unknown cause.
        hidden: changes of unknown outcome, which may hide as many losses.
        by_rival, by_refresh: the evidence.
    """

    promised: int = 0
    vanished: int = 0
    superseded: int = 0
    surplus: int = 0
    met_rival: int = 0
    met_refresh: int = 0
    to_rival: int = 0
    to_refresh: int = 0
    either: int = 0
    hidden: int = 0
    by_rival: list[str] = field(default_factory=list)
    by_refresh: list[str] = field(default_factory=list)


def compare(evidence: Evidence) -> Changes:
    """Compare the acknowledged changes of every open session with its stored data."""
    changes = Changes()
    for session_id, promise in evidence.promises.items():
        if promise.closed is None:
            _compare_one(changes, promise, evidence.census.sessions.get(session_id))
    return changes


def _compare_one(changes: Changes, promise: Promise, data: SessionData | None) -> None:
    """Each acknowledged change counted one access."""
    changes.promised += promise.changes
    changes.superseded += promise.superseded
    if data is None:  # all its acknowledged changes vanished with the session, whatever they met
        changes.vanished += promise.changes
        return
    counted = data.access_count - promise.before
    short = min(promise.changes, max(0, promise.changes - counted))
    lost = lost_keys(promise, data)
    rival_only = [key for key in lost if key.kept.met_update and not key.kept.met_refresh]
    refresh_only = [key for key in lost if key.kept.met_refresh and not key.kept.met_update]
    vanished = max(short, len(lost))
    # A change that vanished without having met a call is assigned to no cause.
    alone = sum(not key.kept.met_update and not key.kept.met_refresh for key in lost)
    explained = min(vanished - alone, promise.met_rival + promise.met_refresh)
    to_rival = max(explained - promise.met_refresh, len(rival_only))
    to_refresh = min(max(explained - promise.met_rival, len(refresh_only)), explained - to_rival)
    changes.by_rival += [str(key) for key in rival_only[:MOST_EVIDENCE]]
    changes.by_refresh += [str(key) for key in refresh_only[:MOST_EVIDENCE]]
    if short and (to_rival or to_refresh):
        told = f"session {data.session_id[:8]}…: {promise.changes} accesses were acknowledged, {counted} are stored"
        (changes.by_rival if to_rival else changes.by_refresh).append(told)
    changes.surplus += max(0, counted - promise.changes - promise.unknown)
    changes.vanished += vanished
    changes.met_rival += promise.met_rival
    changes.met_refresh += promise.met_refresh
    changes.to_rival += to_rival
    changes.to_refresh += to_refresh
    changes.either += explained - to_rival - to_refresh
    changes.hidden += promise.unknown


def lost_keys(promise: Promise, data: SessionData) -> list[LostKey]:
    """The keys whose stored value is no acknowledged one."""
    promised = [(key, kept) for key, kept in list(promise.keys.items()) if kept.promised]
    return [LostKey(data, key, kept) for key, kept in promised if data.metadata.get(key) not in kept.values]


@dataclass(frozen=True, slots=True)
class LostKey:
    """A key whose stored value is not an acknowledged one."""

    data: SessionData
    key: str
    kept: KeyPromise

    def __str__(self) -> str:
        value = self.data.metadata.get(self.key)
        stored = "no value is stored" if value is None else f"{shortened(value)} is stored"
        saved = " or ".join(shortened(value) for value in sorted(self.kept.values)[:MOST_EVIDENCE])
        return f"session {self.data.session_id[:8]}…: {self.key!r} was saved as {saved}; {stored}"


def shortened(value: str) -> str:
    """A value for display, cut after `MOST_CHARACTERS`."""
    return repr(value if len(value) <= MOST_CHARACTERS else value[: MOST_CHARACTERS - 1] + "…")
