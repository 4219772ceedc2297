"""Small classes, each with one fault, in the shapes that have names."""

import queue
import threading


class CopyOnWrite:
    def __init__(self):
        self.d = {}

    def put(self, k, v):
        d = dict(self.d)
        d[k] = v
        self.d = d

    def size(self):
        return len(self.d)


class Once:
    _one = None

    @classmethod
    def get(cls):
        if cls._one is None:
            cls._one = cls()
        return cls._one

    def __init__(self):
        self.ready = bool(int("1"))


class OnceUser:
    def same(self):
        return Once.get()


class Taker:
    def __init__(self):
        self.q = queue.Queue()
        self.q.put(1)

    def take(self):
        if not self.q.empty():
            return self.q.get()
        return None


class Returned:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def add(self):
        with self.lock:
            self.n += 1
        return self.n


class Accounts:
    def __init__(self):
        self.a, self.b = 10, 0
        self.lock = threading.Lock()

    def move(self, x):
        with self.lock:
            self.a -= x
            self._pause()
            self.b += x

    def _pause(self):
        pass

    def total(self):
        return self.a + self.b


class Rollback:
    def __init__(self):
        self.n = 1

    def attempt(self, x):
        old = self.n
        self.n = x
        if not self._valid(x):
            self.n = old
            return False
        return True

    def _valid(self, x):
        return x > 0

    def get(self):
        return self.n


class Members:
    def __init__(self):
        self.items = ["x"]

    def leave(self, x):
        if x in self.items:
            self._note(x)
            self.items.remove(x)

    def _note(self, x):
        pass


class Pops:
    def __init__(self):
        self.d = {"k": 1}

    def take(self, k):
        if k in self.d:
            v = str(self.d[k])
            del self.d[k]
            return v
        return None


class Gate:
    def __init__(self):
        self.c = threading.Condition()
        self.open_ = False

    def wait(self):
        if not self.open_:
            with self.c:
                self.c.wait()
        return True

    def open(self):
        self.open_ = True
        with self.c:
            self.c.notify_all()


class Subs:
    def __init__(self):
        self.subs = ["a", "b", "c"]

    def tell(self):
        told = []
        for s in self.subs:
            self._call(told, s)
        return told

    def _call(self, told, s):
        told.append(s)

    def drop(self, s):
        self.subs.remove(s)


class Stack:
    def __init__(self):
        self.items = (1, 2)

    def pop(self):
        head = self.items[0]
        self._check(head)
        self.items = self.items[1:]
        return head

    def _check(self, h):
        pass


class Pair:
    def __init__(self):
        self.x = self.y = 0

    def set(self, v):
        self.x = v
        self._flush()
        self.y = v

    def _flush(self):
        pass


class Bounded:
    def __init__(self, size):
        self.size, self.items = size, []

    def add(self, x):
        if len(self.items) < self.size:
            self._log(x)
            self.items.append(x)
            return True
        return False

    def _log(self, x):
        pass


class Closed:
    def __init__(self):
        self.conn = ["open"]

    def close(self):
        self.conn = None

    def ask(self):
        if self.conn is not None:
            self._log()
            return self.conn[0]
        return None

    def _log(self):
        pass


class Philosophers:
    def __init__(self):
        self.forks = [threading.Lock() for _ in range(3)]
        self.ate = 0

    def eat(self, n):
        with self.forks[n], self.forks[(n + 1) % 3]:
            self.ate += 1


class SemaPool:
    def __init__(self):
        self.slots = threading.Semaphore(1)
        self.free = ["c"]

    def take(self):
        if self.free:
            self.slots.acquire()
            return self.free.pop()
        return None


class Memo:
    def __init__(self):
        self.cache = {}
        self.calls = 0

    def get(self, k):
        if k not in self.cache:
            self.calls += 1
            self.cache[k] = self._compute(k)
        return self.cache[k]

    def _compute(self, k):
        return k * 2


class Lazy:
    @property
    def value(self):
        if not hasattr(self, "_value"):
            self._value = object()
        return self._value
