"""The variants by name: which engine each needs, and how it is built."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Protocol

from ..databases import DatabaseDials, is_database_url
from ..databases.base import Records
from ..model import Manager
from ..sync import ThreadRuntime
from . import postgres_fixed, redis_buggy, redis_fixed
from .companions import Companions, PostgresCompanions, RedisCompanions
from .postgres_engine import PostgresEngine
from .postgres_records import PostgresRecords
from .redis_engine import RedisEngine
from .redis_keys import Keys
from .redis_pool import is_redis_url
from .redis_records import RedisRecords

Observed = Callable[[Records], Records]
"""What an observer makes of the records before a manager gets them."""


class SharedManager(Manager, Protocol):
    """A manager over an engine that processes share."""

    cache_ttl: float


@dataclass(frozen=True, slots=True)
class Place:
    """Where and how the sessions of a variant are kept.

    Attributes:
        urls: of the engines, by `redis` and `postgres`.
        prefix: before the names of keys and tables.
        shards: see `Keys`.
        cache_ttl, max_sessions, lifetime: see the managers.
    """

    urls: dict[str, str]
    prefix: str
    shards: int
    cache_ttl: float
    max_sessions: int
    lifetime: int


SHARED = {"redis-buggy": "redis", "redis-fixed": "redis", "postgres-fixed": "postgres"}
"""The engine of each variant."""
ENGINES = {"redis": ("redis://", "rediss://", "unix://"), "postgres": ("postgresql+psycopg://",)}
"""How the URL of each begins."""


def is_engine_url(engine: str, url: object) -> bool:
    """Whether it is the URL of such an engine, which need not be there."""
    if not isinstance(url, str) or not url.startswith(ENGINES[engine]) or url in ENGINES[engine]:
        return False
    return is_redis_url(url) if engine == "redis" else is_database_url(url)


def shared_manager(
    variant: str, place: Place, runtime: ThreadRuntime, dials: DatabaseDials, observed: Observed | None
) -> tuple[SharedManager, Records]:
    """One variant, and the records that it shares with all other processes. Opens nothing yet.

    Raises:
        ValueError: the URL of its engine is none.
    """
    prefix = f"{place.prefix}:{variant}"
    url = place.urls[SHARED[variant]]
    limits = {"cache_ttl": place.cache_ttl, "max_sessions": place.max_sessions, "lifetime": place.lifetime}
    if variant == "postgres-fixed":
        tables = PostgresEngine(url, prefix, runtime)
        records = _seen(PostgresRecords(tables, runtime, dials, place.lifetime), observed)
        return postgres_fixed.SessionManager(tables, records, runtime, **limits), records  # type: ignore[arg-type]
    engine = RedisEngine(url, runtime)
    if variant == "redis-buggy":
        prefix = f"{{{prefix}}}"  # on a cluster all its keys are in one slot, which its transactions need
        records = _seen(redis_buggy.BlobRecords(engine, prefix, runtime, dials), observed)
        return redis_buggy.SessionManager(engine, prefix, records, runtime, **limits), records  # type: ignore[arg-type]
    keys = Keys(prefix, place.shards)
    records = _seen(RedisRecords(engine, keys, runtime, dials, place.lifetime), observed)
    return redis_fixed.SessionManager(engine, keys, records, runtime, **limits), records  # type: ignore[arg-type]


def companions_at(variant: str, place: Place, runtime: ThreadRuntime, me: str) -> Companions:
    """The other labs on that place.

    Args:
        variant, place, runtime: as for `shared_manager`.
        me: a word that no other lab has.
    """
    prefix, url = f"{place.prefix}:{variant}", place.urls[SHARED[variant]]
    if SHARED[variant] == "postgres":
        return PostgresCompanions(url, prefix, runtime)
    return RedisCompanions(RedisEngine(url, runtime), prefix, me)


def companions_of(
    variants: Iterable[str], place: Place, runtime: ThreadRuntime, name: str = ""
) -> dict[str, Companions]:
    """Those of each variant that is shared, for one lab. Without a name it gets one: two apps are then two labs."""
    me = name or runtime.new_id()
    return {variant: companions_at(variant, place, runtime, me) for variant in variants if variant in SHARED}


def _seen(records: Records, observed: Observed | None) -> Records:
    return observed(records) if observed else records
