"""The answers of the routes under /lab, except /lab/replay: see `replay.json_types`."""

from __future__ import annotations

from typing import TypedDict

from ..live.json_types import RunJson, RunLineJson, SampledJson, StatusJson, VerdictJson

SampleJson = dict[str, float | SampledJson]
"""`seq`, `at`, and each variant under its name. No TypedDict can say that of names that are not known."""


class PollJson(TypedDict):
    """The samples since a cursor, with status and verdict.

    Who has sent marks gets only the fields of the status that have changed, no verdict that it has, and no samples that
    are like the last one; `still` is the time of the newest.
    """

    boot: str
    pid: int
    run: int
    next: int
    now: float
    hz: float
    again_ms: int
    samples: list[SampleJson]
    still: float | None
    status: StatusJson
    verdict: VerdictJson | None
    marks: str


class RunsJson(TypedDict):
    """The ended runs, oldest first, without their curves."""

    runs: list[RunLineJson]


class DeadLetterJson(TypedDict):
    """A dead letter; `since` is in ISO 8601."""

    session_id: str
    attempts: int
    since: str


class DeadLettersJson(TypedDict):
    """The dead letters of a variant."""

    dead_letters: list[DeadLetterJson]


class SessionJson(TypedDict):
    """A session as its manager has it, without an access counted."""

    access_count: int
    metadata: dict[str, str]


class ExportJson(TypedDict):
    """All kept runs, the present one last, and the samples of the last two minutes."""

    exported_at: float
    runs: list[RunJson]
    samples: list[SampleJson]


class RunExportJson(TypedDict):
    """One run as a file."""

    exported_at: float
    run: RunJson
