"""Which programs are graded, and in which order: pairs of calls first, then longer ones, the most promising first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..choosing.texts import calls_in
from ..report import method_of
from .symmetry import Tasks, once

FOUR: Final = 4
FEW: Final = 2
"""Calls that one may be made of. One of more meets single calls only: together they are no small program."""
MOST_CALLS: Final = 16
"""Longer programs are made of so many calls: those that meet most others. Pairs are made of all."""
OF_FOUR: Final = 7
"""Programs of four calls are made of so many, unless there is much time: of twelve there would be 5,000."""
MOST_PROGRAMS: Final = 5_000
"""Of one shape."""


@dataclass(frozen=True, slots=True)
class Shape:
    """Programs of one size: how many calls each thread makes, and what that is called."""

    name: str
    sizes: tuple[int, ...]


ALONE: Final = Shape("single calls", (1,))
"""For a class that starts threads of its own."""
SHAPES: Final = (
    Shape("pairs", (1, 1)),
    Shape("two calls beside one", (2, 1)),
    Shape("two by two", (2, 2)),
    Shape("three threads", (1, 1, 1)),
    Shape("four calls in three threads", (2, 1, 1)),
)


class Growth:
    """See the module.

    What is promising is known from the pairs: two calls *meet* if they have other interleavings than one after the
    other. A longer program is the more promising the more of its calls meet a call of another thread.

    Args:
        calls: the most promising first.
        alike: texts of values that can be exchanged for each other.
        of_four: how many calls programs of four calls are made of.
    """

    def __init__(self, calls: tuple[str, ...], alike: tuple[str, ...] = (), of_four: int = OF_FOUR) -> None:
        self._calls, self._alike, self._of_four = calls, alike, of_four
        self._place = {call: i for i, call in enumerate(calls)}
        self._parts = {call: len(calls_in(call)) for call in calls}
        self._meet: dict[frozenset[str], bool] = {}
        self._hopeless: set[frozenset[str]] = set()

    def met(self, tasks: Tasks, meet: bool) -> None:
        """Tell whether two calls of a pair meet."""
        self._meet[frozenset(call for task in tasks for call in task)] = meet

    def undecided(self, tasks: Tasks) -> None:
        """Tell that nothing can be said of a program: longer ones with the same calls are not made."""
        self._hopeless.add(frozenset(call for task in tasks for call in task))

    def programs(self, shape: Shape) -> list[Tasks]:
        """All of a shape, none twice, the most promising first."""
        found = once(self._tasks(shape.sizes), self._alike)
        return sorted(itertools.islice(found, MOST_PROGRAMS), key=self._rank)

    def used(self, shape: Shape) -> tuple[str, ...]:
        """The calls that programs of a shape are made of: one of each method first, that which meets most others."""
        size = sum(shape.sizes)
        most = self._of_four if size >= FOUR else MOST_CALLS
        if size <= len(SHAPES[0].sizes) or len(self._calls) <= most:
            return self._calls
        best = sorted(self._calls, key=lambda call: (-self._degree(call), self._place[call]))
        methods = [method_of(call) for call in best]
        nth = {call: methods[:place].count(methods[place]) for place, call in enumerate(best)}
        return tuple(sorted(sorted(best, key=nth.__getitem__)[:most], key=self._place.__getitem__))

    def _tasks(self, sizes: tuple[int, ...]) -> Iterator[Tasks]:
        """Those with early calls first, so that a limit leaves out the least promising."""
        calls = self.used(Shape("", sizes))
        for most in range(len(calls)):
            for picked in itertools.product(range(most + 1), repeat=sum(sizes)):
                if max(picked) == most:
                    chosen = [calls[i] for i in picked]
                    rest = iter(chosen)
                    parts = [self._parts[call] for call in chosen]
                    small = max(parts) <= FEW or sum(parts) <= FOUR
                    if small and not any(calls_of <= set(chosen) for calls_of in self._hopeless):
                        yield tuple(tuple(itertools.islice(rest, size)) for size in sizes)

    def _degree(self, call: str) -> int:
        return sum(meet for pair, meet in self._meet.items() if call in pair)

    def _rank(self, tasks: Tasks) -> tuple[int, int, tuple[int, ...]]:
        """Small is promising."""
        places = tuple(self._place[call] for task in tasks for call in task)
        lonely = 0
        for i, task in enumerate(tasks):
            others = [call for j, other in enumerate(tasks) if j != i for call in other]
            lonely += sum(not any(self._meets(call, other) for other in others) for call in task)
        return lonely, sum(places), places

    def _meets(self, one: str, other: str) -> bool:
        return self._meet.get(frozenset((one, other)), True)
