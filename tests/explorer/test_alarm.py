"""A step that does not end is cut off, with the place in the manager's code, and nothing is left behind."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel import alarm
from racelab.explorer.kernel.alarm import Alarm, Stalled
from racelab.explorer.kernel.guard import modelled_only
from tests.explorer.toys import Manager, toy

SHORT = 0.2
ROOT = Path(__file__).resolve().parents[2]


def spins() -> None:
    """A loop without any point."""
    while True:
        pass


def blocks() -> None:
    """A real lock that no guard can watch: it was made before, and its methods are C."""
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def catches() -> None:
    """It swallows the interruption twice and goes on."""
    for _ in range(2):
        with suppress(BaseException):
            spins()
    spins()


def stalled(does: Callable[[], object], limit: float = SHORT) -> str:
    """Where it was cut off; empty if it was not."""
    try:
        with Alarm(limit) as watch:
            does()
            watch.stepped()
    except Stalled as reason:
        return str(reason)
    return ""


def elsewhere(does: Callable[[], str]) -> str:
    """The same in a thread that is not the main one."""
    told: list[str] = []
    other = threading.Thread(target=lambda: told.append(does()))
    other.start()
    other.join(30)
    return told[0]


def test_a_step_that_does_not_end_is_cut_off_at_its_place() -> None:
    """A step that loops or waits for a real lock is cut off at its line."""
    for does in (spins, catches, blocks):
        told = stalled(does)
        assert f"in {does.__name__}" in told, does.__name__
        assert "test_alarm.py:" in told
        assert "has not ended for 0.2 s" in told
    for does in (spins, catches):
        assert f"in {does.__name__}" in elsewhere(lambda does=does: stalled(does)), does.__name__  # type: ignore[misc]


def test_an_interruption_that_was_swallowed_counts_all_the_same() -> None:
    """The step came to an end only because it was cut off."""

    def gives_up() -> None:
        with suppress(BaseException):
            spins()

    assert "in spins" in stalled(gives_up)
    assert "in spins" in elsewhere(lambda: stalled(gives_up))


def works(seconds: float) -> None:
    """A step that takes a while, and ends."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_steps_that_end_are_never_cut_off() -> None:
    """However many there are, and however long all of them take together."""

    def many() -> str:
        with Alarm(1.0) as watch:
            for _ in range(30):
                works(0.05)
                watch.stepped()
        return "ended"

    assert many() == elsewhere(many) == "ended"


def test_an_inner_exploration_is_progress_of_the_outer_one() -> None:
    """The outer alarm waits while inner steps end, and cuts off after them."""

    def inner() -> None:
        with Alarm(5.0) as watch:
            for _ in range(30):
                works(0.05)
                watch.stepped()

    assert stalled(inner, 1.0) == ""

    def then_spins() -> None:
        inner()
        spins()

    assert "in spins" in stalled(then_spins, 1.0)


def test_the_labs_own_work_is_not_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """The judge may take long between two steps: only the manager is cut off."""
    monkeypatch.setattr(alarm, "_is_the_managers", lambda file: False)
    assert stalled(lambda: works(3 * SHORT)) == ""


def test_a_pause_in_a_debugger_is_not_cut_off() -> None:
    """A pause in a debugger is not cut off, and the same wait elsewhere is."""
    pauses = FunctionType(works.__code__, {**globals(), "__name__": "pdb"})
    assert not stalled(lambda: pauses(3 * SHORT))
    assert stalled(FunctionType(spins.__code__, {**globals(), "__name__": "mine"}))


def test_nothing_is_left_behind() -> None:
    """Threads, the signal's handler and the timer are restored after a search."""

    def handler(*_: object) -> None:
        """Somebody's own."""

    before = signal.signal(signal.SIGURG, handler)
    threads, timer = threading.enumerate(), signal.getitimer(signal.ITIMER_REAL)
    try:
        for does in (spins, lambda: None, lambda: 1 / 0):
            with suppress(ZeroDivisionError):
                stalled(does)
            assert signal.getsignal(signal.SIGURG) is handler
            assert threading.enumerate() == threads
        assert (signal.getitimer(signal.ITIMER_REAL)[0] > 0) == (timer[0] > 0)
    finally:
        signal.signal(signal.SIGURG, before)
    assert elsewhere(lambda: stalled(spins))
    assert threading.enumerate() == threads


def test_a_timer_of_the_tests_still_interrupts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A time-out by a signal gets out of an exploration before the alarm does."""

    class TimedOut(Exception):
        pass

    def time_is_up(*_: object) -> None:
        raise TimedOut

    before, left = signal.signal(signal.SIGALRM, time_is_up), signal.getitimer(signal.ITIMER_REAL)[0]
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    try:
        with pytest.raises(TimedOut):
            stalled(spins, 20)
    finally:
        signal.signal(signal.SIGALRM, before)
        signal.setitimer(signal.ITIMER_REAL, left)


def test_the_alarm_starts_its_thread_inside_of_an_exploration() -> None:
    """The guard that refuses threads lets the lab's own through."""
    with modelled_only():
        assert stalled(lambda: None) == ""


def test_a_manager_that_spins_or_blocks_cannot_be_told(explore: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A manager that spins or blocks is cannot tell, with the place of the wait."""
    monkeypatch.setattr(Alarm.__init__, "__defaults__", (SHORT,))
    hidden = "_hidden_lock_of_test_alarm"

    def waits_really(self: Any) -> int:
        lock = getattr(threading, hidden)
        lock.acquire()
        lock.acquire()
        return 1

    def waits(self: Any) -> int:
        while not getattr(self, "flag", False):
            pass
        return 1

    monkeypatch.setattr(threading, hidden, threading.Lock(), raising=False)
    for operation in (waits, waits_really):
        found = explore(["get_active_count", "increment_access s1"], toy(get_active_count=operation))
        assert found.verdict == "cannot tell"
        assert f"in {operation.__name__}" in found.unsure
    assert explore(["get_active_count"], toy(get_active_count=Manager.get_active_count)).verdict == "none"


IN_A_THREAD = """
import sys, threading
from racelab.explorer.kernel.alarm import Alarm, Stalled
from tests.explorer.test_alarm import spins, SHORT

def explores():
    try:
        with Alarm(limit=SHORT if sys.argv[1] == "struck" else 60):
            if sys.argv[1] == "struck":
                spins()
    except Stalled:
        print("cut off")

thread = threading.Thread(target=explores)
thread.start()
thread.join()
sys.setprofile(lambda frame, event, argument: None)
print("and on", sum(1 for _ in range(1000)))
"""


def test_an_alarm_in_another_thread_leaves_nothing_for_a_profiler_to_stumble_over() -> None:
    """After an alarm in a thread, struck or not, a profiled program still ends."""
    for case, told in (("struck", ["cut off", "and on 1000"]), ("quiet", ["and on 1000"])):
        ended = subprocess.run(
            [sys.executable, "-c", IN_A_THREAD, case], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
        )
        assert ended.stdout.splitlines() == told, ended.stderr
