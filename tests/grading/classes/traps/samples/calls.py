"""The reader's own code that somebody else's code calls."""

import functools
import itertools
import json
import copy
from contextlib import ExitStack, contextmanager, suppress
from threading import Lock


def fresh(value):
    return value + 1


class Key:
    """A sort key that counts."""

    def __init__(self):
        self.n = 0

    def _key(self, item):
        n = self.n
        self.n = fresh(n)
        return item

    def sort(self):
        return sorted([2, 1], key=self._key)


class Cached:
    """`lru_cache` computes twice when two ask at once."""

    def __init__(self):
        self.computed = 0

    @functools.lru_cache(maxsize=None)
    def get(self, key):
        self.computed = fresh(self.computed)
        return self.computed


class OnceProperty:
    def __init__(self):
        self.opened = []

    @functools.cached_property
    def handle(self):
        self.opened.append("handle")
        return len(self.opened)


class Partial:
    def __init__(self):
        self.n = 0
        self.add = functools.partial(self._add, 1)

    def _add(self, by):
        self.n = fresh(self.n) + by - 1


class Reduced:
    def __init__(self):
        self.n = 0

    def add(self):
        self.n = functools.reduce(lambda a, b: a + b, [1], self.n)


class Mapped:
    def __init__(self):
        self.n = 0

    def _one(self, x):
        self.n = fresh(self.n)
        return x

    def add(self):
        return sum(map(self._one, [1]))


class Formatted:
    def __init__(self):
        self.n = 0

    def __str__(self):
        self.n = fresh(self.n)
        return str(self.n)

    def text(self):
        return f"<{self}>"


class Compared:
    """Equality that counts, asked by `in`."""

    def __init__(self):
        self.n = 0
        self.all = [self]

    def __eq__(self, other):
        self.n = fresh(self.n)
        return False

    __hash__ = None

    def look(self):
        return "x" in self.all


class Hashed:
    """A key whose hash is computed by the reader's code."""

    def __init__(self):
        self.hashed = 0
        self.data = {}

    def __hash__(self):
        self.hashed = fresh(self.hashed)
        return 1

    def put(self):
        self.data[self] = 1


class Truth:
    def __init__(self):
        self.asked = 0

    def __bool__(self):
        self.asked = fresh(self.asked)
        return True

    def ask(self):
        return 1 if self else 0


class Held:
    """A context manager that lets its lock go at the yield, not at the end."""

    def __init__(self):
        self.n = 0
        self.lock = Lock()

    @contextmanager
    def held(self):
        with self.lock:
            pass
        yield

    def add(self):
        with self.held():
            self.n = fresh(self.n)


class Stacked:
    """The stack of locks is left before the work is done."""

    def __init__(self):
        self.n = 0
        self.lock = Lock()

    def add(self):
        with ExitStack() as stack:
            stack.enter_context(self.lock)
            n = self.n
            stack.pop_all().close()
            self.n = fresh(n)


class Suppressed:
    """The failure is swallowed: what is left is not."""

    def __init__(self):
        self.data = {"a": 1, "b": 2}

    def clear(self):
        with suppress(RuntimeError):
            for key in self.data:
                fresh(0)
        return len(self.data)

    def put(self, key):
        n = len(self.data)
        self.data[key] = n


class Lazy:
    """A generator expression is evaluated later."""

    def __init__(self):
        self.items = [1, 2]

    def sums(self):
        squares = (fresh(x) for x in self.items)
        return sum(squares)

    def add(self, item):
        self.items.append(item)
        self.items.append(item)


class Chained:
    def __init__(self):
        self.left, self.right = [1], [2]

    def all(self):
        return [fresh(x) for x in itertools.chain(self.left, self.right)]

    def move(self):
        x = self.left.pop()
        self.right.append(x)


class Dumped:
    def __init__(self):
        self.data = {"a": 0, "b": 0}

    def dump(self):
        return json.dumps(self.data)

    def move(self):
        self.data["a"] = fresh(self.data["a"])
        self.data["b"] = fresh(self.data["b"])


class Node:
    def __init__(self, value):
        self.value = value


class Duplicated:
    """A shallow copy shares what is in it."""

    def __init__(self):
        self.node = [Node(0)]

    def add(self):
        mine = copy.copy(self.node)
        mine[0].value = fresh(mine[0].value)

    def value(self):
        return self.node[0].value


class Decorated:
    def __init__(self):
        self.n = 0

    def logged(function):
        @functools.wraps(function)
        def wrapper(self, *args):
            before = self.n
            function(self, *args)
            return self.n - before

        return wrapper

    @logged
    def add(self):
        self.n += 1


class Iterator:
    def __init__(self):
        self.at = 0

    def __iter__(self):
        return self

    def __next__(self):
        at = self.at
        if at >= 2:
            raise StopIteration
        self.at = fresh(at)
        return at

    def take(self):
        return list(self)


class Formats:
    """`%` calls `__repr__`."""

    def __init__(self):
        self.n = 0

    def __repr__(self):
        self.n = fresh(self.n)
        return "x"

    def show(self):
        return "%r" % (self,)


class Dispatch:
    def __init__(self):
        self.n = 0

    @functools.singledispatchmethod
    def add(self, by):
        self.n = fresh(self.n)


class Item:
    """`operator.itemgetter` and friends look in C."""

    def __init__(self):
        self.data = {"a": 1, "b": 1}

    def both(self):
        import operator

        first = operator.itemgetter("a")(self.data)
        return first, operator.itemgetter("b")(self.data)

    def move(self):
        self.data["a"], self.data["b"] = fresh(self.data["a"]), fresh(self.data["b"])
