"""Locks, conditions, events and semaphores, used in ways that nearly work.

A class whose name begins with `Right` does the same so that it works.
"""

import copy
import threading
from collections import deque


def fresh(value):
    return value + 1


class LocalCopy(threading.local):
    """What a subclass of `local` is made with is made again in each thread, from the same list."""

    def __init__(self, kept):
        self.kept = kept


class LocalMisuse:
    def __init__(self):
        self.of = LocalCopy([])

    def add(self):
        self.of.kept.append(1)
        return len(self.of.kept)


class RightLocal:
    def __init__(self):
        self.of = threading.local()

    def add(self):
        self.of.n = fresh(getattr(self.of, "n", 0))
        return self.of.n


class WaitsOnce:
    """Woken, it takes what another has taken meanwhile."""

    def __init__(self):
        self.row = deque()
        self.changed = threading.Condition()

    def put(self, one):
        with self.changed:
            self.row.append(one)
            self.changed.notify_all()

    def take(self):
        with self.changed:
            if not self.row:
                self.changed.wait()
            return self.row.popleft()


class RightWaits(WaitsOnce):
    def take(self):
        with self.changed:
            self.changed.wait_for(lambda: self.row)
            return self.row.popleft()


class NotifiesUnlocked(WaitsOnce):
    def put(self, one):
        self.row.append(one)
        self.changed.notify_all()


class NotifiesOne:
    """Two kinds of waiters, and `notify` wakes the wrong one."""

    def __init__(self):
        self.full = False
        self.changed = threading.Condition()

    def put(self):
        with self.changed:
            while self.full:
                self.changed.wait()
            self.full = True
            self.changed.notify()

    def take(self):
        with self.changed:
            while not self.full:
                self.changed.wait()
            self.full = False
            self.changed.notify()


class RightNotifies(NotifiesOne):
    def put(self):
        with self.changed:
            while self.full:
                self.changed.wait()
            self.full = True
            self.changed.notify_all()

    def take(self):
        with self.changed:
            while not self.full:
                self.changed.wait()
            self.full = False
            self.changed.notify_all()


class TestsBeforeLock:
    def __init__(self):
        self.ready = False
        self.changed = threading.Condition()

    def wait(self):
        if not self.ready:
            with self.changed:
                self.changed.wait()
        return True

    def set(self):
        self.ready = True
        with self.changed:
            self.changed.notify_all()


class RightHandsOver:
    """It lets another one in between its two steps."""

    def __init__(self):
        self.n = 0
        self.one = threading.Semaphore(1)

    def add(self):
        with self.one:
            self.n = fresh(self.n)
            self.one.release()
            self.one.acquire()
            self.n = fresh(self.n)


class RightBounded:
    def __init__(self):
        self.n = 0
        self.one = threading.BoundedSemaphore(1)

    def add(self):
        with self.one:
            self.n = fresh(self.n)


class TwoPermits:
    def __init__(self):
        self.n = 0
        self.some = threading.Semaphore(2)

    def add(self):
        with self.some:
            self.n = fresh(self.n)


class GivesUp:
    """After the time-out it goes on without the lock."""

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        got = self.lock.acquire(timeout=0.5)
        self.n = fresh(self.n)
        if got:
            self.lock.release()


class RightGivesUp:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        while not self.lock.acquire(timeout=0.5):
            pass
        try:
            self.n = fresh(self.n)
        finally:
            self.lock.release()


class ClearedLate:
    """The event is cleared after the work was looked at: what came in between is slept over."""

    def __init__(self):
        self.row = deque()
        self.some = threading.Event()

    def put(self, one):
        self.row.append(one)
        self.some.set()

    def take(self):
        self.some.wait()
        found = [self.row.popleft() for _ in range(len(self.row))]
        self.some.clear()
        return found


class DoubleChecked:
    """Published before it is filled."""

    def __init__(self):
        self.lock = threading.Lock()
        self.table = None

    def get(self):
        if self.table is None:
            with self.lock:
                if self.table is None:
                    self.table = {}
                    self.table["k"] = fresh(0)
        return self.table.get("k")


class RightDoubleChecked(DoubleChecked):
    def get(self):
        if self.table is None:
            with self.lock:
                if self.table is None:
                    self.table = {"k": fresh(0)}
        return self.table.get("k")


class Reentered:
    """An RLock does not keep out what the same thread calls half-way."""

    def __init__(self):
        self.lock = threading.RLock()
        self.left = 1

    def buy(self, again=True):
        with self.lock:
            if not self.left:
                return 0
        with self.lock:
            self.left -= 1
        return 1


class LockInCopy:
    """`copy` gives the copy the same list and another lock."""

    def __init__(self):
        self.items = []
        self.lock = threading.Lock()

    def __copy__(self):
        other = type(self)()
        other.items = self.items
        return other

    def add(self):
        other = copy.copy(self)
        with other.lock:
            other.items.append(fresh(len(other.items)))


class ReleasedTwice:
    """A failure releases once more, so two come in afterwards."""

    def __init__(self):
        self.n = 0
        self.one = threading.Semaphore(1)

    def fail(self):
        with self.one:
            self.one.release()

    def add(self):
        with self.one:
            self.n = fresh(self.n)


class ReplacedLock:
    def __init__(self):
        self.n = 5
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.n = fresh(self.n)

    def reset(self):
        self.lock = threading.Lock()
        with self.lock:
            self.n = 0


class LocksByKey:
    """The lock of a key is made without a lock."""

    def __init__(self):
        self.locks = {}
        self.n = 0

    def add(self, key):
        if key not in self.locks:
            self.locks[key] = threading.Lock()
        with self.locks[key]:
            self.n = fresh(self.n)


class RightLocksByKey(LocksByKey):
    def add(self, key):
        with self.locks.setdefault(key, threading.Lock()):
            self.n = fresh(self.n)
