"""From a URL to an adapter."""

from __future__ import annotations

from ..sync import Runtime
from .base import Database, DatabaseDials
from .claim import Claim, NoClaim, claim_on
from .memory import MemoryDatabase
from .sql import SqlDatabase, is_sql_url

MEMORY = "memory://"


def is_database_url(url: object) -> bool:
    """Whether `database_at` accepts this URL."""
    return url == MEMORY or is_sql_url(url)


def database_at(url: str, variant: str, runtime: Runtime, dials: DatabaseDials) -> tuple[Database, Claim]:
    """The database of one variant of the manager, and the claim on it. Take the claim, then open the database.

    Args:
        url: `memory://`, or a SQLAlchemy URL; `{variant}` in it is replaced, so that SQLite keeps a file for each.
        variant: names the table, `sessions_<variant>`.
        runtime: where both take locks and naps from; its dials should be down.
        dials: the latency.
    """
    if url == MEMORY:
        return MemoryDatabase(runtime, dials), NoClaim()
    url, table = url.replace("{variant}", variant), f"sessions_{variant}"
    return SqlDatabase(url, table, runtime, dials), claim_on(url, table, runtime)
