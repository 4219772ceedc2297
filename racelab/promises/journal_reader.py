"""One worker's journal, read as it grows: its records, the time up to which all are known, and the worker's death."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path

from . import journal_format as form
from .journal_format import Record

FOR_EVER = sys.maxsize

CHUNK_BYTES = 2 * form.LONGEST
REST = 1 << 30
"""More than the rest of any segment."""


class JournalReader:
    """The reader of one journal. It deletes each segment that it has read to the end, and at last the head.

    Args:
        head: the path of the head.

    Attributes:
        pid: the writer's process.
        records: those that were read and not yet taken, in the order of time.
        known_until: every record that comes later has a later time than this one.
        caught_up: whether everything has been read that was written before the last look.
        ended: whether nothing more will come: the writer is dead, or its journal is damaged.
        alive: whether the writer lives, as of the last look.
        dropped: how many records the writer dropped because nobody read its journal.
        complaint: why the journal ended too early, or empty.
        half_written: whether the writer died in the middle of a record. No call had been told that it was written.
    """

    def __init__(self, head: Path) -> None:
        self.pid = int(head.name.partition("-")[0])
        self.records: deque[Record] = deque()
        self.known_until = 0
        self.caught_up = self.ended = self.half_written = False
        self.alive = True
        self.dropped = 0
        self.complaint = ""
        self._head = head
        self._file = os.open(head, os.O_RDONLY)
        self._segment: int | None = None
        numbers = (int(path.suffix[1:]) for path in head.parent.glob(f"{head.stem}.[0-9]*"))
        self._number = min(numbers, default=0)
        self._at = 0
        self._last = 0
        self._suspect = (-1, -1)

    def look(self, now: int, most: int) -> None:
        """Read on.

        Args:
            now: a time that had passed before this call, see `merge`.
            most: about so many records may wait in `records`; the rest stays on the disk.
        """
        if self.ended and not self.alive:
            return
        dead = self._lock_is_free()  # first: what a dead writer has written can be read by now
        self.dropped, writing = form.HEAD.unpack(os.pread(self._file, form.HEAD.size, 0))
        if not self.ended:
            self._go_on(now, most, dead, writing)
        if dead and self.ended:
            self.alive = False
            self._delete()

    def taken(self, until: int) -> Iterator[Record]:
        """Take the records up to this time."""
        while self.records and self.records[0].time <= until:
            yield self.records.popleft()

    def _go_on(self, now: int, most: int, dead: bool, writing: bool) -> None:
        all_read = self._read(most)
        if self.ended:
            return
        self.known_until = now if all_read and not writing else self._last
        self.caught_up = all_read and not writing
        if all_read:
            self._judge_the_end(dead, writing)

    def _lock_is_free(self) -> bool:
        try:
            fcntl.flock(self._file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _read(self, most: int) -> bool:
        """Read complete records. False if there may be more of them."""
        while len(self.records) < most and not self.ended:
            place = self._place()
            self._parse(self._rest(CHUNK_BYTES))
            if self._place() == place:
                return True
        return self.ended

    def _parse(self, chunk: bytes) -> None:
        for record, length in form.records_in(chunk):
            self._last = record.time
            self._at += length
            if record.event == form.NEXT:
                self._turn_to(record.number)
                return
            self.records.append(record)

    def _place(self) -> tuple[int, int]:
        return self._number, self._at

    def _rest(self, most: int) -> bytes:
        """What is unread of the present segment, at most so many bytes; nothing if the first one is not made yet."""
        if self._segment is None and not self._open():
            return b""
        assert self._segment is not None
        return os.pread(self._segment, most, self._at)

    def _turn_to(self, number: int) -> None:
        """The present segment has been read to the end: delete it, and go on with this one."""
        self._leave()
        form.segment_path(self._head, self._number).unlink(missing_ok=True)
        self._number, self._at = number, 0
        if not self._open():
            self._break_off("lacks a segment")

    def _open(self) -> bool:
        try:
            self._segment = os.open(form.segment_path(self._head, self._number), os.O_RDONLY)
        except FileNotFoundError:
            return False
        return True

    def _leave(self) -> None:
        if self._segment is not None:
            os.close(self._segment)
            self._segment = None

    def _judge_the_end(self, dead: bool, writing: bool) -> None:
        """What is unreadable at the end: a record that is being written, one that never will be, or damage."""
        if dead:
            rest = self._rest(REST)
            self.half_written = form.is_begun(rest)
            if form.goes_on(rest):
                self._break_off("is damaged")
            else:
                self._end()
        elif form.is_begun(self._rest(CHUNK_BYTES)):
            # It was begun at the last look already, and the writer has been seen since with no record in hand.
            if self._suspect == self._place() and not writing:
                self._break_off("is damaged")
            self._suspect = self._place()

    def _break_off(self, what: str) -> None:
        self.complaint = f"The journal of worker {self.pid} {what}: what was written later is not known."
        self._end()

    def _end(self) -> None:
        """Nothing more comes. Calls that are open end now: the writer's death is earlier."""
        self.ended = self.caught_up = True
        self.known_until = FOR_EVER
        self.records.append(Record(max(time.monotonic_ns(), self._last + 1), form.DEATH))

    def _delete(self) -> None:
        self._leave()
        os.close(self._file)
        for path in self._head.parent.glob(f"{self._head.stem}.*"):
            path.unlink(missing_ok=True)
