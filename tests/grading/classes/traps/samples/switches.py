"""Places between two lines where CPython switches though they do not look like a call.

Real threads with the GIL, a switch interval of 1 us and no nudging lose updates in each of them.
"""


class Counter:
    def __init__(self):
        self.n = 0
        self.items = [0]

    def sum(self):
        return self.n + self.items[0]


class Default(Counter):
    """`getattr` with a default."""

    def add(self):
        n = getattr(self, "n", 0)
        self.n = n + 1


class Next(Counter):
    """`next` of an iterator of C."""

    def add(self):
        n = next(iter(self.items))
        self.items[0] = n + 1


class Statement(Counter):
    """A `class` statement has a body that runs, and a call that makes the class."""

    def add(self):
        n = self.n

        class Local:
            pass

        self.n = n + 1


class Super(Counter):
    """`super()` is a call."""

    def add(self):
        n = self.n
        kept = super().__init__
        self.n = n + (kept is not None)


class Loop(Counter):
    """The way back of a loop that does nothing."""

    def add(self):
        n = self.n
        for _ in (1, 2):
            pass
        self.n = n + 1


class Format(Counter):
    def add(self):
        n = int(f"{self.n}")
        self.n = n + 1


class Manager(Counter):
    """A `with` that does nothing."""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return None

    def add(self):
        n = self.n
        with self:
            pass
        self.n = n + 1


class Property(Counter):
    @property
    def one(self):
        return 1

    def add(self):
        n = self.n
        self.n = n + self.one


class Compared(Counter):
    """`==` calls the author's method."""

    def __eq__(self, other):
        return True

    __hash__ = None

    def add(self):
        n = self.n
        self.n = n + (self == 3)


class Comprehension(Counter):
    def add(self):
        n = [x for x in self.items][0]
        self.items[0] = n + 1
