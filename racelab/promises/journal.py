"""A worker's journal: what its calls do, for the one process that judges all workers.

An append copies bytes into mapped memory. It makes no system call and does not release the GIL, and what it has
written outlives the process, also one that is killed with SIGKILL (not a crash of the machine). So it costs a request
microseconds. See `journal_format` for the bytes and `merge` for the reader.

Time is read while the byte `writing` is set, under the one lock. So each journal is in the order of time, and a reader
that sees `writing` cleared knows that all that is still to come in this journal has a later time than now.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import secrets
import sys
import threading
import time
import weakref
from itertools import count
from pathlib import Path
from zlib import crc32

from ..bugs import Outcome
from . import journal_format as form
from .promise import Call, Kind
from .recorder import Entry

SEGMENT_BYTES = 1 << 20
"""The size of a segment. Making one takes about 0.3 ms per MB, in which the worker's other calls wait."""

MOST_SEGMENTS = 64
"""The maximum number of segments that a journal keeps while nobody reads them."""

END_BYTES = form.HEADER.size + form.BODY.size + 255
"""The length of the longest end of a call that carries no session."""

_MOST_ANSWER = 1 << 63
_NEXT_BYTES = form.HEADER.size + form.BODY.size
_KIND_CODES = {kind: code for code, kind in enumerate(form.KINDS)}
_OUTCOME_CODES = {outcome: code for code, outcome in enumerate(form.OUTCOMES)}


class Journal:
    """The journal of this process, for all its variants and threads. Make it in the worker, after the fork.

    Args:
        folder: where the reader looks for journals. It is made, for its owner alone. `/dev/shm` spares the disk.
        segment_bytes, most_segments: bound the disk. Beyond them, records are dropped and counted.

    Raises:
        PermissionError: somebody else may read or write the folder.
        OSError: the folder or the first files cannot be made.
    """

    def __init__(self, folder: Path, segment_bytes: int = SEGMENT_BYTES, most_segments: int = MOST_SEGMENTS) -> None:
        own(folder)
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._segment_bytes = segment_bytes
        self._most = most_segments
        self._closed = False
        self._open = 0
        self._dropped = 0
        self._oldest = self._number = 0
        self._last = self._at = 0
        self.path = folder / f"{os.getpid()}-{secrets.token_hex(8)}.head"
        self._head_file, self._head = _make_head(self.path)
        try:
            self._use(_map(form.segment_path(self.path, 0), segment_bytes))
        except OSError:
            self._head.close()
            os.close(self._head_file)  # for the reader this journal is over, and it deletes it
            raise
        _open_journals.add(self)

    def ledger(self, variant: str) -> JournalLedger:
        """The part of the journal that is about one manager."""
        return JournalLedger(self, variant)

    def next_number(self) -> int:
        """A number for a call that begins."""
        return next(self._numbers)

    def append(self, body: bytes, opens: int = 0) -> bool:
        """Write a record. False if there is no room: it is dropped, and counted.

        Args:
            body: as `journal_format.body` makes it.
            opens: 1 if a call begins and -1 if it ends. Room is kept for the end of every call that has begun, so an
                end of at most `END_BYTES` is never dropped.

        Raises:
            RuntimeError: the journal is closed.
        """
        crc = crc32(body)
        with self._lock:
            size = form.HEADER.size + len(body)
            needed = size + END_BYTES * (self._open + opens)
            if (self._at + needed > self._limit or size > form.LONGEST) and not self._make_room(size, needed):
                self._drop()
                return False
            self._write(body, crc)
            self._open += opens
            return True

    def drop(self) -> None:
        """Count a record that is not written because the beginning of its call was not."""
        with self._lock:
            if not self._closed:
                self._drop()

    def close(self) -> None:
        """End the journal, as the end of the process does. For the reader this is the worker's death."""
        with self._lock:
            if not self._closed:
                self._abandon()

    def _write(self, body: bytes, crc: int) -> None:
        self._head[form.WRITING] = 1
        try:
            now = time.monotonic_ns()
            if now <= self._last:
                now = self._last + 1  # the order in this journal is known, whatever the clock's resolution
            self._last = now
            header = form.header(body, crc, now)
            start = self._at + len(header)
            end = start + len(body)
            # No call between these: no signal handler runs in the middle, and no other thread.
            self._segment[start:end] = body
            self._segment[self._at : start] = header
            self._at = end
        finally:
            self._head[form.WRITING] = 0

    def _drop(self) -> None:
        self._dropped += 1
        self._head[: form.DROPPED.size] = form.DROPPED.pack(self._dropped)

    def _make_room(self, size: int, needed: int) -> bool:
        """Go on in a new segment. False if that is of no use, or if there are too many, or if it cannot be made."""
        if self._closed:
            raise RuntimeError("This journal is closed: its worker has ended, or this process was forked from it.")
        if size > form.LONGEST or needed > self._segment_bytes - _NEXT_BYTES:
            return False
        while self._oldest < self._number and not form.segment_path(self.path, self._oldest).exists():
            self._oldest += 1  # the reader has read and deleted it
        if self._number - self._oldest + 1 >= self._most:
            return False
        try:
            segment = _map(form.segment_path(self.path, self._number + 1), self._segment_bytes)
        except OSError:
            return False
        self._number += 1
        told = form.body(form.NEXT, b"", self._number)
        self._write(told, crc32(told))
        self._segment.close()
        self._use(segment)
        return True

    def _use(self, segment: mmap.mmap) -> None:
        self._segment = segment
        self._at = 0
        self._limit = len(segment) - _NEXT_BYTES

    def _abandon(self) -> None:
        """Give the lock on the head back. Appends then find no room, and raise."""
        self._closed = True
        self._limit = -1
        self._segment.close()
        self._head.close()  # it has a copy of the file's descriptor, and with that the lock
        os.close(self._head_file)

    def forked(self) -> None:
        """This process is a child of the writer: the journal is its parent's, and so is its lock."""
        self._lock = threading.Lock()  # a thread that the child does not have may hold the old one
        if not self._closed:
            self._abandon()


_open_journals: weakref.WeakSet[Journal] = weakref.WeakSet()


def _forked() -> None:
    for journal in list(_open_journals):
        journal.forked()


os.register_at_fork(after_in_child=_forked)


class JournalLedger:
    """Writes the calls of one variant into a journal. A `Recorder`, see there."""

    def __init__(self, journal: Journal, variant: str) -> None:
        self._journal = journal
        self._append = journal.append
        self._variant = variant.encode()

    def call(self, kind: Kind, session_id: str = "", key: str = "", value: str = "", caller: str = "") -> Entry:
        """As `Recorder.call`."""
        return Entry(self, Call(kind, session_id, key, value, caller=caller))

    def begin(self, call: Call) -> None:
        """The call begins."""
        number = self._journal.next_number()
        texts = call.session_id, call.key, call.value, call.caller
        if self._append(form.body(form.BEGIN, self._variant, number, *texts, code=_KIND_CODES[call.kind]), 1):
            call.number = number

    def refreshing(self, call: Call) -> None:
        """As `Recorder.refreshing`."""
        if call.number:
            self._append(form.body(form.REFRESHING, self._variant, call.number))
        else:
            self._journal.drop()

    def end(self, call: Call, outcome: Outcome, injected: bool = False) -> None:
        """The call has ended with `outcome`; `injected` if the fault dial killed it."""
        if not call.number:
            self._journal.drop()
            return
        created = call.session_id if call.kind == "create" else ""
        code = _OUTCOME_CODES[outcome]
        answer = call.answer if call.answer is not None and 0 < call.answer < _MOST_ANSWER else 0
        told = form.body(form.END, self._variant, call.number, created, code=code, flag=injected, answer=answer)
        if not self._append(told, -1):
            # No room for the id, and that is counted. The call must end for the reader all the same.
            self._append(form.body(form.END, self._variant, call.number, code=_OUTCOME_CODES["unknown"]), -1)

    def row_removed(self, session_id: str, was_there: bool) -> None:
        """As `Recorder.row_removed`."""
        self._append(form.body(form.ROW_REMOVED, self._variant, 0, session_id, flag=was_there))

    def row_discarded(self, session_id: str) -> None:
        """As `Recorder.row_discarded`."""
        self._append(form.body(form.ROW_DISCARDED, self._variant, 0, session_id))

    def row_kept(self, session_id: str) -> None:
        """As `Recorder.row_kept`."""
        self._append(form.body(form.ROW_KEPT, self._variant, 0, session_id))

    def attempt_unanswered(self, session_id: str) -> None:
        """As `Recorder.attempt_unanswered`."""
        self._append(form.body(form.ATTEMPT_UNANSWERED, self._variant, 0, session_id))

    def attempts_forgotten(self, session_id: str) -> None:
        """As `Recorder.attempts_forgotten`."""
        self._append(form.body(form.ATTEMPTS_FORGOTTEN, self._variant, 0, session_id))


def own(folder: Path) -> None:
    """Make the folder for its owner alone, or see that it is one.

    Raises:
        PermissionError: somebody else may read or write it.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.lstat()  # of a link itself, which all may use
    if found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise PermissionError(
            f"{folder} is not a folder for you alone: others could change what is judged. Remove it, or name another."
        )


def _make_head(path: Path) -> tuple[int, mmap.mmap]:
    """A head that has its lock when it gets its name: a head without a lock means a dead writer."""
    unnamed = path.with_suffix(".new")
    file = os.open(unnamed, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    os.write(file, bytes(form.HEAD.size))
    unnamed.rename(path)
    return file, mmap.mmap(file, form.HEAD.size)


def _map(path: Path, size: int) -> mmap.mmap:
    """A new file in memory. Its place on the disk is taken now: a full disk is an error here, and later a crash."""
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        if sys.platform == "linux":
            os.posix_fallocate(file, 0, size)
        else:
            os.write(file, bytes(size))
        return mmap.mmap(file, size)
    except OSError:
        path.unlink()
        raise
    finally:
        os.close(file)
