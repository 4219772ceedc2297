"""What breaks first on the way to 10^8 sessions and 10^5 requests a second: arithmetic with the measured costs.

The words are in `outlook.md`. A request here is one read and one change of a session.
"""

from __future__ import annotations

from math import ceil
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.scaling.redis_peers import VARIANT
from benchmarks.scaling.steps import PEERS, SERVED
from benchmarks.scaling.tables import measured
from benchmarks.scaling.workers import THREADS
from session_manager.databases.engines import MOST_CONNECTIONS as POOL
from session_manager.web.settings import MOST_SHARDS

SESSIONS, REQUESTS = 100_000_000, 100_000
NODE_GB = 25
"""Of memory for data on one node of Redis: what can still be copied to a replica in minutes."""
SHARDS_OF_A_NODE = 10
"""So that slots can be moved evenly."""
MOST_TO_POSTGRES = 100
READ, CHANGE, BOTH = "get", "update", "read + change"
Results = dict[str, Any]


def outlook(found: Results) -> str:
    """The prose, as Markdown."""
    words = Path(__file__).with_name("outlook.md").read_text(encoding="utf-8")
    numbers = {**_local(found), **_redis(found), **_postgres(found), **_workers(found)}
    numbers["counting"] = numbers["workers"] * numbers["many_shards"]
    return words.format(sessions=SESSIONS, requests=REQUESTS, **numbers)


def _local(found: Results) -> Results:
    memory, sqlite = (_largest(found, store) for store in ("memory", "SQLite"))
    weight, change = memory["process_bytes"], sqlite["operations"][CHANGE]["process_us"]
    return {
        "memory_gb": f"{_gb(weight):,.0f} GB, at {weight:,.0f} bytes each," if weight else "too few here to be weighed",
        "memory_us": _both(memory, "process_us"),
        "memory_rate": 1e6 / _both(memory, "process_us"),
        "sqlite_gb": _gb(sqlite["engine_bytes"]),
        "sqlite_us": change,
        "sqlite_rate": 1e6 / change,
    }


def _redis(found: Results) -> Results:
    step, peers = _largest(found, VARIANT), found["steps"][PEERS]
    weight, busy = step["engine_bytes"], peers["redis_us"][BOTH][VARIANT]
    passed = peers["network_bytes"][BOTH][VARIANT]
    nodes, cores = ceil(_gb(weight) / NODE_GB), ceil(REQUESTS * busy / 1e6)
    return {
        "redis_first": "Memory comes" if nodes > cores else "The processor comes",
        "redis_gb": _gb(weight),
        "redis_bytes": weight,
        "redis_nodes": nodes,
        "node_gb": NODE_GB,
        "redis_us": busy,
        "redis_rate": 1e6 / busy,
        "redis_cores": cores,
        "many_shards": SHARDS_OF_A_NODE * max(nodes, cores),
        "most_shards": MOST_SHARDS,
        "login_us": step["operations"]["create"]["engine_us"],
        "redis_network": passed,
        "redis_mb": REQUESTS * passed / 1e6,
    }


def _postgres(found: Results) -> Results:
    step = _largest(found, "postgres-fixed")
    busy = _both(step, "engine_us")
    return {
        "postgres_gb": _gb(step["engine_bytes"]),
        "postgres_bytes": step["engine_bytes"],
        "postgres_us": busy,
        "postgres_change_us": step["operations"][CHANGE]["engine_us"],
        "postgres_cores": ceil(REQUESTS * busy / 1e6),
        "pool": POOL,
        "pools": MOST_TO_POSTGRES // POOL,
    }


def _workers(found: Results) -> Results:
    step = found["steps"][SERVED]
    reads, changes = (median(step["rates"][request]["1"]) for request in ("GET session", "PUT prefs"))
    rate = 1 / (1 / reads + 1 / changes)
    workers = ceil(REQUESTS / rate)
    return {
        "reads": reads,
        "changes": changes,
        "worker_rate": rate,
        "workers": workers,
        "threads": THREADS,
        "connections": workers * THREADS,
        "cores": step["environment"]["cores"],
    }


def _largest(found: Results, store: str) -> Results:
    steps = measured(found, store)
    largest: Results = steps[max(steps)]
    return largest


def _both(step: Results, key: str) -> float:
    return float(sum(step["operations"][name][key] for name in (READ, CHANGE)))


def _gb(weight: float) -> float:
    """Gigabytes of all sessions, from the bytes of one."""
    return weight * SESSIONS / 1e9
