"""What C does in several steps: one step with the GIL, and several without it.

The right twins use what a lock of each object's makes one step, also without the GIL (`list.extend` of a list,
`dict.setdefault`, `sorted(d.items())`, `deque.rotate`): see "Thread Safety Guarantees" in CPython's
documentation of 3.14, and `Py_BEGIN_CRITICAL_SECTION` in its sources from 3.13 on.
"""

import itertools
import threading
from collections import Counter, OrderedDict, defaultdict, deque


class Pair:
    def __init__(self):
        self.items = [1, 2]

    def swap(self):
        self.items[:] = [2, 1]


class Summed(Pair):
    def read(self):
        return sum(self.items)

    def swap(self):
        self.items[:] = [10, 20]


class Largest(Pair):
    def read(self):
        return max(self.items)


class Smallest(Pair):
    def swap(self):
        self.items[:] = [-5, 0]

    def read(self):
        return min(self.items)


class AnyOf(Pair):
    def __init__(self):
        self.items = [0, 1]

    def swap(self):
        self.items[:] = [1, 0]

    def read(self):
        return any(self.items)


class AllOf(Pair):
    def __init__(self):
        self.items = [1, 0]

    def swap(self):
        self.items[:] = [0, 1]

    def read(self):
        return all(self.items)


class ToSet(Pair):
    def read(self):
        return len(set(self.items))


class ToDeque(Pair):
    def read(self):
        return len(set(deque(self.items)))


class Pairs:
    """An item after another, and `len` waits for no lock."""

    def __init__(self):
        self.data = {}

    def put(self):
        self.data.update([("a", 2), ("b", 2)])

    def read(self):
        return len(self.data)


class SummedValues:
    def __init__(self):
        self.data = {"a": 1}

    def put(self):
        self.data["b"] = 2

    def read(self):
        return sum(self.data.values())


class Counted:
    def __init__(self):
        self.counts = Counter()

    def add(self):
        self.counts.update("a")


class Missing:
    def __init__(self):
        self.lists = defaultdict(list)

    def add(self):
        self.lists["k"].append(1)


class Sorted:
    """Without the GIL others see an empty list while it is sorted."""

    def __init__(self):
        self.items = [2, 1]

    def sort(self):
        self.items.sort()

    def size(self):
        return len(self.items)


class SortedWhile:
    def __init__(self):
        self.items = [2, 1]

    def sort(self):
        self.items.sort()

    def add(self):
        self.items.append(3)


class Zipped(Pair):
    def read(self):
        return list(zip(self.items, self.items))


class Mapped(Pair):
    def read(self):
        return list(map(str, self.items))


class ExtendedByIterator(Pair):
    def read(self):
        found = []
        found.extend(iter(self.items))
        return found


class Subtracted:
    def __init__(self):
        self.left = {1, 2}

    def take(self):
        self.left.difference_update([1, 2])

    def read(self):
        return len(self.left)


class SetAdded:
    def __init__(self):
        self.left = set()

    def put(self):
        self.left.update([1, 2])

    def read(self):
        return len(self.left)


class IsSuper(Pair):
    """`issuperset` of a list goes over the list."""

    def read(self):
        return {1, 20}.issuperset(self.items)

    def swap(self):
        self.items[:] = [20, 2]


class FromKeys(Pair):
    def read(self):
        return len(dict.fromkeys(self.items))


class MovedBoth:
    """Two dicts: each is locked, not both at once by the author."""

    def __init__(self):
        self.a, self.b = OrderedDict(x=1), OrderedDict()

    def move(self):
        self.b.update(self.a)
        self.a.clear()

    def read(self):
        return len(self.a) + len(self.b)


class Found(Pair):
    """What has moved to the left is missed."""

    def read(self):
        return 2 in self.items

    def swap(self):
        self.items.pop(0)


class SetMerged:
    def __init__(self):
        self.left, self.more = {1}, {2, 3}

    def put(self):
        self.left |= self.more

    def read(self):
        return len(self.left)


class SharedIslice:
    def __init__(self):
        self.source = iter(range(4))

    def take(self):
        return list(itertools.islice(self.source, 2))


class SharedRow:
    def __init__(self):
        self.source = iter([1, 2, 3])

    def take(self):
        return next(self.source)


class RightCount:
    def __init__(self):
        self.source = itertools.count()

    def take(self):
        return next(self.source)


class RightSorted(Pair):
    def read(self):
        return sorted(self.items)


class RightListed(Pair):
    def read(self):
        return list(self.items)


class RightTuple(Pair):
    def read(self):
        return tuple(self.items)


class RightSliced(Pair):
    def read(self):
        return self.items[:]


class RightExtended(Pair):
    def read(self):
        return self.items + []

    def swap(self):
        self.items.extend([3, 4])


class RightItems:
    def __init__(self):
        self.data = {"a": 1, "b": 1}

    def put(self):
        self.data["b"] = 2

    def read(self):
        return sorted(self.data.items())


class RightDefault:
    def __init__(self):
        self.data = {}

    def add(self):
        self.data.setdefault("k", []).append(1)


class RightOrder:
    def __init__(self):
        self.data = OrderedDict(a=1, b=2)

    def move(self):
        self.data.move_to_end("a")

    def take(self):
        return self.data.popitem()[0]


class RightDeque:
    def __init__(self):
        self.row = deque([1, 2, 3])

    def turn(self):
        self.row.rotate(1)

    def read(self):
        return list(self.row.copy())


class RightJoined:
    def __init__(self):
        self.words = ["a", "b"]

    def put(self):
        self.words[:] = ["c", "d"]

    def read(self):
        return "".join(self.words)


class RightLocked(Pair):
    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def swap(self):
        with self.lock:
            self.items.sort(reverse=True)

    def read(self):
        with self.lock:
            return sum(self.items), max(self.items)
