"""Races on PostgreSQL between threads, workers and processes, and what a naive store loses in them."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Barrier

import pytest

from session_manager.model import (
    SessionNotFound,
)
from session_manager.shared.postgres_fixed import SessionManager
from tests.subject.sites import Site, calls_on, hammer, naive_write
from tests.subject.threads import run_together


@pytest.fixture
def manager(site: Site) -> SessionManager:
    """Its first worker's."""
    return site.worker().manager


def test_threads_of_two_workers_lose_no_increment_and_no_key(site: Site) -> None:
    """8 threads count 50 accesses each and set 80 keys, and all of it is there."""
    workers = [site.worker().manager for _ in range(2)]
    session_id = workers[0].create_session("user_ann", "ann")
    counts: list[int] = []

    def work(number: int) -> None:
        manager = workers[number % 2]
        for turn in range(50):
            counts.append(manager.increment_access(session_id))
            if turn % 5 == 0:
                manager.update_session(session_id, f"{number}-{turn}", "set")

    run_together([partial(work, number) for number in range(8)])
    found = workers[0].get_session(session_id)
    assert found.access_count == 8 * 50 + 8 * 10
    assert found.metadata.keys() == {f"{number}-{turn}" for number in range(8) for turn in range(0, 50, 5)}
    assert len(counts) == len(set(counts)) == 400
    site.check_counters()


def test_a_naive_store_loses_what_this_one_keeps(manager: SessionManager, site: Site) -> None:
    """Of two keys that are set at once a naive store keeps one, and this both."""
    session_id = manager.create_session("user_ann", "ann")
    read = [site.sql("SELECT metadata FROM {s}") for _ in range(2)]
    for number in range(2):
        naive_write(site, session_id, read[number], f"k{number}")
    assert manager.get_session(session_id).metadata == {"k1": "set"}
    for number in range(2):
        manager.update_session(session_id, f"k{number}", "set")
    assert manager.get_session(session_id).metadata == {"k0": "set", "k1": "set"}


def test_two_processes_lose_nothing(manager: SessionManager, site: Site) -> None:
    """What two processes of 4 threads count, set, open and close is all there."""
    session_id = manager.create_session("user_ann", "ann")
    context = multiprocessing.get_context("spawn")
    barrier, counts = context.Barrier(2), context.Queue()
    processes = [
        context.Process(target=hammer, args=(site.url, site.prefix, session_id, name, barrier.wait, counts))
        for name in ("one", "two")
    ]
    for process in processes:
        process.start()
    returned = [counts.get(timeout=60) for _ in range(400)]
    for process in processes:
        process.join(60)
    assert [process.exitcode for process in processes] == [0, 0]
    found = manager.get_session(session_id)
    assert (found.access_count, len(found.metadata), len(set(returned))) == (440, 40, 400)
    assert manager.get_stats().total_sessions == 41
    assert (manager.counts().store, manager.counts().queue) == (1, 40)
    site.check_counters()


def test_a_closed_session_is_not_opened_by_a_write_in_flight(manager: SessionManager, site: Site) -> None:
    """A change that waits while a session is closed is refused; a naive one opens it."""
    session_id = manager.create_session("user_ann", "ann")
    read = site.sql("SELECT metadata FROM {s}")
    held = Barrier(7)

    def close() -> None:
        with site.holding("SELECT 1 FROM {s} FOR UPDATE") as connection:
            held.wait()
            site.waiting(6)
            connection.exec_driver_sql(site.named("UPDATE {s} SET deleted = true, waiting_since = now(), due = now()"))
            connection.exec_driver_sql(site.named("UPDATE {c} SET open = open - 1, queued = queued + 1 WHERE slot = 0"))

    def call(one: Callable[[], object]) -> None:
        held.wait()
        with pytest.raises(SessionNotFound):
            one()

    changes: list[Callable[[], object]] = [
        *calls_on(manager, session_id)[1:],
        partial(manager.delete_session, session_id),
    ]
    run_together([close, *(partial(call, one) for one in changes)])
    assert (manager.counts().store, manager.counts().queue, manager.census().sessions) == (0, 1, {})
    site.check_counters()
    naive_write(site, session_id, read, "naive")
    assert manager.census().sessions.keys() == {session_id}
    assert manager.counts().store == 0


def test_counters_agree_with_the_rows_after_a_crowd(site: Site) -> None:
    """8 threads open, change and close each other's sessions; every count is exact."""
    workers = [site.worker().manager for _ in range(2)]
    ids = [workers[0].create_session("user_ann", str(number)) for number in range(40)]

    def work(number: int) -> None:
        manager = workers[number % 2]
        for session_id in ids if number % 4 < 2 else reversed(ids):
            with suppress(SessionNotFound):
                manager.update_session(session_id, f"k{number}", "set")
                manager.delete_session(session_id)
            manager.create_session("user_bob", str(number))
            if number < 2:
                manager.run_cleanup()

    run_together([partial(work, number) for number in range(8)])
    site.check_counters()
    counts, census = workers[0].counts(), workers[1].census()
    assert counts.store == counts.statistics == len(census.sessions) == 8 * 40
    assert census.sessions.keys().isdisjoint(ids)
    assert census.stats.total_sessions == 9 * 40


def test_workers_that_start_together_make_the_tables_once(site: Site) -> None:
    """Six workers open a site that has no tables, and none of them fails."""
    together = Barrier(6)

    def start() -> None:
        together.wait()
        site.worker()

    run_together([start] * 6)
    assert site.sql("SELECT count(*) FROM {c}") == [16]
    site.workers[0].manager.create_session("user_ann", "ann")
    assert site.workers[5].manager.get_active_count() == 1
