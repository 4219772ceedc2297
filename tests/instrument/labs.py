"""An app with its lab for a test, and a way to wait that is no sleep: for a condition, with a deadline."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any, cast

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from racelab.live.burst import Order
from racelab.live.json_types import BurstJson, VerdictJson
from racelab.live.lab import Lab
from session_manager import fixed

# In memory, at once, cleanup only when asked for; an error that nobody expected comes out of the client.
CALM: dict[str, Any] = {
    "TESTING": True,
    "SESSION_MANAGER_DATABASE": "memory://",
    "SESSION_MANAGER_GLOBAL": False,
    "SESSION_MANAGER_DB_LATENCY": 0.0,
    "SESSION_MANAGER_CACHE_TTL": 3600.0,
    "SESSION_MANAGER_CLEANUP_INTERVAL": 3600.0,
    "SESSION_MANAGER_SEED": 7,
}

BOTH = ("buggy", "fixed")
BUGS = ("lost_updates", "stale_overwrites", "cleanup_leak", "phantom_sessions")


def until(condition: Callable[[], object], what: str, seconds: float = 30.0) -> None:
    """Wait for a condition; the test fails if it does not come true in time."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited {seconds:g} s for {what}"
        pause.wait(0.005)


class World:
    """An app, its lab and a client.

    Args:
        config: what differs from `CALM`.
    """

    def __init__(self, config: Mapping[str, Any] | None = None) -> None:
        self.app: Flask = create_app({**CALM, **(config or {})})
        self.lab: Lab = self.app.extensions["racelab"]
        self.client: FlaskClient = self.app.test_client()

    def start(self) -> World:
        """Start the lab's threads."""
        self.lab.start(threads=4)
        return self

    def ask(self, path: str) -> Any:
        """The JSON at a path that must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.get_json()

    def tell(self, path: str, body: Any = None, **options: Any) -> TestResponse:
        """POST a JSON body."""
        return self.client.post(path, json={} if body is None else body, **options)

    def login(self, variant: str = "fixed") -> str:
        """A new session's id."""
        answer = self.client.post(f"/{variant}/api/login", json={"username": "ann", "password": "x"})
        assert answer.status_code == 200, answer.text
        return str(answer.get_json()["session_id"])

    def login_of_length(self, odd: bool, variant: str = "fixed") -> str:
        """A session whose row cleanup cannot remove, or one whose row it can. The others are left open."""
        while len(session_id := self.login(variant)) % 2 != odd:
            pass
        return session_id

    def save(self, session_id: str, key: str = "colour", value: str = "red", variant: str = "fixed") -> TestResponse:
        """Set a preference."""
        return self.client.put(f"/{variant}/api/session/{session_id}/prefs", json={"key": key, "value": value})

    def logout(self, session_id: str, variant: str = "fixed") -> TestResponse:
        """Close a session."""
        return self.client.delete(f"/{variant}/api/logout/{session_id}")

    def verdict(self) -> VerdictJson:
        """The verdict once it is settled."""
        found: list[VerdictJson] = []

        def settled() -> bool:
            found.append(self.lab.verdict())
            return bool(found[-1]["settled"])

        until(settled, "a settled verdict")
        return found[-1]

    def burst(self, kind: str, visitors: int = 6, seconds: float = 1.0, **options: Any) -> BurstJson:
        """Run a burst to its end. Returns its last progress."""
        variants = options.pop("variants", tuple(self.lab.variants))
        assert self.lab.burst.start(Order(kind, variants, visitors, seconds, **options))
        until(lambda: not self.lab.burst.running(), f"the burst of {kind} to end", 60)
        return self.lab.burst.progress()

    def fixed(self) -> fixed.SessionManager:
        """The fixed manager itself."""
        return cast(fixed.SessionManager, self.lab.sessions.subjects["fixed"])


def seen(verdict: Mapping[str, Any], variant: str) -> set[str]:
    """The bugs whose cards are lit."""
    cards = verdict["variants"][variant]["cards"]
    return {bug for bug, card in cards.items() if card["verdict"] == "do not agree"}
