"""The engines that processes share, for `serve`: their settings, and a Redis of its own if none is named."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .. import private_redis

VARIABLE = "RACELAB_SESSION_MANAGER_"
EXAMPLES = {"redis": "redis://127.0.0.1:6379", "postgres": "postgresql+psycopg://USER@HOST/DATABASE"}


def settings(instance: Path, redis: str | None, postgres: str | None) -> dict[str, str]:
    """What the server needs in its environment.

    Args:
        instance: the folder of its data.
        redis: the URL of a server; empty to start one; None for no Redis.
        postgres: the URL of a database; None for no PostgreSQL.

    Raises:
        click.UsageError: there is no such engine.
    """
    variants, found = [], {}
    if redis is not None:
        try:
            found["REDIS"] = redis or private_redis.start(instance / "redis")
        except private_redis.NoRedis as problem:
            raise click.UsageError(str(problem)) from None
        variants += ["redis-buggy", "redis-fixed"]
    if postgres is not None:
        found["POSTGRES"] = postgres
        variants.append("postgres-fixed")
    if variants:
        found |= {"VARIANTS": json.dumps(variants), "DEFAULT": variants[0]}
    return {VARIABLE + name: value for name, value in found.items()}


def checked(_: click.Context, option: click.Parameter, given: str | None) -> str | None:
    """The value of such an option.

    Raises:
        click.UsageError: it is no URL of that engine, such as the name of the next option.
    """
    from session_manager.databases import without_password  # here: most commands need no engine
    from session_manager.shared.stores import is_engine_url

    engine = option.name or ""
    if given and not is_engine_url(engine, given):
        raise click.UsageError(f"--{engine} takes a URL such as {EXAMPLES[engine]}; got {without_password(given)!r}.")
    return given
