"""What an author's code finds around it: the time of day, chance, the system, logs and databases, all modelled."""

from __future__ import annotations

from types import ModuleType
from typing import Final

from . import at_exit, datetime, logging, operating_system, random, sqlite, uuid, weak_references

WORLD: Final[dict[str, ModuleType]] = {
    "_random": random.MODULE,
    "atexit": at_exit.MODULE,
    "datetime": datetime.MODULE,
    "logging": logging.MODULE,
    "logging.config": logging.CONFIG,
    "logging.handlers": logging.HANDLERS,
    "os": operating_system.MODULE,
    "sqlite3": sqlite.MODULE,
    "sqlite3.dbapi2": sqlite.MODULE,
    "uuid": uuid.MODULE,
    "weakref": weak_references.MODULE,
}
"""By the name by which it is imported."""
