"""The databases that store sessions. `open_database` turns a URL into an adapter."""

from __future__ import annotations

from ..sync import Runtime
from .base import Database, DatabaseDials, DatabaseUnavailable
from .memory import MemoryDatabase
from .sql import SqlDatabase, is_sql_url

__all__ = [
    "Database",
    "DatabaseDials",
    "DatabaseUnavailable",
    "MemoryDatabase",
    "SqlDatabase",
    "is_database_url",
    "open_database",
]


MEMORY = "memory://"


def is_database_url(url: object) -> bool:
    """Whether `open_database` accepts this URL."""
    return url == MEMORY or is_sql_url(url)


def open_database(url: str, variant: str, runtime: Runtime, dials: DatabaseDials) -> Database:
    """The database of one variant of the manager.

    Args:
        url: `memory://`, or a SQLAlchemy URL; `{variant}` in it is replaced, so that SQLite keeps a file for each.
        variant: names the table, `sessions_<variant>`.
        runtime: where the adapter takes locks and naps from; its dials should be down.
        dials: the latency.
    """
    if url == MEMORY:
        return MemoryDatabase(runtime, dials)
    return SqlDatabase(url.replace("{variant}", variant), f"sessions_{variant}", runtime, dials)
