"""Ids, hashes, orders, addresses: what differs from run to run."""

import gc
import weakref


def fresh(value):
    return value + 1


class Thing:
    def __init__(self, name="thing"):
        self.name = name


class Ids:
    """An id is used again when its object is gone."""

    def __init__(self):
        self.seen = set()

    def make(self):
        number = id(Thing())
        known = number in self.seen
        self.seen.add(number)
        return known


class Order:
    """Which of a set of objects is the first depends on their addresses."""

    def __init__(self):
        self.things = {Thing(name) for name in "abcdefgh"}

    def first(self):
        return next(iter(self.things)).name


class Weak:
    """What is only weakly held may be gone between the look and the use."""

    def __init__(self):
        self.data = weakref.WeakValueDictionary()
        self.strong = {"a": Thing()}
        self.data["a"] = self.strong["a"]

    def use(self):
        if "a" in self.data:
            return type(self.data["a"]).__name__
        return None

    def drop(self):
        self.strong.clear()


class Finalized:
    def __init__(self):
        self.things = [Thing()]
        self.gone = 0
        weakref.finalize(self.things[0], self._gone)

    def _gone(self):
        self.gone = fresh(self.gone)

    def drop(self):
        self.things.clear()

    def add(self):
        self.gone = fresh(self.gone)


class Resource:
    def __init__(self, owner):
        self.owner = owner

    def __del__(self):
        self.owner.open = self.owner.open - fresh(0)


class Deleted:
    """`__del__` runs wherever the last reference goes."""

    def __init__(self):
        self.open = 0

    def use(self):
        self.open = self.open + fresh(0)
        Resource(self)


class Collected:
    """Counts what the garbage collector finds."""

    def __init__(self):
        self.n = 0

    def add(self):
        self.n = fresh(self.n)
        return gc.collect() >= 0
