"""Whose code a module, class or file is: Python's, a library's, the lab's, or else that of the manager's author.

The location of the file decides, never the name: an author may call a module `sync` or `queue`.
"""

from __future__ import annotations

import os
import site
import sys
import sysconfig
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final

PYTHON, LIBRARY, LAB, AUTHOR = "python", "library", "lab", "author"
ROOT: Final = Path(__file__).resolve().parents[3]
RACELAB: Final = f"{ROOT / 'racelab'}{os.sep}"
SUBJECT: Final = f"{ROOT / 'session_manager'}{os.sep}"
SEAM: Final = "session_manager.sync"
_OF_A_RUNTIME: Final = {"runtime", "locks", "tasks"}
_LIBRARIES: Final = frozenset({"site-packages", "dist-packages"})


def _folders(*paths: str | None) -> tuple[str, ...]:
    """Each with its links and without them, as beginnings of names of files."""
    both = {str(one) for path in paths if path for one in (Path(path).absolute(), Path(path).resolve())}
    return tuple(f"{path}{os.sep}" for path in sorted(both))


_OF_PYTHON: Final = _folders(sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"))
_OF_LIBRARIES: Final = _folders(
    sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), site.getusersitepackages(), *site.getsitepackages()
)


@cache
def of_file(path: str) -> str:
    """Whose a source file is. Generated code, such as the methods of a dataclass, counts as the author's."""
    if path.startswith("<"):
        return PYTHON if path.startswith("<frozen ") else AUTHOR
    for full in (Path(path).absolute(), Path(path).resolve()):
        one = str(full)
        if one.startswith((RACELAB, SUBJECT)):
            return LAB
        if one.startswith(_OF_LIBRARIES) or not _LIBRARIES.isdisjoint(full.parts):
            return LIBRARY
        if one.startswith(_OF_PYTHON):
            return PYTHON
    return AUTHOR


def of_namespace(namespace: Mapping[str, Any]) -> str:
    """Whose a module is, given its globals."""
    file, name = namespace.get("__file__"), str(namespace.get("__name__", ""))
    if isinstance(file, str):
        return of_file(file)
    package = name.partition(".")[0]
    if package in sys.stdlib_module_names:
        return PYTHON
    above = sys.modules.get(package)
    return of_namespace(vars(above)) if above is not None and package != name else AUTHOR


def of_kind(kind: type) -> str:
    """Whose a class is."""
    module = module_of(kind)
    if module is not None:
        return of_namespace(vars(module))
    return PYTHON if str(kind.__module__).partition(".")[0] in sys.stdlib_module_names else AUTHOR


def module_of(thing: Any) -> ModuleType | None:
    """The module that says it has defined a class or a function."""
    found = sys.modules.get(str(getattr(thing, "__module__", None)))
    return found if isinstance(found, ModuleType) else None


def is_seam(module: ModuleType) -> bool:
    """Whether it is `session_manager.sync`, the one module of the subject that may know real locks."""
    return module.__name__ == SEAM and of_namespace(vars(module)) == LAB


def is_of_a_runtime(kind: type) -> bool:
    """Whether objects of a class belong to one explored runtime, and with it to one execution."""
    return is_modelled(kind) and kind.__module__.rpartition(".")[2] in _OF_A_RUNTIME


def is_modelled(kind: type) -> bool:
    """Whether it is a class of the explorer's or of the seam's: of what a runtime hands out."""
    name = str(kind.__module__)
    if name != SEAM and not name.startswith("racelab.explorer."):
        return False
    module = module_of(kind)
    if module is None or of_namespace(vars(module)) != LAB:
        return False
    return vars(module).get(kind.__qualname__.partition(".")[0]) is kind or "." in kind.__qualname__
