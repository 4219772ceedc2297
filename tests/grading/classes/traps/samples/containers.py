"""State in containers, their subclasses, and behind other names."""

import bisect
import heapq
from collections import ChainMap, Counter, OrderedDict, UserDict, defaultdict, deque
from dataclasses import dataclass, field


def fresh(value):
    return value + 1


class Sub(dict):
    def add(self, key):
        self[key] = fresh(self.get(key, 0))


class Own(dict):
    """A dictionary with its own `__getitem__`."""

    def __getitem__(self, key):
        return super().__getitem__(key)

    def add(self, key):
        self[key] = self[key] + 1


class Missing(dict):
    def __missing__(self, key):
        value = self[key] = fresh(len(self))
        return value


class Numbers:
    def __init__(self):
        self.of = Missing()

    def number(self, key):
        return self.of[key]


class Wrapped(UserDict):
    def add(self, key):
        self[key] = fresh(self.get(key, 0))


class Ordered:
    def __init__(self):
        self.data = OrderedDict(a=1, b=2)

    def touch(self, key):
        if key in self.data:
            self.data.move_to_end(key)
            return self.data[key]
        return None

    def drop(self, key):
        if key in self.data:
            len(self.data)
            del self.data[key]


class Last:
    """A deque that drops on its own."""

    def __init__(self):
        self.items = deque(maxlen=2)

    def add(self, item):
        lost = self.items[0] if len(self.items) == 2 else None
        self.items.append(item)
        return lost


class Heap:
    def __init__(self):
        self.items = [3, 1, 2]
        heapq.heapify(self.items)

    def least(self):
        first = self.items[0]
        len(self.items)
        heapq.heappop(self.items)
        return first


class Sorted:
    def __init__(self):
        self.items = [1, 5]

    def add(self, item):
        at = bisect.bisect(self.items, item)
        self.items.insert(at, item)


class Both:
    """Two names for one list."""

    def __init__(self):
        self.items = []
        self.alias = self.items

    def add(self, item):
        at = len(self.items)
        self.alias += [item]
        return at


class InTuple:
    def __init__(self):
        self.pair = ([], "fixed")

    def add(self, item):
        at = len(self.pair[0])
        self.pair[0].append(item)
        return at


@dataclass(frozen=True)
class Frozen:
    items: list = field(default_factory=list)

    def add(self, item):
        at = len(self.items)
        self.items.append(item)
        return at


class Adder:
    """`__iadd__` of its own, which changes in place."""

    def __init__(self):
        self.n = 0

    def __iadd__(self, other):
        self.n = fresh(self.n) + other - 1
        return self


class InPlace:
    def __init__(self):
        self.adder = Adder()

    def add(self):
        self.adder += 1

    def n(self):
        return self.adder.n


class Money(int):
    def __add__(self, other):
        return Money(int(self) + int(other))


class Purse:
    def __init__(self):
        self.money = Money(0)

    def add(self):
        self.money += 1


class Copied:
    """`list(d)` is a copy: what it says may be gone."""

    def __init__(self):
        self.data = {"a": 1, "b": 2}

    def sum(self):
        return sum(self.data[key] for key in list(self.data))

    def drop(self, key):
        self.data.pop(key, None)


class Popped:
    def __init__(self):
        self.free = {"a"}

    def take(self):
        if len(self.free) > 0:
            return self.free.pop()
        return None


class Chain:
    def __init__(self):
        self.base = {"n": 0}
        self.chain = ChainMap({}, self.base)

    def add(self):
        self.base["n"] = fresh(self.chain["n"])


class Tally:
    def __init__(self):
        self.counts = Counter()

    def add(self, key):
        n = self.counts[key]
        self.counts.update({key: fresh(n) - self.counts[key]})


class Lists:
    def __init__(self):
        self.by_key = defaultdict(list)

    def add(self, key, item):
        at = len(self.by_key[key])
        self.by_key[key].append(item)
        return at


class Bytes:
    def __init__(self):
        self.data = bytearray(b"\x00")

    def add(self):
        self.data[0] = fresh(self.data[0])


class View:
    """A view of the keys sees what is put in later."""

    def __init__(self):
        self.data = {"a": 1}
        self.keys = self.data.keys()

    def each(self):
        seen = []
        for key in self.keys:
            seen.append(fresh(len(key)))
        return len(seen)

    def put(self, key):
        self.data[key] = 1


class Sliced:
    def __init__(self):
        self.items = [1, 2, 3, 4]

    def half(self):
        n = len(self.items) // 2
        self.items[n:] = []
        return n
