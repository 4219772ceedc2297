"""The records of the fixed PostgreSQL manager: what is left of a session until cleanup has removed it."""

from __future__ import annotations

from ..databases import DatabaseDials
from ..model import CleanupFailed, Row, cannot_be_removed
from ..sync import Runtime
from .postgres_engine import PostgresEngine
from .postgres_tables import session_of


class PostgresRecords:
    """See `Records`.

    Args:
        engine: where they are.
        runtime: for the latency.
        dials: the latency.
        lifetime: seconds until a session expires that nobody reads or changes.
        max_attempts, backoff: of cleanup, as for the fixed manager.
    """

    def __init__(
        self,
        engine: PostgresEngine,
        runtime: Runtime,
        dials: DatabaseDials,
        lifetime: int,
        max_attempts: int = 3,
        backoff: float = 0.2,
    ) -> None:
        self._engine = engine.without_dials()
        self._runtime = runtime
        self._dials = dials
        self._lifetime = lifetime
        self._max_attempts = max_attempts
        self._backoff = backoff

    def open(self) -> None:
        """Make the tables if they are not there."""
        self._engine.open()

    def read(self, session_id: str) -> Row | None:
        """The session as it is now, its expiry renewed in the same statement, returned late."""
        found = self._engine.changing("touch", id=session_id, lifetime=self._lifetime)
        if self._dials.latency:
            self._runtime.nap(self._dials.latency)
        return Row(session_of(found[0]), found[0].version) if found else None

    def remove(self, session_id: str) -> bool:
        """Clean up: remove the record. One that cannot be removed is tried again later, or becomes a dead letter."""
        if cannot_be_removed(session_id):
            if self._engine.changing("fail", id=session_id, backoff=self._backoff, most=self._max_attempts):
                raise CleanupFailed(session_id)
            return False
        return bool(self._engine.changing("remove", id=session_id))

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Queue a dead letter again. `remove` makes them itself."""
        if not dead:
            self._engine.changing("retry", id=session_id)

    def purge(self, session_id: str) -> bool:
        """Remove the record of a dead letter without cleanup."""
        return bool(self._engine.changing("purge", id=session_id))

    def ids(self) -> set[str]:
        """The session ids of all records."""
        return {row.session_id for row in self._engine.reading("ids")}

    def count(self) -> int:
        """The number of records."""
        (counts,) = self._engine.reading("counts")
        return int(counts.open + counts.queued + counts.dead)

    def clear(self) -> None:
        """Remove every row of the variant."""
        self._engine.clear()

    def close(self) -> None:
        """Close the connections."""
        self._engine.close()
