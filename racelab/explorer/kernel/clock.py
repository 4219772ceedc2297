"""The modelled clock of an execution, and what each call has read from it: an input of the call, as an argument is.

An execution can be given what its calls are to read. That is how calls that come one after another are asked what they
make of the very times that the same calls have read while they ran together.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

START: Final = 1000.0
"""The clock at the beginning, in seconds."""
Reader = tuple[str, str, int]
"""Who reads: a client and its call, `("A", "", 0)`; an observer by its text; a thread of the class's own."""
Times = tuple[tuple[Reader, tuple[float, ...]], ...]
"""What each reader has read, in its order."""


class Clock:
    """See the module.

    Args:
        given: what is to be read. Who reads more often, or is not in it, reads what it is by then.

    Attributes:
        seconds: what it is now.
    """

    __slots__ = ("_given", "_taken", "seconds")

    def __init__(self, given: Times = ()) -> None:
        self.seconds = START
        self._given = dict(given)
        self._taken: dict[Reader, list[float]] = {}

    def read(self, reader: Reader) -> float:
        """What that reader sees. It is never earlier afterwards, unless it was given so."""
        taken = self._taken.setdefault(reader, [])
        given = self._given.get(reader, ())
        seen = given[len(taken)] if len(taken) < len(given) else self.seconds
        self.seconds = max(self.seconds, seen)
        taken.append(seen)
        return seen

    def is_read(self) -> bool:
        """Whether anybody has looked at it."""
        return bool(self._taken)

    def times(self) -> Times:
        """All that was read, if time has passed for anybody; else nothing."""
        return self.times_of(sorted(self._taken)) if self.seconds > START else ()

    def times_of(self, readers: Iterable[Reader]) -> Times:
        """What these have read."""
        return tuple([(one, tuple(self._taken[one])) for one in readers if one in self._taken])
