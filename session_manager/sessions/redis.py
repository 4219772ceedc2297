"""Web sessions on Redis, also on a Redis Cluster: each method is one script of `shared/scripts/`.

Each script looks first whether the session is there: no change makes one anew. All its keys are in one slot.
"""

from __future__ import annotations

from itertools import compress
from typing import Any

from ..databases.base import Records
from ..model import SessionData, TooManyKeys
from ..shared import redis_fixed
from ..shared.redis_engine import RedisEngine
from ..shared.redis_keys import KEY, MOST_FIELDS, USER, Keys, microseconds, session_of
from ..sync import Runtime
from .contract import Changes, NotANumber, SessionConflict
from .texts import check_amount, check_changes, check_texts, check_user, is_storable

TOO_MANY, NO_NUMBER = -1, -2
"""What the scripts answer instead."""
MOST_READINGS = 20
"""How often the index of a user is read who logs in all the time."""


class WebSessions(redis_fixed.SessionManager):
    """See `contract.WebSessions`.

    Args:
        engine, keys, records, runtime, cache_ttl, max_sessions: as for the fixed manager.
        lifetime: whole seconds until a session expires that nobody reads or changes.
    """

    def __init__(
        self,
        engine: RedisEngine,
        keys: Keys,
        records: Records,
        runtime: Runtime,
        cache_ttl: float,
        max_sessions: int,
        lifetime: int,
    ) -> None:
        super().__init__(engine, keys, records, runtime, cache_ttl, max_sessions, lifetime)
        self.lifetime: float = lifetime
        self._round = min(self._round, lifetime)  # cleanup finds what has expired one lifetime later at the latest

    def create_session(self, user_id: str, username: str) -> str:
        """Open a session and return its id.

        Raises:
            CannotStore: of one of the two.
        """
        check_user(user_id, username)
        return super().create_session(user_id, username)

    def change_session(self, session_id: str, changes: Changes) -> None:
        """See `contract.WebSessions`. A key that is set and removed is set."""
        check_changes(changes)
        same = {key: text for key, text in changes.read.items() if text is not None}
        missing = [key for key, text in changes.read.items() if text is None]
        new = len(changes.values.keys() - same.keys())
        arguments: list[str | int] = [MOST_FIELDS, len(same), len(missing), len(changes.values), new]
        for key, text in same.items():
            arguments += (KEY + key, text)
        arguments += [KEY + key for key in missing]
        for key, text in changes.values.items():
            arguments += (KEY + key, text)
        arguments += [KEY + key for key in set(changes.removed).difference(changes.values)]
        done = self._in_one_step("change", session_id, *arguments)
        if done == TOO_MANY:
            raise TooManyKeys(session_id)
        if done:
            raise SessionConflict([*same, *missing][done - 1])

    def add(self, session_id: str, key: str, amount: int) -> int:
        """See `contract.WebSessions`."""
        amount = check_amount(key, amount)
        done = self._in_one_step("add", session_id, MOST_FIELDS, KEY + key, amount)
        if done == TOO_MANY:
            raise TooManyKeys(session_id)
        if done == NO_NUMBER:
            raise NotANumber(key)
        return int(done)

    def take(self, session_id: str, key: str) -> str | None:
        """See `contract.WebSessions`."""
        check_texts(key)
        found: list[str] = self._in_one_step("take", session_id, KEY + key)
        return found[0] if found else None

    def close_session(self, session_id: str) -> SessionData:
        """See `contract.WebSessions`."""
        at = self._keys.of(session_id)
        user_id = self._engine.reading("HGET", at.sessions + session_id, USER)  # it never changes
        self._check_open(session_id, user_id)
        keys = [at.sessions + session_id, at.part(user_id), at.totals, at.waiting, at.due]
        fields = self._engine.script("close", keys, session_id)
        self._check_open(session_id, fields)
        return session_of(session_id, dict(zip(fields[::2], fields[1::2], strict=True)))

    def sessions_of(self, user_id: str) -> list[str]:
        """The open sessions of a user. The index has those too that Redis has dropped since the last cleanup.

        The index is read until it is the same twice: a session that gets a new id after one reading, or between two
        shards of it, would be missing under both, and a logout everywhere would not find it.
        """
        if not is_storable(user_id):
            return []
        listed, before = super().sessions_of(user_id), list[str]()
        for _ in range(MOST_READINGS):
            held = self._engine.reading_all(("EXISTS", self._named(each)) for each in listed)
            before, listed = listed, super().sessions_of(user_id)
            if set(listed) == set(before):
                return list(compress(before, held))
        return list({*before, *listed})  # rather one that has gone than one too few

    def _in_one_step(self, script: str, session_id: str, *arguments: str | int) -> Any:
        """Run a script on a session. `SessionNotFound` if it is gone."""
        now = microseconds(self._runtime.now())
        done = self._engine.script(script, [self._named(session_id)], now, int(self.lifetime), *arguments)
        self._check_open(session_id, done)
        return done

    def _named(self, session_id: str) -> str:
        """The key of a session."""
        return self._keys.of(session_id).sessions + session_id
