"""The fixed manager on PostgreSQL: each method, and what a naive one loses where it loses nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from threading import Barrier

import pytest

from session_manager.databases import CannotOpen
from session_manager.model import (
    MOST_KEYS,
    InjectedFault,
    SessionNotFound,
    TooManyKeys,
    TooManySessions,
)
from session_manager.shared.postgres_fixed import SessionManager
from session_manager.sync import Dials, ThreadRuntime
from tests.subject.rows import NappingRuntime
from tests.subject.sites import Site, calls_on, naive_write
from tests.subject.threads import run_together

FULL = {f"k{number}": "old" for number in range(MOST_KEYS)}


@pytest.fixture
def manager(site: Site) -> SessionManager:
    """Its first worker's."""
    return site.worker().manager


class Between(Dials):
    """Lets something happen once, after the next statement."""

    once: Callable[[], object] | None = None

    def released(self, lock: str, failing: bool) -> None:
        """Let it happen."""
        once, self.once = self.once, None
        if once:
            once()


def test_each_method_does_what_it_says(manager: SessionManager) -> None:
    """A session is opened, changed, read and closed."""
    before = datetime.now(UTC)
    session_id = manager.create_session("user_ann", "ann")
    manager.update_session(session_id, "key:%s ?", "🦀 'x' :y")
    assert manager.increment_access(session_id) == 2
    manager.revoke_session(session_id)
    manager.refresh_from_database(session_id)
    found = manager.get_session(session_id)
    assert (found.username, found.access_count, found.is_authenticated) == ("ann", 2, False)
    assert found.metadata == {"key:%s ?": "🦀 'x' :y"}
    assert before <= found.login_time <= found.last_activity <= datetime.now(UTC)
    assert found.login_time.tzinfo is UTC
    assert manager.peek(session_id) == found
    assert manager.census().sessions == {session_id: found}
    assert (manager.recover(), manager.get_active_count(), manager.get_cleanup_queue_size()) == (1, 1, 0)
    manager.delete_session(session_id)
    assert (manager.recover(), manager.get_active_count(), manager.get_cleanup_queue_size()) == (0, 0, 1)
    assert (manager.peek(session_id), manager.queued(), manager.counts().oldest_queued) == (
        None,
        [session_id],
        session_id,
    )
    statistics = manager.get_stats()
    assert (statistics.total_sessions, statistics.active_sessions, statistics.cache_hits) == (1, 0, 1)


@pytest.mark.parametrize("end", ["closed", "expired", "never opened"])
def test_a_session_that_is_gone_is_gone_for_every_method(manager: SessionManager, site: Site, end: str) -> None:
    """No method finds it, and none makes it anew."""
    session_id = manager.create_session("user_ann", "ann")
    if end == "closed":
        manager.delete_session(session_id)
    elif end == "expired":
        site.sql("UPDATE {s} SET expires = now()")
    for one in [session_id] if end != "never opened" else ["abc", "a\0b", "é" * 500]:
        for call in calls_on(manager, one):
            with pytest.raises(SessionNotFound):
                call()
        assert manager.peek(one) is None
    site.check_counters()


def test_a_full_session_takes_no_further_key(manager: SessionManager, site: Site) -> None:
    """The key after the last is refused, and an old key can still be set."""
    session_id = manager.create_session("user_ann", "ann")
    for key in FULL:
        manager.update_session(session_id, key, "old")
    with pytest.raises(TooManyKeys):
        manager.update_session(session_id, "one more", "new")
    manager.update_session(session_id, "k0", "new")
    found = manager.get_session(session_id)
    assert (len(found.metadata), found.metadata["k0"], found.access_count) == (MOST_KEYS, "new", MOST_KEYS + 1)


def test_a_full_session_that_is_closed_meanwhile_is_gone(site: Site) -> None:
    """A refused key is explained by what holds at the second look."""
    dials = Between()
    manager = site.worker(ThreadRuntime(dials)).manager
    session_id = manager.create_session("user_ann", "ann")
    site.sql("UPDATE {s} SET metadata = CAST(:full AS jsonb)", full=json.dumps(FULL))
    dials.armed, dials.once = True, partial(site.worker().manager.delete_session, session_id)
    with pytest.raises(SessionNotFound):
        manager.update_session(session_id, "one more", "new")
    site.check_counters()


def test_a_session_is_not_filled_beyond_its_limit_by_two(manager: SessionManager, site: Site) -> None:
    """Of two writers of a last key one is refused; of two naive ones, none."""
    session_id = manager.create_session("user_ann", "ann")
    site.sql("UPDATE {s} SET metadata = CAST(:full AS jsonb) - 'k0'", full=json.dumps(FULL))
    held = Barrier(2)

    def fill() -> None:
        with site.holding("""UPDATE {s} SET metadata = metadata || '{{"last": "key"}}'"""):
            held.wait()
            site.waiting()

    def update() -> None:
        held.wait()
        with pytest.raises(TooManyKeys):
            manager.update_session(session_id, "one more", "new")

    naive = [len(site.sql("SELECT metadata FROM {s}")[0]) < MOST_KEYS for _ in range(2)]
    run_together([fill, update])
    assert len(manager.get_session(session_id).metadata) == MOST_KEYS
    assert naive == [True, True]


def test_a_read_past_its_ttl_renews_the_expiry_and_nothing_else(site: Site) -> None:
    """The two times of the row move on, and every other column stays."""
    manager = site.worker(cache_ttl=0.0).manager
    session_id = manager.create_session("user_ann", "ann")
    manager.update_session(session_id, "key", "value")
    site.sql("UPDATE {s} SET expires = expires - interval '30 minutes'")
    rest = "SELECT to_jsonb(s) - 'refreshed' - 'expires' FROM {s} AS s"
    times = "SELECT ARRAY[refreshed, expires] FROM {s}"
    before, since = site.sql(rest), site.sql(times)
    assert manager.get_session(session_id).metadata == {"key": "value"}
    assert site.sql(rest) == before
    assert [now > then for now, then in zip(site.sql(times)[0], since[0], strict=True)] == [True, True]
    assert manager.get_stats().cache_misses == 1


def test_a_read_overwrites_no_write(site: Site) -> None:
    """A write during a slow read survives; a naive read would overwrite it."""
    runtime = NappingRuntime()
    site.latency = 0.01
    manager = site.worker(runtime, cache_ttl=0.0).manager
    session_id = manager.create_session("user_ann", "ann")
    runtime.meanwhile = lambda: manager.update_session(session_id, "during", "the read")
    manager.get_session(session_id)
    assert manager.census().sessions[session_id].metadata == {"during": "the read"}
    read = site.sql("SELECT metadata FROM {s}")
    manager.update_session(session_id, "later", "lost")
    naive_write(site, session_id, read, "naive")
    assert manager.census().sessions[session_id].metadata == {"during": "the read", "naive": "set"}


@pytest.mark.parametrize("other", ["DROP COLUMN attempts", "ADD other text", "ALTER version TYPE text"])
def test_a_table_of_other_columns_is_refused(site: Site, other: str) -> None:
    """A table that is not ours is named, and left alone."""
    site.worker()
    site.sql("ALTER TABLE {s} " + other)
    with pytest.raises(CannotOpen, match=f"other columns in {site.prefix}_sessions"):
        site.worker()


def test_a_change_renews_the_expiry_and_a_list_has_nothing_expired(site: Site) -> None:
    """A session expires only if nobody changes it, and is gone from the list at once."""
    manager = site.worker().manager
    changed, left = (manager.create_session("user_ann", "ann") for _ in range(2))
    site.sql("UPDATE {s} SET expires = now() + interval '1 minute'")
    manager.update_session(changed, "theme", "dark")
    site.sql("UPDATE {s} SET expires = expires - interval '2 minutes'")
    assert manager.sessions_of("user_ann") == [changed]
    with pytest.raises(SessionNotFound):
        manager.get_session(left)


def test_a_site_has_a_limit_and_can_be_emptied(site: Site) -> None:
    """The session after the last is refused, and clear makes room for all."""
    worker = site.worker(max_sessions=2)
    manager = worker.manager
    manager.delete_session(manager.create_session("user_ann", "ann"))
    open_one = manager.create_session("user_ann", "ann")
    assert manager.sessions_of("user_ann") == [open_one]
    assert manager.sessions_of("user_") == []
    with pytest.raises(TooManySessions):
        manager.create_session("user_ann", "ann")
    assert worker.records.count() == len(worker.records.ids()) == 2
    manager.clear()
    assert (worker.records.count(), worker.records.ids(), manager.get_stats().total_sessions) == (0, set(), 0)
    manager.create_session("user_ann", "ann")
    site.check_counters()


def test_the_dials_act_on_operations_and_not_on_those_who_look(site: Site) -> None:
    """Where every operation dies after its first statement, all looks succeed."""
    dials = Dials()
    worker = site.worker(ThreadRuntime(dials))
    manager = worker.manager
    session_id = manager.create_session("user_ann", "ann")
    dials.turn(0, 1.0)
    for call in calls_on(manager, session_id)[:4]:
        with pytest.raises(InjectedFault):
            call()
    assert (manager.counts().store, manager.queued(), worker.records.ids()) == (1, [], {session_id})
    assert worker.records.read(session_id) is not None
    seen = manager.peek(session_id)
    assert seen is not None
    assert (seen.access_count, seen.metadata, seen.is_authenticated) == (2, {"key": "value"}, False)
    dials.turn(0, 0)
    assert manager.census().sessions == {session_id: seen}
