"""What the judge tells all workers at once: the dials, and whether calls are refused because the lab is being reset.

One page of memory that all processes map. The judge alone writes it, and each worker notes in a page of its own how far
it has followed. So a change reaches every worker, and a worker that has not followed is known by name.
"""

from __future__ import annotations

import fcntl
import json
import mmap
import os
import struct
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

_PAGE = struct.Struct("<QB7xQ5d")
"""Number of the change (odd while it is being written), whether calls are refused, the run, and the dials."""
_NUMBER = struct.Struct("<Q")
_NOTE = struct.Struct("<QQI4x")
"""How far a worker has followed, its clock in nanoseconds, and the length of what it tells."""
MOST_TOLD = 16_384
"""Bytes of JSON that a worker tells of itself."""
MOST_LOOKS = 100
"""How often a reader looks again while a change is being written, which takes a few microseconds."""
CONTROL, WORKER = "control", ".worker"


class Dialled(NamedTuple):
    """The dials, in the units of `/lab/dials`."""

    window_ms: float
    fault_rate: float
    db_latency_ms: float
    cache_ttl_s: float
    cleanup_interval_s: float


class Order(NamedTuple):
    """What holds now.

    Attributes:
        number: of the last change; 0 before the first.
        closed: whether calls are refused.
        run: its number.
        dials: the settings.
    """

    number: int
    closed: bool
    run: int
    dials: Dialled


class Control:
    """The judge's page.

    Args:
        folder: of the deployment; it exists.
    """

    def __init__(self, folder: Path) -> None:
        self._page = _map(folder / CONTROL, _PAGE.size)
        self._last = self._raw()

    def read(self) -> Order:
        """What holds now; never half of a change. If a judge has died in the middle of one, what held before it."""
        for _ in range(MOST_LOOKS):
            found = self._raw()
            if found.number % 2 == 0 and self._raw().number == found.number:
                self._last = found
                break
        return self._last

    def _raw(self) -> Order:
        number, closed, run, *dials = _PAGE.unpack_from(self._page)
        return Order(number, bool(closed), run, Dialled(*dials))

    def is_closed(self) -> bool:
        """Whether calls are refused. One byte, so this needs no more care."""
        return bool(self._page[8])

    def write(self, closed: bool | None = None, dials: Dialled | None = None, run: int | None = None) -> int:
        """Change some of it. The judge calls this, one change at a time. Returns the number of the change."""
        now = self._raw()
        number = now.number + 2 - now.number % 2  # one that an earlier judge has begun is done again
        then = (now.closed if closed is None else closed, now.run if run is None else run, *(dials or now.dials))
        # Copied over what stands there: `pack_into` clears it first, which opened a closed gate for a moment.
        self._page[: _NUMBER.size] = _NUMBER.pack(number - 1)
        self._page[: _PAGE.size] = _PAGE.pack(number - 1, *then)
        self._page[: _NUMBER.size] = _NUMBER.pack(number)
        return number


class Told(NamedTuple):
    """What a worker says of itself.

    Attributes:
        pid: its process.
        followed: the number of the last change that it has made.
        age: seconds since it said so.
        told: what it told; nothing if it was writing just then.
    """

    pid: int
    followed: int
    age: float
    told: dict[str, Any]


class Note:
    """The page of this worker. Make it after the fork: it holds a lock that ends with the process.

    Args:
        folder: of the deployment.
    """

    def __init__(self, folder: Path) -> None:
        unnamed = folder / f"{os.getpid()}.new"
        self._file = os.open(unnamed, os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(self._file, fcntl.LOCK_EX)
        os.ftruncate(self._file, _NOTE.size + MOST_TOLD)
        self._page = mmap.mmap(self._file, _NOTE.size + MOST_TOLD)
        self.write(0, {})
        unnamed.rename(folder / f"{os.getpid()}{WORKER}")

    def write(self, followed: int, told: dict[str, Any]) -> None:
        """Tell how far this worker has followed, and something of it. A reader may see half of it, and asks again."""
        text = json.dumps(told).encode()
        if len(text) > MOST_TOLD:
            raise ValueError(f"A worker tells at most {MOST_TOLD} bytes of itself; got {len(text)}.")
        self._page[_NOTE.size : _NOTE.size + len(text)] = text
        self._page[: _NOTE.size] = _NOTE.pack(followed, time.monotonic_ns(), len(text))

    def close(self) -> None:
        """The worker ends."""
        self._page.close()
        os.close(self._file)


def workers(folder: Path) -> Iterator[Told]:
    """Every worker that lives. The pages of dead ones are removed."""
    for path in sorted(folder.glob(f"*{WORKER}")):
        try:
            file = os.open(path, os.O_RDWR)
        except OSError:
            continue
        try:
            if _is_free(file):
                path.unlink(missing_ok=True)
                continue
            page = os.pread(file, _NOTE.size + MOST_TOLD, 0)
        finally:
            os.close(file)
        followed, at, length = _NOTE.unpack_from(page)
        age = max(0.0, (time.monotonic_ns() - at) / 1e9)
        yield Told(int(path.stem), followed, age, _object(page[_NOTE.size : _NOTE.size + length]))


def _is_free(file: int) -> bool:
    """Whether nobody holds the lock, so that its process has ended. A try takes it, and closing gives it back."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _object(text: bytes) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError:  # half of the new and half of the old one
        return {}
    return told if isinstance(told, dict) else {}


def _map(path: Path, size: int) -> mmap.mmap:
    file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if os.fstat(file).st_size < size:
            os.ftruncate(file, size)
        return mmap.mmap(file, size)
    finally:
        os.close(file)
