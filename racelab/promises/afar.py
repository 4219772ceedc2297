"""The stored side of a verdict, as servers tell it over HTTP: sessions for a comparison with what was acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from session_manager.model import Census, SessionData, SessionStats

from .changes import Changes, compare
from .evidence import Evidence
from .json_types import HeldJson
from .ledger import Totals
from .promise import Promise

NO_TIME = datetime.fromtimestamp(0, UTC)
"""No verdict looks at the times of a session."""


def compared(promises: Mapping[str, Promise], held: Mapping[str, HeldJson]) -> Changes:
    """Compare what was acknowledged of sessions with what is stored of them; one that is not `held` has vanished."""
    census = Census(_sessions(held), [], [], SessionStats())
    return compare(Evidence(Totals(), promises, census, set()))


def _sessions(held: Mapping[str, HeldJson]) -> dict[str, SessionData]:
    return {
        session_id: SessionData(
            session_id, "", "", NO_TIME, NO_TIME, data["access_count"], metadata=dict(data["metadata"])
        )
        for session_id, data in held.items()
    }
