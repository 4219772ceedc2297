"""The extension's settings: every key, its default, and its valid values."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..databases import is_database_url, without_password
from ..shared.stores import ENGINES, SHARED, is_engine_url

PREFIX = "SESSION_MANAGER_"
LOCAL = ("buggy", "fixed")
"""The variants that keep their sessions in the memory of one process."""
MOST_SHARDS = 16_384
SHORTEST_LIFE = 3600
"""Longer than a run: a session that expires in one would be called lost."""
LONGEST_LIFE = 315_360_000
"""Ten years. Redis refuses a time that is far off only when a script has made the rest of the session."""
DEFAULTS: dict[str, Any] = {
    "VARIANTS": ("buggy", "fixed"),  # the managers of the app
    "DEFAULT": "buggy",  # the one that answers at /api
    "DATABASE": "sqlite:///{instance}/{variant}.sqlite",  # memory://, or any SQLAlchemy URL
    "REDIS": "redis://127.0.0.1:6379/0",  # the engine of redis-buggy and redis-fixed
    "POSTGRES": "postgresql+psycopg://127.0.0.1/postgres",  # the engine of postgres-fixed
    "PREFIX": "racelab",  # before the names of their keys and tables
    "SHARDS": 16,  # over which redis-fixed spreads its sessions; the same as long as there are any
    "LIFETIME": 1_209_600,  # seconds until a session of theirs expires that nobody reads or changes: 14 days
    "DB_LATENCY": 0.010,  # seconds until an answer of the database arrives
    "CACHE_TTL": 60.0,  # seconds: a read of an older session refreshes it
    "CLEANUP_INTERVAL": 300.0,  # seconds between two cleanup cycles
    "MAX_SESSIONS": 100_000,  # open and waiting for cleanup; beyond it a login gets 503
    "WINDOW": 0.0,  # seconds: the maximum sleep after each release of a lock
    "FAULT_RATE": 0.0,  # the probability that an operation dies there
    "SEED": None,  # of the random numbers of the two dials
    "GLOBAL": False,  # whether the buggy manager uses the module's three globals; one app of a process may
}


def read_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The settings, each checked, without their prefix.

    Raises:
        ValueError: with a sentence that says which key, why, and what would do.
    """
    unknown = {key for key in config if key.startswith(PREFIX)} - {PREFIX + name for name in DEFAULTS}
    if unknown:
        raise ValueError(f"Unknown setting {min(unknown)}. Known are: {', '.join(PREFIX + name for name in DEFAULTS)}.")
    settings = {name: config.get(PREFIX + name, default) for name, default in DEFAULTS.items()}
    for name, (check, wanted) in CHECKS.items():
        if not check(settings[name]):
            given = settings[name]
            shown = without_password(given) if isinstance(given, str) else given
            raise ValueError(f"{PREFIX}{name} must be {wanted}; got {shown!r}.")
    if settings["DEFAULT"] not in settings["VARIANTS"]:
        raise ValueError(f"{PREFIX}DEFAULT must be one of {settings['VARIANTS']}; got {settings['DEFAULT']!r}.")
    return settings


def _are_variants(value: Any) -> bool:
    if not isinstance(value, list | tuple) or not all(isinstance(name, str) for name in value):
        return False
    return 0 < len(value) == len(set(value)) and set(value) <= {*LOCAL, *SHARED}


def _is_prefix(value: Any) -> bool:
    return isinstance(value, str) and re.fullmatch("[a-z][a-z0-9_]{0,31}", value) is not None


def _is_number(value: Any, least: float, most: float = float("inf")) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and least <= value <= most and value != float("inf")


def _is_whole(value: Any, least: float) -> bool:
    return isinstance(value, int) and _is_number(value, least)


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "VARIANTS": (_are_variants, f"a list of some of {', '.join([*LOCAL, *SHARED])}, each once"),
    "DATABASE": (is_database_url, "memory:// or a SQLAlchemy URL such as sqlite:///lab.sqlite"),
    "REDIS": (lambda v: is_engine_url("redis", v), f"a URL that begins with one of {ENGINES['redis']}"),
    "POSTGRES": (lambda v: is_engine_url("postgres", v), f"a URL that begins with one of {ENGINES['postgres']}"),
    "PREFIX": (_is_prefix, "1 to 32 small letters, digits or underscores, the first a letter"),
    "SHARDS": (lambda v: _is_whole(v, 1) and v <= MOST_SHARDS, f"a whole number from 1 to {MOST_SHARDS:,}"),
    "LIFETIME": (
        lambda v: _is_whole(v, SHORTEST_LIFE) and v <= LONGEST_LIFE,
        f"a whole number of seconds from {SHORTEST_LIFE:,} to {LONGEST_LIFE:,}",
    ),
    "DB_LATENCY": (lambda v: _is_number(v, 0), "a number of seconds, 0 or more"),
    "CACHE_TTL": (lambda v: _is_number(v, 0), "a number of seconds, 0 or more"),
    "CLEANUP_INTERVAL": (lambda v: _is_number(v, 0.01), "a number of seconds, 0.01 or more"),
    "MAX_SESSIONS": (lambda v: _is_whole(v, 1), "a whole number above 0"),
    "WINDOW": (lambda v: _is_number(v, 0), "a number of seconds, 0 or more"),
    "FAULT_RATE": (lambda v: _is_number(v, 0, 1), "a probability between 0 and 1"),
    "SEED": (lambda v: v is None or _is_whole(v, float("-inf")), "a whole number, or None"),
    "GLOBAL": (lambda v: isinstance(v, bool), "true or false"),
}
