"""A lab of several workers over a shared engine, under real gunicorn, and what a test asks of it."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from racelab.server import Server

PATIENCE = 40.0
ON_REDIS = ["redis-buggy", "redis-fixed"]


def settings(url: str, variants: list[str] = ON_REDIS) -> dict[str, str]:
    """The environment of three workers with these managers, and with keys of their own."""
    return {
        "RACELAB_SESSION_MANAGER_VARIANTS": json.dumps(variants),
        "RACELAB_SESSION_MANAGER_DEFAULT": variants[0],
        "RACELAB_SESSION_MANAGER_REDIS": url or "redis://127.0.0.1:1",
        "RACELAB_SESSION_MANAGER_PREFIX": f"w{os.getpid()}_{time.monotonic_ns() % 10**9}",
        "RACELAB_WORKERS": "3",
    }


class Workers(Server):
    """Three workers of ten threads, unless the environment says otherwise.

    Args:
        folder: of its own data; its name makes the prefix of its keys.
        url: of a Redis; empty if no manager needs one.
        environ: more settings.
    """

    def __init__(self, folder: Path, url: str, variants: list[str] = ON_REDIS, **environ: str) -> None:
        super().__init__(folder, threads=10, environ={**settings(url, variants), **environ})
        try:
            self.known = self.until(lambda: len(found := self.pids()) == 3 and found)
        except BaseException:
            self.stop()
            raise

    def post(self, path: str, **body: Any) -> Any:
        """Ask for a change."""
        return self.fetch(path, body, timeout=30)

    def pids(self) -> list[int]:
        """The processes of the workers that live."""
        return [worker["pid"] for worker in self.fetch("/lab/status", timeout=30)["workers"]]

    def verdict(self) -> dict[str, Any]:
        """The verdict at rest."""
        return self.until(lambda: (told := self.fetch("/lab/verdict", timeout=30))["settled"] and told)  # type: ignore[no-any-return]

    def run(self, kind: str, seconds: float, meanwhile: Callable[[], None] = lambda: None, users: int = 8) -> Any:
        """Run the page's load, and give its verdict."""
        self.post("/lab/burst", kind=kind, visitors=users, seconds=seconds)
        meanwhile()
        self.until(lambda: self.fetch("/lab/status", timeout=30)["burst"]["state"] in ("done", "stopped"))
        return self.verdict()

    def until(self, asked: Callable[[], Any]) -> Any:
        """As `until`; the failure has what the server said."""
        try:
            return until(asked)
        except AssertionError as error:
            error.add_note(self.last_words())
            raise


def until(asked: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """Ask again until the answer is true, or the server does not refuse any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(OSError):
            if answer := asked():
                return answer
        with_a_pause()
    raise AssertionError(f"It did not come true within {seconds:g} s.")


def with_a_pause() -> None:
    """Between two questions to another process; nothing is measured by it."""
    time.sleep(0.05)


def hang_up(server: Server) -> None:
    """Let gunicorn replace its workers."""
    server.process.send_signal(signal.SIGHUP)
