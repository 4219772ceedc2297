"""The managers that can be explored: those of the lab by name, and any other by what makes it."""

from __future__ import annotations

from collections.abc import Callable

from session_manager import buggy, fixed
from session_manager.databases import Database
from session_manager.fixes import CATALOGUE
from session_manager.model import Manager
from session_manager.state import State
from session_manager.sync import Runtime

Maker = Callable[[Database, Runtime], Manager]
Variant = str | Maker
"""A manager by its name here, or whatever makes one."""


def _over_buggy(kind: type[buggy.SessionManager]) -> Maker:
    return lambda database, runtime: kind(database, State.private(runtime), runtime)


VARIANTS: dict[str, Maker] = {
    "buggy": _over_buggy(buggy.SessionManager),
    "fixed": fixed.SessionManager,
    **{name: _over_buggy(fix.manager) for name, fix in CATALOGUE.items()},
}


def make(variant: Variant, database: Database, runtime: Runtime) -> Manager:
    """A fresh manager.

    Raises:
        KeyError: there is no variant of that name.
    """
    maker = VARIANTS[variant] if isinstance(variant, str) else variant
    return maker(database, runtime)


def name_of(variant: Variant) -> str:
    """What to call it."""
    return variant if isinstance(variant, str) else str(getattr(variant, "__name__", type(variant).__name__))
