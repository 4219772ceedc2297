"""The databases that store sessions. `database_at` turns a URL into an adapter."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from .base import CannotOpen, Database, DatabaseDials, DatabaseUnavailable, Records
from .memory import MemoryDatabase

if TYPE_CHECKING:
    from .by_url import database_at, is_database_url
    from .claim import Claim, DatabaseClaimed, NoClaim
    from .secrets import without_password
    from .sql import SqlDatabase

__all__ = [
    "CannotOpen",
    "Claim",
    "Database",
    "DatabaseClaimed",
    "DatabaseDials",
    "DatabaseUnavailable",
    "MemoryDatabase",
    "NoClaim",
    "Records",
    "SqlDatabase",
    "database_at",
    "is_database_url",
    "without_password",
]
_WHERE = {
    "by_url": ("database_at", "is_database_url"),
    "claim": ("Claim", "DatabaseClaimed", "NoClaim"),
    "secrets": ("without_password",),
    "sql": ("SqlDatabase",),
}


def __getattr__(name: str) -> Any:
    """What needs SQLAlchemy comes when it is asked for: a manager in memory does not need it."""
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f".{module}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
