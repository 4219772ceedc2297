"""Samples, status and verdicts as they leave the server. static/js/lab-types.js says what the page reads."""

from __future__ import annotations

from typing import Literal, TypedDict

from ..bugs import Outcome
from ..promises.json_types import LossJson, ResultJson
from ..promises.promise import Kind

Phase = Literal["idle", "running", "settling", "done", "stopped", "failed"]


class SampledJson(TypedDict):
    """The counts of one variant at one moment; `oldest_s` is the age of the oldest row that waits for cleanup.

    `missing` is a lower bound of the acknowledged changes that are missing now, also while requests are in flight.
    """

    store: int
    statistics: int
    database: int
    should_be: list[int]
    queue: int
    oldest_s: float | None
    dead_letters: int
    in_flight: int
    acknowledged: int
    failed: int
    unknown: int
    missing: int


class EnvironmentJson(TypedDict):
    """The conditions of a run; `window_ms` and `fault_rate` are its maxima.

    `threads` are those of each of the `workers`; 0 if the host does not tell, or if they differ.
    """

    python: str
    gil: bool
    switch_interval_ms: float
    threads: int
    workers: int
    pid: int
    window_ms: float
    fault_rate: float
    database: str


class DialsJson(TypedDict):
    """The settings of the dials."""

    window_ms: float
    fault_rate: float
    db_latency_ms: float
    cache_ttl_s: float
    cleanup_interval_s: float


class BurstJson(TypedDict):
    """The progress of a burst, the `number`th of this process. `done` is 0 to 1; `run` is 0 if there was none."""

    state: Phase
    number: int
    run: int
    kind: str
    variants: list[str]
    visitors: int
    seconds: float
    done: float
    requests: int
    failed: int
    unknown: int
    message: str


class NoWaitKeptJson(TypedDict):
    """How many saves one manager acknowledged, and how many of them are missing."""

    saves: int
    vanished: int


class NoWaitJson(TypedDict):
    """What became of saves without added delay and faults; the sentence says the same in words."""

    users: int
    managers: dict[str, NoWaitKeptJson]
    sentence: str


class OutsideJson(TypedDict):
    """A load from outside that has borrowed the dials, whether it was asked to stop, its `kind` as in `LoadJson`."""

    users: int
    stopping: bool
    kind: str


class OwnCountsJson(TypedDict):
    """What one process counts of the sessions in its own memory."""

    store: int
    statistics: int
    queue: int


class WorkerJson(TypedDict):
    """One of several processes that serve the managers.

    `silent_s` is how long ago it has last shown itself; `own` are the managers that it shares with no other process;
    `acknowledged` counts the calls of this run, by variant.
    """

    pid: int
    threads: int
    silent_s: float
    own: dict[str, OwnCountsJson]
    acknowledged: dict[str, int]


class ObservedJson(TypedDict):
    """The state of one variant that is not part of a sample; `calls` counts by method and outcome.

    `missing` is a lower bound of the acknowledged changes that are missing now, also while requests are in flight.
    """

    left_over: int
    recovered: int
    idle_s: float
    stuck_while_idle: bool
    calls: dict[Kind, dict[Outcome, int]]
    missing: int


class VariantJson(ObservedJson):
    """The same, with the cleanup cycles that were begun."""

    cleanup_cycles: int


class ReasonJson(TypedDict):
    """One reason why the lab cannot serve: `life`, `database`, `cleanup_queue`, `sampler` or `memory`."""

    reason: str
    variant: str | None
    detail: str


class EndJson(TypedDict):
    """An ended run, and when it ended."""

    run: int
    ended_at: float | None


class StatusJson(TypedDict):
    """The state of the lab, beside samples and verdict; `unkept` says why runs cannot be written, or nothing.

    `alike`: all calls of this run were of loads that asked every manager the same.
    """

    run: int
    boot: str
    started_at: float
    uptime_s: float
    environment: EnvironmentJson
    dials: DialsJson
    burst: BurstJson
    outside: OutsideJson | None
    variants: dict[str, VariantJson]
    workers: list[WorkerJson]
    runs: list[EndJson]
    unkept: str
    alike: bool


class JudgedJson(TypedDict):
    """What is known of all variants, or why nothing is known yet; `card` is the bug of the headline, or empty."""

    settled: bool
    waiting_for: str | None
    card: str
    variants: dict[str, ResultJson]


class VerdictJson(JudgedJson):
    """The verdict on one run."""

    run: int
    environment: EnvironmentJson


class LoadJson(TypedDict):
    """A load of a run: what was asked for of each manager, and the dials that it ran with.

    One from outside has no seed, and a `kind` only if it is one of the lab's own; its `seconds` are those in which it
    has called.
    """

    kind: str
    managers: list[str]
    visitors: int
    seconds: float
    seed: int | None
    dials: DialsJson
    outside: bool
    began_at: float
    ended_at: float | None


class CurveJson(TypedDict):
    """The counts of one manager, a number for each time of the curves; `missing` is a lower bound."""

    store: list[int]
    statistics: list[int]
    database: list[int]
    expected_low: list[int]
    expected_high: list[int]
    queue: list[int]
    missing: list[int]


class CurvesJson(TypedDict):
    """The curves of a run: times in seconds since it began, and a curve for each manager."""

    at: list[float]
    managers: dict[str, CurveJson]


class RunLineJson(VerdictJson):
    """A run in the list of all. `ended_at` is None for the present one.

    `name` is what a user has called it, or empty; `boot` is the start of the server that it belongs to.
    """

    name: str
    boot: str
    started_at: float
    ended_at: float | None
    loads: list[LoadJson]


class RunJson(RunLineJson):
    """A whole run: with its curves, and of each manager the first loss of each bug."""

    curves: CurvesJson
    losses: dict[str, list[LossJson]]
