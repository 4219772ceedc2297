"""Locust users that play the scripts of `racelab.traffic`, and add no requests of their own.

All visitors of one process share its `SHOP`: where the sessions they share are found, who sits where, and the ledger
of what they heard. Each worker process has its own, so crews are complete in each.
"""

from __future__ import annotations

from typing import Any, ClassVar

import gevent  # type: ignore[import-untyped]
from locust import FastHttpUser, between, task
from locust.exception import StopUser

import locustfiles._events  # noqa: F401 - its listeners
from locustfiles._shop import SHOP
from racelab.bugs import Outcome
from racelab.promises.heard import Heard
from racelab.promises.promise import Call
from racelab.traffic import NO_ANSWER, TRAFFIC, VISITOR_HEADER, WAIT, Answer, Request, visitor

NO_ANSWER_PAUSE = 0.5
"""Seconds to wait after a request that had no answer: a stopped server must not be flooded."""


class Visitors(FastHttpUser):
    """Plays one script of the workload `kind`, one request after another."""

    abstract = True
    kind: ClassVar[str]
    wait_time = between(0.002, 0.02)  # without a pause the page gets no time
    # Shorter than --stop-timeout.
    network_timeout = 8.0
    connection_timeout = 3.0
    concurrency = 1

    def on_start(self) -> None:
        """Take a seat and start the script."""
        self._seat = SHOP.enter()
        self._name = {VISITOR_HEADER: f"visitor-{self._seat.number}"}
        self._heard: Heard = SHOP.ledgers[self._seat.variant]
        board = SHOP.boards[self._seat.variant]
        self._script = visitor(self.kind, board, self._seat.number, SHOP.seed)
        self._answer: Answer | None = None

    def on_stop(self) -> None:
        """Free the seat."""
        SHOP.leave(self._seat)

    @task
    def step(self) -> None:
        """Send the next request of the script, and keep the answer for it."""
        try:
            request = next(self._script) if self._answer is None else self._script.send(self._answer)
        except StopIteration:
            raise StopUser from None
        self._answer = NO_ANSWER if request is WAIT else self._send_whole(request)

    def _send_whole(self, request: Request) -> Answer:
        """Send it and wait for the end, in a greenlet of its own.

        Locust may kill a user at any moment. The server may have acknowledged a request that is cut off, and no ledger
        would have it.
        """
        sending = gevent.spawn(self._send, request)
        try:
            answer: Answer = sending.get()
        except (gevent.GreenletExit, SystemExit):
            sending.join()
            raise
        if not answer.status:
            gevent.sleep(NO_ANSWER_PAUSE)
        return answer

    def _send(self, request: Request) -> Answer:
        call, name = describe(request)
        call.refreshing = call.kind == "increment" and SHOP.may_refresh(TRAFFIC[self.kind].dialled.cache_ttl_s)
        variant = self._seat.variant
        url, name = f"{SHOP.next_server(variant)}/{variant}{request.path}", f"/{variant}{name}"
        answer = NO_ANSWER
        self._heard.ledger.begin(call)
        try:
            with self.client.request(
                request.method, url, name=name, json=request.body, headers=self._name, catch_response=True
            ) as response:
                answer = read_answer(response)
                self._tell_locust(response, answer)
        finally:
            self._enter(call, answer)
        return answer

    def _enter(self, call: Call, answer: Answer) -> None:
        outcome: Outcome = "acknowledged" if answer.ok else "failed" if answer.definite else "unknown"
        if call.kind == "create" and answer.ok:
            call.session_id = answer.body["session_id"]
        self._heard.end(call, outcome, f"{answer.status} {answer.body.get('detail', '')}")

    def _tell_locust(self, response: Any, answer: Answer) -> None:
        """A fault of the dial is not a failure of the server; it gets its own line."""
        if answer.status and not answer.ok and not answer.definite and TRAFFIC[self.kind].dialled.fault_rate:
            response.request_meta["name"] += " (fault: outcome unknown)"
            response.success()


def describe(request: Request) -> tuple[Call, str]:
    """The call of the manager that a request stands for, and its name in Locust: one name for all sessions."""
    _, _, what, *rest = request.path.split("/")
    if what == "login":
        return Call("create"), request.path
    session_id, body = rest[0], request.body or {}
    name = request.path.replace(session_id, "[id]")
    if what == "logout":
        return Call("delete", session_id), name
    if rest[1:]:
        return Call("update", session_id, body["key"], body["value"]), name
    return Call("increment", session_id), name


def read_answer(response: Any) -> Answer:
    """The answer, for the script."""
    try:
        body = response.json() if response.content else {}
    except ValueError:
        body = {}
    return Answer(response.status_code, body if isinstance(body, dict) else {})
