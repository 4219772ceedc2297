"""Where web sessions can be kept, by URL."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import ceil
from typing import Any

from ..databases import Claim, DatabaseDials, NoClaim, database_at, is_database_url
from ..databases.base import Records
from ..shared.postgres_engine import PostgresEngine
from ..shared.postgres_records import PostgresRecords
from ..shared.redis_engine import RedisEngine
from ..shared.redis_keys import Keys
from ..shared.redis_records import RedisRecords
from ..shared.stores import is_engine_url
from ..sync import ThreadRuntime
from . import postgres, redis
from .contract import WebSessions

SHARDS = 16
"""Over which the sessions on Redis are spread."""
LONGEST_LIFE = 315_360_000
"""Ten years."""
MOST_SESSIONS = 10_000_000
RENEWALS = 10
"""How often at least a session is renewed in its lifetime if it is read all the time."""
MEMORY = ("memory:", "memory://")
_PREFIX = re.compile(r"[A-Za-z0-9_.:-]{1,40}")


class WebRuntime(ThreadRuntime):
    """Ids that cleanup can remove: those of odd length are there to fail, as in the module under study."""

    def new_id(self) -> str:
        """32 hexadecimal digits, at least 124 bits of them random."""
        return super().new_id().zfill(32)


@dataclass(frozen=True, slots=True)
class Store:
    """Web sessions, and what whoever has them must do.

    Attributes:
        sessions: for requests. Somebody calls their `run_cleanup` from time to time: what has expired goes with it.
        records: to be opened before, and closed at the end.
        claim: to be taken before that, kept, and given back: a store in memory or over SQLite belongs to one process.
    """

    sessions: WebSessions
    records: Records
    claim: Claim

    def open(self, patience: float = 0.0) -> None:
        """Take the claim, open the records, and take over the stored sessions.

        Args:
            patience: seconds to wait for another process that has the claim and is about to end.

        Raises:
            DatabaseClaimed, CannotOpen: it cannot be; nothing is left open.
        """
        self.claim.take(patience)
        try:
            self.records.open()
            self.sessions.recover()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the records, and give back the claim."""
        self.records.close()
        self.claim.release()


def is_store_url(url: object) -> bool:
    """Whether `sessions_at` accepts this URL. Opens nothing."""
    return (
        url in MEMORY
        or is_engine_url("redis", url)
        or is_engine_url("postgres", url)
        or (is_database_url(url) and str(url).startswith("sqlite:"))
    )


def sessions_at(
    url: str,
    prefix: str = "session:",
    lifetime: float = 2_678_400,
    cache_ttl: float = 60.0,
    max_sessions: int = MOST_SESSIONS,
    runtime: ThreadRuntime | None = None,
) -> Store:
    """Web sessions at that place. Opens nothing yet.

    Args:
        url: `memory:`, `sqlite:///FILE`, `redis://`, `rediss://`, `unix://` or `postgresql+psycopg://`.
        prefix: before the names of keys and tables, so that several apps may share a place. In the name of a table each
            character that it cannot have becomes an underscore.
        lifetime: seconds until a session expires that nobody reads or changes, rounded up to whole ones.
        cache_ttl: seconds after which a read renews the expiry. At most a tenth of the lifetime is taken.
        max_sessions: open and waiting for cleanup.
        runtime: for tests.

    Raises:
        ValueError: one of them makes no sense.
    """
    if not is_store_url(url):
        raise ValueError(
            "Sessions are kept at memory:, sqlite:///FILE, redis://, rediss://, unix:// or postgresql+psycopg://; "
            f"this is none of them: {str(url)[:16]!r}..."
        )
    if not _PREFIX.fullmatch(prefix):
        raise ValueError(f"A prefix has 1 to 40 letters, digits and _ . : -; this is none: {prefix!r}.")
    if not 0 < lifetime <= LONGEST_LIFE:
        raise ValueError(f"A lifetime has more than 0 and at most {LONGEST_LIFE} seconds, not {lifetime!r}.")
    runtime, life = runtime or WebRuntime(), ceil(lifetime)
    name = f"{prefix}@web"  # beside what another library keeps under that prefix; no other prefix begins with it
    limits: dict[str, Any] = {
        "cache_ttl": min(cache_ttl, life / RENEWALS),
        "max_sessions": max_sessions,
        "lifetime": life,
    }
    dials = DatabaseDials(0.0)
    if is_engine_url("redis", url):
        engine, keys = RedisEngine(url, runtime), Keys(name, SHARDS)
        kept = RedisRecords(engine, keys, runtime, dials, life)
        return Store(redis.WebSessions(engine, keys, kept, runtime, **limits), kept, NoClaim())
    if is_engine_url("postgres", url):
        tables = PostgresEngine(url, name, runtime)
        rows = PostgresRecords(tables, runtime, dials, life)
        return Store(postgres.WebSessions(tables, rows, runtime, **limits), rows, NoClaim())
    from . import memory  # here, because an app on Redis needs none of it

    place = "memory://" if url in MEMORY else url
    database, claim = database_at(place, re.sub(r"\W", "_", name), runtime, dials)
    return Store(memory.WebSessions(database, runtime, **limits), database, claim)
