"""What a test hands over, by the name under which a process of its own imports it."""

from __future__ import annotations

import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from ..target import Named, TargetError, read

NO_NAME: Final = (
    "{!r} has no name by which another process could import it. Give a class or a function that stands at the top of a "
    "module; new='Cache(maxsize=2)' says how the object is made."
)
HIDDEN: Final = (
    "{} is made inside of a function, where no other process finds it. Move it to the top of its module, or of the "
    "module of the test."
)
REPLACED: Final = "{0}.{1} is not what the test hands over: something else has that name by now, such as a patch."


def named(target: Callable[..., object] | str, folder: Path) -> Named:
    """Where to import a class or a function from.

    Args:
        target: it, or what the command `grade` takes: 'module:Class', 'path.py:Class'.
        folder: where such a path begins.

    Raises:
        TargetError: no other process could find it.
    """
    if isinstance(target, str):
        return read(target, folder)
    name = getattr(target, "__qualname__", "")
    module = sys.modules.get(getattr(target, "__module__", None) or "")
    if not name or module is None:
        raise TargetError(NO_NAME.format(target))
    if "<" in name:
        raise TargetError(HIDDEN.format(name))
    if _found(module, name) is not target:
        raise TargetError(REPLACED.format(module.__name__, name))
    return placed(module, name, folder)


def placed(module: ModuleType, name: str, folder: Path) -> Named:
    """Where to import a name of a module from: as this process has imported it, if others can do so too.

    Args:
        folder: paths are told as seen from there.

    Raises:
        TargetError: it has no file, or is in the standard library.
    """
    file = getattr(module, "__file__", None)
    if module.__name__.partition(".")[0] in sys.stdlib_module_names or file is None:
        return read(f"{module.__name__}:{name}", folder)
    path = Path(file).resolve()
    if any(path.is_relative_to(each) for each in _installed()):
        return Named(f"{module.__name__}:{name}", str(folder), module.__name__, name, search_path())
    found = read(f"{_seen_from(path, folder)}:{name}", folder)
    parts = module.__name__.split(".")
    above = path.with_suffix("").parts[: -len(parts)]
    if (*above, *parts) == path.with_suffix("").parts and str(Path(*above)) in search_path():
        found = Named(found.word, str(Path(*above)), module.__name__, name)  # a package without an __init__.py, perhaps
    return Named(found.word, found.root, found.module, name, search_path())


def search_path() -> tuple[str, ...]:
    """The folders that this process imports from, without those that every process of this Python has."""
    own = {Path(sysconfig.get_path(each)).resolve() for each in ("stdlib", "platstdlib")} | _installed()
    given = [each for each in sys.path if each and Path(each).is_dir() and not each.endswith("lib-dynload")]
    return tuple(dict.fromkeys(each for each in given if Path(each).resolve() not in own))


def _found(module: ModuleType, name: str) -> Any:
    value: Any = module
    for part in name.split("."):
        value = getattr(value, part, None)
    return value


def _installed() -> set[Path]:
    return {Path(sysconfig.get_path(each)).resolve() for each in ("purelib", "platlib")}


def _seen_from(path: Path, folder: Path) -> str:
    return str(path.relative_to(folder)) if path.is_relative_to(folder) else str(path)
