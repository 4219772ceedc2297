"""The sampler: cursors without gaps, a steady pace, no lock of a manager's, and the same cost at any size."""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from racelab.live import sampler as sampler_module
from racelab.live.sampler import Sample, Sampler
from racelab.promises import steady
from racelab.promises.promise import Promise
from session_manager import buggy
from session_manager.model import CachedSession, Row, SessionData
from tests.instrument.labs import BOTH, World, until
from tests.subject.cases import Cases
from tests.subject.threads import run_together


def counting(hz: float = 10, seconds: float = 120) -> Sampler[int]:
    """A sampler whose samples are numbered by what it reads."""
    numbers = itertools.count()
    return Sampler(lambda: {"number": next(numbers)}, hz, seconds)


def numbers(samples: list[Sample[int]]) -> list[int]:
    assert all(sample.seq == sample.read["number"] for sample in samples)
    return [sample.seq for sample in samples]


def test_a_reader_that_follows_its_cursor_sees_every_sample_once() -> None:
    """A reader that follows its cursor sees each sample once."""
    sampler, cursor, got = counting(), 0, list[int]()
    for between in (0, 1, 2, 0, 7, 1):
        for _ in range(between):
            sampler.sample()
        cursor, samples = sampler.since(cursor)
        got += numbers(samples)
    assert got == list(range(11))
    assert sampler.since(cursor) == (11, [])


def test_every_cursor_gets_what_came_since_as_far_as_it_is_kept() -> None:
    """A cursor gets the kept samples since then; one from the future gets all of them."""
    with Cases() as cases:
        for taken in (0, 1, 5, 10, 11, 37):
            with cases.case(f"{taken} samples"):
                sampler = counting(hz=10, seconds=1)
                for _ in range(taken):
                    sampler.sample()
                kept = range(max(0, taken - 10), taken)
                for cursor in range(taken + 5):
                    following, samples = sampler.since(cursor)
                    assert following == taken
                    assert numbers(samples) == [seq for seq in kept if seq >= cursor or cursor > taken]


def test_readers_do_not_disturb_each_other_or_the_sampler() -> None:
    """Four concurrent readers see all of two thousand samples in order."""
    sampler = counting(hz=10, seconds=1000)
    total, sampling = 2000, threading.Event()
    sampling.set()

    def take() -> None:
        try:
            for _ in range(total):
                sampler.sample()
        finally:
            sampling.clear()

    def follow() -> None:
        cursor, got = 0, list[int]()
        while sampling.is_set() or cursor < total:
            cursor, samples = sampler.since(cursor)
            got += numbers(samples)
        assert got == list(range(total))

    run_together([take, *[follow] * 4])


def test_a_sample_carries_its_time() -> None:
    """A sample has the time of day, within a second of the wall clock's."""
    sampler = counting()
    before = steady.now()
    sampler.sample()
    (sample,) = sampler.since(0)[1]
    assert before <= sample.at <= steady.now()
    assert abs(sample.at - time.time()) < 1


class Clock:
    """A clock that stands still but for what the sampler waits and what a sample takes."""

    def __init__(self, takes: Iterator[float], samples: int, late: float) -> None:
        self.now = 100.0
        self._late = late
        self.taken: list[float] = []
        self._takes = takes
        self._left = samples

    def monotonic(self) -> float:
        return self.now

    def time(self) -> float:
        return self.now

    def wait(self, seconds: float) -> bool:
        """Stands in for the event that stops the sampler."""
        self.now += seconds + self._late
        self._left -= 1
        return self._left < 0

    def read(self) -> dict[str, Any]:
        """One sample, which takes its time."""
        self.taken.append(self.now)
        self.now += next(self._takes)
        return {}


def paced(monkeypatch: pytest.MonkeyPatch, takes: list[float], late: float = 0.0) -> list[float]:
    """When samples were begun, if each takes so long and the thread is always woken so late."""
    clock = Clock(iter(takes), len(takes), late)
    monkeypatch.setattr(sampler_module, "time", clock)
    sampler = Sampler(clock.read, hz=10)
    monkeypatch.setattr(sampler, "_stopping", clock)
    sampler._run()
    return [round(at - 100, 6) for at in clock.taken]


def test_the_pace_does_not_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples begin a tenth of a second apart, however long each one takes."""
    assert paced(monkeypatch, [0.0, 0.03, 0.1, 0.0, 0.09, 0.0]) == [0.0, 0.1, 0.2, 0.3, 0.4, 0.5]
    late = paced(monkeypatch, [0.0] * 5, late=0.004)
    assert late == [0.004, 0.104, 0.204, 0.304, 0.404], "a thread that is woken late must not push all that follow"


def test_after_a_stall_it_goes_on_from_now(monkeypatch: pytest.MonkeyPatch) -> None:
    """After a stall one late sample is taken, then the usual pace continues."""
    assert paced(monkeypatch, [0.0, 2.0, 0.0, 0.0, 0.0]) == [0.0, 0.1, 2.1, 2.2, 2.3]


def test_a_sample_that_fails_is_told_and_the_next_comes_as_usual(caplog: pytest.LogCaptureFixture) -> None:
    """A failed sample is logged once, and leaves no gap in the numbers."""
    number = itertools.count()

    def read() -> dict[str, Any]:
        if next(number) % 2 == 0:
            raise RuntimeError("dictionary changed size during iteration")
        return {"fine": True}

    sampler = Sampler(read, hz=1000)
    with caplog.at_level(logging.ERROR):
        sampler.start()
        until(lambda: sampler.since(0)[0] >= 3, "three samples")
        sampler.stop()
    assert [sample.seq for sample in sampler.since(0)[1]][:3] == [0, 1, 2]
    assert sum(record.message.startswith("A sample failed") for record in caplog.records) == 1


def test_it_starts_stops_and_starts_again() -> None:
    """The sampler can be stopped and started again, and continues its numbers."""
    sampler = counting(hz=500)
    sampler.stop()
    before = set(threading.enumerate())
    for _ in range(2):
        seen = sampler.since(0)[0]
        sampler.start()
        (thread,) = set(threading.enumerate()) - before
        assert (thread.name, thread.daemon) == ("sampler", True)
        until(lambda seen=seen: sampler.since(0)[0] >= seen + 3, "three samples")  # type: ignore[misc]
        sampler.stop()
        assert set(threading.enumerate()) == before
    last = sampler.since(0)[0]
    assert numbers(sampler.since(0)[1]) == list(range(last))


def locks_of(world: World) -> list[Any]:
    """Every lock of both managers and of their rows, session locks included, each as a context that holds it."""
    subject = world.lab.sessions.subjects["buggy"]
    assert isinstance(subject, buggy.SessionManager)
    state, fixed = subject._state, world.fixed()
    found: list[Any] = [state.store.write(), state.queue.write(), state.stats.write()]
    sessions = list(fixed._sessions.values())
    assert sessions
    found += [*sessions, fixed._tables, fixed._cache, fixed._dead_letters._marks]
    return found + [world.lab.variants[name]._records._rows for name in BOTH]  # type: ignore[attr-defined]


def test_sampling_takes_no_lock_of_a_manager(world: World) -> None:
    """With every lock of the managers held, samples and status still come at once."""
    for variant in BOTH:
        world.logout(world.login(variant), variant)
        world.login(variant)
    world.lab.sampler.stop()
    before, _ = world.lab.sampler.since(0)
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with ExitStack() as stack:
            for lock in locks_of(world):
                stack.enter_context(lock)
            held.set()
            release.wait(60)

    def sample() -> None:
        assert held.wait(20)
        world.lab.sampler.sample()
        world.lab.status()

    holder = threading.Thread(target=hold, daemon=True)
    holder.start()
    try:
        run_together([sample], patience=20)
    finally:
        release.set()
        holder.join(20)
    (taken,) = world.lab.sampler.since(before)[1]
    for variant in BOTH:
        read = taken.read[variant]
        assert (read["store"], read["should_be"], read["queue"]) == (1, [1, 1], 1)


def fill(world: World, count: int) -> None:
    """So many open sessions in managers and ledgers, put there directly: through the door it would take a minute."""
    subject, fixed = world.lab.sessions.subjects["buggy"], world.fixed()
    assert isinstance(subject, buggy.SessionManager)
    now, ids = fixed._runtime.now(), [f"session-{number}" for number in range(count)]
    data = SessionData("one for all", "u", "ann", now, now)
    subject._state.store.peek().update(dict.fromkeys(ids, CachedSession(data, 0.0, 0.0)))
    fixed._sessions.update(dict.fromkeys(ids, fixed._hold(Row(data))))
    for ledger in (world.lab.variants[name].ledger for name in BOTH):
        ledger._promises.update({session_id: Promise() for session_id in ids})
        ledger._totals.calls["create", "acknowledged"] += count


def fastest(action: Callable[[], object]) -> float:
    """The shortest of many times: what it costs when nobody else has the processor."""
    times = []
    for _ in range(300):
        started = time.perf_counter()
        action()
        times.append(time.perf_counter() - started)
    return min(times)


def test_a_sample_costs_the_same_at_two_hundred_thousand_sessions_as_at_a_hundred(
    make_world: Callable[..., World],
) -> None:
    """A sample of 200,000 sessions takes less than three times that of 100."""
    small, large = make_world(), make_world()
    fill(small, 100)
    fill(large, 200_000)
    assert large.lab.variants["buggy"].sample()["store"] == 200_000
    assert large.lab.variants["fixed"].sample()["should_be"] == [200_000, 200_000]
    ratio = fastest(large.lab.sampler.sample) / fastest(small.lab.sampler.sample)
    assert ratio < 3, ratio


def test_a_sample_says_what_is_there(world: World) -> None:
    """After logins, logouts, a failure and during a call, every field has its value."""
    with Cases() as cases:
        for variant in BOTH:
            with cases.case(variant):
                for odd in (False, True):
                    world.logout(world.login_of_length(odd, variant), variant)
                world.logout("nobody", variant)
                ledger = world.lab.variants[variant].ledger
                opened = ledger.totals().calls["create", "acknowledged"]
                with ledger.call("read", "s"):
                    sample = world.lab.variants[variant].sample()
                assert sample["oldest_s"] is not None
                assert 0 <= sample["oldest_s"] < 60
                counts = dict.fromkeys(("store", "statistics", "database"), opened - 2)
                rows = {"should_be": [opened - 2, opened - 2], "queue": 2, "dead_letters": 0}
                calls = {"in_flight": 1, "acknowledged": opened + 2, "failed": 1, "unknown": 0, "missing": 0}
                assert sample == {**counts, **rows, **calls, "oldest_s": sample["oldest_s"]}
                world.lab.sessions.clean(variant)
                assert world.lab.variants[variant].sample()["queue"] == 1
