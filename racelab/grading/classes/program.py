"""A program over the reader's class: how its object is made, what each thread calls, what is observed at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

GIL, FREE_THREADED = "gil", "free-threaded"
MODELS: Final = (GIL, FREE_THREADED)
"""Where a switch may happen: as in CPython with the GIL, or before every access that races."""


@dataclass(frozen=True, slots=True)
class Program:
    """See the module. All expressions are evaluated in the module, where `it` is the object.

    Attributes:
        root: the folder that imports begin in.
        module: the module of the class, by its dotted name.
        make: makes the object: 'Cache(maxsize=2)'. Empty for functions over module state: `it` is the module.
        tasks: what each thread calls, one expression for each call.
        then: what is observed when all threads have ended.
        holds: what must be true at the end, and whenever no call is under way.
        ignore: differences that do not count: a call or an observation as it stands above, a method's name, or the name
            of an exception's class.
        spec: 'module:Class' of a sequential class that says what is right, in place of the class itself; or empty.
        first: what happens to the object before any thread begins. All threads know the names that it assigns.
    """

    root: str
    module: str
    make: str
    tasks: tuple[tuple[str, ...], ...]
    then: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    spec: str = ""
    first: tuple[str, ...] = ()

    def calls(self) -> int:
        """How many calls it has."""
        return sum(map(len, self.tasks))

    def __str__(self) -> str:
        threads = " | ".join("; ".join(calls) for calls in self.tasks)
        return f"{self.make or self.module}: {threads}"
