"""Real gunicorn with 1 to 4 workers over redis-fixed, and the same managers without the lab: requests per second.

All servers stand at once and take turns, round by round. The load comes from processes of its own. With as few cores
as a laptop has, the load, Redis and the workers share them: then more workers cannot be much faster.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks._client import Order
from benchmarks.scaling.redis_peers import quotients, spread
from racelab.promises.journal import Journal
from racelab.server import LOOPBACK, Server, fetch
from tests.engines import RedisServer

ROOT = Path(__file__).resolve().parent.parent.parent
VARIANT = "redis-fixed"
THREADS, CONNECTIONS, LOADS = 8, 16, 2
WORKERS = (1, 2, 3, 4)
SEVERAL = 3
"""With how many the lab is compared with none, if there are that many."""
REQUESTS = {
    "GET session": ("GET", f"/{VARIANT}/api/session/{{id}}", ""),
    "PUT prefs": ("PUT", f"/{VARIANT}/api/session/{{id}}/prefs", json.dumps({"key": "theme", "value": "dark"})),
}
WITHOUT, SETTINGS_WITHOUT = "without the lab", Path(__file__).with_name("without")
CALLS = 20_000

Rates = dict[str, dict[str, list[float]]]


def measure(workers: Sequence[int], rounds: int, seconds: float) -> dict[str, Any]:
    """Requests per second by request, server and round; their ratios; and what the recorder costs a call.

    Args:
        workers: of the servers; 1 comes first.
        rounds, seconds: how many turns, and how long each.
    """
    several = min(SEVERAL, max(workers))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="racelab-")))
        (folder / "redis").mkdir()
        url = stack.enter_context(RedisServer(folder / "redis")).url
        labs = {str(number): stack.enter_context(_served(folder, f"{number}", url, number, ROOT)) for number in workers}
        plain = stack.enter_context(_served(folder, WITHOUT, url, several, SETTINGS_WITHOUT))
        login = f"http://{LOOPBACK}:{plain}/{VARIANT}/api/login"
        ids = [fetch(login, {"username": "visitor", "password": "x"})["session_id"] for _ in range(CONNECTIONS)]
        rates = _rates({**labs, WITHOUT: plain}, ids, rounds, seconds)
    recorder_us = recorder_cost()
    return {
        "several": several,
        "rates": rates,
        "over_one": {
            request: {name: spread(quotients(row[name], row["1"])) for name in labs} for request, row in rates.items()
        },
        "lab_over_none": {
            request: spread(quotients(row[str(several)], row[WITHOUT])) for request, row in rates.items()
        },
        "recorder_us": recorder_us,
        "recorder_share": {request: recorder_us * median(row["1"]) / 1e6 for request, row in rates.items()},
    }


def recorder_cost() -> float:
    """Microseconds for which one call's beginning and end in the journal keep its thread, without any other thread."""
    with tempfile.TemporaryDirectory(prefix="racelab-", dir="/dev/shm" if Path("/dev/shm").is_dir() else None) as place:
        journal = Journal(Path(place) / "journals", segment_bytes=1 << 24)
        ledger = journal.ledger(VARIANT)
        session_id = "5" * 32
        begin = time.perf_counter()
        for _ in range(CALLS):
            with ledger.call("update", session_id, "theme", "dark"):
                """The call itself."""
        taken = time.perf_counter() - begin
        journal.close()
    return taken / CALLS * 1e6


def _rates(ports: Mapping[str, int], ids: list[str], rounds: int, seconds: float) -> Rates:
    rates: Rates = {request: {name: [] for name in ports} for request in REQUESTS}
    for number in range(rounds):
        order = list(ports.items())[:: 1 if number % 2 else -1]  # none always comes first
        for request in REQUESTS:
            for name, port in order:
                rates[request][name].append(_rate(request, port, ids, seconds))
    return rates


def _rate(request: str, port: int, ids: list[str], seconds: float) -> float:
    method, path, body = REQUESTS[request]
    paths = [path.format(id=session_id) for session_id in ids]
    orders = [Order(port, paths[number::LOADS], method, body, seconds) for number in range(LOADS)]
    results = _loaded(orders)
    if any(result["errors"] or not result["answers"] for result in results):
        told = ", ".join(f"{result['answers']} good answers and {result['errors']} errors" for result in results)
        raise RuntimeError(f"{request} cannot be measured. The load processes counted: {told}.")
    return float(sum(result["answers"] / result["seconds"] for result in results))


def _loaded(orders: list[Order]) -> list[dict[str, Any]]:
    """What the load processes, all at once, count."""
    command = [sys.executable, "-m", "benchmarks._client"]
    processes = [
        subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in orders
    ]
    for process, order in zip(processes, orders, strict=True):
        assert process.stdin
        process.stdin.write(json.dumps(asdict(order)))
        process.stdin.close()
        process.stdin = None
    answers = [process.communicate()[0] for process in processes]
    if any(process.returncode for process in processes):
        raise RuntimeError("A load process ended early; what it said stands above.")
    return [json.loads(answer) for answer in answers]


def _settings(url: str) -> dict[str, str]:
    """The same with the lab and without, also how often cleanup runs: that is no part of the instrument."""
    named = {"REDIS": url, "VARIANTS": json.dumps([VARIANT]), "DEFAULT": VARIANT, "DB_LATENCY": "0"}
    named["CLEANUP_INTERVAL"] = "0.5"
    return {f"RACELAB_SESSION_MANAGER_{name}": value for name, value in named.items()}


@contextmanager
def _served(folder: Path, name: str, url: str, workers: int, root: Path) -> Iterator[int]:
    """Those managers behind so many workers, with the settings in that folder. Yields the port."""
    instance = folder / name.replace(" ", "-")
    instance.mkdir()
    environ = {**_settings(url), "RACELAB_WORKERS": str(workers), "PYTHONPATH": str(ROOT)}
    with Server(instance, threads=THREADS, environ=environ, root=root) as server:
        yield int(server.url.rpartition(":")[2])
