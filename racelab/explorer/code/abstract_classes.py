"""`collections.abc` with its mixin methods rewritten, so that `pop` of a `MutableMapping` is not one step.

Each class is derived from Python's own, so that whatever asks for one of those finds it, and says of itself what
Python's own would say. The rewritten methods come from a rewritten copy of the module.
"""

from __future__ import annotations

import abc
import collections.abc
from collections.abc import Callable
from types import FunctionType, ModuleType
from typing import Any, Final

CLASSES: Final = (
    *("Set", "MutableSet", "MappingView", "KeysView", "ItemsView", "ValuesView", "Mapping", "MutableMapping"),
    *("Sequence", "MutableSequence"),
)
_STAYS: Final = frozenset({"__subclasshook__", "__class_getitem__", "__init_subclass__", "__new__"})


def with_rewritten_methods(private: ModuleType) -> dict[str, type]:
    """The classes by name.

    Args:
        private: the rewritten copy of `_collections_abc`. Its methods find the new classes from now on.
    """
    made = {name: _derived(getattr(collections.abc, name), getattr(private, name)) for name in CLASSES}
    vars(private).update(made)
    return made


def _derived(real: Any, private: Any) -> type:
    names = {
        name: part
        for kind in reversed(private.__mro__[:-1])
        for name, part in vars(kind).items()
        if _is_mixin(kind, name)
    }
    names |= {"__slots__": (), "__module__": real.__module__, "__doc__": real.__doc__}
    names["__subclasshook__"] = classmethod(_asks(real, lambda: derived))
    derived: type = abc.ABCMeta(real.__name__, (real,), names)
    return derived


def _is_mixin(kind: type, name: str) -> bool:
    """Whether it is a method that can be used as it is, or a mark that such a method compares with."""
    part = vars(kind)[name]
    if name.startswith(f"_{kind.__name__}__"):
        return True
    if name in _STAYS or getattr(part, "__isabstractmethod__", False):
        return False
    return isinstance(part, (FunctionType, classmethod))


def _asks(real: type, derived: Callable[[], type]) -> Callable[[type, type], Any]:
    """Whether a class counts as one of these: if it counts as one of Python's own, which asks all that are derived."""
    asked: list[type] = []

    def hook(cls: type, other: type) -> Any:
        if cls is not derived() or other in asked:
            return NotImplemented
        asked.append(other)
        try:
            return issubclass(other, real)
        finally:
            asked.remove(other)

    return hook
