"""Whether requests wait for cleanup: their times while many records are cleaned up, and without that just before.

The requests come from a few threads with a pause between two, as visitors do: threads that never pause wait for each
other's turn at the interpreter, whatever else goes on.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Sequence
from typing import Any

from benchmarks.scaling.turns import summary
from session_manager.model import Manager

VISITORS = 4
PAUSE = 0.002
LIMIT_US = 50_000.0


def requests_beside_cleanup(manager: Manager, ids: Sequence[str], items: int, seconds: float) -> dict[str, Any]:
    """The times of requests: `without`, for so many seconds, and `beside` cleanup until no record is left."""
    quiet = _Visitors(manager, ids)
    time.sleep(seconds)
    without = quiet.stop()
    busy = _Visitors(manager, ids)
    begin, cycles, removed = time.perf_counter(), 0, 0
    try:
        while removed < items:
            gone = manager.run_cleanup()
            removed, cycles = removed + gone, cycles + 1
            if not gone:
                raise RuntimeError(f"A cleanup cycle removed nothing, after {removed} of {items} records.")
        taken = time.perf_counter() - begin
    finally:
        beside = busy.stop()
    return {
        "items": items,
        "removed": removed,
        "cycles": cycles,
        "seconds": taken,
        "without": without,
        "beside": beside,
    }


class _Visitors:
    """Threads that log in, read, change, count and log out, until they are stopped."""

    def __init__(self, manager: Manager, ids: Sequence[str]) -> None:
        self._manager, self._ids = manager, ids
        self._taken: list[float] = []
        self._late = 0
        self._failures: list[Exception] = []
        self._stopping = threading.Event()
        self._begin = time.perf_counter()
        self._threads = [threading.Thread(target=self._visit, args=(number,)) for number in range(VISITORS)]
        for thread in self._threads:
            thread.start()

    def stop(self) -> dict[str, float]:
        """Wait for the last request of each. Returns their times, and how many took more than the limit."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()
        if self._failures:
            raise self._failures[0]
        late = sum(one > LIMIT_US / 1e6 for one in self._taken)
        return {**summary(self._taken, time.perf_counter() - self._begin).as_json(), "late": late}

    def _visit(self, number: int) -> None:
        draw = random.Random(number)
        try:
            while True:  # one round at least: the interval may be short
                self._round(draw.choice(self._ids))
                if self._stopping.is_set():
                    break
        except Exception as error:  # noqa: BLE001 - whatever it is, `stop` raises it
            self._failures.append(error)

    def _round(self, session_id: str) -> None:
        manager = self._manager
        own = self._timed(manager.create_session, "user_new", "visitor new")
        self._timed(manager.get_session, session_id)
        self._timed(manager.update_session, session_id, "theme", "dark")
        self._timed(manager.increment_access, session_id)
        self._timed(manager.delete_session, own)

    def _timed(self, call: Any, *arguments: str) -> Any:
        begin = time.perf_counter()
        answer = call(*arguments)
        self._taken.append(time.perf_counter() - begin)
        self._stopping.wait(PAUSE)
        return answer
