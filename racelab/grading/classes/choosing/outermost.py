"""Which class of a file is meant, if only the file was named: the one that uses the others."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from inspect import isabstract, unwrap
from types import CodeType, FunctionType, ModuleType
from typing import Final

CALLED: Final = ("__call__", "__getitem__", "__setitem__")
"""What calls an object without its name."""


def outermost(module: ModuleType, names: list[str]) -> list[str]:
    """The classes with methods that no other class of the module uses; all with methods, if each is used by one.

    Args:
        names: of the module's own public classes.
    """
    classes = {name: vars(module)[name] for name in names}
    offered = [name for name, kind in classes.items() if _has_methods(kind)]
    used = {other for name in offered for other in _uses(classes[name]) if other != name}
    return [name for name in offered if name not in used] or offered


def beside(module: ModuleType, names: list[str], chosen: str) -> tuple[str, ...]:
    """The other classes whose objects have something to call: what holds of the chosen one does not hold of them."""
    return tuple(name for name in names if name != chosen and _has_methods(vars(module)[name], made=False))


def _has_methods(kind: type, made: bool = True) -> bool:
    """Whether there is something to call on its objects; or if `made`, to make one with."""
    if issubclass(kind, BaseException | Enum | type) or isabstract(kind):
        return False
    return any(
        (not name.startswith("_") or name in CALLED or (made and name == "__init__"))
        and isinstance(member, FunctionType | property)
        for base in kind.__mro__
        for name, member in vars(base).items()
    ) and not hasattr(kind, "__get__")


def _uses(kind: type) -> set[str]:
    """The names that its source mentions: in methods, and among its bases."""
    found = {base.__name__ for base in kind.__mro__[1:]}
    for member in vars(kind).values():
        function = getattr(member, "__func__", getattr(member, "fget", member))
        function = unwrap(function) if callable(function) else function
        if isinstance(function, FunctionType):
            found |= set(_mentioned(function.__code__))
    return found


def _mentioned(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for part in code.co_consts:
        if isinstance(part, CodeType):
            yield from _mentioned(part)
