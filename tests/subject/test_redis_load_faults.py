"""Many threads through a proxy that cuts at random: what was acknowledged is stored, and nothing is stored twice."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import redis

from session_manager.model import SessionError, cannot_be_removed
from tests.engines import RedisServer
from tests.fault_proxy import FaultProxy
from tests.faults import CutAfter, CutAnswer, Ending, Pass, Towards
from tests.subject.faulty_redis import SOON, Bench, through_a_proxy

SEED = 20261126
THREADS = 8
CUTS = 200


@contextmanager
def cuts(proxy: FaultProxy, seed: int, most: int) -> Iterator[threading.Event]:
    """Cuts one request after another, before or after it is done; sets the event after so many."""
    chance = random.Random(seed)
    enough, over = threading.Event(), threading.Event()

    def cut() -> None:
        while not over.is_set() and proxy.counters.cuts < most:
            ending = chance.choice(list(Ending))
            before, known = chance.random() < 0.3, proxy.counters.cuts
            proxy.switch(
                CutAfter(Towards.SERVER, 0, ending) if before else CutAnswer(chance.randint(1, 8), b"", ending)
            )
            while not over.is_set() and proxy.counters.cuts == known:
                over.wait(0.001)  # traffic ends it, not time
        proxy.switch(Pass())
        enough.set()

    thread = threading.Thread(target=cut)
    thread.start()
    try:
        yield enough
    finally:
        over.set()
        thread.join()


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Run it in so many threads; each must end without an error."""
    failures: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - raised below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class Promises:
    """What one thread was told of its session."""

    def __init__(self) -> None:
        self.counted = self.unknown = self.highest = 0
        self.values: dict[str, set[str]] = {}

    def increment(self, one: Bench, session_id: str) -> None:
        """Count once."""
        try:
            self.highest = one.manager.increment_access(session_id)
        except SessionError as error:
            self.unknown += not error.definite
        else:
            self.counted += 1

    def update(self, one: Bench, session_id: str, key: str, value: str) -> None:
        """Save once; only this thread saves that key."""
        try:
            one.manager.update_session(session_id, key, value)
        except SessionError as error:
            self.unknown += not error.definite
            if not error.definite:
                self.values.setdefault(key, {""}).add(value)
        else:
            self.counted += 1
            self.values[key] = {value}


@pytest.mark.parametrize("seed", range(SEED, SEED + 2))
@pytest.mark.parametrize("most", [0, CUTS])
def test_what_was_acknowledged_is_stored_and_nothing_more(seed: int, most: int, redis_server: RedisServer) -> None:
    """Under 200 cuts: acknowledged <= stored <= acknowledged + unknown; and = without."""
    with through_a_proxy(redis_server, 2.0) as (one, proxy):
        shared = one.manager.create_session("ann", "ann")
        told = [Promises() for _ in range(THREADS)]
        closed: list[set[str]] = [set() for _ in range(THREADS)]
        opened: list[set[str]] = [set() for _ in range(THREADS)]

        with cuts(proxy, seed, most) as enough:

            def work(number: int) -> None:
                mine, chance, round_ = told[number], random.Random(seed * 100 + number), 0
                while round_ < 50 or not enough.is_set():
                    round_ += 1
                    if chance.random() < 0.5:
                        mine.increment(one, shared)
                    else:
                        mine.update(one, shared, f"k{number}.{round_ % 3}", str(round_))
                    if round_ % 10 == 0:
                        open_and_close(one, opened[number], closed[number])

            in_threads(THREADS, work)

        assert proxy.counters.cuts >= most
        stored = one.stored(shared)
        counted, unknown = sum(each.counted for each in told), sum(each.unknown for each in told)
        assert counted <= int(stored["c"]) <= counted + unknown
        assert (unknown > 0) == (most > 0)
        for each in told:
            for key, values in each.values.items():
                assert stored.get(f"m:{key}", "") in values
        found = one.manager.census().sessions
        assert not found.keys() & set().union(*closed)
        assert set().union(*opened) <= found.keys()
        assert one.manager.counts().store == len(found)
        assert found.keys() <= one.records.ids()


def open_and_close(one: Bench, opened: set[str], closed: set[str]) -> None:
    """One session more, which is closed at once unless that fails definitely; its increments come too late."""
    try:
        session_id = one.manager.create_session("bea", "bea")
    except SessionError:
        return
    opened.add(session_id)
    try:
        one.manager.delete_session(session_id)
    except SessionError as error:
        if error.definite:
            return
        opened.discard(session_id)
        return
    opened.discard(session_id)
    closed.add(session_id)
    try:
        one.manager.increment_access(session_id)
    except SessionError:  # not found, or nothing was heard of it
        return
    raise AssertionError("a closed session was counted")


def test_a_client_with_the_usual_retries_stores_more_than_it_was_told(redis_server: RedisServer) -> None:
    """Under the same cuts a client with redis-py's retries counts more than it knows."""
    direct, key = redis_server.client(), "naive under cuts"
    direct.delete(key)
    acknowledged = [0] * THREADS
    with (
        FaultProxy("127.0.0.1", redis_server.port) as proxy,
        redis.Redis("127.0.0.1", proxy.port) as client,
        cuts(proxy, SEED, 20) as enough,
    ):

        def work(number: int) -> None:
            while not enough.is_set():
                client.hincrby(key, "access_count")
                acknowledged[number] += 1

        in_threads(THREADS, work)
    assert int(direct.hget(key, "access_count") or 0) > sum(acknowledged)
    direct.delete(key)


@pytest.mark.parametrize("most", [0, 60])
def test_cleanup_forgets_no_record_under_cuts(
    most: int, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each record is removed or becomes a dead letter, and these are the odd ids."""
    monkeypatch.setattr("session_manager.shared.redis_fixed.LEASE", 0.2)
    with through_a_proxy(redis_server, SOON * 5) as (one, proxy):
        ids = [one.manager.create_session("ann", "ann") for _ in range(60)]
        for session_id in ids:
            one.manager.delete_session(session_id)
        assert one.manager.counts().queue == len(ids)

        errors: list[SessionError] = []
        until = time.monotonic() + 20  # a record that is forgotten waits for ever
        with cuts(proxy, SEED, most) as enough:

            def clean(number: int) -> None:
                while not enough.is_set() or (one.manager._members("waiting") and time.monotonic() < until):
                    try:
                        one.manager.run_cleanup()
                    except SessionError as error:
                        errors.append(error)
                    if not enough.is_set():
                        one_more(one)

            in_threads(3, clean)

        dead = {letter.session_id for letter in one.manager.dead_letters()}
        closed = one.records.ids() - one.manager.census().sessions.keys()  # closing one may have been refused
        assert dead == closed
        assert all(map(cannot_be_removed, dead))
        assert dead & set(ids) == set(filter(cannot_be_removed, ids))
        assert one.manager.queued() == []
        assert not any(redis_server.client().zcard(at.due) for at in one.keys.shards)
        assert bool(errors) == bool(most)


def one_more(one: Bench) -> None:
    """Work for cleanup until there were enough cuts."""
    try:
        one.manager.delete_session(one.manager.create_session("bea", "bea"))
    except SessionError:
        return
