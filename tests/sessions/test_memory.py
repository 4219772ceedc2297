"""The store in memory and over SQLite: how sessions expire, what survives a restart, and who may have the file."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from session_manager.databases import DatabaseClaimed, DatabaseDials, DatabaseUnavailable, MemoryDatabase
from session_manager.model import MOST_KEYS, Row, RowChangedElsewhere, SessionNotFound, TooManyKeys
from session_manager.sessions.contract import Changes, NotANumber, SessionConflict
from session_manager.sessions.memory import WebSessions
from session_manager.sessions.stores import WebRuntime, sessions_at
from tests.sessions.places import data, login, refusal


class Clock(WebRuntime):
    """A runtime whose time of day a test sets."""

    def __init__(self) -> None:
        super().__init__()
        self.time = datetime(2026, 1, 1, tzinfo=UTC)

    def now(self) -> datetime:
        """The time that was set."""
        return self.time

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.time += timedelta(seconds=seconds)


class Counting(MemoryDatabase):
    """A database that counts what is written, and can refuse it."""

    writes = 0
    away = False

    def save(self, row: Row, expected: int | None = None) -> bool:
        """See `Database`."""
        self._written()
        return super().save(row, expected)

    def save_access(self, *told: object, **more: object) -> bool:
        """See `Database`."""
        self._written()
        return super().save_access(*told, **more)  # type: ignore[arg-type]

    def _written(self) -> None:
        self.writes += 1
        if self.away:
            raise DatabaseUnavailable(None)


@pytest.fixture
def clock() -> Clock:
    """Time that stands still."""
    return Clock()


@pytest.fixture
def rows(clock: Clock) -> Counting:
    """A database in memory."""
    return Counting(clock, DatabaseDials(0.0))


@pytest.fixture
def sessions(clock: Clock, rows: Counting) -> WebSessions:
    """A store of which a session lives for ten minutes."""
    return WebSessions(rows, clock, cache_ttl=60, lifetime=600)


def test_a_session_expires_when_nobody_uses_it(clock: Clock, sessions: WebSessions) -> None:
    """Until its lifetime has passed it is there; after that no method finds it."""
    session_id = login(sessions)
    clock.wait(600)
    assert sessions.sessions_of("user_ann") == [session_id]
    clock.wait(1)
    assert sessions.sessions_of("user_ann") == []
    for call in (sessions.get_session, sessions.increment_access, sessions.close_session, sessions.delete_session):
        with pytest.raises(SessionNotFound):
            call(session_id)


def test_reads_and_changes_keep_a_session_alive(clock: Clock, sessions: WebSessions) -> None:
    """Each renews it for the whole lifetime."""
    session_id = login(sessions)
    for use in (
        lambda: sessions.get_session(session_id),
        lambda: sessions.change_session(session_id, Changes({"k": "v"})),
        lambda: sessions.add(session_id, "n", 1),
        lambda: sessions.take(session_id, "k"),
    ):
        clock.wait(599)
        use()
    clock.wait(599)
    assert data(sessions, session_id) == {"n": "1"}


def test_a_read_writes_at_most_once_in_the_ttl(clock: Clock, rows: Counting, sessions: WebSessions) -> None:
    """Reads one after another write nothing; one a minute later renews the expiry."""
    session_id = login(sessions)
    for _ in range(3):
        sessions.get_session(session_id)
    assert rows.writes == 0
    clock.wait(61)
    for _ in range(3):
        sessions.get_session(session_id)
    assert rows.writes == 1


def test_cleanup_leaves_nothing_of_what_has_expired(clock: Clock, rows: Counting, sessions: WebSessions) -> None:
    """Nothing of an expired session is left, and a fresh one stays."""
    old = [login(sessions) for _ in range(20)]
    clock.wait(400)
    fresh = login(sessions)
    clock.wait(300)
    sessions.run_cleanup()
    assert rows.ids() == {fresh}
    assert sessions.peek(old[0]) is None
    assert sessions.counts().queue == 0
    assert sessions.dead_letters() == []


def test_a_row_that_has_expired_meanwhile_is_not_served_after_a_restart(clock: Clock, rows: Counting) -> None:
    """The expiry is part of the row."""
    session_id = login(WebSessions(rows, clock, lifetime=600))
    clock.wait(601)
    restarted = WebSessions(rows, clock, lifetime=600)
    restarted.recover()
    with pytest.raises(SessionNotFound):
        restarted.get_session(session_id)
    restarted.run_cleanup()
    assert rows.count() == 0


def test_what_was_told_to_be_gone_is_gone_in_the_database_too(
    clock: Clock, rows: Counting, sessions: WebSessions
) -> None:
    """A clock that is set back after that brings nothing back, not even with a restart."""
    session_id = login(sessions)
    clock.wait(601)
    with pytest.raises(SessionNotFound):
        sessions.get_session(session_id)
    clock.wait(-601)
    restarted = WebSessions(rows, clock, lifetime=600)
    assert restarted.recover() == 0


def test_cleanup_removes_rows_whatever_their_ids(clock: Clock, rows: Counting, sessions: WebSessions) -> None:
    """Ids of odd length, which the module cannot clean up, are no leak here."""
    names = iter(["odd", "even"])
    clock.new_id = lambda: next(names)  # type: ignore[method-assign]
    for session_id in (login(sessions), login(sessions)):
        sessions.close_session(session_id)
    assert sessions.run_cleanup() == 2
    assert rows.count() == 0


def test_nothing_is_remembered_of_users_whose_sessions_are_gone(sessions: WebSessions) -> None:
    """Neither after a close nor after all was deleted."""
    first, second = login(sessions), login(sessions)
    sessions.close_session(first)
    assert sessions.sessions_of("user_ann") == [second]
    sessions.delete_session(second)
    assert sessions._users.peek() == {}
    login(sessions)
    sessions.clear()
    assert sessions._users.peek() == {}


def test_sessions_and_their_users_survive_a_restart(tmp_path: Path) -> None:
    """A file is taken over with all that was acknowledged."""
    url = f"sqlite:///{tmp_path}/sessions.sqlite"
    store = sessions_at(url)
    store.open()
    session_id, gone = login(store.sessions), login(store.sessions)
    store.sessions.change_session(session_id, Changes({"k": '"v"'}))
    store.sessions.add(session_id, "n", 5)
    store.sessions.close_session(gone)
    store.close()
    again = sessions_at(url)
    again.open()
    assert data(again.sessions, session_id) == {"k": '"v"', "n": "5"}
    assert again.sessions.sessions_of("user_ann") == [session_id]
    again.sessions.run_cleanup()
    assert again.records.ids() == {session_id}
    again.close()


def test_one_process_has_a_file(tmp_path: Path) -> None:
    """A second store is refused while the first one is open, and not after it."""
    url = f"sqlite:///{tmp_path}/sessions.sqlite"
    first, second = sessions_at(url), sessions_at(url)
    first.open()
    with pytest.raises(DatabaseClaimed):
        second.open()
    first.close()
    second.open()
    second.close()


def test_a_session_whose_end_was_not_stored_is_open(
    rows: Counting, sessions: WebSessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If the database refuses, the session is not gone in memory alone: a restart would bring it back."""
    session_id = login(sessions, n="1")

    def away(session_id: str) -> None:
        raise DatabaseUnavailable(None)

    with monkeypatch.context() as patch:
        patch.setattr(rows, "mark_deleted", away)
        with pytest.raises(DatabaseUnavailable):
            sessions.close_session(session_id)
    assert data(sessions, session_id) == {"n": "1"}
    assert sessions.close_session(session_id).metadata == {"n": "1"}


def test_a_database_that_is_away_has_changed_nothing_in_memory(rows: Counting, sessions: WebSessions) -> None:
    """A change whose outcome is unknown is not shown, and one that is refused leaves what was."""
    session_id = login(sessions, k="1", n="1")
    rows.away = True
    for call in (
        lambda: sessions.change_session(session_id, Changes({"k": "2"})),
        lambda: sessions.add(session_id, "n", 1),
        lambda: sessions.take(session_id, "k"),
    ):
        with pytest.raises(DatabaseUnavailable):
            call()
    rows.away = False
    assert data(sessions, session_id) == {"k": "1", "n": "1"}


def test_a_row_that_was_changed_elsewhere_is_taken_over(rows: Counting, sessions: WebSessions) -> None:
    """The first change is refused, and the second one is made from what is stored."""
    session_id = login(sessions, k="1")
    row = rows.read(session_id)
    assert row is not None
    row.data.metadata["k"], row.version = "9", row.version + 1
    rows.save(row)
    assert isinstance(refusal(lambda: sessions.change_session(session_id, Changes({"j": "1"}))), RowChangedElsewhere)
    assert data(sessions, session_id) == {"k": "9"}


def test_a_conflict_changes_nothing(sessions: WebSessions) -> None:
    """Neither the key that was read nor any other; with the right text all of it is changed."""
    session_id = login(sessions, k="1")
    error = refusal(lambda: sessions.change_session(session_id, Changes({"j": "2"}, ["k"], {"k": "0"})))
    assert isinstance(error, SessionConflict)
    assert error.key == "k"
    assert data(sessions, session_id) == {"k": "1"}
    sessions.change_session(session_id, Changes({"j": "2"}, ["k"], {"k": "1", "j": None}))
    assert data(sessions, session_id) == {"j": "2"}


def test_a_full_session_takes_no_further_key(sessions: WebSessions) -> None:
    """One more is refused, in exchange for another it is taken."""
    session_id = login(sessions)
    sessions.change_session(session_id, Changes({str(number): "1" for number in range(MOST_KEYS)}))
    assert isinstance(refusal(lambda: sessions.add(session_id, "n", 1)), TooManyKeys)
    assert isinstance(refusal(lambda: sessions.change_session(session_id, Changes({"k": ""}))), TooManyKeys)
    sessions.change_session(session_id, Changes({"k": ""}, ["0"]))
    sessions.add(session_id, "1", 1)
    assert isinstance(refusal(lambda: sessions.add(session_id, "k", 1)), NotANumber)
