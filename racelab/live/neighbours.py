"""Whether another lab serves the same sessions: then no verdict can be given here."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from contextlib import suppress

from session_manager.model import SessionError
from session_manager.shared.companions import Companions

PAUSE = 3.0
"""Seconds between two looks."""


class Neighbours:
    """Looks from time to time, in a thread of its own: an engine may be slow to answer.

    Args:
        companions: by variant.
    """

    def __init__(self, companions: Mapping[str, Companions]) -> None:
        self._companions = companions
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._with_others: dict[str, int] = {}

    def start(self) -> None:
        """Look now, and from now on."""
        if self._companions:
            self._stopping.clear()
            self._look()
            self._thread = threading.Thread(target=self._run, name="neighbours", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(2 * PAUSE)
            self._thread = None
            for companions in self._companions.values():
                with suppress(SessionError):
                    companions.leave()

    def reason(self) -> str | None:
        """Why nothing can be judged, in words; None if this lab is alone as far as it knows."""
        if not self._with_others:
            return None
        return (
            f"another lab serves the same sessions of {' and '.join(self._with_others)}, and what it acknowledges is "
            "not known here. A load that is given all of them (--also URL) has a verdict over all. Or stop the other "
            "one, or give one of the two another RACELAB_SESSION_MANAGER_PREFIX"
        )

    def others(self, variant: str) -> int:
        """How many other labs serve the sessions of that manager, as far as this one knows."""
        return self._with_others.get(variant, 0)

    def _run(self) -> None:
        while not self._stopping.wait(PAUSE):
            self._look()

    def _look(self) -> None:
        found: dict[str, int] = {}
        for variant, companions in self._companions.items():
            try:
                others = companions.others()
            except SessionError:  # as before, until the engine tells
                others = self.others(variant)
            if others:
                found[variant] = others
        self._with_others = found
