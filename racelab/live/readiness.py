"""Whether the lab can serve now, and each reason why not. It begins nothing, and takes no lock of a manager."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from session_manager.web.life import Phase

from .asks import Asks
from .json_types import ReasonJson
from .lab import Lab

SILENT = 2.0
"""Seconds without a sample."""
GROWING = 30.0
"""Seconds for which a cleanup queue must have only grown, or three cleanup intervals if they are longer."""
NO_SESSION = "readiness"
"""The id of a row that no database has."""


class Readiness:
    """The readiness of one lab.

    Args:
        lab: attached to its app.
        unbounded: variants whose queue may grow: their cleanup gives nothing up.
    """

    def __init__(self, lab: Lab, unbounded: frozenset[str]) -> None:
        self._lab = lab
        self._unbounded = unbounded
        self._asks = {
            name: Asks(partial(database.read, NO_SESSION), lambda: lab.sessions.database_dials.latency)
            for name, database in lab.sessions.databases.items()
        }

    def reasons(self) -> list[ReasonJson]:
        """Every reason why it cannot serve; none if it can."""
        life = self._lab.sessions.life
        if life.phase is Phase.NEW:
            return [_reason("life", "The session managers are not started: the first request to another path does.")]
        if life.phase is not Phase.RUNNING:
            return [_reason("life", life.reason)]
        databases = list(self._databases())
        return [*databases, *self._queues(), *self._itself(bool(databases))]

    def _databases(self) -> Iterator[ReasonJson]:
        for name, asks in self._asks.items():
            if error := asks.error():
                yield _reason("database", f"The database of {name}: {error}", name)

    def _queues(self) -> Iterator[ReasonJson]:
        limit = max(GROWING, 3 * self._lab.sessions.cleanup_interval)
        for name, variant in self._lab.variants.items():
            if name not in self._unbounded and (seconds := variant.growth.seconds()) >= limit:
                yield _reason("cleanup_queue", f"The cleanup queue of {name} has only grown for {seconds:.0f} s.", name)

    def _itself(self, refused: bool) -> Iterator[ReasonJson]:
        _, silence = self._lab.sampler.pulse()
        away = self._lab.sampler.outage.reason
        if (silence is None or silence > SILENT) and not (away and refused):  # that is said by the database
            yield _reason(
                "sampler", f"No sample was taken for {SILENT:g} s or more: {away or 'the process is stalled.'}"
            )
        if self._lab.memory.full:
            yield _reason("memory", "The limit of RACELAB_MAX_MEMORY_MB is reached, so nothing more is stored.")


def _reason(reason: str, detail: str, variant: str | None = None) -> ReasonJson:
    return {"reason": reason, "variant": variant, "detail": detail}
