"""The names of the keys of a Redis variant, and a session as the fields of a hash.

Every key of one session carries the same tag in braces, so a Redis Cluster keeps them in one slot and a script may
touch them all. Sessions are spread over a fixed number of such tags, their *shards*: each has its own indexes and its
own cleanup queue, so that no single key grows with the whole site.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zlib import crc32

from ..model import MOST_KEYS, SessionData

FIELDS = (
    "user_id",
    "username",
    "login_time",
    "last_activity",
    "access_count",
    "is_authenticated",
    "version",
    "refreshed",
)
MOST_FIELDS = len(FIELDS) + MOST_KEYS
KEY = "m:"
"""Before the name of a metadata key, so that it cannot be taken for a field of the session."""


@dataclass(frozen=True, slots=True)
class Shard:
    """The keys that all sessions of one tag share.

    Attributes:
        sessions: before the id: one hash for each session.
        open: a sorted set of the open sessions by the time at which they expire.
        records: who logged in, by session; it outlives the session until cleanup has removed it.
        users: a sorted set of user id and session id, in the order of the alphabet: the sessions of a user.
        waiting, due: the records that wait for cleanup, by the time since when, and by the time of the next attempt.
        attempts: how often that failed.
        dead: the dead letters by the time since when.
        totals: counters that only grow.
    """

    sessions: str
    open: str
    records: str
    users: str
    waiting: str
    due: str
    attempts: str
    dead: str
    totals: str


class Keys:
    """The keys of one variant.

    Args:
        prefix: before each of them; another lab on the same server takes another one.
        shards: over how many tags the sessions are spread. It must stay the same while there are any.
    """

    def __init__(self, prefix: str, shards: int) -> None:
        self.prefix = prefix
        self.shards = [_shard(f"{prefix}:{{{prefix}-{number}}}") for number in range(shards)]

    def of(self, session_id: str) -> Shard:
        """The shard of a session."""
        return self.shards[crc32(session_id.encode()) % len(self.shards)]


def _shard(tag: str) -> Shard:
    rest = ("open", "records", "users", "waiting", "due", "attempts", "dead", "totals")
    return Shard(f"{tag}:session:", *(f"{tag}:{name}" for name in rest))


def session_of(session_id: str, fields: Mapping[str, str]) -> SessionData:
    """The session that such a hash holds."""
    return SessionData(
        session_id,
        fields["user_id"],
        fields["username"],
        datetime.fromtimestamp(float(fields["login_time"]), UTC),
        datetime.fromtimestamp(float(fields["last_activity"]), UTC),
        int(fields["access_count"]),
        fields["is_authenticated"] == "1",
        {name.removeprefix(KEY): value for name, value in fields.items() if name.startswith(KEY)},
    )
