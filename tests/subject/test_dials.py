"""The seam's two dials, its chance and ids, its clocks and threads."""

from __future__ import annotations

import itertools
import random
import string
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest

from session_manager.model import InjectedFault
from session_manager.sync import Dials, Guarded, ThreadRuntime
from tests.subject.cases import Cases
from tests.subject.locks import HOLDS, held, is_free
from tests.subject.threads import run_together

PATIENCE = 20.0


def test_the_fault_dial_strikes_after_the_release_of_any_lock() -> None:
    """The work is done and the lock is free; the error names it and is not definite."""
    with Cases() as cases:
        for how in HOLDS:
            runtime = ThreadRuntime(Dials(fault_rate=1.0))
            value: list[str] = []
            lock, take = held(runtime, how, value)
            with cases.case(how):
                with pytest.raises(InjectedFault, match="'the lock'") as error, take() as got:
                    got.append("done")
                assert value == ["done"]
                assert not error.value.definite
                runtime.dials.turn(0, 0)
                assert is_free(lock, how)


def test_a_failing_operation_is_not_given_a_second_reason() -> None:
    """The error that ends an operation is not replaced by an injected fault."""
    with Cases() as cases:
        for how in HOLDS:
            _, take = held(ThreadRuntime(Dials(fault_rate=1.0)), how, [])
            with cases.case(how), pytest.raises(KeyError, match="mine"), take():
                raise KeyError("mine")


def test_the_window_is_a_wait_after_the_release_of_any_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lock is free, and the wait is a random part of the window."""
    with Cases() as cases:
        for how, failing in itertools.product(HOLDS, (False, True)):
            with cases.case(how, f"{failing=}"):
                waits_after_the_release(monkeypatch, how, failing)


def waits_after_the_release(monkeypatch: pytest.MonkeyPatch, how: str, failing: bool) -> None:
    """Fifty operations with the window open."""
    naps: list[float] = []
    lock, take = held(runtime := ThreadRuntime(Dials(window=0.5, seed=1)), how, [])

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        runtime.dials.turn(0, 0)
        assert is_free(lock, how)
        runtime.dials.turn(0.5, 0)

    monkeypatch.setattr("session_manager.sync.time.sleep", sleep)
    for _ in range(50):
        with suppress(ZeroDivisionError), take():
            assert 1 / (not failing) == 1
    assert len(naps) == 50
    assert all(0 <= nap <= 0.5 for nap in naps)
    assert len(set(naps)) == 50  # jittered: a fixed nap looks staged
    assert max(naps) > 0.25 > min(naps)


def test_the_dials_are_armed_only_when_one_is_up() -> None:
    """Down, they cost one look."""
    dials = Dials()
    assert not dials.armed
    for window, fault_rate, armed in ((0.1, 0, True), (0, 0.1, True), (0.1, 0.1, True), (0, 0, False)):
        dials.turn(window, fault_rate)
        assert (dials.window, dials.fault_rate, dials.armed) == (window, fault_rate, armed)


def test_with_the_dials_down_nothing_happens_at_a_release(monkeypatch: pytest.MonkeyPatch) -> None:
    """No nap, no chance, not even a call."""
    dials = Dials()
    runtime = ThreadRuntime(dials)
    calls: list[str] = []
    monkeypatch.setattr(Dials, "released", lambda self, lock, failing: calls.append(lock))
    for how in HOLDS:
        with held(runtime, how, [])[1]():
            pass
    assert calls == []
    dials.turn(0.1, 0)
    for how in HOLDS:
        with held(runtime, how, [])[1]():
            pass
    assert len(calls) == len(HOLDS)


def test_the_dials_refuse_what_makes_no_sense() -> None:
    """The error names the dial, and both dials stay as they were."""
    nan, inf = float("nan"), float("inf")
    bad: dict[str, list[tuple[float, float]]] = {
        "window": [(-0.001, 0), (nan, 0), (inf, 0)],
        "fault rate": [(0, -0.001), (0, 1.001), (0, nan)],
    }
    dials = Dials(0.25, 0.5)
    with Cases() as cases:
        for word, (window, fault_rate) in [(word, values) for word, several in bad.items() for values in several]:
            with cases.case(window, fault_rate):
                with pytest.raises(ValueError, match=word):
                    dials.turn(window, fault_rate)
                with pytest.raises(ValueError, match=word):
                    Dials(window, fault_rate)
                assert (dials.window, dials.fault_rate, dials.armed) == (0.25, 0.5, True)


def strikes(lock: Guarded[None]) -> bool:
    """Whether the fault dial strikes at the lock's next release."""
    try:
        with lock:
            return False
    except InjectedFault:
        return True


def test_a_seed_makes_chance_repeat_itself() -> None:
    """The same faults at the same releases; another seed, or none, gives others."""

    def faults(seed: int | None) -> list[bool]:
        lock = ThreadRuntime(Dials(fault_rate=0.5, seed=seed)).lock("dice", None)
        return [strikes(lock) for _ in range(200)]

    assert faults(7) == faults(7)
    # Two unrelated sequences are equal once in 2**200.
    assert len({tuple(faults(seed)) for seed in (7, 8, None, None)}) == 4
    # 100 expected; 40 or fewer, or 160 or more, with a chance below 2 * exp(-2 * 60**2 / 200) = 5e-16 (Hoeffding).
    assert 40 < sum(faults(None)) < 160


def test_half_of_all_ids_have_an_odd_length() -> None:
    """Or there would be no cleanup leak: 31 or 32 hexadecimal digits, none twice."""
    runtime = ThreadRuntime()
    ids = [runtime.new_id() for _ in range(10_000)]
    assert {len(one) for one in ids} == {31, 32}
    assert set("".join(ids)) <= set(string.hexdigits.lower())
    assert len(set(ids)) == len(ids)
    odd = sum(len(one) % 2 for one in ids)
    # A fair coin strays 350 from 5,000 with a chance below 2 * exp(-2 * 350**2 / 10_000) = 5e-11 (Hoeffding).
    assert abs(odd - 5_000) < 350


def test_ids_cannot_be_foretold_from_the_seed_of_chance() -> None:
    """Ids do not depend on `random.seed`: the same seed gives different ids."""
    runtime, ids = ThreadRuntime(), set()
    for _ in range(3):
        random.seed(1)
        ids.add(runtime.new_id())
    assert len(ids) == 3


def test_the_clock_is_utc_and_the_other_one_never_steps_back() -> None:
    """`now` is the time of day with its zone."""
    runtime = ThreadRuntime()
    now = runtime.now()
    assert now.utcoffset() == timedelta(0)
    assert abs(datetime.now(UTC) - now) < timedelta(minutes=1)
    readings = [runtime.monotonic() for _ in range(100)]
    assert readings == sorted(readings)


def test_a_started_thread_does_not_keep_the_process_alive() -> None:
    """It has the given name, it is a daemon, and it can be joined."""
    runtime, seen = ThreadRuntime(), []
    task = runtime.start("cleanup-test", lambda: seen.append(threading.current_thread()))
    task.join(PATIENCE)
    assert not task.is_alive()
    assert [(thread.name, thread.daemon) for thread in seen] == [("cleanup-test", True)]


def test_a_signal_wakes_everybody_now_and_later() -> None:
    """Once set it stays set."""
    runtime = ThreadRuntime()
    signal = runtime.signal()
    assert not signal.wait(0)
    woken: list[bool] = []
    ready = threading.Barrier(4)

    def wait() -> None:
        ready.wait(PATIENCE)
        woken.append(signal.wait(PATIENCE))

    def wake() -> None:
        ready.wait(PATIENCE)
        signal.set()

    run_together([wait, wait, wait, wake])
    assert woken == [True, True, True]
    assert signal.wait(0)


def test_a_nap_lasts_as_long_as_it_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime's nap is a sleep."""
    slept: list[float] = []
    monkeypatch.setattr("session_manager.sync.time.sleep", slept.append)
    ThreadRuntime().nap(0.125)
    assert slept == [0.125]
