"""`importlib`, `__import__` and `importlib.reload` as the author's modules have them: they ask the loader under way.

Functions of modules that serve several executions keep these, so the loader is looked up at each call.
"""

from __future__ import annotations

import builtins
import importlib
from collections.abc import Mapping
from types import ModuleType
from typing import Any, Final, Protocol

from .copies import copy_of
from .names import absolute


class Imports(Protocol):
    """Who imports: see `loader.Loader`."""

    def imports(
        self, name: str, namespace: Mapping[str, Any] | None, names: tuple[str, ...] | None, level: int
    ) -> ModuleType:
        """What the statement binds."""

    def module(self, name: str) -> ModuleType:
        """The module of that full name."""

    def rewritten(self, name: str) -> ModuleType:
        """A module of Python's, imported anew and rewritten."""

    def may_be_imported(self, name: str) -> bool:
        """Whether a module may be imported by code that is not rewritten."""

    def is_importing(self) -> bool:
        """Whether the code of a module runs."""

    def not_modelled(self, reason: str) -> None:
        """Something happens after which no verdict may be given."""


class _UnderWay:
    """The loader of the execution under way; None while nothing is explored."""

    def __init__(self) -> None:
        self.loader: Imports | None = None


under_way: Final = _UnderWay()
RELOADS: Final = "importlib.reload is used, and it is not modelled."


def import_now(
    name: str,
    globals: Mapping[str, Any] | None = None,  # noqa: A002 - the names that `__import__` has
    locals: Mapping[str, Any] | None = None,  # noqa: A002
    fromlist: tuple[str, ...] | None = (),
    level: int = 0,
) -> ModuleType:
    """`__import__` of the author's modules."""
    loader = under_way.loader
    if loader is None:
        return builtins.__import__(name, globals, locals, fromlist or (), level)
    return loader.imports(name, globals, fromlist, level)


def import_module(name: str, package: str | None = None) -> ModuleType:
    """`importlib.import_module`."""
    loader = under_way.loader
    if loader is None:
        return importlib.import_module(name, package)
    stripped = name.lstrip(".")
    level = len(name) - len(stripped)
    if level and not package:
        raise TypeError(f"the 'package' argument is required to perform a relative import for {name!r}")
    return loader.module(absolute(stripped, {"__package__": package}, level))


def reload(module: ModuleType) -> ModuleType:
    """`importlib.reload`: an execution in which that happens cannot be judged."""
    if under_way.loader is not None:
        under_way.loader.not_modelled(RELOADS)
    return module


IMPORTLIB: Final = copy_of(
    importlib, __import__=import_now, import_module=import_module, reload=reload, invalidate_caches=lambda: None
)
