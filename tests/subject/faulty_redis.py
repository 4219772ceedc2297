"""The fixed manager on a Redis that a test breaks, and what is stored there, read past everything that is broken."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from session_manager.databases import DatabaseDials
from session_manager.model import SessionError
from session_manager.shared.redis_engine import LONGEST, SECONDS, RedisEngine
from session_manager.shared.redis_fixed import SessionManager
from session_manager.shared.redis_keys import Keys
from session_manager.shared.redis_records import RedisRecords
from session_manager.sync import ThreadRuntime
from tests.cluster import Cluster
from tests.engines import RedisServer
from tests.fault_proxy import FaultProxy

SOON = 0.4
"""Seconds of patience where a test waits for their end."""
_numbers = itertools.count(1)


@dataclass(slots=True)
class Bench:
    """A manager, its engine, and the server that both are on."""

    engine: RedisEngine
    keys: Keys
    manager: SessionManager
    records: RedisRecords
    server: RedisServer | Cluster

    def stored(self, session_id: str) -> dict[str, str]:
        """The hash of a session, read directly."""
        found: Any = self.server.client().hgetall(self.keys.of(session_id).sessions + session_id)
        return dict(found)

    def count(self, session_id: str) -> int:
        """Its stored accesses."""
        return int(self.stored(session_id)["c"])

    def everything(self) -> dict[str, Any]:
        """All keys of the manager and their values, as bytes."""
        client: Any = self.server.client()
        return {name: client.dump(name) for name in sorted(client.scan_iter(f"{self.keys.prefix}:*"))}


@contextmanager
def bench(server: RedisServer | Cluster, url: str = "", seconds: float = SECONDS, shards: int = 2) -> Iterator[Bench]:
    """A manager there with keys of its own, which go at the end if the server still runs."""
    runtime = ThreadRuntime()
    engine = RedisEngine(url or server.url, runtime, seconds)
    keys = Keys(f"f{os.getpid()}_{next(_numbers)}", shards)
    records = RedisRecords(engine, keys, runtime, DatabaseDials(0.0), lifetime=3600, backoff=0.001)
    manager = SessionManager(engine, keys, records, runtime, lifetime=3600)
    records.open()
    try:
        yield Bench(engine, keys, manager, records, server)
    finally:
        records.close()
        if server.running:
            for name in list(server.client().scan_iter(f"{keys.prefix}:*")):
                server.client().delete(name)


@contextmanager
def through_a_proxy(
    server: RedisServer, seconds: float = SECONDS, query: str = ""
) -> Iterator[tuple[Bench, FaultProxy]]:
    """The same, and a proxy on the way."""
    with (
        FaultProxy("127.0.0.1", server.port) as proxy,
        bench(server, f"redis://127.0.0.1:{proxy.port}/0{query}", seconds) as one,
    ):
        yield one, proxy


def refused(call: Callable[[], object], seconds: float = SECONDS) -> SessionError:
    """The error of a call. It is ours, and comes within the limit.

    Args:
        call: which must fail.
        seconds: the engine's patience.
    """
    started = time.monotonic()
    with pytest.raises(SessionError) as failed:
        call()
    assert time.monotonic() - started < LONGEST * seconds / SECONDS + 2.5
    return failed.value


@contextmanager
def configured(server: RedisServer, **settings: object) -> Iterator[None]:
    """The server with other settings, and then with those it had."""
    client: Any = server.client()
    before = {name: client.config_get(name)[name] for name in (key.replace("_", "-") for key in settings)}
    for name, value in settings.items():
        client.config_set(name.replace("_", "-"), value)
    try:
        yield
    finally:
        for name, value in before.items():
            client.config_set(name, value)


def error_of(call: Callable[[], object]) -> SessionError | None:
    """The error of a call, if it fails."""
    try:
        call()
    except SessionError as error:
        return error
    return None
