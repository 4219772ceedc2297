"""Locks that do not do what they seem to do."""

import copy
import threading
from dataclasses import dataclass, field


def fresh(value):
    return value + 1


class If:
    """`if` where there ought to be `while`."""

    def __init__(self):
        self.items = []
        self.changed = threading.Condition()

    def put(self, item):
        with self.changed:
            self.items.append(item)
            self.changed.notify_all()

    def get(self):
        with self.changed:
            if not self.items:
                self.changed.wait()
            return self.items.pop()


class Cleared:
    """The event is cleared by one waiter before the other has seen it."""

    def __init__(self):
        self.go = threading.Event()

    def wait(self):
        self.go.wait()
        self.go.clear()

    def set(self):
        self.go.set()


class Wrong:
    other = threading.Lock()

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.n = fresh(self.n)

    def add_two(self):
        with self.other:
            self.n = fresh(fresh(self.n))


class Replaced:
    """Somebody puts a new lock in the place of the old one."""

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.n = fresh(self.n)

    def reset(self):
        self.lock = threading.Lock()


class PerCopy:
    """A copy has a lock of its own, and shares what is locked."""

    def __init__(self):
        self.data = [0]
        self.lock = threading.Lock()

    def __copy__(self):
        twin = PerCopy()
        twin.data = self.data
        return twin

    def add(self):
        mine = copy.copy(self)
        with mine.lock:
            mine.data[0] = fresh(mine.data[0])


@dataclass
class PerField:
    n: list = field(default_factory=lambda: [0])
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self):
        twin = PerField(self.n)
        with twin.lock:
            twin.n[0] = fresh(twin.n[0])


class Reentered:
    """The same thread comes in again, half-way, and undoes what was seen."""

    def __init__(self):
        self.lock = threading.RLock()
        self.n = 0

    def add(self):
        with self.lock:
            n = self.n
        with self.lock:
            self.n = fresh(n)


class Handed:
    """Taken by one thread, released by another: whoever releases ends the protection of both."""

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        self.lock.acquire()
        self.n = fresh(self.n)
        if self.lock.locked():
            self.lock.release()

    def release(self):
        if self.lock.locked():
            self.lock.release()


class Tried:
    """The answer of `acquire(blocking=False)` is not looked at."""

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        got = self.lock.acquire(blocking=False)
        self.n = fresh(self.n)
        if got:
            self.lock.release()


class TimedOut:
    """Goes on after the time-out as if the lock were its own."""

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        got = self.lock.acquire(timeout=0.1)
        self.n = fresh(self.n)
        if got:
            self.lock.release()


class Two:
    """A semaphore of two is no lock."""

    def __init__(self):
        self.n = 0
        self.permits = threading.Semaphore(2)

    def add(self):
        with self.permits:
            self.n = fresh(self.n)


class Early:
    """The answer is made after the lock was released."""

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.n = fresh(self.n)
        return self.n


class Escaped:
    """What was locked is handed out."""

    def __init__(self):
        self.items = []
        self.lock = threading.Lock()

    def all(self):
        with self.lock:
            return self.items

    def add(self, item):
        with self.lock:
            self.items.append(item)
            self.items.append(item)

    def count(self):
        items = self.all()
        return sum(fresh(0) for _ in items)


class Notified:
    """Told before anybody waits: the telling is lost."""

    def __init__(self):
        self.changed = threading.Condition()
        self.ready = False

    def wait(self):
        if not self.ready:
            with self.changed:
                self.changed.wait()

    def set(self):
        self.ready = True
        with self.changed:
            self.changed.notify_all()


class Peeked:
    """`locked()` is asked, and what it says may be over."""

    def __init__(self):
        self.lock = threading.Lock()
        self.n = 0

    def add(self):
        if self.lock.locked():
            return None
        with self.lock:
            self.n = fresh(self.n)
        return self.n


class Waited:
    """Goes on when the wait is over, whether it was told or late."""

    def __init__(self):
        self.changed = threading.Condition()
        self.n = 0

    def add(self):
        n = self.n
        with self.changed:
            self.changed.wait(timeout=1)
        self.n = fresh(n)


class Upgraded:
    """Reads under the lock, decides outside, writes under the lock."""

    def __init__(self):
        self.open = True
        self.closes = []
        self.lock = threading.Lock()

    def close(self):
        with self.lock:
            was_open = self.open
        if was_open:
            with self.lock:
                self.open = False
                self.closes.append("closed")


class Made:
    """The lock is made when it is first needed."""

    lock = None

    def __init__(self):
        self.n = 0

    def add(self):
        if self.lock is None:
            self.lock = threading.Lock()
        with self.lock:
            self.n = fresh(self.n)


class Cycle:
    """Three locks in a ring."""

    def __init__(self):
        self.locks = [threading.Lock() for _ in range(3)]

    def eat(self, n):
        with self.locks[n], self.locks[(n + 1) % 3]:
            return n


class OnFailure:
    """The lock is kept when the call raises."""

    def __init__(self):
        self.lock = threading.Lock()
        self.n = 0

    def add(self, by):
        self.lock.acquire()
        if self.n > 0:
            raise ValueError(by)
        self.n += by
        self.lock.release()

    def read(self):
        with self.lock:
            return self.n
