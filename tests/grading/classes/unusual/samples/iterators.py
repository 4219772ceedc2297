"""Iterators and generators that threads share or drop, and what C calls back.

A class whose name begins with `Right` is the right twin of a wrong one.
"""

import functools
import itertools
import re
import threading
import weakref


def fresh(value):
    return value + 1


class SharedTee:
    def __init__(self):
        self.left, self.right = itertools.tee(self.numbers())

    def numbers(self):
        n = 0
        while True:
            n = fresh(n)
            yield n

    def a(self):
        return next(self.left)

    def b(self):
        return next(self.right)


class SharedGroups:
    def __init__(self):
        self.groups = itertools.groupby([1, 1, 2])

    def take(self):
        key, rows = next(self.groups)
        return key, len(list(rows))


class SharedGenerator:
    def __init__(self):
        self.numbers = self.each()

    def each(self):
        n = 0
        while True:
            n = fresh(n)
            yield n

    def take(self):
        return next(self.numbers)


class RightGenerator(SharedGenerator):
    lock = threading.Lock()

    def take(self):
        with self.lock:
            return next(self.numbers)


class SentGenerator:
    def __init__(self):
        self.total = self.adder()
        next(self.total)

    def adder(self):
        n = 0
        while True:
            n += yield n

    def add(self):
        before = self.total.send(0)
        return self.total.send(1) - before


class DroppedGenerator:
    """The generator ends when nobody has it any more, and does what is in `finally`."""

    def __init__(self):
        self.n = 0

    def each(self):
        n = self.n
        try:
            yield n
        finally:
            self.n = fresh(n)

    def add(self):
        return next(self.each())


class DroppedWith:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def each(self):
        with self.lock:
            yield self.n

    def add(self):
        n = next(self.each())
        self.n = fresh(n)


class DroppedLoop(DroppedGenerator):
    def add(self):
        for one in self.each():
            return one


class DroppedFirst(DroppedGenerator):
    def add(self):
        first, *_ = (next(one) for one in [self.each()])
        return first


class DroppedInList(DroppedGenerator):
    def add(self):
        kept = [self.each()]
        n = next(kept[0])
        kept.clear()
        return n


class DroppedByName(DroppedGenerator):
    def add(self):
        each = self.each()
        n = each.__next__()
        del each
        return n


class DroppedBySend(DroppedGenerator):
    def add(self):
        return self.each().send(None)


class RightClosed(DroppedGenerator):
    lock = threading.Lock()

    def add(self):
        with self.lock:
            each = self.each()
            n = next(each)
            each.close()
            return n


class Ended:
    """`__del__` of what is dropped counts."""

    def __init__(self):
        self.n = 0

    def add(self):
        Ending(self)


class Ending:
    def __init__(self, of):
        self.of = of

    def __del__(self):
        self.of.n = fresh(self.of.n)


class Called:
    """What a weak reference calls."""

    def __init__(self):
        self.gone = 0
        self.kept = Called.Node()

    class Node:
        pass

    def drop(self):
        self.kept, old = self.Node(), self.kept
        self.ref = weakref.ref(old, self.note)

    def note(self, ref):
        self.gone = fresh(self.gone)


class Replaced:
    """`re.sub` calls back."""

    def __init__(self):
        self.n = 0

    def number(self, match):
        self.n = fresh(self.n)
        return str(self.n)

    def add(self):
        return re.sub("x", self.number, "x")


class Reduced:
    def __init__(self):
        self.n = 0

    def one(self, total, n):
        self.n = fresh(self.n)
        return total + n

    def add(self):
        return functools.reduce(self.one, [1], 0)
