"""The workloads, as generators of requests. The sender is independent of them: threads inside the worker (`burst`) or
Locust from another process. So there is one description of each workload.

A script yields a `Request` and is sent an `Answer`. Each workload can show only the bugs that it names:

* `lost_updates`: many users change the same sessions, and no session is past its TTL.
* `stale_overwrites`: each session has one user who reads, which refreshes it, and one who writes during the refresh,
  so that hardly any two changes overlap (a read counts its access at its end).
* `cleanup_leak`: users log in and out, one step at a time, with no added delay and no faults.
* `phantom_sessions`: the same with faults, but only sessions whose row can be cleaned up are closed.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from typing import Any

from session_manager.model import cannot_be_removed

SOON = 0.02
"""Seconds after a read began in which its writer writes. The database takes three times as long to answer, so the write
is done before the read counts its access."""

PAGE = 24
"""Writes after which a shared session is replaced by a fresh one. Every write has its own key, so that each loss can be
named; the limit keeps the metadata small."""


@dataclass(frozen=True, slots=True)
class Request:
    """One request to the session API, below `/<variant>`."""

    method: str
    path: str
    body: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a request. `status` 0: no answer. `definite`: whether an error certainly changed nothing."""

    status: int
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether it was acknowledged."""
        return self.status == 200

    @property
    def definite(self) -> bool:
        """Whether it certainly changed nothing."""
        return bool(self.body.get("definite", 400 <= self.status < 500))


VISITOR_HEADER = "X-Visitor"
"""The header in which a request names its user, for a picture of who changed what."""

WAIT = Request("", "")
"""No request now: resume the script a little later, with `NO_ANSWER`."""
NO_ANSWER = Answer(0)

Script = Generator[Request, Answer, None]


@dataclass(frozen=True, slots=True)
class Dialled:
    """The dials of a workload, in the units of `/lab/dials`."""

    window_ms: float = 0.0
    fault_rate: float = 0.0
    db_latency_ms: float = 10.0
    cache_ttl_s: float = 3600.0

    def to_json(self) -> dict[str, float]:
        """In the format of `/lab/dials`."""
        return {
            "window_ms": self.window_ms,
            "fault_rate": self.fault_rate,
            "db_latency_ms": self.db_latency_ms,
            "cache_ttl_s": self.cache_ttl_s,
        }


@dataclass(slots=True)
class Page:
    """A session that several users share.

    Attributes:
        writes: the number of writes begun.
        read_at: the beginning of the present read, in monotonic time; infinity if there is none, or if a write has
            begun during it already.
    """

    session_id: str = ""
    writes: int = 0
    read_at: float = float("inf")


@dataclass(slots=True)
class Board:
    """The shared sessions of the users of one variant."""

    pages: dict[str, Page] = field(default_factory=dict)

    def page(self, name: str) -> Page:
        """The page of that name."""
        return self.pages.setdefault(name, Page())


def login(name: str) -> Request:
    """A login; the answer holds the session id."""
    return Request("POST", "/api/login", {"username": name, "password": "lab"})


def save(session_id: str, key: str, value: str) -> Request:
    """Set a preference."""
    return Request("PUT", f"/api/session/{session_id}/prefs", {"key": key, "value": value})


def read(session_id: str) -> Request:
    """Read a session, which counts one access."""
    return Request("GET", f"/api/session/{session_id}")


def logout(session_id: str) -> Request:
    """Close a session."""
    return Request("DELETE", f"/api/logout/{session_id}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """One user: a name, the shared page, and random choices of a seed."""

    name: str
    page: Page
    chance: random.Random


def _turn(page: Page, name: str) -> Generator[Request, Answer, str]:
    """The session to use now; a fresh one if the page is full or was never opened."""
    if not page.session_id or page.writes >= PAGE:
        page.writes = 0
        answer = yield login(name)
        if answer.ok:
            page.session_id = answer.body["session_id"]
    return page.session_id


def editor(me: Visitor) -> Script:
    """Saves to a session that other users save to as well."""
    page, written = me.page, 0
    while True:
        session_id = yield from _turn(page, me.name)
        if session_id:
            page.writes += 1
            written += 1
            _leave_if_gone(page, (yield save(session_id, f"{me.name}-{written}", str(me.chance.randrange(1000)))))


def counter(me: Visitor) -> Script:
    """Reads a session that other users read as well; every read counts an access."""
    while True:
        session_id = yield from _turn(me.page, me.name)
        if session_id:
            _leave_if_gone(me.page, (yield read(session_id)))


def lone_reader(me: Visitor) -> Script:
    """Reads a session whenever there is one, and records the time for its writer."""
    while True:
        if not me.page.session_id:
            yield WAIT
            continue
        me.page.read_at = time.monotonic()
        answer = yield read(me.page.session_id)
        me.page.read_at = float("inf")
        _leave_if_gone(me.page, answer)


def lone_writer(me: Visitor) -> Script:
    """Saves to a session once in each read, soon after its beginning: the read counts its access at its end."""
    page, written = me.page, 0
    while True:
        session_id = yield from _turn(page, me.name)
        if not session_id or not 0 <= time.monotonic() - page.read_at < SOON:
            yield WAIT
            continue
        page.read_at = float("inf")
        page.writes += 1
        written += 1
        _leave_if_gone(page, (yield save(session_id, f"{me.name}-{written}", str(me.chance.randrange(1000)))))


def guest(me: Visitor) -> Script:
    """Logs in and out again."""
    while True:
        answer = yield login(me.name)
        if answer.ok:
            yield logout(answer.body["session_id"])


def tidy_guest(me: Visitor) -> Script:
    """Logs in, and out again only where the row can be cleaned up: cleanup fails for ids of odd length."""
    while True:
        answer = yield login(me.name)
        if answer.ok and not cannot_be_removed(answer.body["session_id"]):
            yield logout(answer.body["session_id"])


def lone_visitor(me: Visitor) -> Script:
    """One user with fifty saves, one after another: no other change can come in between."""
    answer = yield login(me.name)
    for number in range(50):
        if answer.ok:
            yield save(answer.body["session_id"], f"step-{number}", str(me.chance.randrange(1000)))


def _leave_if_gone(page: Page, answer: Answer) -> None:
    if answer.status == 404:
        page.session_id = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """One workload.

    Attributes:
        title: for readers.
        crew: the roles. User number n plays `crew[n % len(crew)]`; each whole crew shares its pages.
        dialled: its dials.
        visitors: the fixed number of users, or None for any number.
    """

    title: str
    crew: tuple[tuple[Callable[[Visitor], Script], str], ...]
    dialled: Dialled
    visitors: int | None = None


EDITOR, COUNTER = (editor, "edited"), (counter, "counted")
WRITER, READER = (lone_writer, "refreshed"), (lone_reader, "refreshed")
GUEST, TIDY_GUEST = (guest, ""), (tidy_guest, "")

TRAFFIC: dict[str, Traffic] = {
    "one_visitor": Traffic("One user, 50 updates", ((lone_visitor, ""),), Dialled(window_ms=2.0), visitors=1),
    "lost_updates": Traffic(
        "Users change the same sessions",
        (EDITOR, EDITOR, COUNTER, COUNTER, EDITOR, COUNTER),
        Dialled(window_ms=2.0),
    ),
    "stale_overwrites": Traffic(
        "One user writes while others read",
        (WRITER, READER),
        Dialled(db_latency_ms=1000 * 3 * SOON, cache_ttl_s=0.0),
    ),
    "cleanup_leak": Traffic("Users log in and out", (GUEST,), Dialled()),
    "phantom_sessions": Traffic(
        "Users log in and out while steps fail",
        (TIDY_GUEST,),
        Dialled(window_ms=2.0, fault_rate=0.05),
    ),
    "mixed": Traffic(
        "All four bugs",
        (EDITOR, EDITOR, WRITER, READER, GUEST, EDITOR, GUEST),
        Dialled(window_ms=1.0, fault_rate=0.03, db_latency_ms=1000 * 3 * SOON, cache_ttl_s=0.0),
    ),
}


def visitor(kind: str, board: Board, number: int, seed: int) -> Script:
    """The script of one user.

    Args:
        kind: a key of `TRAFFIC`.
        board: that of the variant.
        number: the number of the user, from 0.
        seed: the same seed and number give the same choices.
    """
    crew = TRAFFIC[kind].crew
    role, place = crew[number % len(crew)]
    page = board.page(f"{place}-{number // len(crew)}" if place else f"own-{number}")
    return role(Visitor(f"visitor-{number}", page, random.Random(f"{seed}-{number}")))
