"""Writes that no assignment to an attribute gives away.

Each changes two things with a call in between; another thread reads both at once.
"""

import contextlib


def step():
    return 0


class Pair:
    """`write` changes `a` and `b`; `read` sees both changed, or none."""

    def __init__(self):
        self.a = [0]
        self.b = [0]
        self.data = {"a": 0, "b": 0}

    def read(self):
        return len(self.a) == len(self.b), self.data["a"] == self.data["b"]


class Extended(Pair):
    def write(self):
        self.a += [1]
        step()
        self.b += [1]


class Multiplied(Pair):
    def write(self):
        self.a *= 2
        step()
        self.b *= 2


class Sliced(Pair):
    def write(self):
        self.a[1:] = [1, 2]
        step()
        self.b[1:] = [1, 2]


class Removed(Pair):
    def write(self):
        del self.a[:]
        step()
        del self.b[:]


class Merged(Pair):
    def write(self):
        self.data |= {"a": 1}
        step()
        self.data |= {"b": 1}


class Updated(Pair):
    def write(self):
        self.data.update(a=1)
        step()
        self.data.update(b=1)


class UpdatedAttributes(Pair):
    def write(self):
        self.__dict__.update(a=[])
        step()
        vars(self).update(b=[])


class LoopTarget(Pair):
    """The target of a loop is an attribute."""

    def write(self):
        for self.a in [[], [1, 2]]:
            step()
        self.b = [1, 2]


class LoopItem(Pair):
    def write(self):
        for self.data["a"] in (1, 2):
            step()
        self.data["b"] = 2


class WithTarget(Pair):
    """The target of a `with` is an attribute."""

    def write(self):
        with contextlib.nullcontext([1, 2, 3]) as self.a:
            step()
            self.b = [1, 2, 3]


class Unpacked(Pair):
    def write(self):
        self.a, (self.data["a"], *_) = [1, 2], (1, 2)
        step()
        self.b, self.data["b"] = [1, 2], 1


class Starred(Pair):
    def write(self):
        _, *self.a = 1, 2, 3
        step()
        _, *self.b = 1, 2, 3


class Chained(Pair):
    def write(self):
        self.a = kept = [1, 2]
        step()
        self.b = kept


class Annotated(Pair):
    def write(self):
        self.a: list = [1, 2]
        step()
        self.b: list = [1, 2]


class Sorted(Pair):
    """`list.sort` empties the list while it works; the key is the reader's."""

    def __init__(self):
        super().__init__()
        self.a, self.b = [2, 1], [2, 1]

    def _key(self, x):
        return x + step()

    def write(self):
        self.a.sort(key=self._key)


class Mapped(Pair):
    def write(self):
        list(map(self.a.append, [1]))
        step()
        list(map(self.b.append, [1]))


class Kept(Pair):
    """The methods were looked up long before."""

    def __init__(self):
        super().__init__()
        self.more_a, self.more_b = self.a.append, self.b.append

    def write(self):
        self.more_a(1)
        step()
        self.more_b(1)


class Unbound(Pair):
    def write(self):
        list.append(self.a, 1)
        step()
        list.append(self.b, 1)


class Operators(Pair):
    def write(self):
        import operator

        operator.setitem(self.data, "a", 1)
        step()
        operator.setitem(self.data, "b", 1)


class InPlaceOperators(Pair):
    def write(self):
        import operator

        operator.iadd(self.a, [1])
        step()
        operator.iadd(self.b, [1])


class Super(Pair):
    def __setattr__(self, name, value):
        super().__setattr__(name, value)

    def write(self):
        self.a = []
        step()
        self.b = []


class Again(Pair):
    """The constructor is called once more."""

    def __init__(self):
        super().__init__()
        self.rounds = getattr(self, "rounds", 0) + 1
        step()
        self.data = {"a": self.rounds, "b": self.rounds}
        self.a = [0] * self.rounds
        step()
        self.b = [0] * self.rounds

    def write(self):
        self.__init__()


class Nested(Pair):
    """Two objects deep."""

    def __init__(self):
        super().__init__()
        self.inner = [{"x": [self.a, self.b]}]

    def write(self):
        self.inner[0]["x"][0].append(1)
        step()
        self.inner[-1]["x"][-1].append(1)


class Comprehension(Pair):
    """A comprehension for its side effects."""

    def write(self):
        [self.a.append(x) for x in (1, 2)]
        [self.b.append(x) for x in (1, 2)]


class Walrus(Pair):
    def write(self):
        if (grown := self.a).append(1) is None:
            step()
            (kept := self.b).append(len(grown) and len(self.b))
            del kept


class Finally(Pair):
    def write(self):
        try:
            self.a = []
            raise KeyError
        except KeyError:
            step()
        finally:
            self.b = []


class Popped(Pair):
    def write(self):
        self.a.append(self.data.pop("a"))
        step()
        self.data["a"] = self.a.pop()
