"""What every column works with: the server, the clients, names that nobody else uses, and the time."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import count
from typing import Any, TypeVar

from .settings import Settings
from .site import Answer, Site, Visitor
from .tally import Tally

T = TypeVar("T")

LEAST_THREADS = 16
AGAIN = 3
"""Reads after a round, over connections of their own, that must show the same as the first."""
MANY = 12
"""The same if something is missing or differs at first."""
LATE = 1.0
"""Seconds until that second look."""
DOUBTS = 2
"""Rounds that a second look has found wrong too, after which the first look is believed."""
DIFFERENT = "reads of one session show different data while nothing is written"
TARDY = "what was acknowledged can be read only some time later"


class Bench:
    """The clients, and what they share.

    Attributes:
        progress: is told in a few words how far the check is.
        earlier: rows in the store before the first session of this check, as far as it is asked for rows.
        workers: the processes that have answered, as far as they say so.
        apart: why answers cannot come from one store, or not in time; empty while they can.
        late: it is not in time.
        reads, strangers: looks at sessions on the way, and those that showed another visitor's data.
    """

    def __init__(self, site: Site, settings: Settings, progress: Callable[[str], None]) -> None:
        self.site, self.settings, self.progress = site, settings, progress
        self.workers: set[str] = set()
        found = site.rows() if "rows" in settings.wanted else None
        self.earlier = found.rows if found is not None else 0
        self.apart, self.late, self._doubts = "", False, DOUBTS
        self.reads = self.strangers = 0
        self._lock = threading.Lock()
        self._prefix, self._numbers = secrets.token_hex(4), count(1)
        self._threads = ThreadPoolExecutor(max(LEAST_THREADS, settings.clients), "check")

    def close(self) -> None:
        """End the clients and what they have in flight."""
        self.site.wire.close()
        self._threads.shutdown(cancel_futures=True)

    def token(self) -> str:
        """A name for a visitor that nobody else has: letters, digits, one hyphen."""
        return f"{self._prefix}-{next(self._numbers)}"

    def strange(self, answer: Answer, own: str) -> bool:
        """Like `foreign`, and counts: the column of other visitors adds what was seen so. Notes who answered."""
        found = answer.good and self.foreign(answer, own)
        with self._lock:
            self.workers |= {answer.worker} - {""}  # a process may have come up after the controls
            self.reads += answer.good
            self.strangers += found
        return found

    def foreign(self, answer: Answer, own: str) -> bool:
        """Whether a visitor sees what belongs to another visitor of this check. Values begin with their owner."""
        shown = [answer.user, *answer.keys.values()]
        ours = [value for value in shown if isinstance(value, str) and value.startswith(f"{self._prefix}-")]
        return any("-".join(value.split("-")[:2]) != own for value in ours)

    def at_once(self, jobs: Sequence[Callable[[], T]]) -> list[T]:
        """Run all jobs at one time, each in a thread, and wait for their results."""
        return [future.result() for future in [self._threads.submit(job) for job in jobs]]

    def over(self, deadline: float) -> bool:
        """Whether there is no use in going on: the time is up, the server is gone, or reads cannot be trusted."""
        return time.monotonic() > deadline or self.site.wire.ended or bool(self.apart)

    def judged(self, visitor: Visitor, own: str, judge: Callable[[Answer], Tally], unknown: int) -> Tally | None:
        """The tally of a round by what its session holds afterwards; the same over several connections, or `apart`.

        What is missing is looked for again a while later: a store may answer first and be right a moment after.

        Args:
            unknown: requests that may still be at work on the server, so that reads may differ.

        Returns:
            The tally; None if the session cannot be read.
        """
        seen = self._looks(visitor, own, AGAIN)
        if not seen:
            return None
        if self._alike(seen) and not (self._doubts and judge(seen[0]).wrong):
            return judge(seen[0])
        time.sleep(LATE)
        seen = self._looks(visitor, own, MANY)
        if not self._alike(seen):
            self.apart = self.apart if unknown else DIFFERENT
            return None
        tally = judge(seen[0]) if seen else None
        if tally is not None and tally.wrong:
            self._doubts -= 1
        elif tally is not None and not unknown:
            self.late, self.apart = True, TARDY
        return tally

    def _looks(self, visitor: Visitor, own: str, again: int) -> list[Answer]:
        """A session read once, and again over more connections; nothing if it cannot be, or is a stranger's."""
        first = visitor.read()
        if not first.good or self.strange(first, own):
            return []
        others = self.at_once([partial(visitor.copy().read, 0)] * again)
        return [first, *(each for each in others if each.good and not self.strange(each, own))]

    def _alike(self, seen: Sequence[Answer]) -> bool:
        return all(self._view(each) == self._view(seen[0]) for each in seen)

    def _view(self, answer: Answer) -> tuple[int, Mapping[str, Any], str]:
        counted = answer.n if self.site.holds else 0  # in the other protocol a read counts itself
        return counted, answer.keys, answer.user


class Canary:
    """A visitor that logs in before a round, and is looked at after it: what has happened to a session left alone."""

    def __init__(self, bench: Bench) -> None:
        self._bench, self._own = bench, bench.token()
        self._visitor = bench.site.visitor()
        self._began = self._visitor.log_in(self._own).good

    def lives(self) -> bool | None:
        """Whether its session is still what it was; None if that cannot be known."""
        answer = self._visitor.read()
        told = answer.fate in ("acknowledged", "refused")
        if not self._began or not told or self._bench.strange(answer, self._own):
            return None
        return answer.user == self._own
