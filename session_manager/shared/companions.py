"""Other labs that serve the same sessions: nobody here knows what they have acknowledged."""

from __future__ import annotations

from typing import Protocol
from zlib import crc32

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from ..databases.engines import engine_for
from ..databases.patience import Patience
from ..sync import Runtime
from .errors import EngineSilent
from .redis_engine import RedisEngine

SECONDS = 15
"""For which a lab counts after it has last shown itself."""
ADVISORY = 0x1ABB
"""The first half of the lock that each lab on PostgreSQL shares; the second is made of the prefix."""


class Companions(Protocol):
    """The labs on one place."""

    def others(self) -> int:
        """Say that this lab is here, and count the others.

        Raises:
            SessionError: the engine does not tell.
        """

    def leave(self) -> None:
        """This lab is about to end."""


class RedisCompanions:
    """A sorted set of labs, by the time until which each counts.

    Args:
        engine: where it is.
        prefix: of the sessions.
        me: a word that no other lab has.
    """

    def __init__(self, engine: RedisEngine, prefix: str, me: str) -> None:
        self._engine = engine.without_dials()
        self._key = f"labs:{prefix}"
        self._me = me

    def others(self) -> int:
        """See `Companions`."""
        now = int(self._engine.reading("TIME")[0])
        self._engine.changing("ZADD", self._key, now + SECONDS, self._me)
        self._engine.changing("ZREMRANGEBYSCORE", self._key, "-inf", now)
        self._engine.changing("EXPIRE", self._key, SECONDS)
        return int(self._engine.reading("ZCARD", self._key)) - 1

    def leave(self) -> None:
        """See `Companions`."""
        try:
            self._engine.changing("ZREM", self._key, self._me)
        finally:
            self._engine.close()


class PostgresCompanions:
    """A lock that all labs share: the server counts who holds it, and forgets who has ended or fallen silent.

    Args:
        url: of the database.
        prefix: of the sessions.
        runtime: for its patience.
    """

    def __init__(self, url: str, prefix: str, runtime: Runtime) -> None:
        self._engine = engine_for(url, pooled=False)
        self._patience = Patience(self._engine, runtime)
        self._connection: sa.Connection | None = None
        self._key = {"kind": ADVISORY, "name": crc32(prefix.encode()) - 2**31}

    def others(self) -> int:
        """See `Companions`."""
        try:
            if self._connection is None:
                self._patience.start()
                self._connection = self._engine.connect()
                self._connection.execute(sa.text(FORGET), {"time": f"{SECONDS}s"})
                self._connection.execute(sa.text("SELECT pg_advisory_lock_shared(:kind, :name)"), self._key)
            return int(self._connection.execute(sa.text(HOLDERS), self._key).scalar_one()) - 1
        except SQLAlchemyError as error:
            self.leave()
            raise EngineSilent("PostgreSQL", error) from error

    def leave(self) -> None:
        """See `Companions`."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.invalidate()
            connection.close()
        self._patience.stop()


FORGET = "SELECT set_config(name, :time, false) FROM pg_settings WHERE name = 'idle_session_timeout'"
"""The network may lose a connection and tell neither side. Its lock would count as another lab, for hours: the server
ends it instead. PostgreSQL before 14 cannot."""
HOLDERS = """SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid::bigint = :kind AND objid::bigint = (CAST(:name AS bigint) + 4294967296) % 4294967296"""
"""Counts the holders of the lock. The two halves of its name are unsigned there."""
