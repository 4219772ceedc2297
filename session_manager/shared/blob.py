"""A session as one text, as session stores keep it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from ..model import Row, SessionData


@dataclass(slots=True)
class Blob:
    """What is stored of a session. `refreshed` is the Unix time at which its expiry was renewed last."""

    data: SessionData
    refreshed: float
    version: int = 1

    def text(self) -> str:
        """As JSON."""
        data = self.data
        fields = {
            "session_id": data.session_id,
            "user_id": data.user_id,
            "username": data.username,
            "login_time": data.login_time.isoformat(),
            "last_activity": data.last_activity.isoformat(),
            "access_count": data.access_count,
            "is_authenticated": data.is_authenticated,
            "metadata": data.metadata,
        }
        return json.dumps([fields, self.refreshed, self.version])

    @classmethod
    def read(cls, text: str) -> Self:
        """The reverse of `text`."""
        fields, refreshed, version = json.loads(text)
        for time in ("login_time", "last_activity"):
            fields[time] = datetime.fromisoformat(fields[time])
        return cls(SessionData(**fields), refreshed, version)

    def row(self) -> Row:
        """With its version alone."""
        return Row(self.data, self.version)
