"""The journals of all workers, merged in the order of time and entered in one ledger for each variant.

The clock is one for all processes of a machine, and each journal is in its order. So the merged order is exact: calls
of two workers met if their intervals overlap, as calls of one worker do. Only records up to the *watermark* are
entered, the time up to which all journals are known. A worker that is stopped in the middle of a record holds the
watermark back; a dead one does not.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import islice, takewhile
from pathlib import Path

from . import journal_format as form
from .journal import own
from .journal_format import Record
from .journal_reader import JournalReader
from .ledger import Ledger
from .promise import Call

MARGIN_NS = 1_000_000
"""A processor may show a store to another one later than it reads the clock, by far less than this."""

MOST_WAITING = 50_000
"""The number of records of one journal that may wait in memory. Further ones stay on the disk."""

_ROWS: dict[int, Callable[[Ledger, str], None]] = {
    form.ROW_DISCARDED: Ledger.row_discarded,
    form.ATTEMPT_UNANSWERED: Ledger.attempt_unanswered,
    form.ATTEMPTS_FORGOTTEN: Ledger.attempts_forgotten,
}


@dataclass(slots=True)
class _Writer:
    """A worker's journal; its calls that have begun, each with its ledger, by number; a count of those acknowledged."""

    reader: JournalReader
    calls: dict[int, tuple[Ledger, Call]] = field(default_factory=dict)
    acknowledged: Counter[str] = field(default_factory=Counter)


class Merger:
    """Feeds the ledgers of the judge. One thread uses it.

    Args:
        folder: where the workers make their journals. It is made, if it does not exist yet.
        ledgers: by variant.
        since: nanoseconds of the monotonic clock. Older records are read and not entered: no call may have been open.

    Raises:
        PermissionError: somebody else may read or write the folder.

    Attributes:
        cut_short: the number of calls whose outcome is unknown because their worker died.
        half_written: the number of records that a worker died in. None of them had taken effect.
        unplaced: the number of records of a variant without a ledger, or of a call whose beginning is not known.
        late: the number of records that came after the watermark had passed them; it should be 0.
    """

    def __init__(self, folder: Path, ledgers: Mapping[str, Ledger], since: int = 0) -> None:
        own(folder)
        self.cut_short = 0
        self.half_written = 0
        self.unplaced = 0
        self.late = 0
        self._folder = folder
        self._ledgers = ledgers
        self._writers: dict[str, _Writer] = {}
        self._dropped_by_the_dead: Counter[int] = Counter()
        self._complaints: list[str] = []
        self._watermark = self._since = since

    def read(self) -> int:
        """Read what the workers have written, and enter what is known to be in order.

        About `MOST_WAITING` records of each worker are read, so under load ask again until `settled`.

        Returns:
            The number of records that were entered.
        """
        now = time.monotonic_ns() - MARGIN_NS  # before the folder is read: a journal that is not seen begins later
        for head in self._folder.glob("[0-9]*-*.head"):
            if head.name not in self._writers:
                self._writers[head.name] = _Writer(JournalReader(head))
        for writer in self._writers.values():
            waiting = len(writer.reader.records)
            writer.reader.look(now, MOST_WAITING)
            new = islice(writer.reader.records, waiting, None)
            late = takewhile(lambda record: record.time <= self._watermark, new)
            self.late += sum(record.time > self._since for record in late)
        known = min((writer.reader.known_until for writer in self._writers.values()), default=now)
        self._watermark = max(self._watermark, min(known, now))
        due = [
            (record, name) for name, writer in self._writers.items() for record in writer.reader.taken(self._watermark)
        ]
        due.sort()
        for record, name in due:
            self._enter(record, self._writers[name])
        self._forget_the_dead()
        return len(due)

    def _enter(self, record: Record, writer: _Writer) -> None:
        if record.event == form.DEATH:
            self._bury(writer, record.time)
            return
        if record.time <= self._since:
            return
        ledger = self._ledgers.get(record.variant)
        if ledger is None:
            self.unplaced += 1
        elif record.event == form.ROW_REMOVED:
            ledger.row_removed(record.session_id, record.flag)
        elif record.event == form.ROW_KEPT:
            ledger.row_kept(record.session_id, record.time)
        elif record.event in _ROWS:
            _ROWS[record.event](ledger, record.session_id)
        else:
            self._enter_call(record, ledger, writer)

    def _enter_call(self, record: Record, ledger: Ledger, writer: _Writer) -> None:
        calls = writer.calls
        if record.event == form.BEGIN:
            texts = record.session_id, record.key, record.value
            call = Call(form.KINDS[record.code], *texts, caller=record.caller)
            calls[record.number] = ledger, call
            ledger.begun_elsewhere(call, record.time)
        elif record.number not in calls:
            self.unplaced += 1
        elif record.event == form.REFRESHING:
            ledger.refreshing(calls[record.number][1], record.time)
        else:
            _, call = calls.pop(record.number)
            if call.kind == "create":
                call.session_id = record.session_id
            call.answer = record.answer or None
            outcome = form.OUTCOMES[record.code]
            writer.acknowledged[record.variant] += outcome == "acknowledged"
            ledger.end(call, outcome, record.flag, record.time)

    def _bury(self, writer: _Writer, at: int) -> None:
        """Nothing more comes from this worker: what it had begun may have taken effect or not."""
        reader = writer.reader
        for ledger, call in writer.calls.values():
            ledger.end(call, "unknown", at=at)
        self.cut_short += len(writer.calls)
        self.half_written += reader.half_written
        writer.calls.clear()
        if reader.complaint:
            self._complaints.append(reader.complaint)

    def _forget_the_dead(self) -> None:
        for name, writer in list(self._writers.items()):
            if not writer.reader.alive and not writer.reader.records:
                self._dropped_by_the_dead[writer.reader.pid] += writer.reader.dropped
                del self._writers[name]

    def settled(self) -> bool:
        """Whether all that was written before the last `read` has been entered, and no call is open."""
        return all(
            writer.reader.caught_up and not writer.reader.records and not writer.calls
            for writer in self._writers.values()
        )

    def living(self) -> list[int]:
        """The processes of the workers that live, as of the last `read`."""
        return sorted(writer.reader.pid for writer in self._writers.values() if writer.reader.alive)

    def acknowledged(self) -> dict[int, Counter[str]]:
        """How many calls each process that lives has acknowledged, by variant, as far as they were entered."""
        return {writer.reader.pid: +writer.acknowledged for writer in self._writers.values()}

    def dropped(self) -> dict[int, int]:
        """How many records each worker dropped, by its process, also of workers that have ended."""
        counts = self._dropped_by_the_dead.copy()
        for writer in self._writers.values():
            counts[writer.reader.pid] += writer.reader.dropped
        return dict(+counts)

    def doubts(self) -> list[str]:
        """Why the ledgers may lack something, in sentences; with any of them a verdict has to be *cannot tell*."""
        told = [
            f"Worker {pid} dropped {count:,} records: its journal was full." for pid, count in self.dropped().items()
        ]
        told += self._complaints
        if self.unplaced:
            told.append(f"Records that belong to no known call or manager: {self.unplaced:,}.")
        if self.late:
            told.append(f"Records that came too late to be entered in order: {self.late:,}.")
        return told
