"""The seam's locks: who may be inside together, who goes first, and what is handed out. No sleeping."""

from __future__ import annotations

import queue
import threading
from typing import Any

import pytest

from session_manager.model import InjectedFault
from session_manager.sync import Dials, Guarded, ThreadRuntime, ThreadRWLock
from tests.subject.cases import Cases
from tests.subject.locks import HOLDS, held, is_free
from tests.subject.threads import run_together

PATIENCE = 20.0


class Watched(threading.Condition):
    """A condition that says when a thread begins to wait for it."""

    def __init__(self) -> None:
        super().__init__(threading.Lock())
        self.parked = threading.Semaphore(0)

    def wait(self, timeout: float | None = None) -> bool:
        """Say so, and wait. Whoever is told can take the lock only when this thread has let it go."""
        self.parked.release()
        return super().wait(timeout)


class Scene:
    """A reader-writer lock, and threads whose coming, waiting and entering can be seen."""

    def __init__(self) -> None:
        self.lock: ThreadRWLock[None] = ThreadRWLock("scene", None, Dials())
        self._condition = self.lock._changed = Watched()
        self.entered: queue.Queue[str] = queue.Queue()
        self._leave: dict[str, threading.Event] = {}
        self._threads: list[threading.Thread] = []

    def come(self, who: str, waits: bool) -> None:
        """A thread comes for the lock: `r...` to read, `w...` to write. Back when it has entered, or waits."""
        self._leave[who] = threading.Event()
        self._threads.append(threading.Thread(target=self._run, args=(who,), daemon=True))
        self._threads[-1].start()
        if waits:
            assert self._condition.parked.acquire(timeout=PATIENCE), f"{who} does not wait"
            assert self.entered.empty()
        else:
            assert self.next() == who

    def leave(self, *who: str) -> None:
        """Let these threads go."""
        for one in who:
            self._leave[one].set()

    def next(self) -> str:
        """The next thread that enters."""
        return self.entered.get(timeout=PATIENCE)

    def end(self) -> None:
        """Everybody goes home."""
        self.leave(*self._leave)
        for thread in self._threads:
            thread.join(PATIENCE)
            assert not thread.is_alive()

    def _run(self, who: str) -> None:
        with self.lock.read() if who.startswith("r") else self.lock.write():
            self.entered.put(who)
            assert self._leave[who].wait(PATIENCE)


def test_readers_hold_the_lock_together() -> None:
    """Three of them are inside at the same time."""
    scene = Scene()
    for who in ("r1", "r2", "r3"):
        scene.come(who, waits=False)
    scene.end()


def test_a_writer_holds_the_lock_alone() -> None:
    """Neither a reader nor another writer comes in before it has left."""
    scene = Scene()
    scene.come("w1", waits=False)
    scene.come("w2", waits=True)
    scene.come("r1", waits=True)
    scene.leave("w1")
    assert scene.next() == "w2"
    assert scene.entered.empty()
    scene.leave("w2")
    assert scene.next() == "r1"
    scene.end()


def test_a_writer_waits_for_every_reader() -> None:
    """The last one out lets it in, not the first."""
    scene = Scene()
    scene.come("r1", waits=False)
    scene.come("r2", waits=False)
    scene.come("w1", waits=True)
    scene.leave("r1")
    scene.leave("r2")
    assert scene.next() == "w1"
    assert scene.lock._readers == 0
    scene.end()


def test_a_waiting_writer_goes_before_new_readers() -> None:
    """Or readers who come one after the other would keep it out for ever."""
    scene = Scene()
    scene.come("r1", waits=False)
    scene.come("w1", waits=True)
    scene.come("r2", waits=True)
    scene.come("r3", waits=True)
    scene.leave("r1")
    assert scene.next() == "w1"
    scene.leave("w1")
    assert {scene.next(), scene.next()} == {"r2", "r3"}
    scene.end()


def test_nobody_starves() -> None:
    """Readers and writers all get through, and no write is lost."""
    lock = ThreadRuntime().rwlock("busy", [0])
    inside: set[int] = set()
    crowds: list[bool] = []

    def read() -> None:
        for _ in range(200):
            with lock.read():
                crowds.append(bool(inside))

    def write() -> None:
        for _ in range(200):
            with lock.write() as value:
                inside.add(threading.get_ident())
                crowds.append(len(inside) > 1)
                value[0] += 1
                inside.clear()

    run_together([read] * 4 + [write] * 4)
    assert lock.peek() == [800]
    assert len(crowds) == 1600
    assert not any(crowds)


def can_acquire(lock: Any) -> bool:
    """Whether the thread that asks would get a plain or re-entrant lock now. It never waits."""
    free = bool(lock._lock.acquire(blocking=False))
    if free:
        lock._lock.release()
    return free


def another_can_acquire(lock: Any) -> bool:
    """Whether another thread would."""
    found: list[bool] = []
    run_together([lambda: found.append(can_acquire(lock))], PATIENCE)
    return found == [True]


def test_a_reentrant_lock_lets_its_holder_in_again_and_a_plain_one_does_not() -> None:
    """The holder gets a re-entrant lock again; at a plain one it would wait."""
    runtime = ThreadRuntime()
    plain, reentrant = runtime.lock("plain", "value"), runtime.rlock("re-entrant", "value")
    with plain, reentrant:
        assert not can_acquire(plain)
        assert can_acquire(reentrant)
        with reentrant as value:
            assert value == "value"


def test_a_reentrant_lock_is_free_after_the_outermost_release() -> None:
    """Another thread gets it after as many releases as acquires, and not before."""
    lock = ThreadRuntime().rlock("re-entrant", None)
    with lock:
        with lock:
            assert not another_can_acquire(lock)
        assert not another_can_acquire(lock)
    assert another_can_acquire(lock)


def test_the_dials_apply_after_the_outermost_release_alone() -> None:
    """A fault ends an operation after a re-entrant lock's section, not within it."""
    runtime = ThreadRuntime(Dials(fault_rate=1.0))
    done: list[str] = []

    def nested(outer: Guarded[None], inner: Guarded[None]) -> None:
        done.clear()
        with outer:
            with inner:
                done.append("inner")
            done.append("outer")

    reentrant, plain = runtime.rlock("re-entrant", None), runtime.lock("plain", None)
    for outer, inner, expected in ((reentrant, reentrant, ["inner", "outer"]), (reentrant, plain, ["inner"])):
        with pytest.raises(InjectedFault):
            nested(outer, inner)
        assert done == expected
        assert another_can_acquire(outer)


def test_a_lock_hands_out_what_it_guards() -> None:
    """It is the same object, with the lock and by an unsynchronized read."""
    for how in HOLDS:
        value = ["precious"]
        lock, take = held(ThreadRuntime(), how, value)
        with take() as got:
            assert got is value, how
            assert lock.peek() is value, how
        assert lock.peek() is value, how


def test_a_lock_is_free_again_after_an_error() -> None:
    """The error comes out as it was, and another thread gets the lock."""
    with Cases() as cases:
        for how in HOLDS:
            with cases.case(how):
                lock, take = held(ThreadRuntime(), how, [])
                with pytest.raises(KeyError, match="mine"), take():
                    raise KeyError("mine")
                assert is_free(lock, how)
