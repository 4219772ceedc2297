"""Two operations over a shared engine, the second after each command of the first: what is lost, and what survives.

No chance is involved: the second operation runs to its end at one point of the first, at every point in turn. The
threads and processes of `test_shared_threads.py` meet by chance, and everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from session_manager.model import SessionData, SessionNotFound
from tests.subject.shared import Bench, bench

BUGGY = "redis-buggy"
FIXED = ["redis-fixed", "postgres-fixed"]
MOST_COMMANDS = 12

Act = Callable[[Bench, str], None]


def update(key: str) -> Act:
    """Save that key."""
    return lambda one, session_id: one.manager.update_session(session_id, key, key)


def increment(one: Bench, session_id: str) -> None:
    """Count an access."""
    one.manager.increment_access(session_id)


def revoke(one: Bench, session_id: str) -> None:
    """Withdraw the trust."""
    one.manager.revoke_session(session_id)


def delete(one: Bench, session_id: str) -> None:
    """Close the session."""
    one.manager.delete_session(session_id)


def refresh(one: Bench, session_id: str) -> None:
    """Renew the session's expiry."""
    one.manager.refresh_from_database(session_id)


def read_an_old_one(one: Bench, session_id: str) -> None:
    """Read it as if it were past its TTL."""
    one.manager.cache_ttl = -1.0
    try:
        one.manager.get_session(session_id)
    finally:
        one.manager.cache_ttl = 60.0


FIRST: dict[str, Act] = {
    "update": update("a"),
    "increment": increment,
    "revoke": revoke,
    "delete": delete,
    "refresh": refresh,
    "read": read_an_old_one,
}
SECOND: dict[str, Act] = {"update": update("b"), "increment": increment, "revoke": revoke, "delete": delete}
CHANGES = ("update", "increment")


def wrong(one: Bench, session_id: str, done: dict[str, bool], first: str, second: str) -> Iterator[str]:
    """What does not fit the answers: `done` says who was acknowledged, `a` the first and `b` the second."""
    acts = {name: act for name, act in (("a", first), ("b", second)) if done[name]}
    data = one.manager.peek(session_id)
    if "delete" in acts.values():
        if data is not None:
            yield "a deleted session is open"
    elif data is None:
        yield "a session has vanished"
    else:
        yield from changed(data, acts)
    counts, census = one.manager.counts(), one.manager.census()
    if not counts.store == counts.statistics == len(census.sessions) == census.stats.active_sessions:
        yield "the counts differ"
    if one.records.ids() != {*census.sessions, *census.queue, *census.dead_letters}:
        yield "a record belongs to no session"


def changed(data: SessionData, acts: dict[str, str]) -> Iterator[str]:
    """What an open session lacks, or has too much."""
    if data.access_count != sum(act in CHANGES for act in acts.values()):
        yield "an access has vanished"
    if set(data.metadata) != {name for name, act in acts.items() if act == "update"}:
        yield "a key has vanished"
    if data.is_authenticated == ("revoke" in acts.values()):
        yield "trust is back"


def every_meeting(one: Bench, first: str, second: str) -> Iterator[tuple[int, list[str]]]:
    """Let `second` come in after each command of `first`. Yields the point and all that was wrong."""
    for point in range(1, MOST_COMMANDS):
        one.manager.clear()
        session_id = one.create()
        done = {"a": False, "b": False}

        def come_in(session_id: str = session_id, done: dict[str, bool] = done) -> None:
            done["b"] = _try(SECOND[second], one, session_id)

        one.comes_in.let_in(point, come_in)
        done["a"] = _try(FIRST[first], one, session_id)
        came_in, one.comes_in.armed = one.comes_in.came_in, False
        if not came_in:
            return
        yield point, list(wrong(one, session_id, done, first, second))


def _try(act: Act, one: Bench, session_id: str) -> bool:
    try:
        act(one, session_id)
    except SessionNotFound:
        return False
    return True


@pytest.mark.parametrize("variant", FIXED)
@pytest.mark.parametrize("first", FIRST)
def test_no_meeting_of_two_operations_loses_anything(variant: str, first: str, request: pytest.FixtureRequest) -> None:
    """Whatever comes in after whichever command, the answers stay true."""
    with bench(variant, request) as one:
        met = 0
        for second in SECOND:
            for point, found in every_meeting(one, first, second):
                assert not found, f"{second} after command {point} of {first}"
                met += 1
        assert met >= len(SECOND)


LOSSES = [
    ("update", "update", "a key has vanished"),
    ("update", "increment", "an access has vanished"),
    ("increment", "update", "a key has vanished"),
    ("increment", "increment", "an access has vanished"),
    ("update", "revoke", "trust is back"),
    ("refresh", "update", "a key has vanished"),
    ("read", "update", "a key has vanished"),
    ("refresh", "increment", "an access has vanished"),
    ("update", "delete", "a deleted session is open"),
    ("refresh", "delete", "a deleted session is open"),
    ("update", "delete", "the counts differ"),
]


@pytest.mark.parametrize(("first", "second", "loss"), LOSSES)
def test_the_buggy_manager_loses_it(first: str, second: str, loss: str, request: pytest.FixtureRequest) -> None:
    """Each pair has a point at which that is lost."""
    with bench(BUGGY, request) as one:
        assert loss in {loss for _, losses in every_meeting(one, first, second) for loss in losses}
