"""What one manager stores, and what the cleanup of this lab did, page by page: for a load over several labs.

No lab can judge sessions that others serve too. The load can: its users heard every answer, one lab tells what is
stored, and each tells what its own workers have cleaned up.
"""

from __future__ import annotations

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Mapping

from ..promises.evidence import Evidence
from ..promises.json_types import CensusJson, CleanupJson, HeldJson
from .neighbours import Neighbours
from .observed import Observed

MOST_IDS = 500
"""Of a page of a census: a session has a kilobyte under load, and at most about a hundred."""
MOST_ATTEMPTS_TOLD = 5_000


class CensusOver(Exception):
    """That census is not kept any more."""


class Censuses:
    """Keeps the last census of each manager until its last page was asked for.

    Args:
        variants: by name.
        busy: why the ledgers cannot be brought up to now, or None.
        neighbours: the labs that serve the same sessions.
    """

    def __init__(
        self, variants: Mapping[str, Observed], busy: Callable[[], str | None], neighbours: Neighbours
    ) -> None:
        self._variants = variants
        self._busy = busy
        self._neighbours = neighbours
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[str, list[CensusJson]]] = {}

    def take(self, variant: str) -> CensusJson:
        """Take a census and give its first page. Further pages are kept for `page`."""
        word = secrets.token_hex(4)
        pages = _pages(word, self._variants[variant].evidence())
        if len(pages) > 1:
            with self._lock:
                self._kept[variant] = word, pages
        return pages[0]

    def page(self, variant: str, word: str, number: int) -> CensusJson:
        """A further page of a census, by the word in its first one.

        Raises:
            CensusOver: another one was taken since, its last page was given, or it has no such page.
        """
        with self._lock:
            kept, pages = self._kept.get(variant, ("", []))
            if kept != word or number >= len(pages):
                raise CensusOver(f"The census {word[:8]!r} of {variant} has no page {number} any more. Take a new one.")
            if pages[number]["next"] is None:
                del self._kept[variant]
            return pages[number]

    def cleanup(self, variant: str, after: str) -> CleanupJson:
        """What cleanup did in this lab: a page of the ids after this one, in their order."""
        observed = self._variants[variant]
        waiting_for = self._busy() or observed.waiting_for()
        cleaned, attempts = observed.ledger.cleanup()
        ids = sorted(session_id for session_id in attempts if session_id > after)
        told = ids[:MOST_ATTEMPTS_TOLD]
        return {
            "waiting_for": waiting_for,
            "other_labs": self._neighbours.others(variant),
            "cleaned": cleaned,
            "discarded": observed.ledger.tried()[2],
            "attempts": {session_id: attempts[session_id] for session_id in told},
            "next": told[-1] if len(ids) > len(told) else None,
        }


def _pages(word: str, evidence: Evidence) -> list[CensusJson]:
    census = evidence.census
    queued = Counter(census.queue)
    dead = set(census.dead_letters)
    every = sorted(evidence.row_ids | census.sessions.keys() | queued.keys() | dead)
    pages: list[CensusJson] = []
    for start in range(0, max(1, len(every)), MOST_IDS):
        ids = every[start : start + MOST_IDS]
        held: dict[str, HeldJson] = {
            session_id: {"access_count": data.access_count, "metadata": data.metadata}
            for session_id in ids
            if (data := census.sessions.get(session_id))
        }
        pages.append(
            {
                "census": word,
                "statistics": census.stats.active_sessions,
                "sessions": held,
                "rows": [session_id for session_id in ids if session_id in evidence.row_ids],
                "queue": [session_id for session_id in ids for _ in range(queued[session_id])],
                "dead_letters": [session_id for session_id in ids if session_id in dead],
                "next": len(pages) + 1,
            }
        )
    pages[-1]["next"] = None
    return pages
