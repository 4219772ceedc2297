"""Classes that hand something out, each with a race for it; `locked` gives the twin without."""

from __future__ import annotations

import re

STORE = '''
import itertools
import threading


class Store:
    """Sessions by id; a change is made from a copy, outside of the lock."""

    def __init__(self):
        self._data = {}
        self._ids = itertools.count()
        self._lock = threading.RLock()

    def create(self, user):
        sid = f"s{next(self._ids)}"
        with self._lock:
            self._data[sid] = {"user": user}
        return sid

    def get(self, sid):
        with self._lock:
            found = self._data.get(sid)
        return found and dict(found)

    def update(self, sid, **values):
        data = self.get(sid)
        if data is None:
            raise KeyError(sid)
        with self._lock:
            self._data[sid] = {**data, **values}

    def __len__(self):
        return len(self._data)
'''
KEPT = STORE.replace(
    """        data = self.get(sid)
        if data is None:
            raise KeyError(sid)
        with self._lock:
            self._data[sid] = {**data, **values}
""",
    """        data = {**self.get(sid), **values}
        with self._lock:
            self._data[sid] = data
""",
)
"""The same, whose update misfits for a session that there is not."""
WORKER = STORE.replace(
    "        self._lock = threading.RLock()\n",
    "        self._lock = threading.RLock()\n        worker = threading.Thread(target=len, args=('',))\n"
    "        worker.start()\n        worker.join()\n",
)
"""The same, whose constructor starts a thread."""
BANK = '''
import itertools
import threading


class Bank:
    """Accounts by number: the money is counted before the lock is held."""

    def __init__(self):
        self._accounts = {}
        self._numbers = itertools.count(1)
        self._lock = threading.RLock()

    def open(self, balance: int) -> int:
        number = next(self._numbers)
        with self._lock:
            self._accounts[number] = balance
        return number

    def move(self, src: int, dst: int, amount: int) -> None:
        if self._accounts[src] < amount:
            raise ValueError("too little")
        with self._lock:
            self._accounts[src] -= amount
            self._accounts[dst] += amount

    def balance(self, number: int) -> int:
        return self._accounts[number]
'''
POOL = '''
import threading


class Pool:
    """Connections: whether one is out is asked before the lock is held."""

    def __init__(self, size=4):
        self._free = [object() for _ in range(size)]
        self._out = set()
        self._lock = threading.RLock()

    def acquire(self):
        with self._lock:
            conn = self._free.pop()
            self._out.add(conn)
            return conn

    def release(self, conn):
        if conn not in self._out:
            raise ValueError("not ours")
        with self._lock:
            self._out.discard(conn)
            self._free.append(conn)

    def idle(self):
        return len(self._free)
'''
JOBS = '''
import threading


class Jobs:
    """Values by an id that shadows a function of Python's."""

    def __init__(self):
        self._values = {}
        self._lock = threading.RLock()

    def new(self):
        with self._lock:
            name = f"job-{len(self._values)}"
            self._values[name] = {}
            return name

    def save(self, id, values):
        kept = dict(self._values[id])
        kept.update(values)
        with self._lock:
            self._values[id] = kept

    def load(self, id):
        return dict(self._values[id])
'''
LAZY = '''
class Lazy:
    """Its table is made by whoever comes first."""

    def __init__(self):
        self._table = None

    def create(self):
        if self._table is None:
            table = dict()
            self._table = table
        sid = f"s{len(self._table)}"
        self._table[sid] = 0
        return sid

    def get(self, sid):
        return self._table[sid]

    def sids(self):
        return sorted(self._table or ())
'''
TAGS = '''
class Tags:
    """What it has is shown by a method whose name says nothing."""

    def __init__(self):
        self._tags = []

    def add(self, *names):
        self._tags = self._tags + list(names)

    def names(self):
        return sorted(self._tags)
'''


FIELDS = '''
import itertools
import threading


class Store:
    """Values by the id of a session and a key, which may be any."""

    def __init__(self):
        self._data, self._ids, self._lock = {}, itertools.count(), threading.RLock()

    def create(self, user):
        with self._lock:
            sid = f"s{next(self._ids)}"
            self._data[sid] = {}
        return sid

    def set(self, sid, key, value):
        with self._lock:
            found = dict(self._data[sid])
        found[key] = value
        with self._lock:
            self._data[sid] = found

    def get(self, sid, key):
        with self._lock:
            return self._data.get(sid, {}).get(key)
'''


def locked(source: str) -> str:
    """The same class, each of whose methods holds the lock over all that it does."""
    held = """

def _all_of_it(method):
    @functools.wraps(method)
    def held(self, *args, **named):
        with self._lock:
            return method(self, *args, **named)
    return held


"""
    source = re.sub(r"(\n    def (?!__init__))", r"\n    @_all_of_it\1", source)
    return "import functools\n" + source.replace("\n\n\nclass", held + "class", 1)
