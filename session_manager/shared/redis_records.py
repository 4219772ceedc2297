"""The records of the fixed Redis manager: what is left of a session until cleanup has removed it."""

from __future__ import annotations

from contextlib import suppress
from itertools import chain

from ..databases import DatabaseDials
from ..model import CleanupFailed, Row, cannot_be_removed
from ..sync import Runtime
from .errors import EngineRefused, OtherShards
from .redis_engine import RedisEngine
from .redis_keys import VERSION, Keys, session_of


class RedisRecords:
    """See `Records`.

    Args:
        engine, keys: where they are.
        runtime: for the latency.
        dials: the latency.
        lifetime: seconds until a session expires that nobody reads or changes.
        max_attempts, backoff: of cleanup, as for the fixed manager.
    """

    def __init__(
        self,
        engine: RedisEngine,
        keys: Keys,
        runtime: Runtime,
        dials: DatabaseDials,
        lifetime: int,
        max_attempts: int = 3,
        backoff: float = 0.2,
    ) -> None:
        self._engine = engine.without_dials()
        self._keys = keys
        self._runtime = runtime
        self._dials = dials
        self._lifetime = lifetime
        self._max_attempts = max_attempts
        self._backoff = backoff

    def open(self) -> None:
        """Make sure that the server answers, and that stored sessions are where they are looked for.

        Raises:
            CannotOpen: it does not, or they are not.
        """
        self._engine.open()
        key, wanted = f"shards:{self._keys.prefix}", len(self._keys.shards)  # beside the keys that `clear` removes
        kept = self._engine.reading("GET", key) or ""
        if kept == str(wanted):
            return
        if kept and self._engine.names(f"{self._keys.prefix}:{{*"):
            self._engine.close()
            raise OtherShards(self._keys.prefix, kept, wanted)
        with suppress(EngineRefused):  # a full server: its sessions are served all the same
            self._engine.changing("SET", key, wanted)

    def read(self, session_id: str) -> Row | None:
        """The session as it is now, its expiry renewed in the same step, returned late."""
        at = self._keys.of(session_id)
        found = self._engine.script("touch", [at.sessions + session_id], self._lifetime)
        if self._dials.latency:
            self._runtime.nap(self._dials.latency)
        if not found:
            return None
        fields = dict(zip(found[::2], found[1::2], strict=True))
        return Row(session_of(session_id, fields), int(fields[VERSION]))

    def remove(self, session_id: str) -> bool:
        """Clean up: remove the record. One that cannot be removed is tried again later, or becomes a dead letter."""
        at = self._keys.of(session_id)
        if cannot_be_removed(session_id):
            keys = [at.waiting, at.due, at.attempts, at.dead, at.totals]
            self._engine.script("fail", keys, session_id, self._backoff, self._max_attempts)
            raise CleanupFailed(session_id)
        return self._remove(session_id, only_dead=False)

    def set_aside(self, session_id: str, dead: bool = True) -> None:
        """Queue a dead letter again. `remove` makes them itself."""
        at = self._keys.of(session_id)
        if not dead:
            self._engine.script("retry", [at.waiting, at.due, at.attempts, at.dead], session_id)

    def purge(self, session_id: str) -> bool:
        """Remove the record of a dead letter without cleanup."""
        return self._remove(session_id, only_dead=True)

    def ids(self) -> set[str]:
        """The session ids of all records: of the open sessions in the index, and of the closed ones."""
        parts = self._engine.names(f"{self._keys.prefix}:*:index:*")
        found = self._engine.reading_all(("HKEYS", part) for part in parts)
        for at in self._keys.shards:
            found += self._engine.reading_all([("ZRANGE", at.waiting, 0, -1), ("ZRANGE", at.dead, 0, -1)])
        return set(chain.from_iterable(found))

    def count(self) -> int:
        """The number of records."""
        counts = self._engine.script_of_each("counts", [[at.waiting, at.dead, at.totals] for at in self._keys.shards])
        return sum(sum(each[:3]) for each in counts)

    def clear(self) -> None:
        """Remove every key of the variant."""
        self._engine.clear(f"{self._keys.prefix}:*")

    def close(self) -> None:
        """Close the connections."""
        self._engine.close()

    def _remove(self, session_id: str, only_dead: bool) -> bool:
        at = self._keys.of(session_id)
        keys = [at.waiting, at.due, at.attempts, at.dead]
        return bool(self._engine.script("remove", keys, session_id, int(only_dead)))
