"""A told finding as JSON: the types, and the way there."""

from __future__ import annotations

from dataclasses import asdict
from typing import TypedDict, cast

from .telling import Told


class LineJson(TypedDict):
    """See `trace.Line`."""

    file: str
    line: int
    text: str
    function: str
    begins: int


class TouchJson(TypedDict):
    """See `trace.Touch`."""

    task: str
    call: int
    how: str
    thing: str
    key: str
    place: str
    line: LineJson | None
    before: str | None
    after: str | None
    was: str
    refers: str
    held: list[str]
    uses: list[str]
    callers: list[LineJson]


class PrimitiveJson(TypedDict):
    """See `trace.Primitive`."""

    name: str
    kind: str
    place: str
    maker: str


class SignalJson(TypedDict):
    """See `trace.Signal`."""

    primitive: str
    before: str
    after: str


class AnsweredJson(TypedDict):
    """See `trace.Answered`."""

    call: str
    answer: str
    raised: bool
    detail: str


class WaitJson(TypedDict):
    """See `trace.Wait`."""

    task: str
    what: str
    primitive: str
    holders: list[str]
    line: LineJson | None


class StepJson(TypedDict):
    """See `trace.Step`."""

    task: str
    point: str
    what: str
    primitive: str
    line: LineJson | None
    preempts: str
    touches: list[TouchJson]
    signals: list[SignalJson]
    begins: list[str]
    answered: list[AnsweredJson]
    holds: list[tuple[str, str]]
    waits: list[WaitJson]


class ActorJson(TypedDict):
    """See `trace.Actor`."""

    name: str
    calls: list[str]
    own: bool


class TraceJson(TypedDict):
    """See `trace.Trace`."""

    actors: list[ActorJson]
    steps: list[StepJson]
    primitives: list[PrimitiveJson]
    waits: list[WaitJson]
    observed: list[AnsweredJson]


class ToldJson(TypedDict):
    """A finding: its name and what that means, the paragraph, the schedule, and the steps that show it, from 0 on."""

    name: str
    meaning: str
    paragraph: str
    trace: TraceJson
    shown: list[int]


def told_json(told: Told) -> ToldJson:
    """All of a finding."""
    return {
        "name": told.name,
        "meaning": told.meaning,
        "paragraph": told.paragraph(),
        "trace": cast("TraceJson", asdict(told.trace)),
        "shown": sorted({event.step for event in told.cause.events} | set(told.cause.signals)),
    }
