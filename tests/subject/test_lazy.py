"""The module's globals: built at their first use, once, whichever threads come first."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from types import TracebackType
from typing import Generic, TypeVar

import pytest

from session_manager import buggy
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.state import CLEANUP_QUEUE, SESSION_STORE, STATS, Lazy, State
from session_manager.sync import RUNTIME, Guarded, ThreadRuntime
from tests.subject.threads import run_together

ROOT = Path(__file__).parents[2]
CROWD = 8
T = TypeVar("T")


class CrowdedLock(Generic[T]):
    """A lock that counts who comes to it."""

    def __init__(self, inner: Guarded[T], arrived: threading.Semaphore) -> None:
        self._inner = inner
        self._arrived = arrived

    def __enter__(self) -> T:
        self._arrived.release()
        return self._inner.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inner.__exit__(kind, error, trace)

    def peek(self) -> T:
        """The value without the lock."""
        return self._inner.peek()


class CrowdedRuntime(ThreadRuntime):
    """A runtime whose locks count who comes to them."""

    def __init__(self) -> None:
        super().__init__()
        self.arrived = threading.Semaphore(0)

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A lock that counts."""
        return CrowdedLock(super().lock(name, value), self.arrived)


def test_eight_threads_that_find_nothing_build_it_once() -> None:
    """All of them have seen that it is not there before the first has built it."""
    runtime = CrowdedRuntime()
    built: list[object] = []

    def build() -> object:
        for _ in range(CROWD):
            assert runtime.arrived.acquire(timeout=20)
        built.append(object())
        return built[-1]

    lazy = Lazy(build, runtime)
    got: list[object] = []
    run_together([lambda: got.append(lazy.get())] * CROWD)
    assert len(built) == 1
    assert got == built * CROWD


def test_what_is_there_is_found_without_the_lock() -> None:
    """The second use takes no lock at all."""
    runtime = CrowdedRuntime()
    lazy: Lazy[list[str]] = Lazy(list, runtime)
    assert lazy.get() is lazy.get()
    assert runtime.arrived.acquire(blocking=False)
    assert not runtime.arrived.acquire(blocking=False)


def test_a_build_that_fails_is_tried_again() -> None:
    """By the next caller, and its error comes out."""
    results: list[Exception | str] = [KeyError("first"), KeyError("second"), "built"]

    def build() -> str:
        result = results.pop(0)
        if isinstance(result, Exception):
            raise result
        return result

    lazy = Lazy(build)
    for word in ("first", "second"):
        with pytest.raises(KeyError, match=word):
            lazy.get()
    assert lazy.get() == lazy.get() == "built"


def test_importing_the_module_builds_nothing() -> None:
    """In a process of its own, because in this one they may be built already."""
    program = (
        "import threading, session_manager as m\n"
        "assert [lazy._built for lazy in (m.SESSION_STORE, m.CLEANUP_QUEUE, m.STATS)] == [[], [], []]\n"
        "assert threading.active_count() == 1\n"
        "m.State.shared()\n"
        "assert all(lazy._built for lazy in (m.SESSION_STORE, m.CLEANUP_QUEUE, m.STATS))\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=ROOT, timeout=60)


@pytest.fixture
def globals_left_empty() -> None:
    """The three globals belong to the process: leave them as if nobody had been there."""
    assert buggy.SessionManager(MemoryDatabase(RUNTIME)).get_active_count() == 0


@pytest.mark.usefixtures("globals_left_empty")
def test_managers_made_without_arguments_share_the_three_globals() -> None:
    """That is the module's point: a session opened by one is there for the other."""
    one, other = buggy.SessionManager(), buggy.SessionManager()
    try:
        session_id = one.create_session("user_ann", "ann")
        assert other.get_session(session_id).username == "ann"
        assert session_id in SESSION_STORE.get().peek()
        assert STATS.get().peek().active_sessions == 1
        other.delete_session(session_id)
        assert one.get_cleanup_queue_size() == 1
        assert CLEANUP_QUEUE.get().peek() == [session_id]
    finally:
        one.clear()
    assert (SESSION_STORE.get().peek(), CLEANUP_QUEUE.get().peek()) == ({}, [])


@pytest.mark.usefixtures("globals_left_empty")
def test_a_state_of_ones_own_is_shared_with_nobody() -> None:
    """Neither with the globals nor with another private one."""
    runtime = ThreadRuntime()
    mine, another = (
        buggy.SessionManager(MemoryDatabase(runtime, DatabaseDials(0)), State.private(runtime), runtime)
        for _ in range(2)
    )
    session_id = mine.create_session("user_ann", "ann")
    mine.delete_session(session_id)
    mine.create_session("user_bob", "bob")
    shared = buggy.SessionManager()
    for stranger in (another, shared):
        assert stranger.get_active_count() == 0
        assert stranger.get_cleanup_queue_size() == 0
        assert stranger.get_stats().total_sessions == 0


def test_each_global_has_a_lock_of_its_own() -> None:
    """Holding one does not hold up whoever takes another."""
    state = State.shared()
    assert len({id(guard) for guard in (state.store, state.queue, state.stats)}) == 3
    with state.store.write(), state.queue.write(), state.stats.write():
        pass
    assert (state.store, state.queue, state.stats) == (SESSION_STORE.get(), CLEANUP_QUEUE.get(), STATS.get())
