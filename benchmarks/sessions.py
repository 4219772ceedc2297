"""What the Flask sessions of session_manager.web cost: requests a second beside other stores, behind the same gunicorn.

    python -m benchmarks.sessions                about two minutes
    python -m benchmarks.sessions --quick        a look in half a minute

All servers stand side by side, each with one worker and gthread as in gunicorn.conf.py, and take turns round by round:
Flask's signed cookie, Flask-Session over Redis as it is shipped, and ours over memory, SQLite and that same Redis. Each
connection has a session of its own, so nothing is in anybody's way; at the end every acknowledged write must be there.
"""

from __future__ import annotations

import json
import statistics
import sys
import tempfile
import urllib.request
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks._client import Order
from benchmarks._report import Target, environment, ratio, say_environment, say_table, say_targets
from benchmarks._served import CONNECTIONS, loading, serving, turns, url_of
from benchmarks._session_costs import KEPT, document
from benchmarks._session_pages import COOKIE, FLASK_SESSION
from racelab.server import THREADS
from tests.engines import RedisServer

PAGES = {"a page that reads": ("GET", "/read"), "a page that writes": ("POST", "/write")}
PEERS = {"memory": (COOKIE, 0.85), "SQLite": (COOKIE, 0.75), "Redis": ("Flask-Session", 1.0)}
"""Each of ours: the one that it is compared with, and the least part of its rate."""

Rates = dict[str, dict[str, list[float]]]


@dataclass
class Served:
    """One server.

    Attributes:
        port: where it answers.
        cookies: one for each connection, of a session of its own.
        written: answers to writes so far, in all sessions together.
    """

    port: int
    cookies: list[str] = field(default_factory=list)
    written: int = 0

    def __post_init__(self) -> None:
        self.cookies = [self._begin() for _ in range(CONNECTIONS)]

    def _begin(self) -> str:
        request = urllib.request.Request(url_of(self.port, "/begin"), method="POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.headers["Set-Cookie"]).partition(";")[0]

    def rate(self, page: str, seconds: float) -> float:
        """Requests a second; ends the benchmark if there were errors."""
        method, path = PAGES[page]
        with loading(Order(self.port, [path] * CONNECTIONS, method, seconds=seconds, cookies=self.cookies)) as result:
            pass
        if result.errors or not result.answers:
            sys.exit(f"{result.errors} of the answers to {method} {path} were errors: nothing measured.")
        self.written += result.good * (method == "POST")
        return result.answers / result.seconds

    def lost(self) -> int:
        """How many answers to writes are certainly missing in the sessions."""
        return max(0, self.written - sum(map(self._count, self.cookies)))

    def _count(self, cookie: str) -> int:
        request = urllib.request.Request(url_of(self.port, "/read"), headers={"Cookie": cookie})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(json.load(answer)["n"])


def main() -> None:
    """Measure, and say what came out."""
    options = turns(__doc__, write=f"write {KEPT.name} and the page that is made of it")
    found = environment(threads=THREADS, workers=1, connections=CONNECTIONS, rounds=options.rounds)
    say_environment(found)
    with ExitStack() as stack:
        servers = _serve_all(stack)
        rates = measure(servers, options.rounds, options.seconds)
        lost = {name: server.lost() for name, server in servers.items() if name != COOKIE}
    _say(rates, servers, lost)
    targets = reached(rates, lost)
    say_targets(targets)
    told = {
        "environment": found,
        "requests_per_second": {k: {s: statistics.median(v) for s, v in row.items()} for k, row in rates.items()},
        "ratios": {k: {s: ratio(row[s], row[peer]) for s, (peer, _) in PEERS.items()} for k, row in rates.items()},
        "peers": {name: peer for name, (peer, _) in PEERS.items()},
        "written": {name: server.written for name, server in servers.items()},
        "lost": lost,
        "targets": [target.as_json() for target in targets],
    }
    for file in (options.json, KEPT if options.write else None):
        if file:
            Path(file).write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    if options.write:
        KEPT.with_suffix(".md").write_text(document(told), encoding="utf-8")


def _serve_all(stack: ExitStack) -> dict[str, Served]:
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="racelab-benchmark-")))
    redis = stack.enter_context(RedisServer(folder)).url
    stores = {
        COOKIE: COOKIE,
        "Flask-Session": FLASK_SESSION + redis,
        "Redis": redis,
        "memory": "memory:",
        "SQLite": f"sqlite:///{folder / 'sessions.sqlite'}",
    }
    return {
        name: Served(stack.enter_context(serving("benchmarks._session_pages:app", {"BENCHMARK_SESSIONS": store})))
        for name, store in stores.items()
    }


def measure(servers: dict[str, Served], rounds: int, seconds: float) -> Rates:
    """Requests per second by page, server and round."""
    rates: Rates = {page: {name: [] for name in servers} for page in PAGES}
    for number in range(rounds):
        order = list(servers.items())[:: 1 if number % 2 else -1]  # nobody always comes first
        for page in PAGES:
            for name, server in order:
                rates[page][name].append(server.rate(page, seconds))
    return rates


def _say(rates: Rates, servers: dict[str, Served], lost: dict[str, int]) -> None:
    """Print the rates, each beside the peer's."""
    rows = []
    for page, row in rates.items():
        for name, measured in row.items():
            median = statistics.median(measured)
            peer = PEERS[name][0] if name in PEERS else ""
            beside = f"{ratio(measured, row[peer]):.2f}" if peer else ""
            rows.append((f"{page}, {name}", [f"{median:,.0f}", f"{1e6 / median:,.0f}", beside, peer]))
    say_table("One session for each connection", ["requests/s", "us/request", "ratio", "to"], rows)
    for name, number in lost.items():
        print(f"  {name}: {number} of {servers[name].written:,} acknowledged writes lost")


def reached(rates: Rates, lost: dict[str, int]) -> list[Target]:
    """What should be reached."""
    targets = []
    for page, row in rates.items():
        for name, (peer, least) in PEERS.items():
            targets.append(Target(f"{page}: {name} / {peer}", ratio(row[name], row[peer]), least))
    return [*targets, *(Target(f"writes lost on {name}", lost[name], 0, most=True) for name in PEERS)]


if __name__ == "__main__":
    main()
