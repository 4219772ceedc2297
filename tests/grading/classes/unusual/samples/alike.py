"""Values and keys that are equal, or print alike, and are not the same."""

import enum
import threading


def called():
    """A place for a switch."""


class Spans:
    """Two ranges without a number are equal, and say something else."""

    def __init__(self):
        self.span, self.last = None, 0

    def first(self):
        self.span = range(0)
        called()
        self.last = 1

    def second(self):
        self.span = range(5, 5)
        called()
        self.last = 2

    def read(self):
        return str(self.span), self.last


class Red(enum.Enum):
    """A member that prints like that of another class."""

    X = 1

    def __str__(self):
        return "x"


class Blue(enum.Enum):
    """See `Red`."""

    X = 1

    def __str__(self):
        return "x"


class Colours:
    """Two keys that print alike are two items."""

    def __init__(self):
        self.seen, self.last = {Red.X: 0, Blue.X: 0}, 0

    def _put(self, value):
        self.seen[Red.X] = value
        called()
        self.seen[Blue.X] = 9
        called()
        self.last = value

    def first(self):
        self._put(1)

    def second(self):
        self._put(2)

    def read(self):
        return list(self.seen.values()), self.last


class RightColours(Colours):
    """The same under a lock."""

    def __init__(self):
        super().__init__()
        self.lock = threading.Lock()

    def _put(self, value):
        with self.lock:
            super()._put(value)
