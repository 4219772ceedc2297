"""State that belongs to no object: of classes, functions, modules, variables and generators."""

total = 0


def fresh(value):
    return value + 1


class OfClass:
    n = 0

    def add(self):
        OfClass.n = fresh(OfClass.n)


class Inherited(OfClass):
    """Reads what the base has, writes its own."""

    def add(self):
        type(self).n = fresh(self.n)


class Meta(type):
    def __init__(cls, name, bases, namespace):
        super().__init__(name, bases, namespace)
        cls.made = 0

    def __call__(cls):
        made = fresh(cls.made)
        cls.made = made
        return super().__call__()


class Counted(metaclass=Meta):
    pass


class Factory:
    def make(self):
        Counted()

    def made(self):
        return Counted.made


class Default:
    def add(self, item, seen=[]):
        n = len(seen)
        seen.append(item)
        return n


class Closure:
    def __init__(self):
        n = 0

        def add():
            nonlocal n
            n = fresh(n)
            return n

        self.add = add


class OfFunction:
    def add(self):
        tick()

    def n(self):
        return tick.calls


def tick():
    tick.calls = fresh(tick.calls)


tick.calls = 0


class Global:
    def add(self):
        global total
        total = fresh(total)

    def total(self):
        return total


class GlobalByName:
    def add(self):
        globals()["total"] = fresh(globals()["total"])

    def total(self):
        return total


class Generator:
    """Keeps its count between two `next`."""

    def __init__(self):
        self.n = 0
        self._steps = [self._run(), self._run()]

    def _run(self):
        while True:
            n = self.n
            yield n
            self.n = n + 1

    def add(self, who):
        next(self._steps[who])
        next(self._steps[who])


class Subclasses:
    kinds = []

    def __init_subclass__(cls):
        number = len(Subclasses.kinds)
        Subclasses.kinds.append(cls.__name__)
        cls.number = number

    def make(self, name):
        return type(name, (Subclasses,), {}).number


class Bound:
    """A bound method that is kept elsewhere."""

    def __init__(self):
        self.n = 0
        self.call = self._add

    def _add(self):
        self.n = fresh(self.n)
