"""How much the lab costs over HTTP: requests a second beside a bare Flask app behind the same gunicorn settings.

    python benchmarks/http.py                about five minutes
    python benchmarks/http.py --quick        a look in 40 seconds

Three servers stand side by side, each with one worker and gthread as in gunicorn.conf.py: the bare app, the lab with
its in-memory database, and the lab with SQLite. They take turns, round by round. The second one is also compared with
itself: without its history of calls, three times a round, and with dashboards that poll, once. The load comes from a
process of its own, to this computer only.
"""

from __future__ import annotations

import json
import math
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

if not __package__:  # run by path: Python then searches this folder first, where this file would hide its own `http`
    sys.path.pop(0)
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks._client import Order, Result
from benchmarks._report import Compared, Target, environment, ratio, say_environment, say_table, say_targets
from benchmarks._served import CONNECTIONS, SWITCH, loading, serving, turns, url_of
from racelab.server import THREADS, fetch

DASHBOARDS = 20
WATCHED = f"GET session: {DASHBOARDS} open dashboards"
PAIRS = 3
"""Turns with and without the history in a round, of each request."""
BARE = "bare Flask"
DATABASES = {"memory": "memory://", "SQLite": "sqlite:///{instance}/{variant}.sqlite"}
REQUESTS = {
    "GET session": ("GET", "/fixed/api/session/{id}", ""),
    "PUT prefs": ("PUT", "/fixed/api/session/{id}/prefs", json.dumps({"key": "theme", "value": "dark"})),
}

Rates = dict[str, dict[str, list[float]]]


def main() -> None:
    """Measure, and say what came out."""
    options = turns(__doc__, sessions=1000)
    found = environment(threads=THREADS, workers=1, connections=CONNECTIONS, rounds=options.rounds)
    say_environment(found)
    with ExitStack() as stack:
        ports = _serve_all(stack)
        rates, compared, polls = measure(ports, options.rounds, options.seconds, options.sessions)
    say_rates(rates, compared, polls)
    targets = reached(rates, compared)
    say_targets(targets)
    if options.json:
        told = {
            "environment": found,
            "requests_per_second": {k: {s: statistics.median(v) for s, v in row.items()} for k, row in rates.items()},
            "cost_percent": {
                what: [each.cost, *(end if math.isfinite(end) else None for end in each.surely)]
                for what, each in compared.items()
            },
            "polls": polls,
            "targets": [target.as_json() for target in targets],
        }
        Path(options.json).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def _serve_all(stack: ExitStack) -> dict[str, int]:
    """Start the servers. Returns their ports."""
    ports = {BARE: stack.enter_context(serving("benchmarks._bare:app", {}))}
    for name, url in DATABASES.items():
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="racelab-benchmark-"))
        settings = {"RACELAB_INSTANCE": folder, "RACELAB_SESSION_MANAGER_DATABASE": url}
        ports[name] = stack.enter_context(serving("benchmarks._switched:served()", settings))
    return ports


def measure(
    ports: dict[str, int], rounds: int, seconds: float, sessions: int
) -> tuple[Rates, dict[str, Compared], dict[str, float]]:
    """Requests per second by request, server and round; what history and dashboards cost; and the polls."""
    ids = {name: _sessions(port, sessions if name in DATABASES else 0) for name, port in ports.items()}
    port, lab_ids = ports["memory"], ids["memory"]
    rates: Rates = {request: {name: [] for name in ports} for request in REQUESTS}
    history = {request: Compared() for request in REQUESTS}
    dashboards = Compared()
    late: list[float] = []
    answered = 0
    for number in range(rounds):
        direction = 1 if number % 2 else -1  # nobody always comes first
        for request in REQUESTS:
            for name, served in list(ports.items())[::direction]:
                rates[request][name].append(_rate(_load(request, served, ids[name], seconds)))
            for _ in range(PAIRS):
                _compare_history(_load(request, port, lab_ids, seconds), direction, history[request])
        load = _load("GET session", port, lab_ids, 2 * seconds)
        for open_pages in (False, True)[::direction]:
            with _dashboards(port, load.seconds) if open_pages else nullcontext(Result()) as polls:
                (dashboards.having if open_pages else dashboards.without).append(_rate(load))
            late += polls.late
            answered += polls.answers
    late.sort()
    p95 = late[int(len(late) * 0.95)] * 1000
    compared = {**{f"{request}: the history of calls": each for request, each in history.items()}, WATCHED: dashboards}
    return rates, compared, {"answered_per_second": answered / rounds / (2 * seconds), "p95_ms": p95}


def _compare_history(load: Order, direction: int, compared: Compared) -> None:
    """One turn with the history of calls and one without; it is kept again afterwards."""
    switch = url_of(load.port, SWITCH)
    for kept in (False, True)[::direction]:
        fetch(switch, {"kept": kept})
        (compared.having if kept else compared.without).append(_rate(load))
    fetch(switch, {"kept": True})


def _sessions(port: int, number: int) -> list[str]:
    """Open so many sessions at a lab; a bare app takes any id."""
    if not number:
        return [f"{n:032x}" for n in range(CONNECTIONS)]
    body = {"username": "visitor", "password": "x"}
    return [fetch(url_of(port, "/fixed/api/login"), body)["session_id"] for _ in range(number)]


def _load(request: str, port: int, ids: list[str], seconds: float) -> Order:
    """Connections that ask again as soon as they are answered, each about a session of its own."""
    method, path, body = REQUESTS[request]
    return Order(port, [path.format(id=session_id) for session_id in ids[:CONNECTIONS]], method, body, seconds)


def _rate(order: Order) -> float:
    with loading(order) as result:
        pass
    if result.errors or not result.answers:
        sys.exit(f"{result.errors} of the answers to {order.method} {order.paths[0]} were errors: nothing measured.")
    return result.answers / result.seconds


@contextmanager
def _dashboards(port: int, seconds: float) -> Iterator[Result]:
    """Open pages that poll as the real one does, at the pace the server asks for, one after another in that time."""
    for viewer in range(DASHBOARDS):
        told: dict[str, Any] = fetch(url_of(port, f"/lab/poll?since=0&viewer={viewer}"))
    paths = [f"/lab/poll?since={{next}}&viewer={number}" for number in range(DASHBOARDS)]
    order = Order(port, paths, seconds=seconds, warm_up=1.0, every=told["again_ms"] / 1000, next=told["next"])
    with loading(order) as result:
        time.sleep(0.8)  # 0.2 s more are the load's own warm-up
        yield result
    if result.errors:
        sys.exit(f"{result.errors} polls of the dashboards failed: nothing measured.")


def say_rates(rates: Rates, compared: dict[str, Compared], polls: dict[str, float]) -> None:
    """Print the rates, each as a part of the bare app's, and what the history and the dashboards cost."""
    rows = []
    for request, row in rates.items():
        bare = row[BARE]
        for name, measured in row.items():
            median = statistics.median(measured)
            cells = [f"{median:,.0f}", f"{1e6 / median:,.0f}", f"{ratio(measured, bare):.2f}"]
            rows.append((f"{request}, {name}", cells))
    say_table("The fixed manager over HTTP", ["requests/s", "us/request", "ratio to bare"], rows)
    rows = []
    for what, each in compared.items():
        medians = [f"{statistics.median(measured):,.0f}" for measured in (each.without, each.having)]
        rows.append((what, [*medians, f"{len(each.having)}", f"   {each}"]))
    columns = ["without", "with, req/s", "pairs", "   cost (95 %)"]
    say_table("What the lab with its in-memory database costs, beside itself without that", columns, rows)
    print(f"  polls answered: {polls['answered_per_second']:.1f}/s, 95 % of them within {polls['p95_ms']:.1f} ms")


def reached(rates: Rates, compared: dict[str, Compared]) -> list[Target]:
    """What should be reached."""
    targets = [
        Target(f"{request}: {name} / bare Flask", ratio(row[name], row[BARE]), least)
        for request, row in rates.items()
        for name, least in (("memory", 0.92), ("SQLite", 0.8))
    ]
    return [
        *targets,
        *(
            Target(f"cost of {what}", each.cost, 3, most=True, unit=" %", surely=each.surely)
            for what, each in compared.items()
        ),
    ]


if __name__ == "__main__":
    main()
