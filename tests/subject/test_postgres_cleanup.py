"""Cleanup of the manager on PostgreSQL: each record once, whoever dies, and nothing tried for ever."""

from __future__ import annotations

from functools import partial
from threading import Barrier
from typing import Any

import pytest

from session_manager.model import CleanupFailed, SessionNotFound, cannot_be_removed
from session_manager.shared import postgres_fixed
from session_manager.shared.postgres_engine import SCRIPTS
from session_manager.shared.postgres_fixed import BATCH, LEASE
from tests.subject.sites import Site, Worker
from tests.subject.threads import run_together


@pytest.fixture
def worker(site: Site) -> Worker:
    """Its first worker."""
    return site.worker()


def closed(worker: Worker, number: int) -> list[str]:
    """So many sessions, opened and closed. That fewer than 3 of 24 ids are odd: 2 in 100,000."""
    ids = [worker.manager.create_session("user_ann", "ann") for _ in range(number)]
    for session_id in ids:
        worker.manager.delete_session(session_id)
    return ids


def odd(ids: list[str]) -> set[str]:
    """Those that cannot be removed."""
    return {session_id for session_id in ids if cannot_be_removed(session_id)}


def claim(worker: Worker) -> list[str]:
    """What a worker borrows, and then it dies."""
    return [row.session_id for row in worker.engine.changing("claim", lease=LEASE, most=BATCH)]


def test_a_record_goes_or_becomes_a_dead_letter(site: Site, worker: Worker) -> None:
    """Even ids are removed at once, odd ones are tried three times and then kept."""
    ids = closed(worker, 24)
    assert worker.manager.counts().oldest_queued == ids[0]
    assert worker.manager.queued() == ids
    assert worker.manager.run_cleanup() == 24 - len(odd(ids))
    for attempt in (1, 2):
        assert set(worker.manager.queued()) == worker.records.ids() == odd(ids)
        assert worker.manager.get_stats().failed_cleanups == attempt * len(odd(ids))
        assert worker.manager.run_cleanup() == 0
    assert worker.manager.queued() == []
    letters = worker.manager.dead_letters()
    assert {letter.session_id for letter in letters} == odd(ids)
    assert {letter.attempts for letter in letters} == {3}
    assert letters == sorted(letters, key=lambda letter: letter.since)
    assert worker.manager.run_cleanup() == 0
    assert worker.manager.get_stats().failed_cleanups == 3 * len(odd(ids))
    site.check_counters()


def test_an_attempt_that_failed_waits_twice_as_long_as_the_last(site: Site) -> None:
    """The second attempt is due after the pause, the third after twice the pause."""
    worker = site.worker(backoff=100.0)
    session_id = min(odd(closed(worker, 24)))
    for pause in (100, 200):
        with pytest.raises(CleanupFailed):
            worker.records.remove(session_id)
        soon = site.sql("SELECT extract(epoch FROM due - now()) FROM {s} WHERE session_id = :id", id=session_id)
        assert pause - 10 < soon[0] <= pause


def test_a_dead_letter_is_retried_or_discarded(site: Site, worker: Worker) -> None:
    """A retried one has all attempts left, and a discarded one is gone."""
    ids = odd(closed(worker, 24))
    for _ in range(3):
        worker.manager.run_cleanup()
    retried, discarded = sorted(ids)[:2]
    worker.manager.retry_dead_letter(retried)
    worker.manager.discard_dead_letter(discarded)
    assert worker.manager.queued() == [retried]
    assert worker.records.ids() == ids - {discarded}
    site.check_counters()
    for _ in range(2):
        worker.manager.run_cleanup()
        assert worker.manager.queued() == [retried]
    worker.manager.run_cleanup()
    assert {letter.session_id for letter in worker.manager.dead_letters()} == ids - {discarded}
    for call in (worker.manager.retry_dead_letter, worker.manager.discard_dead_letter):
        with pytest.raises(SessionNotFound):
            call(discarded)
    assert not worker.records.purge(worker.manager.create_session("user_ann", "ann"))
    site.check_counters()


def test_there_are_not_more_dead_letters_than_the_limit(site: Site) -> None:
    """The oldest are discarded, with their records."""
    worker = site.worker(max_dead_letters=2)
    ids = odd(closed(worker, 24))
    for _ in range(3):
        worker.manager.run_cleanup()
    assert len(ids) > 2
    assert worker.records.ids() == {letter.session_id for letter in worker.manager.dead_letters()} < ids
    assert worker.manager.counts().dead_letters == 2
    site.check_counters()


def test_four_workers_clean_up_each_record_once(site: Site) -> None:
    """Every even record is removed once, and exactly the odd ones are dead letters."""
    workers = [site.worker() for _ in range(4)]
    ids = closed(workers[0], 150)
    removed: list[int] = []

    def clean(one: Worker) -> None:
        while one.manager.counts().queue:
            removed.append(one.manager.run_cleanup())

    run_together([partial(clean, one) for one in workers])
    assert sum(removed) == 150 - len(odd(ids))
    letters = workers[0].manager.dead_letters()
    assert {letter.session_id for letter in letters} == workers[0].records.ids() == odd(ids)
    assert workers[0].manager.get_stats().failed_cleanups == 3 * len(odd(ids))
    site.check_counters()


def test_workers_that_only_look_take_the_same_records(site: Site) -> None:
    """Four claims share out the records; four naive looks take each of them."""
    workers = [site.worker() for _ in range(4)]
    ids = sorted(closed(workers[0], 20))
    looks = [sorted(site.sql("SELECT session_id FROM {s} WHERE deleted AND due <= now()")) for _ in workers]
    assert looks == [ids] * 4
    claimed: list[str] = []
    together = Barrier(4)

    def take(one: Worker) -> None:
        together.wait()
        claimed.extend(claim(one))

    run_together([partial(take, one) for one in workers])
    assert sorted(claimed) == ids


def test_the_lease_of_a_dead_worker_runs_out(site: Site, worker: Worker) -> None:
    """What a dead worker had borrowed is left alone until the lease has run out."""
    ids = closed(worker, 24)
    assert sorted(claim(worker)) == sorted(ids)
    other = site.worker().manager
    assert other.run_cleanup() == 0
    assert len(other.queued()) == 24
    left = site.sql("SELECT extract(epoch FROM due - now()) FROM {s}")
    assert all(LEASE - 9 < seconds <= LEASE for seconds in left)
    site.sql("UPDATE {s} SET due = now()")
    assert other.run_cleanup() == 24 - len(odd(ids))
    site.check_counters()


def test_a_record_that_another_worker_holds_stops_nobody(site: Site, worker: Worker) -> None:
    """Cleanup passes over a locked row, closed or expired, and takes the others."""
    ids = closed(worker, 5)
    hold = "SELECT 1 FROM {s} WHERE session_id = :id FOR UPDATE"
    with site.holding(hold, id=ids[0]):
        assert sorted(claim(worker)) == sorted(ids[1:])
    assert claim(worker) == ids[:1]
    expired = worker.manager.create_session("user_ann", "ann")
    site.sql("UPDATE {s} SET expires = now()")
    with site.holding(hold, id=expired):
        assert worker.manager.run_cleanup() == 0
        assert worker.manager.counts().store == 1
    worker.manager.run_cleanup()
    assert worker.manager.counts().store == 0


def test_only_what_is_queued_is_removed(site: Site, worker: Worker) -> None:
    """Cleanup of an open session, a dead letter, or nothing at all does nothing."""
    ids = [worker.manager.create_session("user_ann", "ann") for _ in range(24)]
    letters = odd(closed(worker, 24))
    for _ in range(3):
        worker.manager.run_cleanup()
    for session_id in [*ids, *letters, "ab", "abc"]:
        assert not worker.records.remove(session_id)
    assert worker.records.ids() == {*ids, *letters}
    assert {letter.attempts for letter in worker.manager.dead_letters()} == {3}
    site.check_counters()


def test_expired_sessions_are_closed_in_batches(site: Site, worker: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cleanup closes what has expired, a few rows per statement, and nothing else."""
    sizes: list[int] = []
    changing = worker.engine.changing

    def watched(name: str, **values: Any) -> Any:
        rows = changing(name, **values)
        sizes.extend(row.closed for row in rows if name == "expire")
        return rows

    monkeypatch.setattr(postgres_fixed, "BATCH", 2)
    monkeypatch.setattr(worker.engine, "changing", watched)
    ids = [worker.manager.create_session("user_ann", "ann") for _ in range(6)]
    worker.manager.refresh_from_database(ids[0])
    site.sql("UPDATE {s} SET expires = now() WHERE session_id <> :id", id=ids[0])
    assert worker.manager.counts().store == 6
    worker.manager.run_cleanup()
    assert sizes == [2, 2, 1]
    assert worker.manager.counts().store == 1
    assert worker.manager.census().sessions.keys() == {ids[0]}
    assert worker.records.ids() == {ids[0]} | odd(ids[1:])
    site.check_counters()


def test_a_site_that_is_emptied_waits_for_what_is_in_flight(site: Site, worker: Worker) -> None:
    """A login that is not committed yet is removed too, so no counter is wrong."""
    held = Barrier(2)

    def log_in() -> None:
        columns = "session_id, user_id, username, login_time, last_activity, expires"
        with site.holding(f"INSERT INTO {{s}} ({columns}) VALUES ('ab', 'a', 'a', now(), now(), now())") as connection:
            connection.exec_driver_sql(site.named("UPDATE {c} SET open = open + 1, total = total + 1 WHERE slot = 1"))
            held.wait()
            site.waiting()

    def empty() -> None:
        held.wait()
        worker.manager.clear()

    run_together([log_in, empty])
    assert (worker.records.ids(), worker.records.count()) == (set(), 0)
    site.check_counters()


@pytest.mark.parametrize(("name", "values"), [("remove", {}), ("fail", {"backoff": 1, "most": 3})])
def test_a_record_is_found_by_its_id_also_with_old_statistics(
    site: Site, worker: Worker, name: str, values: dict[str, object]
) -> None:
    """No record's end reads the queue, if statistics still say it is empty."""
    site.sql(
        "INSERT INTO {s} (session_id, user_id, username, login_time, last_activity, expires)"
        " SELECT 'id ' || n, 'user', 'name', now(), now(), now() + interval '1 day' FROM generate_series(1, 5000) AS n"
    )
    site.sql("ALTER TABLE {s} SET (autovacuum_enabled = false)")
    site.sql("ANALYZE {s}")
    site.sql("UPDATE {s} SET deleted = true, waiting_since = now(), due = now() WHERE session_id LIKE 'id 1%'")
    statement = worker.engine.tables.statement((SCRIPTS / f"{name}.sql").read_text())
    plan = "\n".join(site.sql(f"EXPLAIN {statement.text}", id="id 17", **values))
    assert f"{site.prefix}_sessions_pkey" in plan
    assert "_by_due" not in plan
    assert "_by_wait" not in plan
