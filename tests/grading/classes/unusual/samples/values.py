"""State in values that are replaced, copied, packed or written as text.

A class whose name begins with `Right` is the right twin of a wrong one.
"""

import array
import copy
import enum
import json
import pickle
import struct
import threading
from collections import ChainMap, UserDict, UserList
from dataclasses import dataclass, field, replace
from typing import NamedTuple


def fresh(value):
    return value + 1


class Copied:
    """A copy has the same list."""

    def __init__(self):
        self.items = []

    def add(self):
        other = copy.copy(self)
        other.items.append(1)
        return len(other.items)


class DeepCopied:
    def __init__(self):
        self.data = {"a": [1], "b": [1]}

    def copied(self):
        found = copy.deepcopy(self.data)
        return len(found["a"]) + len(found["b"])

    def move(self):
        self.data["a"].append(self.data["b"].pop())


class Pickled:
    def __init__(self):
        self.state = pickle.dumps(0)

    def add(self):
        n = pickle.loads(self.state)
        self.state = pickle.dumps(n + 1)


class RightPickled(Pickled):
    lock = threading.Lock()

    def add(self):
        with self.lock:
            super().add()


class AsJson:
    def __init__(self):
        self.text = "{}"

    def put(self, key):
        data = json.loads(self.text)
        data[key] = 1
        self.text = json.dumps(data)


class RightJson(AsJson):
    lock = threading.Lock()

    def put(self, key):
        with self.lock:
            super().put(key)


class Packed:
    def __init__(self):
        self.data = bytearray(4)

    def add(self):
        (n,) = struct.unpack_from("<i", self.data)
        struct.pack_into("<i", self.data, 0, n + 1)


class Viewed:
    def __init__(self):
        self.data = bytearray(2)
        self.view = memoryview(self.data)

    def add(self):
        self.view[0] = fresh(self.view[0])


class InArray:
    def __init__(self):
        self.data = array.array("i", [0])

    def add(self):
        self.data[0] = fresh(self.data[0])


class RightArray(InArray):
    lock = threading.Lock()

    def add(self):
        with self.lock:
            super().add()


@dataclass(frozen=True)
class State:
    n: int = 0
    log: tuple = ()


class DataReplaced:
    def __init__(self):
        self.state = State()

    def add(self):
        self.state = replace(self.state, n=self.state.n + 1)


class RightDataReplaced(DataReplaced):
    lock = threading.Lock()

    def add(self):
        with self.lock:
            super().add()


class Point(NamedTuple):
    x: int
    y: int


class TupleReplaced:
    def __init__(self):
        self.at = Point(0, 0)

    def right(self):
        self.at = self.at._replace(x=self.at.x + 1)

    def up(self):
        self.at = self.at._replace(y=self.at.y + 1)


@dataclass
class FieldShared:
    seen: list = field(default_factory=list)

    def add(self, key):
        if key not in self.seen:
            fresh(0)
            self.seen.append(key)


class Color(enum.Enum):
    RED = 1
    BLUE = 2

    def count(self):
        self.uses = fresh(getattr(self, "uses", 0))
        return self.uses


class OfMember:
    def use(self):
        return Color.RED.count()


class User(UserDict):
    def add(self, key):
        if key not in self:
            self[key] = fresh(0)
            return True
        return False


class RightUser(User):
    lock = threading.RLock()

    def add(self, key):
        with self.lock:
            return super().add(key)


class Rows(UserList):
    def add(self):
        self.append(len(self))


class Layers:
    def __init__(self):
        self.base = {"n": 0}
        self.data = ChainMap({}, self.base)

    def add(self):
        self.base["n"] = fresh(self.data["n"])


class Evaluated:
    def __init__(self):
        self.n = 0

    def add(self):
        self.n = eval("n + 1", {"n": self.n})


class Written:
    def __init__(self):
        self.space = {"n": 0}

    def add(self):
        exec("n = n + 1", self.space)


class Walrus:
    def __init__(self):
        self.free = [1]

    def take(self):
        if free := self.free:
            fresh(0)
            return free.pop()
        return None


class Matched:
    def __init__(self):
        self.state = {"free": True}

    def take(self):
        match self.state:
            case {"free": True}:
                fresh(0)
                self.state["free"] = False
                return True
        return False


class Star:
    def __init__(self):
        self.rows = [1, 2]

    def turn(self):
        first, *rest = self.rows
        self.rows = [*rest, fresh(first)]


class RightCompare:
    """Written again and again until nobody has come between, under a lock only for the change."""

    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def swap(self, old, new):
        with self.lock:
            if self.n is not old:
                return False
            self.n = new
            return True

    def add(self):
        while True:
            old = self.n
            if self.swap(old, fresh(old)):
                return


class Hidden:
    """`__getattribute__` counts."""

    def __init__(self):
        object.__setattr__(self, "reads", 0)

    def __getattribute__(self, name):
        reads = object.__getattribute__(self, "reads")
        object.__setattr__(self, "reads", fresh(reads))
        return object.__getattribute__(self, name)

    def look(self):
        return None
