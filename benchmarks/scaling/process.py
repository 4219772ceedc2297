"""A store in a process of its own, so that its memory can be weighed, and so that two sizes can take turns.

It is asked with one line of JSON and answers with one; see `Orders`. It ends with its standard input, and its engine
with it.
"""

from __future__ import annotations

import gc
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil  # type: ignore[import-untyped] # it comes without types

from benchmarks.scaling.processors import processor_seconds
from benchmarks.scaling.stores import Store, opened
from benchmarks.scaling.turns import Turn, for_a_while, for_each
from benchmarks.scaling.waiting import requests_beside_cleanup

ROOT = Path(__file__).resolve().parent.parent.parent
THREADS = 8
OPERATIONS = ("get", "update", "increment")
LEAST_WEIGHT = 1 << 20
"""Bytes: a process that has grown by less has found room in what it held already."""


class StoreProcess:
    """The other end: a store that does as it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, order: str, **arguments: Any) -> Any:
        """What `Orders` says to that.

        Raises:
            RuntimeError: it has ended; what it said stands above.
        """
        assert self._process.stdin
        assert self._process.stdout
        try:
            self._process.stdin.write(json.dumps([order, arguments]) + "\n")
            self._process.stdin.flush()
        except BrokenPipeError:
            """It has ended, and reading finds that out."""
        if not (answer := self._process.stdout.readline()):
            raise RuntimeError(f"The process of a store ended at {order!r}; what it said stands above.")
        return json.loads(answer)


@contextmanager
def store_process(name: str) -> Iterator[StoreProcess]:
    """A store with nothing in it."""
    command = [sys.executable, "-m", "benchmarks.scaling.process", name]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield StoreProcess(process)


class Orders:
    """What a store can be told to do: the names of its methods. Each answers with what JSON can hold."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._manager = store.manager
        self._calls = {
            "get": self._manager.get_session,
            "update": lambda session_id: self._manager.update_session(session_id, "theme", "dark"),
            "increment": self._manager.increment_access,
            "create": lambda _: self._manager.create_session("user_new", "visitor new"),
        }
        self._ids: list[str] = []

    def fill(self, sessions: int) -> dict[str, Any]:
        """Open sessions, and weigh them: bytes of this process and of the engine for each of them.

        A weight of None is too small to be told from noise, or there is no engine.
        """
        size = self._store.size
        gc.collect()
        resident, held = _resident(), size() if size else 0
        begin = time.perf_counter()
        self._ids = self._store.fill(sessions)
        seconds = time.perf_counter() - begin
        gc.collect()
        grown = _resident() - resident
        return {
            "fill_seconds": seconds,
            "filled_by": self._store.filled_by,
            "process_bytes": grown / sessions if grown > LEAST_WEIGHT else None,
            "engine_bytes": (size() - held) / sessions if size else None,
            "resident_mb": _resident() / 1e6,
        }

    def turn(self, operation: str, seconds: float, seed: int) -> dict[str, float]:
        """One turn of an operation, with threads; and what a call cost the processors, here and in the engine."""
        here, there = time.process_time(), processor_seconds(self._store.process)
        turn = for_a_while(self._calls[operation], self._ids, THREADS, seconds, seed)
        here, there = time.process_time() - here, processor_seconds(self._store.process) - there
        return {**turn.as_json(), "process_us": here / turn.calls * 1e6, "engine_us": there / turn.calls * 1e6}

    def operations(self, seconds: float, rounds: int) -> dict[str, dict[str, float]]:
        """Each operation in turn, round by round: the medians."""
        names = [*OPERATIONS, "create"]
        turns: dict[str, list[dict[str, float]]] = {name: [] for name in names}
        for seed in range(rounds):
            for name in names:
                turns[name].append(self.turn(name, seconds, seed))
        return {name: _median(each) for name, each in turns.items()}

    def cleanup(self, items: int) -> dict[str, float]:
        """Close so many sessions, and clean up after them until nothing waits."""
        deletes = self._delete(items)
        left, cycles = items, []
        begin = time.perf_counter()
        while left > 0:
            cycle = time.perf_counter()
            removed = self._manager.run_cleanup()
            cycles.append(time.perf_counter() - cycle)
            if not removed:
                raise RuntimeError(f"A cleanup cycle removed nothing, and {left} of {items} records are left.")
            left -= removed
        seconds = time.perf_counter() - begin
        return {
            "items": items,
            "seconds": seconds,
            "item_us": seconds / items * 1e6,
            "cycles": len(cycles),
            "longest_cycle_ms": max(cycles) * 1e3,
            "delete_p50_us": deletes.p50_us,
            "delete_p99_us": deletes.p99_us,
        }

    def waiting(self, items: int, seconds: float) -> dict[str, Any]:
        """Requests while so many records are cleaned up, and before that."""
        self._delete(items)
        return requests_beside_cleanup(self._manager, self._ids, items, seconds)

    def _delete(self, items: int) -> Turn:
        closing, self._ids = self._ids[:items], self._ids[items:]
        return for_each(self._manager.delete_session, closing, THREADS)


def _median(turns: list[dict[str, float]]) -> dict[str, float]:
    return {name: statistics.median(turn[name] for turn in turns) for name in turns[0]}


def _resident() -> int:
    return int(psutil.Process().memory_info().rss)


def main(name: str) -> None:
    """Serve orders until standard input ends."""
    with tempfile.TemporaryDirectory(prefix="racelab-") as folder:
        Path(folder).chmod(0o711)
        with opened(name, Path(folder)) as store:
            orders = Orders(store)
            for line in sys.stdin:
                order, arguments = json.loads(line)
                print(json.dumps(getattr(orders, order)(**arguments)), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
