"""The answer of /lab/replay, key by key. static/js/replay-types.js says the same to the page."""

from __future__ import annotations

from typing import Literal, TypedDict


class SessionJson(TypedDict):
    """A session, or its row."""

    id: str
    count: int
    keys: dict[str, str]
    authenticated: bool
    deleted: bool


class HeldJson(TypedDict):
    """A lock, the task that holds it, and whether to `read`, to `write`, or as a `lock` that knows only one way."""

    lock: str
    task: str
    how: str


class SharedJson(TypedDict):
    """What the tasks share, at one moment."""

    store: list[SessionJson]
    database: list[SessionJson]
    active: int
    queue: list[str]
    dead_letters: list[str]
    held: list[HeldJson]


class ChangeJson(TypedDict):
    """What a step changed: where, which thing there, and how that is now."""

    where: str
    name: str
    words: str


class PlaceJson(TypedDict):
    """A line of a manager's source, and the values there."""

    file: str
    function: str
    line: int
    callers: list[str]
    values: dict[str, str]


class StepJson(TypedDict):
    """What one task did in its turn: `label` in a word, `did` in a few."""

    task: str
    kind: str
    label: str
    did: str
    place: PlaceJson | None
    now: PlaceJson | None
    answered: list[str]
    changes: list[ChangeJson]
    shared: SharedJson


class LineJson(TypedDict):
    """A line of source: its pieces with their colours, and its mark."""

    number: int
    indent: int
    pieces: list[tuple[str, str]]
    mark: str
    changed: bool


class SourceJson(TypedDict):
    """A function."""

    file: str
    function: str
    new: bool
    lines: list[LineJson]


class OperationJson(TypedDict):
    """A call of a task's, its answer in words, and how it stands."""

    call: str
    answer: str
    state: Literal["ok", "refused", "unknown", "current", "later"]


Mark = Literal["", "new", "changed", "gone"]
"""What the last step did to something."""


class FactJson(TypedDict):
    """A line of a tile."""

    name: str
    text: str
    change: Mark


class TileJson(TypedDict):
    """Something that the tasks share: a number, what it was before the last step if that differs, and its facts."""

    key: str
    figure: int
    was: int | None
    changed: bool
    facts: list[FactJson]
    none: str


class ValueJson(TypedDict):
    """A local value, and what the last step did to it."""

    name: str
    value: str
    change: Mark


class TaskJson(TypedDict):
    """A column."""

    task: str
    role: str
    place: PlaceJson | None
    values: list[ValueJson]
    source: SourceJson | None
    at: int
    where: str
    reason: str
    next: str
    waits: str
    ready: bool
    done: bool
    operations: list[OperationJson]


class AnomalyJson(TypedDict):
    """What is wrong."""

    name: str
    term: str
    sentence: str


class EndingJson(TypedDict):
    """How it came out."""

    kind: str
    headline: str
    anomalies: list[AnomalyJson]
    unsure: str


class AfterwardsJson(TypedDict):
    """What happened when all tasks had ended."""

    happened: str
    shared: SharedJson


class SaidJson(TypedDict):
    """What the page says of it all.

    `afterwards`: what happened when all tasks had ended; `diverged`: that the order cannot be followed; `stands`: why
    the buttons are as they are; `announced`: what a screen reader is told after a step. Each is empty if there is
    nothing to say.
    """

    tone: Literal["none", "good", "bad"]
    headline: str
    words: str
    terms: list[str]
    afterwards: str
    diverged: str
    stands: str
    announced: str


class TraceJson(TypedDict):
    """The whole answer."""

    scenario: str
    variant: str
    schedule: str
    diverged: str
    before: SharedJson
    steps: list[StepJson]
    tasks: list[TaskJson]
    tiles: list[TileJson]
    afterwards: AfterwardsJson | None
    ending: EndingJson | None
    said: SaidJson
    paragraph: str
    text: str
