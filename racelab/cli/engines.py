"""The engines that processes share, for `serve`: their settings, and a Redis of its own if none is named."""

from __future__ import annotations

import json
from pathlib import Path

import click

from .. import private_redis

VARIABLE = "RACELAB_SESSION_MANAGER_"
BEGINNINGS = ("redis://", "rediss://", "unix://")


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
        if redis and not redis.startswith(BEGINNINGS):
            raise click.UsageError(f"--redis takes a URL such as redis://127.0.0.1:6379; got {redis!r}.")
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
