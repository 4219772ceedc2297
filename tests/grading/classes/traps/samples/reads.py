"""Reads that no name of an attribute gives away: what they miss, nobody misses.

Each reads twice, with a call in between; another thread writes once, and both reads should say the same.
"""

import copy
import enum


def step():
    return 0


class Pair:
    """`read` looks twice; `write` is one change that cannot be torn."""

    def __init__(self):
        self.items = [1, 2]
        self.data = {"k": 1}

    def look(self):
        raise NotImplementedError

    def read(self):
        first = self.look()
        step()
        return first == self.look()

    def write(self):
        self.items = [3, 4, 5]

    def append(self):
        self.items.append(9)

    def put(self):
        self.data["k"] = 7

    def grow(self):
        self.data["new"] = 1

    def attribute(self):
        self.extra = 1

    def remove(self):
        del self.items


class HasAttr(Pair):
    def look(self):
        return hasattr(self, "extra")


class GetDefault(Pair):
    def look(self):
        return getattr(self, "extra", None)


class Dir(Pair):
    def look(self):
        return "extra" in dir(self)


class Vars(Pair):
    def look(self):
        return len(vars(self))


class InDict(Pair):
    def look(self):
        return "extra" in self.__dict__


class Except(Pair):
    def look(self):
        try:
            return self.extra
        except AttributeError:
            return None


class MatchClass(Pair):
    __match_args__ = ("items",)

    def look(self):
        match self:
            case MatchClass(found):
                return len(found)
        return None


class MatchMapping(Pair):
    def look(self):
        match self.data:
            case {"k": value}:
                return value
        return None


class MatchSequence(Pair):
    def look(self):
        match self.items:
            case [first, *rest]:
                return first, len(rest)
        return None


class Star(Pair):
    def look(self):
        return [*self.items]


class Unpacked(Pair):
    def look(self):
        first, *rest = self.items
        return first, len(rest)


class Spread(Pair):
    def look(self):
        return {**self.data}


class Arguments(Pair):
    def look(self):
        return max(*self.items, 0)


class Keywords(Pair):
    def look(self):
        return dict(**self.data)


class FString(Pair):
    def look(self):
        return f"{self.items}"


class Percent(Pair):
    def look(self):
        return "%s" % self.items


class Format(Pair):
    def look(self):
        return "{0.items}".format(self)


class FormatMap(Pair):
    def look(self):
        return "{k}".format_map(self.data)


class Equal(Pair):
    def look(self):
        return self.items == [1, 2]


class Inside(Pair):
    def look(self):
        return 9 in self.items


class Join(Pair):
    def look(self):
        return ",".join(map(str, self.items))


class Zipped(Pair):
    def look(self):
        return [a + b for a, b in zip(self.items, self.items[1:])]


class Backwards(Pair):
    def look(self):
        return [x for x in reversed(self.items)]


class Sliced(Pair):
    def look(self):
        return self.items[:]


class Deep(Pair):
    def look(self):
        return copy.deepcopy(self.items)


class Truth(Pair):
    def __init__(self):
        super().__init__()
        self.items = []

    def look(self):
        return not self.items


class Union(Pair):
    def look(self):
        return self.data | {}


class Views(Pair):
    def look(self):
        return self.data.keys() & {"k", "new"}


class Plus(Pair):
    def look(self):
        return self.items + []


class Delegated(Pair):
    def _each(self):
        yield from self.items

    def look(self):
        return list(self._each())


class Kind(Pair):
    """What class an object has can change."""

    def look(self):
        return type(self) is Kind

    def attribute(self):
        self.__class__ = Vars


class Instance(Pair):
    def look(self):
        return isinstance(self, Kind)

    def attribute(self):
        self.__class__ = Kind


class Level(enum.Enum):
    LOW = 1
    HIGH = 2


class OfEnum(Pair):
    """A member of an enumeration with state of its own."""

    def __init__(self):
        super().__init__()
        Level.LOW.seen = 0

    def look(self):
        return Level.LOW.seen

    def attribute(self):
        Level.LOW.seen = 1


class Method(Pair):
    """The method itself is replaced."""

    def look(self):
        return self.answer()

    def answer(self):
        return 1

    def attribute(self):
        self.answer = step


class ClassMethod(Pair):
    def look(self):
        return self.answer()

    def answer(self):
        return 1

    def attribute(self):
        ClassMethod.answer = lambda self: 2


class Deleted(Pair):
    def look(self):
        return sorted(self.__dict__)
