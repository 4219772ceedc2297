"""What the author calls a shared object: the shortest way to it from `self`, or from a module.

No code of the reader's runs: what objects hold is read from where the interpreter keeps it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from types import FunctionType, MemberDescriptorType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, CODE, Attribute, Key, Modelled, names_beside_items, own_names

MOST: Final = 2_000
"""Objects that are named."""
MOST_ITEMS: Final = 100
"""Items of one container that are named."""
SEQUENCES: Final[tuple[Any, ...]] = (list, tuple, deque)
SETS: Final[tuple[Any, ...]] = (set, frozenset)
NAMES: Final = ".__dict__"
KEYS: Final = frozenset({str, int, bool, float, bytes, type(None)})


class Unknown(Exception):
    """It cannot be said where a name leads."""


class ObjectPaths:
    """Keeps the first name that an object was found under, so that a finding calls it the same throughout.

    Args:
        roots: gives a name each, and the object: first the one that is graded, then its modules.
    """

    def __init__(self, roots: Callable[[], list[tuple[str, object]]]) -> None:
        self._roots = roots
        self._names: dict[int, str] = {}
        self._holders: dict[str, str] = {}
        self._kept: list[object] = []
        self.refresh()

    def refresh(self) -> None:
        """Find what has come since."""
        seen: set[int] = set()
        waiting = deque(self._roots())
        while waiting and len(seen) < MOST:
            path, value = waiting.popleft()
            if id(value) in seen or type(value) in ATOMS:
                continue
            seen.add(id(value))
            if id(value) not in self._names:
                self._names[id(value)] = path
                self._kept.append(value)
            path = self._names[id(value)]
            for name, part in _held(path, value):
                self._holders.setdefault(name, path)
                waiting.append((name, part))

    def of(self, value: object) -> str:
        """The name of an object; empty if there is no way to it."""
        return self._names.get(id(value), "")

    def now(self, path: str) -> list[object]:
        """What that name leads to at this moment: one object, several items of a set, or nothing.

        Raises:
            Unknown: the name is a variable that has gone, or of a container with too many items.
        """
        for name, value in self._roots():
            if name == path:
                return [value]
        holder = self._holders.get(path, path)
        if holder == path:
            raise Unknown(path)
        parts = [part for value in self.now(holder) for part in _held(holder, value)]
        found = [part for name, part in parts if name == path]
        if not found and len(parts) >= MOST_ITEMS:
            raise Unknown(path)
        return found

    def elsewhere(self, value: object) -> str:
        """The name of an object that has moved: the way to it now, from the graded one or a module; empty if none."""
        seen: set[int] = set()
        waiting = deque((name, root) for name, root in self._roots() if name == "self" or is_a(root, ModuleType))
        while waiting and len(seen) < MOST:
            path, found = waiting.popleft()
            if found is value:
                return path
            if id(found) not in seen and type(found) not in ATOMS:
                seen.add(id(found))
                waiting += _held(path, found)
        return ""


def location(path: str, value: object, key: Any, whole: bool) -> str:
    """The name of an attribute, an item, or all of a container.

    Args:
        path: the name of the object; empty if there is no way to it.
        value, key: the object, and what of it.
        whole: whether it is all of it.
    """
    return path if whole or not path else _inside(path, value, key)


def is_a(value: object, kinds: Any) -> bool:
    """By its real type: `isinstance` also asks `__class__`, and a class of the author's may answer."""
    return issubclass(type(value), kinds)


def slots_of(value: object) -> Iterator[tuple[str, Any]]:
    """What an object keeps in its slots, and in its dictionary."""
    for kind in type(value).__mro__:
        for name, slot in vars(kind).items():
            if isinstance(slot, MemberDescriptorType) and slot.__objclass__.__module__ != "builtins":
                try:
                    yield name, slot.__get__(value)
                except AttributeError:  # never set
                    continue
    yield from (own_names(value) or {}).items()


def _is_named(part: Any) -> bool:
    """Whether it is no code, or code in which variables of others are enclosed."""
    return bool(part.__closure__) if is_a(part, FunctionType) else not is_a(part, CODE)


def _held(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    """What an object of that name leads to, each with its name."""
    if is_a(value, Modelled):
        yield from ((path, part) for _, part in slots_of(value) if is_a(part, Modelled))
    elif is_a(value, FunctionType):
        yield from _enclosed(value)
    elif not is_a(value, CODE) or is_a(value, ModuleType | type):
        yield from _parts(path, value)


def _enclosed(function: Any) -> Iterator[tuple[str, Any]]:
    """The variables of the functions around it, as it calls them."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            yield name, cell.cell_contents
        except ValueError:  # never set
            continue


def _parts(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if is_a(value, ModuleType):
        for name, part in list(vars(value).items()):
            if not name.startswith("__") and not is_a(part, ModuleType) and (is_a(part, type) or _is_named(part)):
                yield name, part
        return
    if is_a(value, type):
        for name, part in list(vars(value).items()):
            if not name.startswith("__") and _is_named(part):
                yield f"{value.__name__}.{name}", part
        return
    for name, part in list(slots_of(value)):
        yield f"{path}.{name}", part
    yield from _items(path, value)


def _items(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if is_a(value, dict):
        yield from ((f"{path}{NAMES}", names) for names in [names_beside_items(value)] if names is not None)
        keys = [(key, part) for key, part in dict.items(value) if type(key) in KEYS]
        yield from ((f"{path}[{key!r}]", part) for key, part in keys[:MOST_ITEMS])
    for base in SEQUENCES:
        if is_a(value, base):
            parts = list(base.__iter__(value))[:MOST_ITEMS]
            yield from ((f"{path}[{number}]", part) for number, part in enumerate(parts))
    for base in SETS:
        if is_a(value, base):
            yield from ((f"an item of {path}", part) for part in list(base.__iter__(value))[:MOST_ITEMS])


def _inside(path: str, value: object, key: Any) -> str:
    if is_a(key, Attribute):
        return f"{path}.{key.name}"
    if path.endswith(NAMES):
        return f"{path.removesuffix(NAMES)}.{key}"
    if is_a(value, dict):
        text = str(key) if is_a(key, Key) else repr(key)
        return f"{path}[{text}]" if path else str(key)
    return f"{path}.{key}" if path and path[0] != "<" else str(key)
