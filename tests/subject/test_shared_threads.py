"""Managers over shared engines under real threads and in real processes: what survives, and what a buggy one loses."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from functools import partial
from pathlib import Path

import pytest

from session_manager.model import SessionNotFound
from session_manager.shared.stores import SHARED
from tests.subject.shared import SERVERS, Bench, bench, opened, place_at

ROOT = Path(__file__).resolve().parents[2]
FIXED = ["redis-fixed", "postgres-fixed"]
THREADS, EACH = 8, 40


def together(*acts: Callable[[], None]) -> None:
    """Run them at one time, each in a thread; an error in one is an error here."""
    start, failures = threading.Barrier(len(acts)), list[BaseException]()

    def run(act: Callable[[], None]) -> None:
        start.wait()
        try:
            act()
        except BaseException as error:  # noqa: BLE001 - raised again below
            failures.append(error)

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]


def save_and_count(one: Bench, session_id: str, thread: int, answers: list[int]) -> None:
    """Alternately count an access, and save a key of this thread."""
    for number in range(EACH):
        answers.append(one.manager.increment_access(session_id))
        one.manager.update_session(session_id, f"{thread}-{number % 10}", str(number))


@pytest.mark.parametrize("variant", FIXED)
def test_no_change_of_any_thread_is_lost(variant: str, request: pytest.FixtureRequest) -> None:
    """Each access is counted once, each answer is given once, and each key has its last value."""
    with bench(variant, request) as one:
        session_id = one.create()
        answers: list[int] = []
        together(*[partial(save_and_count, one, session_id, number, answers) for number in range(THREADS)])
        data = one.manager.get_session(session_id)
        assert data.access_count == 2 * THREADS * EACH
        assert len(set(answers)) == THREADS * EACH
        last = {f"{thread}-{key}": str(EACH - 10 + key) for thread in range(THREADS) for key in range(10)}
        assert data.metadata == last


def test_the_buggy_manager_loses_changes_of_threads(request: pytest.FixtureRequest) -> None:
    """The same load with a wait between commands of up to 2 ms: the odds against a loss are beyond reckoning."""
    with bench("redis-buggy", request) as one:
        session_id = one.create()
        one.comes_in.turn(0.002, 0.0)
        together(*[partial(save_and_count, one, session_id, number, []) for number in range(THREADS)])
        one.comes_in.turn(0.0, 0.0)
        assert one.manager.get_session(session_id).access_count < 2 * THREADS * EACH


def replace(one: Bench, ids: list[str]) -> None:
    """Close each session, and open another one for it."""
    for session_id in ids:
        one.manager.delete_session(session_id)
        one.create()


def save_to_all(one: Bench, ids: list[str]) -> None:
    """Count an access of each session that is there still, and renew its expiry."""
    for session_id in ids:
        with suppress(SessionNotFound):
            one.manager.increment_access(session_id)
            one.manager.refresh_from_database(session_id)


def clean(one: Bench) -> None:
    """Cleanup cycles, as a worker runs them."""
    for _ in range(20):
        one.manager.run_cleanup()


@pytest.mark.parametrize("variant", FIXED)
def test_logins_and_logouts_of_threads_leave_every_count_right(variant: str, request: pytest.FixtureRequest) -> None:
    """While others save to the same sessions: what is closed stays closed, and cleanup forgets nobody."""
    with bench(variant, request) as one:
        ids = [one.create() for _ in range(40)]
        closing = [partial(replace, one, ids[number::4]) for number in range(4)]
        together(*closing, *2 * [partial(save_to_all, one, ids)], *2 * [partial(clean, one)])
        one.comes_in.armed = False
        one.manager.run_cleanup()  # a logout may have come after the last cycle of the threads
        census, counts = one.manager.census(), one.manager.counts()
        assert not set(ids) & set(census.sessions)
        assert len(census.sessions) == counts.store == counts.statistics == census.stats.active_sessions == 40
        assert one.records.ids() == {*census.sessions, *census.queue, *census.dead_letters}
        assert all(len(session_id) % 2 for session_id in {*census.queue, *census.dead_letters})


CHILD = """
import json, sys
from session_manager.shared.stores import Place
from tests.subject.shared import opened
told = json.loads(sys.argv[1])
with opened(told["variant"], Place(**told["place"])) as one:
    for number in range(told["each"]):
        one.manager.increment_access(told["session"])
        one.manager.update_session(told["session"], f"{told['me']}-{number % 10}", str(number))
"""


@pytest.mark.parametrize("variant", FIXED)
def test_no_change_of_any_process_is_lost(variant: str, request: pytest.FixtureRequest) -> None:
    """Three processes on one session, as three workers of a site."""
    engine = SHARED[variant]
    place = place_at(engine, request.getfixturevalue(SERVERS[engine]).url)
    with opened(variant, place) as one:
        told = {"variant": variant, "place": asdict(place), "session": (session_id := one.create()), "each": 100}
        commands = [[sys.executable, "-c", CHILD, json.dumps({**told, "me": number})] for number in range(3)]
        children = [subprocess.Popen(command, cwd=ROOT) for command in commands]
        assert [child.wait(60) for child in children] == [0, 0, 0]
        data = one.manager.get_session(session_id)
        assert data.access_count == 600
        assert data.metadata == {f"{me}-{key}": str(90 + key) for me in range(3) for key in range(10)}
        one.manager.clear()
