"""What survives `kill -9` of the worker in the middle of a load: on the fixed manager, all that was acknowledged."""

from __future__ import annotations

import http.client
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from racelab.server import Server, with_patience

VISITORS = 12
SAVES_BEFORE_THE_KILL = 400


@dataclass
class Visitor:
    """One client with one session at a time, and what it was told."""

    variant: str
    number: int
    open: dict[str, dict[str, str]] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)
    not_known_to_be_closed: list[str] = field(default_factory=list)

    def play(self, url: str, told: Tally) -> None:
        """Log in, save and leave, again and again, until the server is gone."""
        connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
        with suppress(OSError, http.client.HTTPException):
            for turn in range(10_000):
                session_id = ask(connection, "POST", f"/{self.variant}/api/login", self.who())["session_id"]
                self.open[session_id] = {}
                for step in range(6):
                    self._save(connection, session_id, f"{turn}-{step}", told)
                if turn % 3 == 2:
                    self.not_known_to_be_closed.append(session_id)
                    ask(connection, "DELETE", f"/{self.variant}/api/logout/{session_id}")
                    self.closed.append(session_id)
        connection.close()

    def who(self) -> dict[str, str]:
        """The login's body."""
        return {"username": f"visitor-{self.number}", "password": "x"}

    def _save(self, connection: http.client.HTTPConnection, session_id: str, key: str, told: Tally) -> None:
        self.unknown[session_id] = 1
        ask(connection, "PUT", f"/{self.variant}/api/session/{session_id}/prefs", {"key": key, "value": key})
        self.unknown[session_id] = 0
        self.open[session_id][key] = key
        told.saved()


class Tally:
    """Counts acknowledged saves and says when there are enough."""

    def __init__(self, enough: int) -> None:
        self._left = enough
        self._lock = threading.Lock()
        self.reached = threading.Event()

    def saved(self) -> None:
        """One more."""
        with self._lock:
            self._left -= 1
            if self._left == 0:
                self.reached.set()


def ask(connection: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> Any:
    """One request; an answer other than 200 is an error here."""
    connection.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    said = json.load(answer)
    assert answer.status == 200, said
    return said


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """A real server on SQLite files, without cleanup for the time of the test."""
    with Server(tmp_path, environ={"RACELAB_SESSION_MANAGER_CLEANUP_INTERVAL": "3600"}) as lab:
        yield lab


def load_and_kill(server: Server, variant: str) -> tuple[list[Visitor], dict[str, Any]]:
    """Let visitors in, kill the worker in the middle, wait for its successor. Returns the visitors and its status."""
    before = server.fetch("/lab/status")
    told = Tally(SAVES_BEFORE_THE_KILL)
    visitors = [Visitor(variant, number) for number in range(VISITORS)]
    threads = [threading.Thread(target=visitor.play, args=(server.url, told)) for visitor in visitors]
    for thread in threads:
        thread.start()
    assert told.reached.wait(60)
    os.kill(before["environment"]["pid"], signal.SIGKILL)
    for thread in threads:
        thread.join(60)
    status = server.ask("/lab/status")
    while status is None or status["boot"] == before["boot"]:
        with_patience(server.process, 0.1)
        status = server.ask("/lab/status")
    return visitors, status


@pytest.mark.stress
def test_every_acknowledged_change_survives_a_killed_worker(server: Server) -> None:
    """On fixed all acknowledged changes survive a killed worker."""
    visitors, status = load_and_kill(server, "fixed")
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=10)
    checked = 0
    for visitor in visitors:
        for session_id, promised in visitor.open.items():
            if session_id in visitor.not_known_to_be_closed:
                continue
            data = ask(connection, "GET", f"/fixed/api/session/{session_id}")
            missing = promised.items() - data["metadata"].items()
            assert not missing
            assert 0 <= data["access_count"] - len(promised) <= visitor.unknown[session_id]
            checked += len(promised)
        for session_id in visitor.closed:
            connection.request("GET", f"/fixed/api/session/{session_id}")
            answer = connection.getresponse()
            answer.read()
            assert answer.status == 404
    connection.close()
    assert checked > 0
    assert status["variants"]["fixed"]["recovered"] > 0
    assert status["variants"]["fixed"]["left_over"] == 0
    counts = server.fetch("/fixed/api/stats")
    assert counts["active_sessions_reported"] == counts["active_sessions_actual"]


@pytest.mark.stress
def test_the_buggy_manager_leaves_rows_over(server: Server) -> None:
    """After a kill each row of buggy is left over, and none counts as lost."""
    visitors, status = load_and_kill(server, "buggy")
    opened = sum(len(visitor.open) for visitor in visitors)
    told = status["variants"]["buggy"]
    assert told["recovered"] == 0
    assert opened <= told["left_over"] <= opened + VISITORS
    verdict = server.fetch("/lab/verdict")["variants"]["buggy"]
    assert verdict["verdict"] == "cannot tell"
    assert verdict["vanished"] == 0
