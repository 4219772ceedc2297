"""Attributes, classes and functions in unusual styles.

A class whose name begins with `Right` is the right twin of a wrong one.
"""

import contextvars
import functools
import operator
import threading
from types import MethodType, SimpleNamespace


def fresh(value):
    return value + 1


class Cell:
    """A descriptor that keeps its value in the object, and changes it in two steps."""

    def __set_name__(self, owner, name):
        self.name = "_" + name

    def __get__(self, it, owner=None):
        return self if it is None else it.__dict__.get(self.name, 0)

    def __set__(self, it, value):
        it.__dict__[self.name] = value


class Described:
    n = Cell()

    def add(self):
        self.n = fresh(self.n)


class RightDescribed(Described):
    lock = threading.Lock()

    def add(self):
        with self.lock:
            super().add()


class KeptInDescriptor:
    """The descriptor belongs to the class, so what it keeps is shared by all."""

    class Shared:
        def __init__(self):
            self.value = 0

        def __get__(self, it, owner=None):
            return self.value

        def __set__(self, it, value):
            self.value = value

    n = Shared()

    def add(self):
        self.n = fresh(self.n)


class Registry(type):
    made = []

    def __new__(mcs, name, bases, space):
        kind = super().__new__(mcs, name, bases, space)
        mcs.made.append(name)
        kind.number = fresh(len(mcs.made))
        return kind


class Metaclass:
    def make(self):
        return Registry("Made", (), {}).number


class RightMetaclass:
    lock = threading.Lock()

    def make(self):
        with self.lock:
            return Registry("Made", (), {}).number


class CallOfMeta(type):
    """A singleton without a lock."""

    def __call__(cls):
        if "it" not in cls.__dict__:
            cls.it = super().__call__()
        return cls.it


class One(metaclass=CallOfMeta):
    def __init__(self):
        self.n = fresh(0)


class Singleton:
    def get(self):
        one = One()
        one.n = 5
        return One().n


class InSlots:
    __slots__ = ("__weakref__", "_n")

    def __init__(self):
        self._n = 0

    def add(self):
        InSlots._n.__set__(self, fresh(InSlots._n.__get__(self)))

    @property
    def n(self):
        return self._n


class ContextDefault:
    """The default of a context variable is one list for all threads."""

    def __init__(self):
        self.var = contextvars.ContextVar("var", default=[])

    def add(self):
        self.var.get().append(1)
        return len(self.var.get())


class RightContext:
    def __init__(self):
        self.var = contextvars.ContextVar("var", default=0)

    def add(self):
        self.var.set(fresh(self.var.get()))
        return self.var.get()


class PartialList:
    def __init__(self):
        self.log = functools.partial(self._log, [])

    def _log(self, kept, one):
        kept.append(one)
        return len(kept)

    def add(self):
        return self.log(1)


class CachedMethod:
    """`lru_cache` calls twice if two ask at once."""

    def __init__(self):
        self.calls = 0

    @functools.lru_cache
    def load(self, key):
        self.calls += 1
        return fresh(self.calls)

    def get(self):
        return self.load("k")


class CachedList:
    """All callers get the same list."""

    @functools.lru_cache
    def rows(self, key):
        return []

    def add(self):
        rows = self.rows("k")
        rows.append(1)
        return len(rows)


class LazyProperty:
    def __init__(self):
        self._parts = None
        self.loads = 0

    @property
    def parts(self):
        if self._parts is None:
            self.loads = fresh(self.loads)
            self._parts = [self.loads]
        return self._parts[0]


class RightLazyProperty(LazyProperty):
    def __init__(self):
        super().__init__()
        self.lock = threading.RLock()

    @property
    def parts(self):
        with self.lock:
            return super().parts


class ByOperator:
    def __init__(self):
        self.it = {"n": 0}

    def add(self):
        operator.setitem(self.it, "n", fresh(operator.getitem(self.it, "n")))


class ByCaller:
    def __init__(self):
        self.items = []

    def add(self):
        size = operator.length_hint(self.items)
        operator.methodcaller("append", size)(self.items)


def counted(kind):
    """A class decorator."""
    made = []

    class Wrapped(kind):
        def add(self):
            made.append(fresh(len(made)))
            return super().add() + len(made)

    return Wrapped


@counted
class DecoratedClass:
    def add(self):
        return 0


def synchronized_each(function):
    """A lock for each call."""

    @functools.wraps(function)
    def run(*args):
        with threading.Lock():
            return function(*args)

    return run


def synchronized(function):
    lock = threading.Lock()

    @functools.wraps(function)
    def run(*args):
        with lock:
            return function(*args)

    return run


class LockPerCall:
    def __init__(self):
        self.n = 0

    @synchronized_each
    def add(self):
        self.n = fresh(self.n)


class RightSynchronized:
    def __init__(self):
        self.n = 0

    @synchronized
    def add(self):
        self.n = fresh(self.n)


class OfClosure:
    def __init__(self):
        n = 0

        def add():
            nonlocal n
            n = fresh(n)
            return n

        self.add = add


class ByVars:
    def __init__(self):
        self.n = 0

    def add(self):
        vars(self)["n"] = fresh(vars(self)["n"])


class ByUpdate:
    def __init__(self):
        self.n = 0

    def add(self):
        self.__dict__.update(n=fresh(self.__dict__["n"]))


class BySetAttr:
    def __init__(self):
        self.n = 0

    def add(self):
        for name in ("n",):
            setattr(self, name, fresh(getattr(self, name)))


class Namespace:
    def __init__(self):
        self.of = SimpleNamespace(n=0)

    def add(self):
        self.of.n = fresh(self.of.n)


class BoundLate:
    def __init__(self):
        self.n = 0
        self.run = MethodType(BoundLate._add, self)

    def _add(self):
        self.n = fresh(self.n)

    def add(self):
        self.run()


class InDefault:
    def add(self, kept={"n": 0}):
        kept["n"] = fresh(kept["n"])
        return kept["n"]
