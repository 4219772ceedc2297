"""How long requests take: the one measurement that is written at every request, and so kept small."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from time import perf_counter
from typing import TYPE_CHECKING, Any

from flask import Request
from prometheus_client import Histogram, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
"""Seconds. A save takes about one millisecond; the highest dials make it some hundreds."""
NO_VARIANT = "none"
NO_ENDPOINT = "none"

Ended = Callable[[Request | None, str, float], None]
"""Is given the request if Flask got it, the status line, and the seconds."""


def several_processes() -> str | None:
    """The folder in which several processes keep their measurements together, or None.

    Raises:
        ValueError: it is set, and there is no such folder.
    """
    folder = os.environ.get("PROMETHEUS_MULTIPROC_DIR")
    if folder and not os.path.isdir(folder):  # noqa: PTH112 - it is text for prometheus_client, too
        raise ValueError(f"PROMETHEUS_MULTIPROC_DIR must name an empty folder that can be written; got {folder!r}.")
    return folder or None


def _histogram() -> Histogram:
    return Histogram(
        "racelab_http_request_duration_seconds",
        "Time from the arrival of an HTTP request to its answer, without the sending; the page's own load counts too. "
        "`variant` is none for the pages.",
        ["variant", "endpoint", "status"],
        registry=None,
        buckets=BUCKETS,
    )


_of_this_process = cache(_histogram)
"""In a common folder a process has one file: two apps with histograms of their own would overwrite each other."""


class Latency(Collector):
    """The latencies of one app's requests.

    Args:
        variants: the manager that answers, by blueprint.
    """

    def __init__(self, variants: Mapping[str, str]) -> None:
        self._variants = variants
        self._folder = several_processes()
        self._histogram = _of_this_process() if self._folder else _histogram()
        self._known: dict[tuple[str, str], Callable[[float], None]] = {}

    def note(self, asked: Request | None, status: str, seconds: float) -> None:
        """A request was answered: `status` is its line, such as `200 OK`."""
        rule = asked.url_rule if asked is not None else None
        endpoint = rule.endpoint if rule is not None else ""
        observe = self._known.get((endpoint, status[:1]))
        if observe is None:
            observe = self._known[endpoint, status[:1]] = self._observer(endpoint, status[:1])
        observe(seconds)

    def _observer(self, endpoint: str, first_digit: str) -> Callable[[float], None]:
        """Looked up once for each kind of answer: labels cost more than the observation."""
        blueprint, _, name = endpoint.rpartition(".")
        variant = self._variants.get(blueprint, NO_VARIANT)
        return self._histogram.labels(variant, name or NO_ENDPOINT, f"{first_digit}xx").observe

    def collect(self) -> Iterator[Metric]:
        """The histogram, without the times at which its series began: each would be a series of its own."""
        together: Any = MultiProcessCollector  # it comes without types
        source = together(None, self._folder) if self._folder else self._histogram
        for family in source.collect():
            family.samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
            yield family


class Timed:
    """Times every request. Around the app, so that refused requests count and none is timed twice.

    Args:
        wrapped: the app.
        ended: see `Ended`.
    """

    def __init__(self, wrapped: WSGIApplication, *ended: Ended) -> None:
        self._wrapped = wrapped
        self._ended = ended

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        begun, line = perf_counter(), ""
        asked: Request | None = None

        def start(status: str, headers: list[tuple[str, str]], *failed: Any) -> Callable[[bytes], object]:
            nonlocal line, asked
            line = status
            asked = environ.get("werkzeug.request")  # here, because Flask forgets it when its answer is ready
            return start_response(status, headers, *failed)

        answer = self._wrapped(environ, start)
        seconds = perf_counter() - begun
        for ended in self._ended:
            ended(asked, line, seconds)
        return answer
