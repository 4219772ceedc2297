"""State that is reached by other ways than `self.name`."""

import operator


def fresh(value):
    return value + 1


class ByDict:
    def __init__(self):
        self.n = 0

    def add(self):
        n = self.__dict__["n"]
        self.__dict__["n"] = fresh(n)


class DictAndName:
    """One way reads, the other writes: it is the same place."""

    def __init__(self):
        self.n = 0

    def add(self):
        self.n = fresh(vars(self)["n"])


class Update:
    def __init__(self):
        self.n = 0

    def add(self):
        self.__dict__.update(n=fresh(self.n))


class Computed:
    def __init__(self):
        self.count_in = 0

    def add(self, way="in"):
        setattr(self, f"count_{way}", fresh(getattr(self, f"count_{way}")))


class Object:
    def __init__(self):
        object.__setattr__(self, "n", 0)

    def __setattr__(self, name, value):
        raise AttributeError(name)

    def add(self):
        object.__setattr__(self, "n", fresh(object.__getattribute__(self, "n")))


class Fallback:
    """`__getattr__` makes what is missing."""

    def __init__(self):
        self.made = []

    def __getattr__(self, name):
        if name.startswith("_"):
            raise AttributeError(name)
        value = build(self, name)
        self.__dict__[name] = value
        return value

    def use(self):
        return self.part


def build(owner, name):
    owner.made.append(name)
    return len(owner.made)


class Writes:
    """A property that looks like a read, and writes."""

    def __init__(self):
        self._n = 0

    @property
    def next(self):
        self._n = fresh(self._n)
        return self._n


class Slotted:
    __slots__ = ("n",)

    def __init__(self):
        self.n = 0

    def add(self):
        slot = Slotted.__dict__["n"]
        slot.__set__(self, fresh(slot.__get__(self)))


class Getter:
    read = operator.attrgetter("n")

    def __init__(self):
        self.n = 0

    def add(self):
        self.n = Getter.read(self) + 1


class Caller:
    step = operator.methodcaller("_add")

    def __init__(self):
        self.n = 0

    def _add(self):
        self.n = fresh(self.n)

    def add(self):
        Caller.step(self)


class Got:
    """`getattr` is a call of C: a switch can follow it, and does not follow `self.n`."""

    def __init__(self):
        self.n = 0

    def add(self):
        n = getattr(self, "n")
        self.n = n + 1


class Deleted:
    def __init__(self):
        self.token = "t"

    def spend(self):
        if hasattr(self, "token"):
            del self.token
            return True
        return False


class Everything:
    def __init__(self):
        self.n = 0

    def __getattribute__(self, name):
        return object.__getattribute__(self, name)

    def add(self):
        self.n = fresh(self.n)
