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

from ..model import MOST_KEYS, SessionData, SessionNotFound

FIELDS = ("user", "name", "login", "active", "count", "trusted", "version", "refreshed")
"""The fields of a session; its hash has their first letters alone, because each session has them all."""
USER, REFRESHED, VERSION = "u", "r", "v"
MOST_FIELDS = len(FIELDS) + MOST_KEYS
KEY = "m:"
"""Before the name of a metadata key, so that it cannot be taken for a field of the session."""
PARTS = 1024
"""Parts of a shard's index. Redis 7 keeps a hash of at most 512 short entries in half the memory: a part has fewer
up to eight million sessions on 16 shards."""
MICROSECOND = 1_000_000


@dataclass(frozen=True, slots=True)
class Shard:
    """The keys that all sessions of one tag share.

    Attributes:
        sessions: before the id: one hash for each session.
        index: before the number of a part: the open sessions of some users, until when each lasts, and whose it is.
        totals: how many sessions are open, and counters that only grow.
        waiting, due: the closed sessions that wait for cleanup: since when, and when they are tried next.
        attempts: how often that failed.
        dead: the dead letters by the time since when.
    """

    sessions: str
    index: str
    totals: str
    waiting: str
    due: str
    attempts: str
    dead: str

    def part(self, user_id: str) -> str:
        """The part of the index that has the sessions of a user."""
        return f"{self.index}{crc32(user_id.encode()) % PARTS}"

    def parts(self) -> list[str]:
        """All parts of the index."""
        return [f"{self.index}{number}" for number in range(PARTS)]


class Keys:
    """The keys of one variant.

    Args:
        prefix: before each of them; another lab on the same server takes another one.
        shards: over how many tags the sessions are spread. It must stay the same while there are any.
    """

    def __init__(self, prefix: str, shards: int) -> None:
        self.prefix = prefix
        self.shards = [_shard(f"{prefix}:{{{number}}}") for number in range(shards)]

    def of(self, session_id: str) -> Shard:
        """The shard of a session.

        Raises:
            SessionNotFound: no text that can be sent to Redis, so no session has that id.
        """
        try:
            return self.shards[crc32(session_id.encode()) % len(self.shards)]
        except UnicodeEncodeError:
            raise SessionNotFound(session_id) from None


def _shard(tag: str) -> Shard:
    rest = ("totals", "waiting", "due", "attempts", "dead")
    return Shard(f"{tag}/", f"{tag}:index:", *(f"{tag}:{name}" for name in rest))


def microseconds(time: datetime) -> int:
    """As the hashes have it: Redis keeps a whole number in half the memory of a text."""
    return round(time.timestamp() * MICROSECOND)


def session_of(session_id: str, fields: Mapping[str, str]) -> SessionData:
    """The session that such a hash holds. Its own fields have one letter, and the keys of the metadata more."""
    return SessionData(
        session_id,
        fields[USER],
        fields["n"],
        datetime.fromtimestamp(int(fields["l"]) / MICROSECOND, UTC),
        datetime.fromtimestamp(int(fields["a"]) / MICROSECOND, UTC),
        int(fields["c"]),
        fields["t"] == "1",
        {name[len(KEY) :]: value for name, value in fields.items() if len(name) > 1},
    )
