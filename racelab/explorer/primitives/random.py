"""`_random`, which is below `random`: numbers of a generator without a seed are drawn by `chance`.

`random` itself is rewritten, so what `choice` or `shuffle` look at in the author's lists is recorded. A generator with
a seed gives the numbers that Python gives: who has drawn before decides which, so if tasks share one each draw is a
point. The one that the functions of the module share is not like that: its numbers do not depend on who has drawn, and
`seed` does nothing to it; a thread that seeds it leaves a gap.
"""

from __future__ import annotations

import _random
from collections.abc import Hashable
from functools import cache
from types import ModuleType
from typing import Any, Final, cast

from racelab.explorer.code.copies import copy_of
from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.threads import here
from racelab.explorer.kernel.waiting import Primitive

from .chance import draw

SHARED: Final = "generator"
SEEDED: Final = "A thread seeds the random numbers that all threads draw: which ones they get is not explored."


class Sequence(Primitive):
    """How far a generator with a seed has come.

    Args:
        begins: what its numbers depend on.
    """

    __slots__ = ("_user", "_version")

    def __init__(self, begins: object) -> None:
        super().__init__(SHARED)
        self._user = 0
        self._version = self._memory.places.number((SHARED, repr(begins)))

    def key(self) -> Hashable:
        """The number of where it is."""
        return self._version

    def goes_on(self, what: Hashable) -> None:
        """Before a draw: a point, once tasks are known to share a generator."""
        memory, task = self.running()
        if task is not None and task.index:
            if SHARED in memory.places.looked:
                self.stop("draw from")
            if self._user not in (0, task.index):
                memory.notice(task, SHARED)
            self._user = task.index
            task.learns(self._version)
        self._version = memory.places.number((SHARED, self._version, what))


class Random(_random.Random):
    """What `random.Random` is derived from."""

    _sequence: Sequence | None = None

    def __new__(cls, *_: object) -> Random:
        """While nothing is explored `random` itself is imported: that one is for everybody."""
        kind = cls if here.memory is not None else _shared(cast("Hashable", cls))
        return cast("Random", _random.Random.__new__(kind))

    def seed(self, a: Any = None, /) -> None:
        """Without a seed each task draws its own numbers."""
        self._sequence = None if a is None else Sequence(a)
        super().seed(0 if a is None else a)

    def setstate(self, state: Any, /) -> None:
        """As if it had that seed."""
        self._sequence = Sequence(state)
        super().setstate(state)

    def random(self) -> float:
        """Between 0 and 1."""
        if self._sequence is None:
            return draw().random()
        self._sequence.goes_on("random")
        return super().random()

    def getrandbits(self, k: int, /) -> int:
        """So many bits."""
        if self._sequence is None:
            return draw().getrandbits(k)
        self._sequence.goes_on(k)
        return super().getrandbits(k)


def _seed(_: object, a: object = None, *__: object, **___: object) -> None:
    """The numbers stay as they are, though a thread may want to know which come next."""
    if a is not None and here.memory is not None and here.task is not None and here.task.index:
        here.memory.places.gaps[SEEDED] += 1


@cache
def _shared(kind: Any) -> Any:
    """The class of a generator in which tasks cannot meet."""
    names = {"seed": _seed, "setstate": _seed, "outlives_execution": True}
    return type(kind.__name__, (Modelled, kind), names)


MODULE: Final[ModuleType] = copy_of(_random, Random=Random)
