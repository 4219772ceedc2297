"""Fixes for the cleanup leak: how `run_cleanup` treats a row that it cannot remove.

They build on each other: each says only what it does differently from the one before. Read the first one's
`run_cleanup` beside that of `buggy.py`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from .. import buggy
from ..model import MOST_ATTEMPTS, Census, CleanupFailed, Counts


class RetryCount(buggy.SessionManager):
    """Counts the failures of each item and stops trying after the third. The hint of a max retry count."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._attempts = self._runtime.lock("attempts", dict[str, int]())

    def run_cleanup(self) -> int:
        """Try to remove the row of every session in the queue that has attempts left. Returns how many were removed."""
        removed = 0
        with self._state.queue.read() as queue, self._attempts as attempts:
            waiting = [session_id for session_id in queue if attempts.get(session_id, 0) < MOST_ATTEMPTS]
        for session_id in waiting:
            try:
                self._database.remove(session_id)
            except CleanupFailed:
                with self._state.queue.write() as queue:
                    self._failed(session_id, queue)
                continue
            with self._state.queue.write() as queue:
                if session_id in queue:  # or another cycle has removed and counted it
                    queue.remove(session_id)
                    removed += 1
        return removed

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        with self._attempts as attempts:
            attempts.clear()

    def _failed(self, session_id: str, queue: list[str]) -> None:
        """Count a failure, and give up after the last attempt. The caller holds the queue."""
        with self._state.stats.write() as stats, self._attempts as attempts:
            stats.failed_cleanups += 1
            if session_id not in queue:  # another cycle has given up on it
                return
            attempts[session_id] = attempts.get(session_id, 0) + 1
            if attempts[session_id] >= MOST_ATTEMPTS:
                self._give_up(session_id, queue, attempts)

    def _give_up(self, session_id: str, queue: list[str], attempts: dict[str, int]) -> None:
        """The last attempt has failed. The item stays in the queue, and its count keeps it from being tried."""


class DropAfterN(RetryCount):
    """Takes an item off the queue after its third failure. The hint to remove items that fail too often."""

    def _give_up(self, session_id: str, queue: list[str], attempts: dict[str, int]) -> None:
        queue.remove(session_id)
        del attempts[session_id]


class DeadLetterQueue(DropAfterN):
    """Moves an item to a list of dead letters after its third failure. The hint of a dead letter queue."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._dead = self._runtime.lock("dead letters", list[str]())

    def counts(self) -> Counts:
        """What the manager holds, without its locks."""
        return replace(super().counts(), dead_letters=len(self._dead.peek()))

    def census(self) -> Census:
        """What the manager holds, item by item."""
        return replace(super().census(), dead_letters=list(self._dead.peek()))

    def clear(self) -> None:
        """Forget everything."""
        super().clear()
        with self._dead as dead:
            dead.clear()

    def _give_up(self, session_id: str, queue: list[str], attempts: dict[str, int]) -> None:
        with self._dead as dead:
            super()._give_up(session_id, queue, attempts)
            dead.append(session_id)


class LockThroughTheCycle(DeadLetterQueue):
    """Holds the queue from the beginning of a cycle to its end, so that no other task can change it. Looks right."""

    def run_cleanup(self) -> int:
        """Try to remove the row of every session in the queue. Returns how many were removed."""
        removed = 0
        with self._state.queue.write() as queue:
            for session_id in list(queue):
                try:
                    self._database.remove(session_id)
                except CleanupFailed:
                    self._failed(session_id, queue)
                    continue
                queue.remove(session_id)
                removed += 1
        return removed


class SwapAndLose(DeadLetterQueue):
    """Takes the whole queue, processes it, and writes back the failed ids, without a search. Looks right."""

    def run_cleanup(self) -> int:
        """Try to remove the row of every session in the queue. Returns how many were removed."""
        removed = 0
        with self._state.queue.write() as queue:
            waiting = list(queue)
            queue.clear()
        failures: list[str] = []
        for session_id in waiting:
            try:
                self._database.remove(session_id)
            except CleanupFailed:
                failures.append(session_id)
                self._failed(session_id, failures)  # which takes it off again after its last attempt
                continue
            removed += 1
        with self._state.queue.write() as queue:
            queue[:] = failures
        return removed
