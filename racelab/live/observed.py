"""One variant of the manager under observation: its stored state, its ledger, and whether it is at rest."""

from __future__ import annotations

import threading
from collections import Counter
from typing import get_args

from session_manager.databases import Database, Records
from session_manager.model import MOST_ATTEMPTS, Manager

from ..bugs import Outcome
from ..promises import steady
from ..promises.cards import plural
from ..promises.evidence import Evidence, should_be
from ..promises.json_types import CountsJson
from ..promises.ledger import Ledger
from ..promises.promise import Kind
from ..promises.recorder import Recorder
from ..promises.verdict import Result, unsettled
from .events import Events
from .growth import Growth
from .json_types import ObservedJson, SampledJson
from .memory import Memory
from .missing import Missing
from .watch import CurrentCall, WatchedDatabase, WatchedManager, WatchedRecords

IDLE_SECONDS = 2.0
SAMPLES_FOR_A_LOOK = 5
"""Over an engine that processes share, each session that is looked at costs a question to it."""
METHODS: tuple[Kind, ...] = get_args(Kind)


class Observed:
    """A variant and its ledger.

    Attributes:
        name: as in the URL.
        ledger: what was acknowledged to its callers.
        growth: of its cleanup queue.

    Args:
        name, records, memory: what is observed.
        ledger: whose account the verdict reads.
        recorder: where the calls of this process are taken down: the ledger itself, or a journal.
        events: the log.
    """

    def __init__(
        self, name: str, records: Records, memory: Memory, ledger: Ledger, recorder: Recorder, events: Events
    ) -> None:
        self.name = name
        self._events = events
        self._memory = memory
        self.ledger = ledger
        self._recorder = recorder
        self._records = records
        self._current = CurrentCall()
        self._samples, self._samples_for_a_look = 0, 1
        self._left_over: set[str] = set()
        self._recovered = 0
        self.growth = Growth()
        self._turning = threading.Lock()
        self._earlier: Counter[tuple[Kind, Outcome]] = Counter()

    def watch_records(self) -> Records:
        """The observed records, for a manager over an engine that processes share."""
        self._samples_for_a_look = SAMPLES_FOR_A_LOOK
        return WatchedRecords(self._records, self._recorder, self._current)

    def watch_database(self, database: Database) -> Database:
        """The observed database, for a manager that keeps its sessions in memory."""
        return WatchedDatabase(database, self._recorder, self._current)

    def watch_manager(self, manager: Manager) -> Manager:
        """The observed manager, for its callers."""
        self.manager = WatchedManager(manager, self._recorder, self._current, self._memory, self._events, self.name)
        self._missing = Missing(self.ledger, manager.peek)
        return self.manager

    def started(self) -> None:
        """Record the sessions taken over from an earlier process, and the rows that were not."""
        census = self.manager.census()
        adopted = [self.ledger.adopt(session_id, data.access_count) for session_id, data in census.sessions.items()]
        self._recovered += sum(adopted)
        self._left_over = self._records.ids() - set(census.sessions) - set(census.queue) - set(census.dead_letters)

    def forget(self) -> None:
        """Start with an empty ledger, after the manager has been cleared."""
        self._left_over, self._recovered = set(), 0
        with self._turning:
            self._earlier += self.ledger.totals().calls
            self.ledger.open(forget=True)
        self._missing.forget()

    def calls_ever(self) -> Counter[tuple[Kind, Outcome]]:
        """The calls of all runs of this process: a sum that never goes back, also while a run is begun anew."""
        with self._turning:
            return self._earlier + self.ledger.totals().calls

    def missing(self) -> int:
        """At least so many acknowledged changes are missing now."""
        return self._missing.count()

    def look(self) -> SampledJson:
        """A sample, ten times a second; also whether the queue grows, and what changed sessions lack.

        Over an engine that processes share, only every fifth looks at the sessions, the first one too.
        """
        if self._samples % self._samples_for_a_look == 0:
            self._missing.look()
        self._samples += 1
        sample = self.sample()
        self.growth.note(sample["queue"])
        return sample

    def sample(self) -> SampledJson:
        """The counts now, one read after another. Takes no lock of the manager's and costs the same at any size."""
        counts = self.manager.counts()
        rows = self._records.count()
        totals = self.ledger.totals()
        closed_at = self.ledger.closed_at(counts.oldest_queued) if counts.oldest_queued else None
        return {
            "store": counts.store,
            "statistics": counts.statistics,
            "database": max(0, rows - counts.queue - counts.dead_letters),  # an id may wait although its row is removed
            "should_be": list(should_be(totals, self._recovered)),
            "queue": counts.queue,
            "oldest_s": None if closed_at is None else max(0.0, steady.now() - closed_at),
            "dead_letters": counts.dead_letters,
            "in_flight": totals.in_flight,
            "acknowledged": totals.of("acknowledged"),
            "failed": totals.of("failed"),
            "unknown": totals.of("unknown"),
            "missing": self.missing(),
        }

    def status(self) -> ObservedJson:
        """The state that is not part of a sample."""
        totals, counts = self.ledger.totals(), self.manager.counts()
        idle = 0.0 if totals.in_flight or not totals.last_end else steady.now() - totals.last_end
        oldest = self.ledger.attempts(counts.oldest_queued) if counts.oldest_queued else 0
        return {
            "left_over": len(self._left_over),
            "recovered": self._recovered,
            "idle_s": idle,
            "stuck_while_idle": idle >= IDLE_SECONDS and oldest > MOST_ATTEMPTS,
            "calls": totals.by_kind(),
            "missing": self.missing(),
        }

    def unsettled(self, reason: str) -> Result:
        """The verdict before the manager is at rest."""
        now = self.sample()
        counts: CountsJson = {
            "store": now["store"],
            "statistics": now["statistics"],
            "database": now["database"],
            "should_be": now["should_be"],
            "queue": now["queue"],
            "dead_letters": now["dead_letters"],
            "left_over": len(self._left_over),
        }
        return unsettled(reason, counts, now["failed"], now["unknown"])

    def waiting_for(self) -> str | None:
        """Why the manager is not at rest, in words; None at rest. A queued row that is stuck counts as at rest."""
        in_flight = self.ledger.totals().in_flight
        if in_flight:
            return f"{plural(in_flight, 'call is', 'calls are')} in flight on {self.name}"
        queue = self.manager.queued()
        if queue:
            _, attempts = self.ledger.cleanup()
            pending = sum(attempts.get(session_id, 0) <= MOST_ATTEMPTS for session_id in queue)
            if pending:
                return f"cleanup on {self.name} has {plural(pending, 'row')} left to process"
        return None

    def change_mark(self) -> tuple[object, ...]:
        """A value that changes whenever the verdict could change."""
        totals, counts = self.ledger.totals(), self.manager.counts()
        return (frozenset(totals.calls.items()), totals.in_flight, counts, self.ledger.tried(), self._recovered)

    def evidence(self) -> Evidence:
        """The input of a verdict."""
        cleaned, attempts = self.ledger.cleanup()
        return Evidence(
            totals=self.ledger.totals(),
            promises=self.ledger.promises(),
            census=self.manager.census(),
            row_ids=self._records.ids(),
            cleaned=cleaned,
            attempts=attempts,
            discarded=self.ledger.tried()[2],
            left_over=self._left_over,
            recovered=self._recovered,
            not_followed=self.ledger.not_followed,
            past=self.ledger.past,
        )
