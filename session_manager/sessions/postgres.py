"""Web sessions on PostgreSQL: each method is one statement of `shared/scripts/`.

Each statement locks the session's row, judges it as it is then, and changes it or says why not: no second question is
asked, whose answer could be about a later change.
"""

from __future__ import annotations

import json
from typing import Any

from ..databases.base import Records
from ..model import MOST_KEYS, SessionData, TooManyKeys
from ..shared import postgres_fixed
from ..shared.postgres_engine import PostgresEngine
from ..shared.postgres_tables import session_of
from ..sync import Runtime
from .contract import Changes, NotANumber, SessionConflict
from .texts import check_amount, check_changes, check_texts, check_user, is_storable


class WebSessions(postgres_fixed.SessionManager):
    """See `contract.WebSessions`.

    Args:
        engine, records, runtime, cache_ttl, max_sessions: as for the fixed manager.
        lifetime: whole seconds until a session expires that nobody reads or changes.
    """

    def __init__(
        self,
        engine: PostgresEngine,
        records: Records,
        runtime: Runtime,
        cache_ttl: float,
        max_sessions: int,
        lifetime: int,
    ) -> None:
        super().__init__(engine, records, runtime, cache_ttl, max_sessions, lifetime)
        self.lifetime: float = lifetime

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
        done = self._in_one_step(
            "change",
            session_id,
            read=list(changes.read),
            texts=list(changes.read.values()),
            values=json.dumps(dict(changes.values)),
            removed=list(changes.removed),
            most=MOST_KEYS,
        )
        if done.changed:
            raise SessionConflict(list(changes.read)[done.changed - 1])
        if done.crowded:
            raise TooManyKeys(session_id)

    def add(self, session_id: str, key: str, amount: int) -> int:
        """See `contract.WebSessions`."""
        amount = check_amount(key, amount)
        done = self._in_one_step("add", session_id, key=key, amount=amount, most=MOST_KEYS)
        if done.crowded:
            raise TooManyKeys(session_id)
        if done.sum is None:
            raise NotANumber(key)
        return int(done.sum)

    def take(self, session_id: str, key: str) -> str | None:
        """See `contract.WebSessions`."""
        check_texts(key)
        found: str | None = self._in_one_step("take", session_id, key=key).text
        return found

    def close_session(self, session_id: str) -> SessionData:
        """See `contract.WebSessions`."""
        found = self._engine.changing("close", id=session_id)
        self._check_open(session_id, found)
        return session_of(found[0])

    def sessions_of(self, user_id: str) -> list[str]:
        """The open sessions of a user."""
        return super().sessions_of(user_id) if is_storable(user_id) else []

    def _in_one_step(self, statement: str, session_id: str, **values: object) -> Any:
        """What a statement answers about a session. `SessionNotFound` if it is gone."""
        found = self._engine.changing(
            statement, id=session_id, now=self._runtime.now(), lifetime=self.lifetime, **values
        )
        self._check_open(session_id, found)
        return found[0]
