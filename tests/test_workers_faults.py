"""The network between several workers and their Redis breaks in every way: all is answered, the verdict is exact."""

from __future__ import annotations

import threading
import time
import urllib.error
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from racelab.bugs import Verdict
from racelab.server import fetch
from tests.fault_proxy import FaultProxy
from tests.faults import AnswerLate, Blackhole, CutAfter, Delay, Drip, Ending, Fault, HalfClose, Pass, Refuse, Towards
from tests.workers import Workers

if TYPE_CHECKING:
    from tests.engines import RedisServer

pytestmark = pytest.mark.stress
WAYS: list[Fault] = [
    Delay(0.05, 0.05),
    CutAfter(Towards.SERVER, 100, Ending.RESET),
    CutAfter(Towards.CLIENT, 1, Ending.FIN),
    AnswerLate(3.0),
    Refuse(),
    HalfClose(Towards.SERVER),
    HalfClose(Towards.CLIENT),
    Drip(0.5),
    Blackhole(),
]
EACH = 2.0
"""Seconds for which each lasts, and after which the network works for as long."""
LIMIT = 25.0
"""Seconds in which a request is answered at the latest: a read asks twice, and a read of Redis is tried again."""


def test_every_request_is_answered_and_the_verdict_is_exact(tmp_path: Path, redis_server: RedisServer) -> None:
    """What was acknowledged is stored, what was refused is not, and the rest is unknown."""
    parts = urlsplit(redis_server.url)
    assert parts.hostname is not None
    assert parts.port is not None
    with (
        FaultProxy(parts.hostname, parts.port) as proxy,
        Workers(tmp_path, f"redis://127.0.0.1:{proxy.port}/0", RACELAB_THREADS="30") as lab,
    ):
        beside = Beside(lab.url)
        seconds = 2 * EACH * len(WAYS)
        told = lab.run("lost_updates", seconds, lambda: break_it(proxy, beside), users=6)
        beside.end()
        fixed = told["variants"]["redis-fixed"]
        assert (fixed["verdict"], fixed["vanished"], fixed["surplus"]) == (Verdict.AGREE, 0, 0), fixed["sentence"]
        assert fixed["promised"] > 50
        assert fixed["unknown"] > 0
        assert beside.longest < LIMIT
        assert beside.answered > len(WAYS)
        assert beside.unanswered == 0


def break_it(proxy: FaultProxy, beside: Beside) -> None:
    """Each way in turn, and no fault after each."""
    beside.start()
    for fault in WAYS:
        for way in (fault, Pass()):
            proxy.switch(way)
            time.sleep(EACH)


class Beside:
    """A user of its own beside the load, who times each request.

    Args:
        url: of the lab.

    Attributes:
        longest: seconds until an answer, at most.
        answered, unanswered: how many requests had an answer, of any status, or none.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.longest = 0.0
        self.answered = self.unanswered = 0
        self._session = fetch(f"{url}/redis-fixed/api/login", {"username": "ann", "password": "x"})["session_id"]

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def end(self) -> None:
        """End after the present request."""
        self._ending.set()
        self._thread.join(2 * LIMIT)

    def _run(self) -> None:
        while not self._ending.wait(0.05):
            began = time.monotonic()
            try:
                fetch(f"{self._url}/redis-fixed/api/session/{self._session}", timeout=2 * LIMIT)
            except urllib.error.HTTPError as error:
                error.close()
                self.answered += 1
            except OSError:
                self.unanswered += 1
            else:
                self.answered += 1
            self.longest = max(self.longest, time.monotonic() - began)
