"""The ten methods of the seed and one of ours: alone, the buggy manager and the fixed one cannot be told apart."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from session_manager import buggy, fixed
from session_manager.databases import MemoryDatabase
from session_manager.model import Census, Row, SessionData, SessionNotFound, SessionStats
from session_manager.model import Manager as ManagerProtocol
from session_manager.state import State
from tests.subject.benches import ODD, TTL, Bench, Contract
from tests.subject.cases import Cases
from tests.subject.scripted import Script
from tests.subject.worlds import Manager

CONTRACT = Contract()
"""The claims of this file by name. The fixes are held to them, too."""


def test_both_have_every_method_of_the_protocol() -> None:
    """Type checked: neither manager can lose a method or change its signature."""
    script = Script()
    database = MemoryDatabase(script)
    managers: list[ManagerProtocol] = [
        buggy.SessionManager(database, State.private(script), script),
        fixed.SessionManager(database, script),
    ]
    assert [manager.recover() for manager in managers] == [0, 0]


@CONTRACT.on_each_bench
def test_a_new_session_holds_what_the_seed_says(bench: Bench) -> None:
    """No accesses yet, authenticated, no metadata, both times now."""
    now = bench.script.now()
    session_id = bench.create()
    expected = SessionData(session_id, "user_ann", "ann", now, now, 0, True, {})
    assert bench.manager.get_session(session_id) == expected
    assert bench.row(session_id) == Row(expected, version=1)


@CONTRACT.on_each_bench
def test_a_new_session_is_counted(bench: Bench) -> None:
    """A new session has its own id and is counted once in each place."""
    ids = {bench.create() for _ in range(3)}
    assert len(ids) == 3
    assert bench.manager.get_stats() == SessionStats(total_sessions=3, active_sessions=3)
    assert (bench.manager.get_active_count(), bench.manager.get_cleanup_queue_size()) == (3, 0)
    assert bench.database.ids() == ids


@CONTRACT.on_each_bench
def test_what_get_returns_is_a_copy(bench: Bench) -> None:
    """What `get_session` returns is a copy: changes on either side stay there."""
    session_id = bench.create()
    bench.manager.update_session(session_id, "theme", "dark")
    mine = bench.manager.get_session(session_id)
    before = bench.everything()
    mine.metadata["theme"] = "stolen"
    mine.access_count = 99
    assert bench.everything() == before
    bench.manager.update_session(session_id, "theme", "light")
    bench.manager.increment_access(session_id)
    assert (mine.metadata, mine.access_count) == ({"theme": "stolen"}, 99)


@CONTRACT.on_each_bench
def test_what_census_and_stats_return_are_copies(bench: Bench) -> None:
    """Nothing that is handed out is what the manager works with."""
    session_id = bench.create()
    bench.manager.delete_session(bench.create())
    before = bench.everything()
    bench.manager.get_stats().total_sessions = 99
    census = bench.manager.census()
    census.sessions[session_id].metadata["x"] = "y"
    census.sessions.clear()
    census.queue.clear()
    census.stats.active_sessions = 99
    assert bench.everything() == before


@CONTRACT.on_each_bench
def test_the_row_does_not_share_the_sessions_metadata(bench: Bench) -> None:
    """A row changes only when it is saved: it shares no object with memory."""
    session_id = bench.create()
    bench.script.clock += TTL + 1
    bench.manager.refresh_from_database(session_id)
    held = bench.row(session_id)
    bench.manager.update_session(session_id, "a", "1")
    assert held.data.metadata == {}


@CONTRACT.on_each_bench
def test_a_fresh_session_is_a_cache_hit(bench: Bench) -> None:
    """Up to and including the time to live, and the database is not asked."""
    session_id = bench.create()
    newer = Row(bench.manager.get_session(session_id), version=2)
    newer.data.metadata["only"] = "in the database"
    bench.database.save(newer)
    bench.script.clock += TTL
    assert bench.manager.get_session(session_id).metadata == {}
    stats = bench.manager.get_stats()
    assert (stats.cache_hits, stats.cache_misses) == (2, 0)


@CONTRACT.on_each_bench
def test_an_old_session_is_a_miss_and_is_read_again(bench: Bench) -> None:
    """A session past its TTL is a miss, and is read from the row again."""
    session_id = bench.create()
    newer = Row(bench.manager.census().sessions[session_id].copy(), version=2)
    newer.data.metadata["only"] = "in the database"
    bench.database.save(newer)
    bench.script.clock += TTL + 0.001
    assert bench.manager.get_session(session_id).metadata == {"only": "in the database"}
    bench.script.clock += TTL
    assert bench.manager.get_session(session_id).metadata == {"only": "in the database"}
    stats = bench.manager.get_stats()
    assert (stats.cache_hits, stats.cache_misses) == (1, 1)


@CONTRACT.on_each_bench
def test_a_refresh_takes_over_a_newer_row(bench: Bench) -> None:
    """A refresh takes a newer row, counts no hit or miss, and updates build on it."""
    session_id = bench.create()
    newer = Row(bench.manager.census().sessions[session_id].copy(), version=2)
    newer.data.metadata["theirs"] = "1"
    bench.database.save(newer)
    bench.manager.refresh_from_database(session_id)
    assert bench.manager.get_stats() == SessionStats(1, 1)
    bench.manager.update_session(session_id, "mine", "2")
    assert bench.row(session_id).data.metadata == {"theirs": "1", "mine": "2"}


@CONTRACT.on_each_bench
def test_a_refresh_without_news_changes_nothing_but_the_age(bench: Bench) -> None:
    """The copy in memory and the row are what they were."""
    session_id = bench.create()
    bench.manager.update_session(session_id, "a", "1")
    before = bench.everything()
    bench.script.clock += TTL + 1
    bench.manager.refresh_from_database(session_id)
    assert bench.everything() == before
    bench.manager.get_session(session_id)
    assert bench.manager.get_stats().cache_hits == 1


@CONTRACT.on_each_bench
def test_an_update_sets_the_key_counts_and_touches(bench: Bench) -> None:
    """In memory and in the row, whose version goes up; the login time stays."""
    session_id = bench.create()
    login = bench.script.now()
    bench.manager.update_session(session_id, "theme", "dark")
    bench.script.clock += 1
    bench.manager.update_session(session_id, "size", "12")
    bench.manager.update_session(session_id, "theme", "")
    expected = SessionData(
        session_id, "user_ann", "ann", login, bench.script.now(), 3, True, {"theme": "", "size": "12"}
    )
    assert bench.manager.get_session(session_id) == expected
    assert bench.row(session_id) == Row(expected, version=4)


@CONTRACT.on_each_bench
def test_increments_return_one_number_after_the_other(bench: Bench) -> None:
    """Increments return consecutive numbers and touch memory and row."""
    session_id, other = bench.create(), bench.create()
    assert [bench.manager.increment_access(session_id) for _ in range(3)] == [1, 2, 3]
    bench.script.clock += 1
    bench.manager.update_session(session_id, "a", "1")
    bench.script.clock += 1
    assert bench.manager.increment_access(session_id) == 5
    for data in (bench.manager.get_session(session_id), bench.row(session_id).data):
        assert (data.access_count, data.last_activity, data.metadata) == (5, bench.script.now(), {"a": "1"})
    assert bench.manager.get_session(other).access_count == 0


@CONTRACT.on_each_bench
def test_a_revoked_session_is_open_and_not_authenticated(bench: Bench) -> None:
    """A revoked session stays open, unauthenticated and otherwise unchanged."""
    session_id, other = bench.create(), bench.create()
    bench.manager.update_session(session_id, "theme", "dark")
    expected = bench.manager.get_session(session_id)
    expected.is_authenticated = False
    stats, theirs = bench.manager.get_stats(), bench.row(other)
    bench.script.clock += 1
    bench.manager.revoke_session(session_id)
    assert bench.row(session_id) == Row(expected, version=3)
    assert (bench.manager.get_stats(), bench.row(other)) == (stats, theirs)
    assert bench.manager.get_session(session_id) == expected
    assert bench.manager.get_session(other).is_authenticated


@CONTRACT.on_each_bench
def test_a_revoked_session_stays_revoked(bench: Bench) -> None:
    """No change, refresh or second revocation restores authentication."""
    session_id = bench.create()
    bench.manager.revoke_session(session_id)
    bench.manager.update_session(session_id, "a", "1")
    assert bench.manager.increment_access(session_id) == 2
    bench.manager.revoke_session(session_id)
    bench.script.clock += TTL + 1
    for data in (bench.manager.get_session(session_id), bench.row(session_id).data):
        assert (data.is_authenticated, data.access_count, data.metadata) == (False, 2, {"a": "1"})
    bench.manager.delete_session(session_id)


@CONTRACT.on_each_bench
def test_a_deleted_session_is_gone_and_its_row_waits(bench: Bench) -> None:
    """A deleted session is inactive, and its row is queued once until cleanup."""
    session_id, other = bench.create(), bench.create()
    bench.manager.delete_session(session_id)
    assert bench.manager.get_stats() == SessionStats(total_sessions=2, active_sessions=1)
    census = bench.manager.census()
    assert (list(census.sessions), census.queue) == ([other], [session_id])
    assert bench.manager.get_cleanup_queue_size() == 1
    assert bench.database.ids() == {session_id, other}


@CONTRACT.on_each_bench
def test_cleanup_removes_even_rows_in_one_cycle(bench: Bench) -> None:
    """It says how many, and rows of open sessions are left alone."""
    doomed, kept = [bench.create() for _ in range(3)], bench.create()
    for session_id in doomed:
        bench.manager.delete_session(session_id)
    assert bench.manager.run_cleanup() == 3
    assert bench.manager.run_cleanup() == 0
    assert (bench.manager.get_cleanup_queue_size(), bench.manager.census().queue) == (0, [])
    assert bench.database.ids() == {kept}
    assert bench.manager.get_stats() == SessionStats(total_sessions=4, active_sessions=1)


@CONTRACT.on_each_bench
def test_cleanup_goes_on_after_a_row_that_fails(bench: Bench) -> None:
    """Cleanup counts an odd row as failed, and removes the even one behind it."""
    for session_id in ("1" * 32, ODD, "2" * 32):
        bench.manager.delete_session(bench.create(session_id))
    assert bench.manager.run_cleanup() == 2
    assert bench.manager.census().queue == [ODD]
    assert bench.manager.get_stats().failed_cleanups == 1
    assert bench.database.ids() == {ODD}


@CONTRACT.on_each_bench
def test_counts_say_the_same_as_the_methods_with_locks(bench: Bench) -> None:
    """And name the session that has waited longest."""
    ids = [bench.create() for _ in range(5)]
    for session_id in ids[1:3]:
        bench.manager.delete_session(session_id)
    counts = bench.manager.counts()
    assert (counts.store, counts.statistics, counts.queue) == (3, 3, 2)
    assert (counts.dead_letters, counts.oldest_queued) == (0, ids[1])
    assert counts.store == bench.manager.get_active_count()
    assert counts.queue == bench.manager.get_cleanup_queue_size()


@CONTRACT.on_each_bench
def test_clear_forgets_everything(bench: Bench) -> None:
    """Rows too; and the manager works afterwards as if it were new."""
    session_id = bench.create(ODD)
    bench.manager.get_session(session_id)
    bench.manager.delete_session(session_id)
    bench.manager.run_cleanup()
    bench.create()
    bench.manager.clear()
    assert bench.everything() == (Census({}, [], [], SessionStats()), [])
    assert bench.manager.counts().oldest_queued is None
    bench.create()
    assert (bench.manager.get_stats(), bench.database.count()) == (SessionStats(1, 1), 1)


CALLS: dict[str, Callable[[Manager, str], object]] = {
    "get_session": lambda manager, session_id: manager.get_session(session_id),
    "update_session": lambda manager, session_id: manager.update_session(session_id, "key", "value"),
    "increment_access": lambda manager, session_id: manager.increment_access(session_id),
    "revoke_session": lambda manager, session_id: manager.revoke_session(session_id),
    "delete_session": lambda manager, session_id: manager.delete_session(session_id),
    "refresh_from_database": lambda manager, session_id: manager.refresh_from_database(session_id),
}


@CONTRACT.on_each_bench
def test_an_unknown_id_is_an_error_that_changes_nothing(bench: Bench) -> None:
    """An id of no open session is refused, and no counter changes."""
    bench.create()
    deleted, cleaned_up = bench.create(ODD), bench.create()
    bench.manager.delete_session(deleted)
    bench.manager.delete_session(cleaned_up)
    assert bench.manager.run_cleanup() == 1
    bench.script.clock += TTL + 1
    before = bench.everything()
    unknown = {"never": "never", "deleted": deleted, "cleaned up": cleaned_up, "empty": ""}
    with Cases() as cases:
        for (name, call), (kind, session_id) in itertools.product(CALLS.items(), unknown.items()):
            with cases.case(name, kind):
                with pytest.raises(SessionNotFound, match="Nothing was changed") as error:
                    call(bench.manager, session_id)
                assert error.value.definite
                assert bench.everything() == before
