"""A report as it is written to a file with `--json`."""

from __future__ import annotations

from typing import Literal, TypedDict


class TraceLineJson(TypedDict):
    """A line of the author's in a step; `step` is 0 at the end, `file` empty outside of any source.

    `interrupts` says that the thread before could have gone on.
    """

    step: int
    task: str
    file: str
    line: int
    source: str
    words: str
    interrupts: bool


class FindingJson(TypedDict):
    """A program and its smallest schedule that ends badly; `losing` of `schedules` do. `racy` are places in the source.

    `first` is what happens before any thread begins; `scenario` the one whose program it is, or empty.
    `kind` is one of deadlock, crash, raises, broken, left, answers; `name` is the field's name for it.
    """

    name: str
    kind: str
    tasks: list[list[str]]
    schedule: str
    preemptions: int
    steps: int
    schedules: int
    losing: int
    racy: list[str]
    replay: str
    first: list[str]
    scenario: str


class StageJson(TypedDict):
    """The programs of one shape: how many, and what became of them."""

    name: str
    programs: int
    none: int
    found: int
    unfinished: int
    undecided: int
    pointless: int


class ScenarioJson(TypedDict):
    """A scenario of a session manager. `why` it was not asked, or cannot be told; `anomaly` and `sentence` if found.

    `finding` is the program's; None if it was not asked.
    """

    name: str
    title: str
    outcome: Literal["none", "found", "cannot tell", "not asked"]
    why: str
    anomaly: str
    sentence: str
    finding: FindingJson | None
    trace: list[TraceLineJson]


class ChoiceJson(TypedDict):
    """What was graded; `manager` makes the object for scenarios, `first` comes before any thread.

    `chosen` says what of it the grader has chosen, `left_out` why methods are not called, `not_graded` in a sentence
    what else the target could have meant.
    """

    new: str
    manager: str
    first: list[str]
    tasks: list[list[str]]
    calls: list[str]
    then: list[str]
    holds: list[str]
    ignore: list[str]
    spec: str
    chosen: list[str]
    left_out: dict[str, str]
    not_graded: str


class ReportJson(TypedDict):
    """The whole; the smallest finding first, and `meaning`, `paragraph` and `trace` are its own."""

    target: str
    model: Literal["gil", "free-threaded"]
    verdict: Literal["none", "found", "cannot tell"]
    sentence: str
    whole: bool
    without_gil: list[str]
    meaning: str
    paragraph: str
    findings: list[FindingJson]
    trace: list[TraceLineJson]
    only_free_threaded: bool
    interrupted: bool
    stages: list[StageJson]
    not_begun: list[str]
    scenarios: list[ScenarioJson]
    reasons: list[str]
    assumed: list[str]
    graded: ChoiceJson
    seconds: float
    processes: int
    executions: int
    python: str
