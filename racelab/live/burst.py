"""A short load through the app's own routes: real threads, one per user, inside the worker that serves the page."""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from session_manager.model import SessionError

from ..traffic import NO_ANSWER, VISITOR_HEADER, WAIT, Answer, Board, Request, Script, visitor
from .json_types import BurstJson, Phase

log = logging.getLogger(__name__)

THINK_SECONDS = 0.02
"""The maximum pause between two requests of a user. Without a pause the users leave no time for the page."""


@dataclass(frozen=True, slots=True)
class Order:
    """The load to run: users per variant, seconds, and the present dials or those that the kind needs."""

    kind: str
    variants: tuple[str, ...]
    visitors: int
    seconds: float
    use_dials: bool = False
    seed: int = 1


class Burst:
    """Runs one burst at a time.

    Args:
        client: makes one for each user.
        before: called in the burst's thread before the first request.
        after: called in it after the last request.
    """

    def __init__(
        self,
        client: Callable[[], AbstractContextManager[Client]],
        before: Callable[[Order], None],
        after: Callable[[], None],
    ) -> None:
        self._client = client
        self._before = before
        self._after = after
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._progress: BurstJson = {
            "state": "idle",
            "number": 0,
            "run": 0,
            "kind": "",
            "variants": [],
            "visitors": 0,
            "seconds": 0.0,
            "done": 0.0,
            "requests": 0,
            "failed": 0,
            "unknown": 0,
            "message": "No load has run yet.",
        }
        self._thread: threading.Thread | None = None

    def progress(self) -> BurstJson:
        """The progress, as JSON."""
        with self._lock:
            return self._progress.copy()

    def running(self) -> bool:
        """Whether a burst is running."""
        return self._progress["state"] in ("running", "settling")

    def start(self, order: Order, run: int = 0) -> bool:
        """Start a burst in that run. False if one is running."""
        with self._lock:
            if self.running():
                return False
            self._progress = {
                "state": "running",
                "number": self._progress["number"] + 1,
                "run": run,
                "kind": order.kind,
                "variants": list(order.variants),
                "visitors": order.visitors * len(order.variants),
                "seconds": order.seconds,
                "done": 0.0,
                "requests": 0,
                "failed": 0,
                "unknown": 0,
                "message": "The users are starting.",
            }
            self._stopping.clear()
            thread = threading.Thread(target=self._run, args=(order,), name="burst", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                self._progress |= {"state": "failed", "message": "The server cannot start another thread."}
                raise
            self._thread = thread
            return True

    def stop(self, wait: float = 0.0) -> None:
        """Stop the users after their present request, and wait for them at most `wait` seconds."""
        with self._lock:  # or one could be found that is about to start
            self._stopping.set()
            thread = self._thread
        if wait and thread is not None:
            thread.join(wait)

    def _run(self, order: Order) -> None:
        try:
            self._before(order)
            try:
                self._send_load(order)
            finally:  # restore the dials also after an error
                stopped = self._stopping.is_set()
                self._stopping.set()
                self._tell("settling", "The load has ended. Cleanup is running.")
                self._after()
            said = f"{self._progress['requests']:,} requests, {self._progress['failed']:,} failed, " + (
                f"{self._progress['unknown']:,} of unknown outcome."
            )
            self._tell("stopped" if stopped else "done", said)
        except Exception as error:
            if not isinstance(error, SessionError):  # an engine that is away needs no traceback
                log.exception("The burst failed.")
            self._tell("failed", f"The burst failed: {error}")

    def _send_load(self, order: Order) -> None:
        started = time.monotonic()
        threads = []
        for variant in order.variants:
            board = Board()
            for number in range(order.visitors):
                script = visitor(order.kind, board, number, order.seed)
                chance = random.Random(f"{order.seed}-{variant}-{number}")
                args = (variant, script, chance, started + order.seconds)
                threads.append(threading.Thread(target=self._visit, args=args, name=f"visitor-{number}", daemon=True))
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            for thread in threads:
                thread.join(0.05)
                if thread.is_alive():
                    break
            with self._lock:
                self._progress["done"] = min(1.0, (time.monotonic() - started) / order.seconds)

    def _visit(self, variant: str, script: Script, chance: random.Random, until: float) -> None:
        """One user: send the requests of the script until it ends, time is up, or the burst is stopped."""
        with self._client() as client:
            self._act(client, variant, script, chance, until)

    def _act(self, client: Client, variant: str, script: Script, chance: random.Random, until: float) -> None:
        name = threading.current_thread().name
        request = next(script, None)
        while request is not None and time.monotonic() < until and not self._stopping.is_set():
            answer = NO_ANSWER if request is WAIT else self._count(send(client, variant, request, name))
            self._stopping.wait(chance.random() * THINK_SECONDS)
            try:
                request = script.send(answer)
            except StopIteration:
                return

    def _count(self, answer: Answer) -> Answer:
        with self._lock:
            self._progress["requests"] += 1
            self._progress["failed"] += not answer.ok and answer.definite
            self._progress["unknown"] += not answer.ok and not answer.definite
            self._progress["message"] = f"{self._progress['requests']:,} requests so far."
        return answer

    def _tell(self, state: Phase, message: str) -> None:
        with self._lock:
            self._progress["state"] = state
            self._progress["message"] = message
            self._progress["done"] = 1.0


class Client(Protocol):
    """What sends the requests of one user."""

    def open(self, path: str, *, method: str, json: dict[str, Any] | None, headers: dict[str, str]) -> Any:
        """Send one. The answer has a `status_code` and `get_json`."""


def send(client: Client, variant: str, request: Request, name: str) -> Answer:
    """Send one request, as the visitor of that name."""
    path, headers = f"/{variant}{request.path}", {VISITOR_HEADER: name}
    response = client.open(path, method=request.method, json=request.body, headers=headers)
    body = response.get_json(silent=True)
    return Answer(response.status_code, body if isinstance(body, dict) else {})
