"""What lives longer than an execution: if it changes, executions depend on each other, and no schedule replays.

That is what modules and classes of the manager's author hold, defaults and captured variables of their functions, and
caches. It is compared by value, so a manager may put there what is the same each time.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator, Mapping
from types import CellType, FunctionType
from typing import Any, Final, Self

from . import origin
from .reach import Reach
from .values import ABSENT, Reading, Value, is_fixed, words

_Cells = tuple[tuple[str, CellType], ...]
_left: dict[tuple[int, str], tuple[object, Value]] = {}
"""What earlier explorations of this process have changed, and to what. Whoever changes it back may explore again."""
_WHY: Final = "Let each manager make its own: else what an execution does depends on those before it."


class Outliving:
    """A snapshot of everything that outlives a manager. Take it when the first is set up, and compare at each other."""

    def __init__(self, places: Collection[_Place]) -> None:
        self._places = places
        self._reading = Reading()
        for place in places:
            place.keep(self._reading)

    @classmethod
    def of(cls, manager: object, *also: object) -> Self:
        """Everything that outlives a manager, as it is now.

        Args:
            manager: a manager that was just set up.
            also: what else is the same for all executions, such as what makes the managers.

        Raises:
            TooMuch: more can be reached than is looked at.
        """
        kinds = [kind for kind in type(manager).__mro__ if origin.of_kind(kind) != origin.PYTHON]
        return cls(list(_places(Reach((*kinds, *also), kinds))))

    def left_over(self) -> str:
        """What an earlier exploration has changed and nobody has changed since, as a sentence; empty if nothing."""
        for place in self._places:
            for what, now in place.values():
                if _left.get((id(place.owner), what), (None, None))[1] == now:
                    return (
                        f"{what}, is {words(now)}, to which an earlier exploration of this process changed it. {_WHY}"
                    )
        return ""

    def changed(self) -> str:
        """The first thing that is not as it was, even if the next set-up will put it back; empty if nothing is."""
        reading = Reading()
        for place in (place for place in self._places if not place.is_quiet()):
            for what, _, _ in place.changes(reading):
                return what
        return ""

    def difference(self) -> str:
        """What has changed since, when another manager was just set up, as a sentence; empty if nothing has.

        Something of an earlier execution's runtime that is still kept counts as well: its locks are of another world.
        """
        reading, told = Reading(), ""
        for place in (place for place in self._places if not place.is_quiet()):
            for what, before, now in place.changes(reading):
                _left[id(place.owner), what] = place.owner, now
                told = told or f"{what}, was changed by an earlier execution{_from_to(words(before), words(now))}."
        if told:
            return f"{told} {_WHY}"
        for key, (thing, what) in reading.modelled.items():
            if self._reading.modelled.get(key, (None, ""))[0] is thing:
                return f"{what}, still holds the {type(thing).__name__} of an earlier execution. {_WHY}"
        return ""


def _from_to(before: str, now: str) -> str:
    return f": {before} became {now}" if before != now else ""


class _Place:
    """A module, a class, a function's attributes, its defaults or what it has captured: names and things.

    Args:
        owner: the module, class or function.
        said: what that is, in a sentence.
        space: its names and things, or captured variables.
        names: the only ones that matter; all of them if none are given.
    """

    def __init__(
        self, owner: object, said: str, space: Mapping[str, Any] | _Cells, names: Collection[str] = ()
    ) -> None:
        self.owner = owner
        self._said = said
        self._space = space
        self._names = names
        self._all: dict[str, Any] = {}
        self._ids: list[int] = []
        self._values: dict[str, Value] = {}

    def keep(self, reading: Reading) -> None:
        """Remember what is there now."""
        self._all = self._now()
        self._ids = self._identities()
        for name, thing in self._all.items():
            if not is_fixed(thing):
                reading.place = self._what(name)
                self._values[name] = reading.value(thing)

    def values(self) -> Iterator[tuple[str, Value]]:
        """What was changed earlier, if it is one of these, and its value when it was remembered."""
        for name in self._all:
            if (id(self.owner), self._what(name)) in _left:
                yield self._what(name), self._before(name, Reading())

    def is_quiet(self) -> bool:
        """Whether the very same things are there, and none of them holds anything that can change."""
        return not self._values and self._identities() == self._ids

    def changes(self, reading: Reading) -> Iterator[tuple[str, Value, Value]]:
        """What differs: what it is, its value before, and its value now."""
        now = self._now()
        for name, thing in now.items():
            before = self._all.get(name, ABSENT)
            if name in self._values or (thing is not before and not (before is ABSENT and _is_code(thing))):
                reading.place = self._what(name)
                was, value = self._before(name, reading), reading.value(thing)
                if was != value:
                    yield reading.place, was, value
        for name in self._all.keys() - now.keys():
            yield self._what(name), self._before(name, reading), ABSENT

    def _what(self, name: str) -> str:
        return f"{name!r}, {self._said}"

    def _before(self, name: str, reading: Reading) -> Value:
        if name in self._values:
            return self._values[name]
        return reading.value(self._all[name]) if name in self._all else ABSENT

    def _now(self) -> dict[str, Any]:
        if isinstance(self._space, tuple):
            return {name: cell.cell_contents for name, cell in self._space if cell != CellType()}
        names = self._names or list(self._space)
        return {name: self._space[name] for name in names if name in self._space and not _is_pythons(name)}

    def _identities(self) -> list[int]:
        if isinstance(self._space, tuple) or self._names:
            return [*map(id, self._now().values())]
        return [*map(id, self._space.values())]


def _is_pythons(name: str) -> bool:
    return name.startswith("__") and name.endswith("__")


def _is_code(thing: Any) -> bool:
    """A function or class: a method that is added at its first use is no state."""
    return callable(thing) and is_fixed(thing)


def _places(reach: Reach) -> Iterator[_Place]:
    looked_at = {module.__name__ for module in reach.modules}
    for module in reach.modules:
        yield _Place(module, f"a global of {module.__name__}", vars(module))
    for name, names in reach.named.items():
        if name not in looked_at and name in sys.modules:
            module = sys.modules[name]
            yield _Place(module, f"a global of {name}", vars(module), frozenset(names))
    for kind in reach.kinds:
        yield _Place(kind, f"an attribute of the class {kind.__qualname__}", vars(kind))
    for function in reach.functions:
        yield from _of_function(function)


def _of_function(function: FunctionType) -> Iterator[_Place]:
    name, code = function.__qualname__, function.__code__
    whose = origin.of_namespace(function.__globals__)
    if function.__closure__ and whose != origin.PYTHON:
        yield _Place(function, f"captured by {name}", tuple(zip(code.co_freevars, function.__closure__, strict=True)))
    if whose != origin.AUTHOR:
        return
    yield _Place(function, f"an attribute of {name}", vars(function))
    if function.__defaults__:
        arguments = code.co_varnames[: code.co_argcount][-len(function.__defaults__) :]
        yield _Place(function, f"a default of {name}", dict(zip(arguments, function.__defaults__, strict=True)))
    if function.__kwdefaults__:
        yield _Place(function, f"a default of {name}", function.__kwdefaults__)
