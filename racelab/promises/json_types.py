"""A verdict as it leaves the server, key by key. static/js/lab-types.js says what the page reads."""

from __future__ import annotations

from typing import Literal, TypedDict

from ..bugs import Outcome, Verdict
from .promise import Kind


class PartJson(TypedDict):
    """A sentence of a verdict: what was `said`, how many changes `vanished`, or a `detail`, such as failed requests."""

    text: str
    role: Literal["said", "vanished", "detail"]


class HeldJson(TypedDict):
    """What is stored of a session."""

    access_count: int
    metadata: dict[str, str]


class CensusJson(TypedDict):
    """A page of what one manager stores: the ids in order, each in every place that has it.

    `census` is its word for the next page, `next` the number of that one, or None. The `statistics` are of the whole.
    """

    census: str
    statistics: int
    sessions: dict[str, HeldJson]
    rows: list[str]
    queue: list[str]
    dead_letters: list[str]
    next: int | None


class CleanupJson(TypedDict):
    """What cleanup did in one lab; `attempts` are a page of those that failed, `next` the id to go on after, or None.

    `other_labs` serve the same sessions, as far as this one knows.
    """

    waiting_for: str | None
    other_labs: int
    cleaned: int
    discarded: int
    attempts: dict[str, int]
    next: str | None


class CountsJson(TypedDict):
    """The open sessions as each place counts them, the expected interval, and what waits for cleanup."""

    store: int
    statistics: int
    database: int
    should_be: list[int]
    queue: int
    dead_letters: int
    left_over: int


class LineJson(TypedDict):
    """A line of evidence, and the id of the loss that it tells; see /lab/losses."""

    text: str
    loss: str | None


class PastCallJson(TypedDict):
    """A call of a loss: see `PastCall`. Times are milliseconds since the first of its calls began."""

    role: Literal["gone", "covers", "same", "half", "asked", "beside"]
    kind: Kind
    caller: str
    key: str
    value: str
    outcome: Outcome
    answer: int | None
    begin_ms: float
    read_ms: float | None
    end_ms: float


class LossJson(TypedDict):
    """One loss: see `Loss`."""

    id: str
    bug: str
    session_id: str
    text: str
    stored: str
    calls: list[PastCallJson]
    attempts_ms: list[float]
    attempted: int


class CardJson(TypedDict):
    """The verdict on one bug: see `Card`."""

    verdict: Verdict
    promised: int
    present: int
    count: int
    sentence: str
    parts: list[PartJson]
    either: int
    evidence: list[LineJson]
    unassigned: int
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
