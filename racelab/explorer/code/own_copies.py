"""Modules of Python's that are rewritten, each once for the whole process: they keep nothing that could change.

Of some only a few parts are worth it, and rewriting takes a tenth of a second. There the rest is Python's own, and the
parts are made when they are first asked for.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from .abstract_classes import CLASSES, with_rewritten_methods
from .copies import copy_of
from .hooks.names import identity_of_kept
from .private_importlib import under_way

WHOLE: Final = frozenset({"contextlib", "copy", "random", "sched", "secrets"})
PARTS: Final = {
    "_collections_abc": CLASSES,
    "collections": ("ChainMap", "Counter", "UserDict", "UserList", "UserString"),
    "collections.abc": CLASSES,
    "dataclasses": ("asdict", "astuple", "replace"),
    "functools": ("cached_property", "partialmethod", "singledispatch", "singledispatchmethod", "total_ordering"),
}
_COMPARED: Final = {"dataclasses": ("MISSING", "_FIELD", "_FIELD_CLASSVAR", "_FIELD_INITVAR")}
"""Objects that the parts compare by identity with what Python's own module has stored: they stay the same."""
_OF_OURS: Final = {"copy": {"id": identity_of_kept}}
"""What whole copies find in place of a builtin."""
_SOURCE: Final = {"collections.abc": "_collections_abc"}


class OwnCopies:
    """See the module.

    Args:
        modelled: the models that the copies meet.

    Attributes:
        known: the copies that were made, by every name that they have.
    """

    def __init__(self, modelled: Mapping[str, ModuleType]) -> None:
        self.modelled = modelled
        self.known: dict[str, ModuleType] = {}

    def copy(self, name: str, make: Callable[[str], ModuleType]) -> ModuleType:
        """The copy of a module.

        Args:
            make: imports it anew, rewritten.
        """
        source = _SOURCE.get(name, name)
        if source not in self.known:
            self.known[source] = make(source) if source in WHOLE else _partly(source)
            vars(self.known[source]).update(_OF_OURS.get(source, {}))
        self.known[name] = self.known[source]
        return self.known[name]


def _partly(name: str) -> ModuleType:
    real = importlib.import_module(name)
    copy = copy_of(real)

    def missing(part: str) -> Any:
        if part not in PARTS[name] and part != "abc":
            raise AttributeError(f"module {name!r} has no attribute {part!r}")
        loader = under_way.loader
        if loader is None:
            return getattr(real, part)
        if part == "abc":
            vars(copy)[part] = loader.module("collections.abc")
        else:
            private = loader.rewritten(name)
            vars(private).update({each: getattr(real, each) for each in _COMPARED.get(name, ())})
            found = with_rewritten_methods(private) if name == "_collections_abc" else vars(private)
            vars(copy).update({each: found[each] for each in PARTS[name] if each in found})
        return vars(copy)[part]

    for part in (*PARTS[name], *(("abc",) if name == "collections" else ())):
        vars(copy).pop(part, None)
    vars(copy)["__getattr__"] = missing
    return copy
