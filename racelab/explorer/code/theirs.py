"""The packages of others of one execution: which they are, and what has become of them at its end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Final

from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import here

from . import outside, packages
from .kept import Kept, written_in
from .python_modules import NOT_MODELLED, is_of_python
from .unseen import Unseen

LONGEST: Final = 60.0
"""Seconds that an import may take."""
WITHOUT: Final = "The package {} runs as it is written in Python, without its compiled part."
NEEDS: Final = "The package {} cannot do without its compiled part."
CHANGED: Final = "Something of the package {} is changed: the next execution would meet that."


def _patiently(real: Callable[[str], ModuleType], name: str) -> ModuleType:
    """A large package takes longer to import than a step may. What belongs to all that comes along is not known yet."""
    before = set(sys.modules)
    try:
        with outside.unwatched(), Alarm(LONGEST):
            return real(name)
    finally:
        packages.forget(sys.modules.keys() - before)


class Theirs:
    """See the module.

    Args:
        root: the author's folder; `path`: all folders to import from.
        places: where it is noted what was imported, and what has to be rewritten.
        kept: what earlier executions have found out.
        real: imports a module as it is.

    Attributes:
        target: the module that the program is about.
    """

    def __init__(
        self, root: Path, path: list[str], places: Places, kept: Kept, real: Callable[[str], ModuleType]
    ) -> None:
        self.target = ""
        self._unseen = Unseen()
        self._hidden: set[str] = set()
        self._root, self._path, self._places, self._kept, self._real = root, path, places, kept, real

    def has(self, name: str) -> bool:
        """Whether a module belongs to a package that is imported as it is."""
        top = name.partition(".")[0]
        if is_of_python(name) or top in self._places.rewritten or top == self.target.partition(".")[0]:
            return False
        known = self._kept.of_others.get(top)
        if known is None:
            with outside.unwatched():
                known = self._kept.of_others[top] = packages.is_of_others(top, self._root, self._path)
        return known

    def module(self, name: str, private: Iterable[str]) -> ModuleType:
        """The module of that name.

        Args:
            private: the names of all modules that were not imported as they are.
        """
        memory, places, new = here.memory, self._places, name not in sys.modules
        with self._unseen.paused():
            module = _patiently(self._real, name) if new else self._real(name)
        if new and here.task is not None and here.task.index and memory is not None:
            memory.grown = True  # from now on it is there at once
        if new or name.partition(".")[0] not in places.others:
            own = {one.partition(".")[0] for one in (self.target, *private)}
            left = {one for one in places.others if is_of_python(one)}
            places.others = packages.candidates() - own - places.rewritten | left
        return module

    def hides(self, name: str) -> ModuleNotFoundError:
        """What is raised for a compiled part of a package that is rewritten: many do without."""
        top = name.partition(".")[0]
        self._hidden.add(top)
        self._places.assumed.add(WITHOUT.format(top))
        return ModuleNotFoundError(f"No module named {name!r}", name=name)

    def leave(self, name: str) -> None:
        """A package could not be imported. If that is for want of a compiled part, it is not rewritten after all.

        Raises:
            CannotDecide: so it is, and all has to begin anew.
        """
        places, memory = self._places, here.memory
        if name in self._hidden and name in places.rewritten:
            places.rewritten.discard(name)
            places.assumed.discard(WITHOUT.format(name))
            places.left[name] = packages.COMPILED
            if memory is not None:
                memory.grown = True
                memory.stage.give_up(NEEDS.format(name))

    def note_python(self, name: str) -> None:
        """A module of Python's is imported that is not modelled: nothing of it may run."""
        top = name.partition(".")[0]
        for one in (top, f"_{top}"):
            self._places.left.setdefault(one, NOT_MODELLED.format(name))
        self._places.others |= {top, f"_{top}"}

    def around(self, name: str) -> ModuleType | None:
        """What code that is not rewritten imports in the middle of something; None if it is not theirs."""
        return self.module(name, ()) if self.has(name) else None

    def watch(self) -> None:
        """From now on notice what of packages runs, whoever calls it: set-up has imported its modules."""
        if self._packages():
            self._unseen.begin(self._kept.watched)
            self._kept.watched += 1

    def look(self, memory: Memory) -> None:
        """At the end of set-up, and of an execution: what of a package has run since, and was not met, is rewritten."""
        met = self._unseen.met(self._packages())
        if not met:
            return
        reason = self._places.left.get(met) or packages.why_not(met)
        if not reason:
            self._places.rewritten.add(met)
            memory.grown = True
        elif not memory.stage.building:
            self._places.left[met] = reason
            self._places.gaps[packages.LEFT.format(met, reason)] += 1

    def close(self) -> None:
        """Twice is as good as once."""
        self._unseen.end()

    def _packages(self) -> list[str]:
        return [top for top in sorted(self._places.others) if not is_of_python(top)]

    def end(self, memory: Memory) -> str:
        """At the end of an execution: a package that was changed is rewritten. Returns why that is not possible."""
        places = self._places
        self.look(memory)
        changed = packages.owner_of(written_in(memory), places.others) if places.others else ""
        if changed and (changed in places.left or packages.why_not(changed)):
            return CHANGED.format(changed)
        if changed:
            places.rewritten.add(changed)
            memory.grown = True
        return ""
