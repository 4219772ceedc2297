"""The network between several workers and their engines breaks in every way: all is answered, the verdict is exact."""

from __future__ import annotations

import threading
import time
import urllib.error
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from racelab.server import fetch
from session_manager.databases.engines import MOST_CONNECTIONS
from tests.fault_proxy import FaultProxy
from tests.faults import (
    AnswerLate,
    Blackhole,
    CutAfter,
    Delay,
    Drip,
    Ending,
    Fault,
    Forget,
    HalfClose,
    Pass,
    Refuse,
    Towards,
)
from tests.test_workers import assert_no_anomaly
from tests.workers import Workers

if TYPE_CHECKING:
    from tests.engines import PostgresServer, RedisServer

pytestmark = pytest.mark.stress
WAYS: list[tuple[Fault, float]] = [
    (Delay(0.05, 0.05), 0.8),
    (Pass(), 0.7),
    (CutAfter(Towards.SERVER, 100, Ending.RESET), 0.8),
    (Pass(), 0.7),
    (CutAfter(Towards.CLIENT, 1, Ending.FIN), 0.8),
    (Pass(), 0.7),
    (Refuse(), 0.8),
    (Pass(), 0.7),
    (HalfClose(Towards.SERVER), 0.8),
    (Pass(), 0.7),
    (HalfClose(Towards.CLIENT), 0.8),
    (Pass(), 0.7),
    (AnswerLate(3.0), 3.2),
    (Drip(0.5), 3.2),
    (Blackhole(), 3.2),
    (Pass(), 0.7),
    (Forget(), 14.0),
]
"""Each fault, and the seconds for which it lasts: the silent ones for longer than Redis is waited for, and the last one
for longer than PostgreSQL is."""
LIMITS = {"redis-fixed": 25.0, "postgres-fixed": 45.0}
"""Seconds in which a request is answered at the latest: a read asks twice, and what reads is tried again."""


def test_every_request_is_answered_and_the_verdicts_are_exact(
    tmp_path: Path, redis_server: RedisServer, postgres_server: PostgresServer
) -> None:
    """What was acknowledged is stored, what was refused is not, and the rest is unknown."""
    with ExitStack() as ended:
        proxies, urls = [], []
        for server in (redis_server, postgres_server):
            proxies.append(ended.enter_context(FaultProxy("127.0.0.1", server.port)))
            urls.append(server.url.replace(f":{server.port}", f":{proxies[-1].port}"))
        engine = {"RACELAB_SESSION_MANAGER_POSTGRES": urls[1]}
        lab = ended.enter_context(Workers(tmp_path, urls[0], list(LIMITS), RACELAB_THREADS="30", **engine))
        users = [Beside(lab.url, variant) for variant in LIMITS]
        seconds = sum(seconds for _, seconds in WAYS)
        told = lab.run("lost_updates", seconds, lambda: break_them(proxies, users), users=12)
        for user in users:
            result = told["variants"][user.variant]
            assert_no_anomaly(result)
            assert result["promised"] > 50
            assert result["unknown"] > 0
            assert user.longest < LIMITS[user.variant]
            assert user.answered > len(WAYS)
            assert user.unanswered == 0
            for _ in range(3 * MOST_CONNECTIONS):  # of each worker, one after another: none is left that does not work
                user.ask()


def break_them(proxies: list[FaultProxy], users: list[Beside]) -> None:
    """Each way in turn, for all engines together."""
    for user in users:
        user.start()
    for fault, seconds in WAYS:
        for proxy in proxies:
            proxy.switch(fault)
        time.sleep(seconds)
    for user in users:
        user.end()


class Beside:
    """A user of its own beside the load, who times each request.

    Args:
        url: of the lab.
        variant: of the manager that is asked.

    Attributes:
        longest: seconds until an answer, at most.
        answered, unanswered: how many requests had an answer, of any status, or none.
    """

    def __init__(self, url: str, variant: str) -> None:
        self.variant = variant
        self._api = f"{url}/{variant}/api"
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.longest = 0.0
        self.answered = self.unanswered = 0
        self._session = fetch(f"{self._api}/login", {"username": "ann", "password": "x"})["session_id"]

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """End after the present request."""
        self._ending.set()
        self._thread.join(2 * LIMITS[self.variant])

    def ask(self) -> None:
        """Read the session."""
        fetch(f"{self._api}/session/{self._session}", timeout=2 * LIMITS[self.variant])

    def _run(self) -> None:
        while not self._ending.wait(0.05):
            began = time.monotonic()
            try:
                self.ask()
            except urllib.error.HTTPError as error:
                error.close()
                self.answered += 1
            except OSError:
                self.unanswered += 1
            else:
                self.answered += 1
            self.longest = max(self.longest, time.monotonic() - began)
