"""Where a module is: in the author's folder first, then wherever Python would look."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, PathFinder
from pathlib import Path
from typing import Final

STDLIB: Final = os.path.realpath(sysconfig.get_path("stdlib"))
_BEFORE_ALL_PATHS: Final = frozenset(
    {*sys.builtin_module_names, "_collections_abc", "abc", "codecs", "encodings", "genericpath", "importlib", "io"}
    | {"os", "posixpath", "site", "stat", "zipimport"}
)
"""What Python has imported before it looks anywhere: no file of an author's can take its place."""


def find(name: str, path: Sequence[str]) -> ModuleSpec | None:
    """A module that is not built in.

    Args:
        name: the full name.
        path: the folders to look into; for a part of a package those of the package.
    """
    found = PathFinder.find_spec(name, path)
    if found is not None:
        return found
    for finder in sys.meta_path:  # such as that of a package that is installed to be edited
        if finder is not PathFinder and hasattr(finder, "find_spec"):
            spec = finder.find_spec(name, path if "." in name else None)
            if spec is not None and spec.origin not in ("built-in", "frozen"):
                return spec
    return None


def find_of_python(name: str) -> ModuleSpec | None:
    """A module of the standard library that is written in Python, or a compiled one beside them."""
    return PathFinder.find_spec(name, [STDLIB])


def is_in(root: Path, name: str) -> bool:
    """Whether the author's folder has that module, which then hides one of Python's: `queue.py`, for instance."""
    if name in _BEFORE_ALL_PATHS or os.path.realpath(root) == STDLIB:
        return False
    return (root / f"{name}.py").is_file() or (root / name / "__init__.py").is_file()


def source_of(spec: ModuleSpec) -> str | None:
    """The file with its source; None if it has none, such as a compiled module or a package without `__init__.py`."""
    origin = spec.origin
    if origin is None or not spec.has_location or origin.endswith(tuple(EXTENSION_SUFFIXES)):
        return None
    return origin if origin.endswith(".py") else None


def is_namespace(spec: ModuleSpec) -> bool:
    """Whether it is a package without an `__init__.py`."""
    return spec.submodule_search_locations is not None and (spec.origin is None or not spec.has_location)
