"""The verdict on a run: worked out when everything is at rest, once for each change, and kept when the run ends."""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import Any

from .variant import Variant
from .verdict import DIFFER, judge, unsettled

MOST_RUNS = 50
LEAST_PAUSE = 0.25
"""Seconds between two looks at whether anything changed: any number of pages may ask."""


class Judge:
    """Keeps the verdict of the present run and of ended ones.

    Args:
        variants: by name.
    """

    def __init__(self, variants: dict[str, Variant]) -> None:
        self._variants = variants
        self._lock = threading.Lock()
        self._ended: deque[dict[str, Any]] = deque(maxlen=MOST_RUNS)
        self.run = 1
        self.started_at = time.time()
        self._begin()

    def _begin(self) -> None:
        self._first_at: dict[tuple[str, str], float] = {}
        self._marks: object = None
        self._verdict: dict[str, Any] = {}
        self._looked_at = float("-inf")

    def verdict(self, busy: str | None, environment: dict[str, Any]) -> dict[str, Any]:
        """The verdict now.

        Args:
            busy: why it is too early, if somebody knows.
            environment: the conditions of the run.
        """
        with self._lock:
            now = time.monotonic()
            if now - self._looked_at >= LEAST_PAUSE:
                self._look(busy)
                self._looked_at = time.monotonic()
            return {"run": self.run, **self._verdict, "environment": environment}

    def fresh_verdict(self, busy: str | None, environment: dict[str, Any]) -> dict[str, Any]:
        """The same, looked at right now."""
        with self._lock:
            self._look(busy)
            return {"run": self.run, **self._verdict, "environment": environment}

    def end_run(self, environment: dict[str, Any]) -> None:
        """Keep the present verdict and begin a new run."""
        last = self.fresh_verdict(None, environment)
        with self._lock:
            self._ended.append({**last, "started_at": self.started_at, "ended_at": time.time()})
            self.run += 1
            self.started_at = time.time()
            self._begin()

    def ended(self) -> list[dict[str, Any]]:
        """The verdicts of ended runs, oldest first."""
        with self._lock:
            return list(self._ended)

    def _look(self, busy: str | None) -> None:
        marks = (busy, tuple(variant.change_mark() for variant in self._variants.values()))
        waiting = busy or next(filter(None, (v.waiting_for() for v in self._variants.values())), None)
        if marks == self._marks and (self._verdict["settled"] or waiting):
            return None
        verdicts = {}
        for name, variant in self._variants.items():
            verdict = unsettled(waiting, variant.sample()) if waiting else judge(variant.evidence())
            for bug, card in verdict.cards.items():
                if card.verdict == DIFFER:
                    card.first_at = self._first_at.setdefault((name, bug), time.time())
            verdicts[name] = verdict.to_json()
        # Somebody may have called meanwhile: then what was read does not belong together.
        if not waiting and marks[1] != tuple(variant.change_mark() for variant in self._variants.values()):
            return self._look("calls came in while it was worked out")
        self._marks = marks
        self._verdict = {"settled": not waiting, "waiting_for": waiting, "variants": verdicts}
        return None
