"""The rows of the survey: one store each, as its record beside the app that serves it says."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Literal

ADAPTERS = Path(__file__).parent / "adapters"
Server = Literal["gunicorn", "uvicorn", "aiohttp", "node"]
NAMES = (
    *("flask-cookie", "flask-session-redis", "flask-session-filesystem", "flask-session-sqlalchemy"),
    *("django-db", "django-cache", "django-cached_db", "django-file"),
    *("beaker-file", "aiohttp-session-redis", "starsessions-redis", "express-session-redis"),
    *("racelab-redis", "racelab-redis-add", "racelab-memory", "racelab-memory-add"),
    *("racelab-sqlite", "racelab-sqlite-add"),
)
"""All rows, in the order of the table."""


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a store fails in some of the columns.

    Attributes:
        columns: the columns that it explains.
        cause: what in the store's design causes it, in one sentence.
        help: the setting or upgrade that helps, or that there is none.
        issues: public reports of it, as `owner/repository#number`.
    """

    columns: tuple[str, ...]
    cause: str
    help: str
    issues: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One store, as it is measured.

    Attributes:
        needs: the engine it needs: "redis", or nothing.
        environment: the folder or file of `environments` with its packages; empty for the project's own.
        app: the name of its app in `adapters`.
        packages: those whose versions are told.
        settings: how it differs from what is shipped.
        variables: what its app needs in its environment; `{redis}` and `{folder}` are filled in.
        note: what a reader must know besides.
        untested: columns that cannot be asked of this store, each with the reason.
    """

    name: str
    title: str
    framework: str
    store: str
    environment: str
    app: str
    server: Server
    packages: tuple[str, ...]
    settings: str
    needs: Literal["", "redis"] = ""
    note: str = ""
    variables: Mapping[str, str] = field(default_factory=dict, hash=False)
    causes: tuple[Cause, ...] = ()
    untested: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def is_own(self) -> bool:
        """Whether it is the project's own store, which runs in the project's environment."""
        return not self.environment

    def cause_of(self, column: str) -> Cause | None:
        """Why it fails in a column, as far as that is known."""
        return next((cause for cause in self.causes if column in cause.columns), None)


@cache
def rows() -> Mapping[str, Row]:
    """All rows by name, in the order of the table."""
    return {name: _read(name) for name in NAMES}


def _read(name: str) -> Row:
    record: dict[str, Any] = tomllib.loads((ADAPTERS / f"{name}.toml").read_text(encoding="utf-8"))
    causes = [
        Cause(tuple(each["columns"]), each["cause"], each["help"], tuple(each["issues"]))
        for each in record.pop("causes", [])
    ]
    packages = tuple(record.pop("packages"))
    return Row(name=name, packages=packages, causes=tuple(causes), **record)
