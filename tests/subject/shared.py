"""The managers over engines that processes share, each on a real server with keys of its own."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest

from session_manager.databases import DatabaseDials
from session_manager.databases.base import Records
from session_manager.shared.stores import ENGINES, SHARED, Place, SharedManager, shared_manager
from session_manager.sync import Dials, ThreadRuntime

VARIANTS = sorted(SHARED)
SERVERS = {"redis": "redis_server", "postgres": "postgres_server"}
"""The fixture that starts the server of each engine."""
_numbers = itertools.count(1)


class ComesIn(Dials):
    """Lets another operation come in after the n-th command of one operation, in the same thread: no chance is used."""

    def __init__(self) -> None:
        super().__init__()
        self._left = 0
        self._other: Callable[[], object] | None = None
        self.passed = 0

    def let_in(self, after: int, other: Callable[[], object]) -> None:
        """From now on: after so many commands, `other` runs, once."""
        self._left, self._other, self.passed, self.armed = after, other, 0, True

    def released(self, lock: str, failing: bool) -> None:
        """A command has ended."""
        if self.window or self.fault_rate:
            return super().released(lock, failing)
        self.passed += 1
        self._left -= 1
        if self._left == 0 and self._other is not None:
            other, self._other, self.armed = self._other, None, False
            other()
            self.armed = True
        return None

    @property
    def came_in(self) -> bool:
        """Whether there were that many commands."""
        return self._other is None


class Late(ThreadRuntime):
    """While the answer to a refresh is on its way, another operation may come in. It takes no time."""

    def nap(self, seconds: float) -> None:
        """See the class."""
        if self.dials.armed:
            self.dials.released("nap", failing=False)


@dataclass(slots=True)
class Bench:
    """A manager, its records, and who may come in between its commands."""

    variant: str
    manager: SharedManager
    records: Records
    comes_in: ComesIn
    dials: DatabaseDials

    def create(self, odd: bool | None = None) -> str:
        """A session; with an id of odd or even length if that is wanted."""
        while True:
            session_id = self.manager.create_session("user_ann", "ann")
            if odd is None or odd == bool(len(session_id) % 2):
                return session_id
            self.manager.delete_session(session_id)


def place_at(engine: str, url: str, shards: int = 4, prefix: str = "") -> Place:
    """A place of its own on that server. The other engine is not there."""
    urls = {name: beginnings[0] + "127.0.0.1:1/none" for name, beginnings in ENGINES.items()} | {engine: url}
    prefix = prefix or f"t{os.getpid()}_{next(_numbers)}"
    return Place(urls, prefix, shards, cache_ttl=60.0, max_sessions=10_000, lifetime=3600)


@contextmanager
def opened(variant: str, place: Place) -> Iterator[Bench]:
    """One manager there, as a process has it. Nothing is removed at the end."""
    comes_in, dials = ComesIn(), DatabaseDials(0.001)
    manager, records = shared_manager(variant, place, Late(comes_in), dials, None)
    records.open()
    try:
        yield Bench(variant, manager, records, comes_in, dials)
    finally:
        records.close()


@contextmanager
def bench(variant: str, request: pytest.FixtureRequest, shards: int = 4) -> Iterator[Bench]:
    """An empty one, on the server that the tests share; its keys go at the end."""
    engine = SHARED[variant]
    place = place_at(engine, request.getfixturevalue(SERVERS[engine]).url, shards)
    with opened(variant, place) as one:
        try:
            yield one
        finally:
            one.comes_in.armed = False
            one.manager.clear()


def on_each_variant(claim: Callable[[Bench], None]) -> Callable[[str, pytest.FixtureRequest], None]:
    """The test that a claim holds for every variant."""

    @pytest.mark.parametrize("variant", VARIANTS)
    def test(variant: str, request: pytest.FixtureRequest) -> None:
        with bench(variant, request) as one:
            claim(one)

    test.__doc__ = claim.__doc__
    test.__name__ = claim.__name__
    return test
