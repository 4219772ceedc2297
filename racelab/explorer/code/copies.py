"""A module of Python's with some of its names replaced: everything else in it may stay as it is."""

from __future__ import annotations

from types import ModuleType
from typing import Any, Final

_MODULE_ONLY: Final = frozenset({"__builtins__", "__loader__"})


def copy_of(real: ModuleType, **replaced: Any) -> ModuleType:
    """The copy. `import *` finds in it what it finds in the real one."""
    copy = ModuleType(real.__name__, real.__doc__)
    vars(copy).update({name: value for name, value in vars(real).items() if name not in _MODULE_ONLY})
    vars(copy).update(replaced)
    return copy
