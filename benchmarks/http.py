"""How much the lab costs over HTTP: requests a second beside a bare Flask app behind the same gunicorn settings.

    python benchmarks/http.py                about two and a half minutes
    python benchmarks/http.py --quick        a look in 30 seconds

Four servers stand side by side, each with one worker and gthread as in gunicorn.conf.py: the bare app, the lab with
its in-memory database, the lab with SQLite, and the first lab without the history of calls. They take turns, round by
round. The load comes from a process of its own, to this computer only.
"""

from __future__ import annotations

import json
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
from benchmarks._report import Target, environment, ratio, say_environment, say_table, say_targets
from benchmarks._served import CONNECTIONS, loading, serving, turns, url_of
from racelab.server import THREADS, fetch

DASHBOARDS = 20
BARE, UNKEPT = "bare Flask", "no history"
DATABASES = {"memory": "memory://", "SQLite": "sqlite:///{instance}/{variant}.sqlite", UNKEPT: "memory://"}
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
        rates, dashboards, polls = measure(ports, options.rounds, options.seconds, options.sessions)
    say_rates(rates, dashboards, polls)
    targets = reached(rates, dashboards)
    say_targets(targets)
    if options.json:
        told = {
            "environment": found,
            "requests_per_second": {k: {s: statistics.median(v) for s, v in row.items()} for k, row in rates.items()},
            "dashboards": {k: statistics.median(v) for k, v in dashboards.items()},
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
        ports[name] = stack.enter_context(
            serving("benchmarks._no_history:app" if name == UNKEPT else "app:app", settings)
        )
    return ports


def measure(
    ports: dict[str, int], rounds: int, seconds: float, sessions: int
) -> tuple[Rates, dict[str, list[float]], dict[str, float]]:
    """Requests per second by request, server and round; those without and with dashboards; and the polls' cost."""
    ids = {name: _sessions(port, sessions if name in DATABASES else 0) for name, port in ports.items()}
    rates: Rates = {request: {name: [] for name in ports} for request in REQUESTS}
    dashboards: dict[str, list[float]] = {"without": [], "with": []}
    late: list[float] = []
    answered = 0
    for number in range(rounds):
        order = list(ports.items())[:: 1 if number % 2 else -1]  # nobody always comes first
        for request in REQUESTS:
            for name, port in order:
                rates[request][name].append(_rate(_load(request, port, ids[name], seconds)))
        load = _load("GET session", ports["memory"], ids["memory"], 2 * seconds)
        for which in ("without", "with")[:: 1 if number % 2 else -1]:
            with _dashboards(ports["memory"], load.seconds) if which == "with" else nullcontext(Result()) as polls:
                dashboards[which].append(_rate(load))
            late += polls.late
            answered += polls.answers
    late.sort()
    p95 = late[int(len(late) * 0.95)] * 1000
    return rates, dashboards, {"answered_per_second": answered / rounds / (2 * seconds), "p95_ms": p95}


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


def say_rates(rates: Rates, dashboards: dict[str, list[float]], polls: dict[str, float]) -> None:
    """Print the rates, and each as a part of the bare app's."""
    rows = []
    for request, row in rates.items():
        bare = row[BARE]
        for name, measured in row.items():
            median = statistics.median(measured)
            cells = [f"{median:,.0f}", f"{1e6 / median:,.0f}", f"{ratio(measured, bare):.2f}"]
            rows.append((f"{request}, {name}", cells))
    say_table("The fixed manager over HTTP", ["requests/s", "us/request", "ratio to bare"], rows)
    medians = [f"{statistics.median(dashboards[which]):,.0f}" for which in ("without", "with")]
    cost = f"{_cost(dashboards):.1f} %"
    columns = ["without, req/s", "with, req/s", "cost"]
    title = f"{DASHBOARDS} dashboards that poll at the pace the server asks for (GET session, memory)"
    say_table(title, columns, [("", [*medians, cost])])
    print(f"  polls answered: {polls['answered_per_second']:.1f}/s, 95 % of them within {polls['p95_ms']:.1f} ms")


def reached(rates: Rates, dashboards: dict[str, list[float]]) -> list[Target]:
    """What should be reached."""
    targets = []
    for request, row in rates.items():
        for name, least in (("memory", 0.92), ("SQLite", 0.8)):
            targets.append(Target(f"{request}: {name} / bare Flask", ratio(row[name], row[BARE]), least))
        cost = 100 * (1 - ratio(row["memory"], row[UNKEPT]))
        targets.append(Target(f"{request}: cost of the history of calls", cost, 3, most=True, unit=" %"))
    return [*targets, Target(f"cost of {DASHBOARDS} dashboards", _cost(dashboards), 3, most=True, unit=" %")]


def _cost(dashboards: dict[str, list[float]]) -> float:
    return 100 * (1 - ratio(dashboards["with"], dashboards["without"]))


if __name__ == "__main__":
    main()
