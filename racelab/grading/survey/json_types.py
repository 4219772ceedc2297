"""docs/survey.json: what was found, typed for the document and the page that are made of it."""

from __future__ import annotations

from typing import Literal, TypedDict

Answer = Literal["yes", "no", "cannot tell", "not asked"]
"""Whether a store does it: in all runs, in none, some of each or unclear; or it cannot be asked of this store."""


class RunJson(TypedDict):
    """One column of one run; see `racelab.grading.check.Column`."""

    verdict: str
    tested: int
    wrong: int
    refused: int
    unknown: int
    sentence: str


class CellJson(TypedDict):
    """One column of one store: the answer, how often over all runs together, and why it is no answer."""

    answer: Answer
    odds: str
    why: str
    runs: list[RunJson]


class CauseJson(TypedDict):
    """Why a store answers *yes* in some columns; `issues` are `owner/repository#number`."""

    columns: list[str]
    cause: str
    help: str
    issues: list[str]


class EnvironmentJson(TypedDict):
    """Where a row was measured; `redis` and `node` are empty where they were not needed."""

    python: str
    system: str
    cores: int
    redis: str
    node: str


class ConditionsJson(TypedDict):
    """How a row was measured: requests in flight, seconds for the loads, and the hold of a view in ms."""

    clients: int
    seconds: float
    hold: int
    runs: int
    rows_lifetime: int


class RowJson(TypedDict):
    """One store. `causes` has those of its *yes* cells only."""

    name: str
    title: str
    framework: str
    store: str
    note: str
    own: bool
    server: str
    settings: str
    versions: dict[str, str]
    environment: EnvironmentJson
    conditions: ConditionsJson
    cells: dict[str, CellJson]
    causes: list[CauseJson]


class SurveyJson(TypedDict):
    """The whole table; `columns` are the keys of the cells with what each counts, in the order of the table."""

    columns: dict[str, str]
    rows: list[RowJson]
