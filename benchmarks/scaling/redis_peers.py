"""redis-fixed beside what others send to the same Redis, in turns: the price of an answer that loses nothing.

Flask-Session keeps a session as one value: `GET` when the request begins, `SET ... EX` when it ends (version 0.8.0,
`redis.py`: `_retrieve_session_data` and `_upsert_session`). Both commands are written here with redis-py, as there, and
with JSON in place of msgspec: Flask-Session itself, which also handles the cookie and the request, is not run.

A part of the price is Redis's: so the manager's commands are also sent as the peer's are, by redis-py's own client.
"""

from __future__ import annotations

import json
import statistics
import tempfile
from pathlib import Path
from typing import Any

import redis

from benchmarks.scaling.processors import processor_seconds
from benchmarks.scaling.stores import LIFETIME, PREFIX, RUNTIME, SHARDS, Store, opened
from benchmarks.scaling.turns import Call, for_a_while
from session_manager.shared.redis_engine import SCRIPTS
from session_manager.shared.redis_keys import KEY, MOST_FIELDS, Keys, microseconds

VARIANT = "redis-fixed"
THREADS = (1, 8)
SET_EX, BARE, ALONE = "GET + SET EX of one value", "bare HINCRBY", "its commands alone"
PEER_OF = {"read + change": SET_EX, "increment": BARE}
"""With what each task of redis-fixed is compared."""


def measure(sessions: int, rounds: int, seconds: float) -> dict[str, Any]:
    """By task and contender: calls per second for each number of threads and round, the ratios of the costs, and for
    how many microseconds a call keeps Redis's processor and how many bytes of it pass the network.
    """
    with tempfile.TemporaryDirectory(prefix="racelab-") as folder, opened(VARIANT, Path(folder)) as store:
        ids = store.fill(sessions)
        tasks = contenders(store, ids)
        rates: dict[str, Any] = {
            task: {name: {str(threads): [] for threads in THREADS} for name in row} for task, row in tasks.items()
        }
        used: dict[str, Any] = {task: {name: [] for name in row} for task, row in tasks.items()}
        meter = _Meter(store)
        for number in range(rounds):
            for task, row in tasks.items():
                for threads in THREADS:
                    for name, call in list(row.items())[:: 1 if number % 2 else -1]:
                        before = meter.read()
                        turn = for_a_while(call, ids, threads, seconds, number)
                        used[task][name].append(
                            [(b - a) / turn.calls for a, b in zip(before, meter.read(), strict=True)]
                        )
                        rates[task][name][str(threads)].append(turn.per_second)
    return {
        "sessions": sessions,
        "rates": rates,
        "ratios": {task: _ratios(task, row) for task, row in rates.items()},
        "redis_us": _medians(used, 0),
        "network_bytes": _medians(used, 1),
    }


class _Meter:
    """Microseconds of Redis's processor, and bytes that it has received and sent."""

    def __init__(self, store: Store) -> None:
        self._process, self._client = store.process, redis.Redis.from_url(store.url)

    def read(self) -> tuple[float, float]:
        """Both since the server started."""
        told = self._client.info("stats")
        passed = int(told["total_net_input_bytes"]) + int(told["total_net_output_bytes"])
        return processor_seconds(self._process) * 1e6, float(passed)


def _medians(used: dict[str, dict[str, list[list[float]]]], which: int) -> dict[str, dict[str, float]]:
    return {
        task: {name: statistics.median(each[which] for each in turns) for name, turns in row.items()}
        for task, row in used.items()
    }


def contenders(store: Store, ids: list[str]) -> dict[str, dict[str, Call]]:
    """What is called with an id, by task and name. The sessions of the others are made here."""
    manager, client = store.manager, redis.Redis.from_url(store.url)
    keys = Keys(f"{PREFIX}:{VARIANT}", SHARDS)
    blob = json.dumps({"user_id": "user_1", "username": "visitor 1", "login_time": 0.0, "access_count": 0}).encode()
    with client.pipeline(transaction=False) as pipeline:
        for session_id in ids:
            pipeline.set(f"session:{session_id}", blob, ex=LIFETIME)
            pipeline.hset(f"bare:{session_id}", mapping={"access_count": 0})
        pipeline.execute()

    def changed(session_id: str) -> None:
        manager.get_session(session_id)
        manager.update_session(session_id, "theme", "dark")

    def set_ex(session_id: str) -> None:
        name = f"session:{session_id}"
        session = json.loads(client.get(name))  # type: ignore[arg-type] # it is there
        session["theme"] = "dark"
        client.set(name, json.dumps(session), ex=LIFETIME)

    update, increment = (client.register_script(SCRIPTS[name]) for name in ("update", "increment"))

    def changed_alone(session_id: str) -> None:
        at = keys.of(session_id)
        session = at.sessions + session_id
        client.hgetall(session)
        update([session], [KEY + "theme", "dark", microseconds(RUNTIME.now()), LIFETIME, MOST_FIELDS])

    def counted_alone(session_id: str) -> None:
        increment([keys.of(session_id).sessions + session_id], [microseconds(RUNTIME.now())])

    def bare(session_id: str) -> None:
        client.hincrby(f"bare:{session_id}", "access_count", 1)

    return {
        "read + change": {VARIANT: changed, ALONE: changed_alone, SET_EX: set_ex},
        "increment": {VARIANT: manager.increment_access, ALONE: counted_alone, BARE: bare},
    }


def _ratios(task: str, rates: dict[str, dict[str, list[float]]]) -> dict[str, Any]:
    """How many times the cost of the peer, by number of threads: of redis-fixed, and of its commands alone."""
    peer = rates[PEER_OF[task]]
    return {
        threads: {name: spread(quotients(peer[threads], rates[name][threads])) for name in (VARIANT, ALONE)}
        for threads in peer
    }


def quotients(above: list[float], below: list[float]) -> list[float]:
    """Round by round: both were measured moments apart, so what else the machine did hits both."""
    return [a / b for a, b in zip(above, below, strict=True)]


def spread(values: list[float]) -> dict[str, float]:
    """The median of the rounds, and their range."""
    return {"median": statistics.median(values), "least": min(values), "most": max(values)}
