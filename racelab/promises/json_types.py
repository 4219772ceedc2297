"""A verdict as it leaves the server, key by key. static/js/lab-types.js says what the page reads."""

from __future__ import annotations

from typing import Literal, TypedDict

from ..bugs import Verdict


class PartJson(TypedDict):
    """A sentence of a verdict: what was `said`, how many changes `vanished`, or a `detail`, such as failed requests."""

    text: str
    role: Literal["said", "vanished", "detail"]


class HeldJson(TypedDict):
    """What is stored of a session."""

    access_count: int
    metadata: dict[str, str]


class CountsJson(TypedDict):
    """The open sessions as each place counts them, the expected interval, and what waits for cleanup."""

    store: int
    statistics: int
    database: int
    should_be: list[int]
    queue: int
    dead_letters: int
    left_over: int


class CardJson(TypedDict):
    """The verdict on one bug: see `Card`."""

    verdict: Verdict
    promised: int
    present: int
    count: int
    sentence: str
    parts: list[PartJson]
    either: int
    evidence: list[str]
    first_at: float | None


class ResultJson(TypedDict):
    """The verdict on one variant: see `Result`."""

    verdict: Verdict
    asked: bool
    sentence: str
    parts: list[PartJson]
    promised: int
    present: int
    vanished: int
    superseded: int
    surplus: int
    failed_requests: int
    unknown: int
    counts: CountsJson
    cards: dict[str, CardJson]
