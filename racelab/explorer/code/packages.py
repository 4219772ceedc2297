"""Packages of others: neither Python's, nor in the author's folder, nor the one that a program is about.

They are imported as they are, once for the whole process, because an author's module may need much of which no thread
ever runs a line. See `hooks.others` for what happens when one does.
"""

from __future__ import annotations

import gc
import os
import sys
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, Modelled

from .finding import find, is_namespace, source_of
from .python_modules import HARMLESS_COMPILED, LEFT_ALONE, is_of_python

MOST_BYTES: Final = 1_200_000
"""Of source: rewriting it takes about ten seconds."""
COMPILED: Final = "is compiled"
TOO_LARGE: Final = "is too large to be rewritten"
LEFT: Final = "Tasks run code of the package {}, which {}: what it does there is not explored."
_INSTALLED: Final = frozenset({"site-packages", "dist-packages"})
_NOT_THEIRS: Final = frozenset({"__builtins__", "__spec__", "__loader__"})
_HOLDERS: Final = (dict, list, set, tuple, frozenset, deque)
_no_data: Final = (BuiltinFunctionType, MethodType, Modelled)
_known: dict[str, dict[int, tuple[object, str]]] = {}
"""Of each package that was looked at: what belongs to it, by `id`, with the module that has it. It is kept alive."""


def forget(names: Iterable[str]) -> None:
    """These modules were imported now: what belongs to their packages has to be found anew."""
    for name in names:
        _known.pop(name.partition(".")[0], None)


def is_of_others(top: str, root: Path, path: list[str]) -> bool:
    """Whether the package of that name lies somewhere else than in the author's folder, or is installed there."""
    spec = find(top, path)
    if spec is None or (is_namespace(spec) and not spec.submodule_search_locations):
        return False
    places = [spec.origin] if spec.has_location and spec.origin else list(spec.submodule_search_locations or ())
    inside = os.path.realpath(root) + os.sep
    return all(
        not (real := os.path.realpath(place)).startswith(inside)
        or not _INSTALLED.isdisjoint(Path(real.removeprefix(inside)).parts)
        for place in places
    )


def candidates() -> frozenset[str]:
    """All packages that this process has imported, but for Python's and those that are always left alone."""
    tops = {name.partition(".")[0] for name in sys.modules}
    return frozenset({top for top in tops if not is_of_python(top) and top not in LEFT_ALONE | HARMLESS_COMPILED})


def why_not(top: str) -> str:
    """Why a package that was imported cannot be rewritten; empty if it can."""
    modules = _modules_of(top)
    specs = [module.__spec__ for module in modules if module.__spec__ is not None]
    sources = [file for spec in specs if (file := source_of(spec)) is not None]
    if not sources:
        return COMPILED
    sizes = [Path(file).stat().st_size for file in sources if Path(file).is_file()]
    return TOO_LARGE if sum(sizes) > MOST_BYTES else ""


def owner_of(written: Iterable[int], tops: Iterable[str]) -> str:
    """The package to which something belongs whose address is given; empty if there is none."""
    addresses = set(written)
    for top in tops:
        if top not in _known:
            _known[top] = _belongings(top)
        if not addresses.isdisjoint(_known[top]):
            return top
    return ""


def _modules_of(top: str) -> list[ModuleType]:
    inside = f"{top}."
    return [
        module
        for name, module in list(sys.modules.items())
        if (name == top or name.startswith(inside)) and isinstance(module, ModuleType)
    ]


def _belongings(top: str) -> dict[int, tuple[object, str]]:
    """The containers and objects that can be reached from the names of its modules, through what is its own."""
    found: dict[int, tuple[object, str]] = {}
    pythons = {
        id(value)
        for name, module in list(sys.modules.items())
        if is_of_python(name) and isinstance(module, ModuleType)
        for value in list(vars(module).values())
    }
    for module in _modules_of(top):
        waiting: list[Any] = [value for name, value in vars(module).items() if name not in _NOT_THEIRS]
        while waiting:
            one = waiting.pop()
            kind = type(one)
            if kind in ATOMS or id(one) in found or id(one) in pythons or issubclass(kind, (ModuleType, *_no_data)):
                continue
            found[id(one)] = one, module.__name__
            owner = one if issubclass(kind, (type, FunctionType)) else kind
            if issubclass(kind, _HOLDERS) or str(owner.__module__).partition(".")[0] == top:
                waiting += _parts(one)
    return found


def _parts(one: Any) -> list[Any]:
    if issubclass(type(one), FunctionType):
        held = [part for cell in one.__closure__ or () for part in gc.get_referents(cell)]
        return [*held, *(one.__defaults__ or ()), *(one.__kwdefaults__ or {}).values(), vars(one)]
    if issubclass(type(one), type):
        return list(vars(one).values())
    return [part for part in gc.get_referents(one) if part is not type(one)]
