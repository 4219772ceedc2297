"""`GET /metrics`: what the lab counts, in Prometheus' text format. Read at each scrape, without a manager's lock."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import get_args

from flask import Flask, Response, request
from prometheus_client import CollectorRegistry, Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from session_manager.model import SessionError
from session_manager.web.extension import Registered
from session_manager.web.problems import problem

from ...bugs import Outcome, Verdict
from ...live.events import Events
from ...live.lab import Lab
from ...live.observed import METHODS
from .latency import Latency, Timed
from .request_log import RequestLog

NOT_A_NUMBER = float("nan")

Rows = list[tuple[list[str], float]]


class LabCollector(Collector):
    """The counts of a lab, now. Every read costs the same at any number of sessions.

    Args:
        lab: whom it asks.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab

    def collect(self) -> Iterator[Metric]:
        """All of them."""
        self._lab.catch_up()
        yield from self._sessions()
        yield from self._calls()
        yield from self._dials()
        yield from self._itself()

    def _sessions(self) -> Iterator[Metric]:
        samples = {name: variant.sample() for name, variant in self._lab.variants.items()}
        places = ("store", "statistics", "database")
        yield _gauge(
            "racelab_open_sessions",
            "Open sessions as each place of a manager counts them. Where they differ at rest, sessions are phantoms.",
            ["variant", "place"],
            [([name, place], float(one[place])) for name, one in samples.items() for place in places],  # type: ignore[literal-required]
        )
        yield _gauge(
            "racelab_expected_sessions",
            "Open sessions after what callers were told. Logins and logouts of unknown outcome make it an interval.",
            ["variant", "bound"],
            [
                ([name, bound], end)
                for name, one in samples.items()
                for bound, end in zip(("low", "high"), one["should_be"], strict=True)
            ],
        )
        yield _gauge(
            "racelab_cleanup_queue_sessions",
            "Closed sessions that wait until cleanup removes their row. One that only grows is a leak.",
            ["variant"],
            [([name], one["queue"]) for name, one in samples.items()],
        )
        yield _gauge(
            "racelab_cleanup_oldest_age_seconds",
            "Time since the first session of the cleanup queue was closed; 0 if none waits, NaN if that is not known.",
            ["variant"],
            [([name], _age(one["queue"], one["oldest_s"])) for name, one in samples.items()],
        )
        yield _gauge(
            "racelab_dead_letters",
            "Closed sessions whose cleanup was given up after several attempts; an operator retries or discards them.",
            ["variant"],
            [([name], one["dead_letters"]) for name, one in samples.items()],
        )
        yield _gauge(
            "racelab_calls_in_flight",
            "Calls of the manager that have begun and not ended. One that stays is a deadlock.",
            ["variant"],
            [([name], one["in_flight"]) for name, one in samples.items()],
        )

    def _calls(self) -> Iterator[Metric]:
        calls = CounterMetricFamily(
            "racelab_calls",
            "Calls of the manager since the process began, also of earlier runs: acknowledged, failed (nothing was "
            "changed), or unknown (either is possible).",
            labels=["variant", "method", "outcome"],
        )
        cycles = CounterMetricFamily(
            "racelab_cleanup_cycles", "Cleanup cycles that were begun since the process began.", labels=["variant"]
        )
        verdicts = CounterMetricFamily(
            "racelab_ended_runs",
            "Runs that have ended, by their verdict. Only `agree` and `do not agree` have measured something.",
            labels=["variant", "verdict"],
        )
        ended = self._lab.runs.counted()
        for name, variant in self._lab.variants.items():
            sums = variant.calls_ever()
            for method in METHODS:
                for outcome in get_args(Outcome):
                    calls.add_metric([name, method, outcome], sums[method, outcome])
            cycles.add_metric([name], self._lab.sessions.cleanup_cycles[name])
            for verdict in Verdict:
                verdicts.add_metric([name, verdict], ended[name, verdict])
        yield calls
        yield cycles
        yield verdicts
        yield _gauge(
            "racelab_missing_changes",
            "Acknowledged changes that are missing now, at least: the lost updates and stale overwrites of this run.",
            ["variant"],
            [([name], variant.missing()) for name, variant in self._lab.variants.items()],
        )

    def _dials(self) -> Iterator[Metric]:
        dials = self._lab.dials()
        told = {
            "window_seconds": ("Maximum random delay after each release of a lock.", dials["window_ms"] / 1000),
            "fault_ratio": ("Probability that an operation dies after the release of a lock.", dials["fault_rate"]),
            "database_latency_seconds": (
                "Delay of the answer to a refresh. It may be stale when it arrives.",
                dials["db_latency_ms"] / 1000,
            ),
            "cache_ttl_seconds": ("Age from which a read refreshes a session.", dials["cache_ttl_s"]),
            "cleanup_interval_seconds": ("Pause between two cleanup cycles.", dials["cleanup_interval_s"]),
        }
        for name, (words, value) in told.items():
            yield GaugeMetricFamily(f"racelab_dial_{name}", f"The dial: {words}", value=value)

    def _itself(self) -> Iterator[Metric]:
        taken, silence = self._lab.sampler.pulse()
        running = self._lab.burst.running()
        yield GaugeMetricFamily("racelab_burst_running", "1 while a load of the page runs.", value=float(running))
        yield CounterMetricFamily(
            "racelab_samples",
            "Samples taken since the process began; ten in a second, or the lab is stalled.",
            value=taken,
        )
        yield GaugeMetricFamily(
            "racelab_last_sample_age_seconds",
            "Time since the last sample, or since the sampler started; NaN if it does not run.",
            value=NOT_A_NUMBER if silence is None else silence,
        )


def _gauge(name: str, words: str, labels: list[str], rows: Iterable[tuple[list[str], float]]) -> Metric:
    family = GaugeMetricFamily(name, words, labels=labels)
    for values, value in rows:
        family.add_metric(values, value)
    return family


def _age(waiting: int, oldest_s: float | None) -> float:
    if not waiting:
        return 0.0
    return NOT_A_NUMBER if oldest_s is None else oldest_s


def measure(app: Flask, lab: Lab) -> None:
    """Time the requests of an app, and answer `/metrics` from a registry of its own.

    Args:
        app: with its session managers.
        lab: attached to it.
    """
    latency = time_requests(app, lab.sessions, lab.events, lambda: lab.runs.run)
    registry = CollectorRegistry()
    registry.register(LabCollector(lab))
    registry.register(latency)

    def metrics() -> Response:
        encode, kind = choose_encoder(request.headers.get("Accept", ""))
        try:
            return Response(encode(registry), content_type=kind)
        except SessionError as error:  # gauges that leave out a manager would look like one without sessions
            return problem(503, str(error))

    app.add_url_rule("/metrics", view_func=metrics)


def time_requests(app: Flask, sessions: Registered, events: Events, run: Callable[[], int]) -> Latency:
    """Time the requests of an app, and log those that an operator must know of.

    Args:
        app: with its session managers.
        sessions: those.
        events: the log.
        run: gives the number of the present run.
    """
    variants = {f"{name}_api": name for name in sessions.managers} | {"default_api": sessions.default}
    latency = Latency(variants)
    ended = [latency.note]
    if events.on:
        requests = RequestLog(events, run, variants, app.config["LOG_SLOW_MS"])
        app.after_request(requests.remember)
        ended.append(requests.note)
    app.wsgi_app = Timed(app.wsgi_app, *ended)  # type: ignore[method-assign]
    return latency
