"""Reads the counts ten times a second into a ring. Takes none of the managers' locks, and costs the same at any size.

Readers poll with a cursor. Server-sent events would hold one of gunicorn's threads for each open page.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from ..promises import steady
from .events import Events
from .outage import Outage

HZ = 10
RING_SECONDS = 120


T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sample(Generic[T]):
    """What was read at one moment.

    Attributes:
        seq: its number.
        at: Unix time.
        read: by the name of the variant.
    """

    seq: int
    at: float
    read: dict[str, T]

    def to_json(self) -> dict[str, float | T]:
        """Number, time, and each variant under its name."""
        return {"seq": self.seq, "at": self.at, **self.read}


class Sampler(Generic[T]):
    """A thread that calls `read` at a steady pace.

    Args:
        read: gives one sample; must not block.
        hz: samples per second.
        seconds: the length of the ring.
        events: the log; silent if none is given.

    Attributes:
        outage: why it takes no sample, if an engine is away.
    """

    def __init__(
        self,
        read: Callable[[], dict[str, T]],
        hz: float = HZ,
        seconds: float = RING_SECONDS,
        events: Events | None = None,
    ) -> None:
        self.outage = Outage(events or Events())
        self._read = read
        self.hz = hz
        self._ring: deque[Sample[T]] = deque(maxlen=int(hz * seconds))
        self._next = 0
        self._heard: float | None = None
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start sampling."""
        self._stopping.clear()
        self._heard = time.monotonic()
        self._thread = threading.Thread(target=self._run, name="sampler", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop and wait for the thread."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5)
            self._thread = None
        self._heard = None

    def since(self, cursor: int) -> tuple[int, list[Sample[T]]]:
        """The next cursor, and the samples from `cursor` on, oldest first. A cursor beyond it returns all."""
        with self._lock:
            oldest = self._next - len(self._ring)
            skip = 0 if cursor > self._next else max(0, cursor - oldest)
            return self._next, [self._ring[i] for i in range(skip, len(self._ring))]

    def pulse(self) -> tuple[int, float | None]:
        """How many samples were taken, and the seconds since the last one or the start; None if it does not run."""
        heard = self._heard
        return self._next, None if heard is None else max(0.0, time.monotonic() - heard)

    def sample(self) -> None:
        """Take one sample now."""
        at, read = steady.now(), self._read()
        with self._lock:
            self._ring.append(Sample(self._next, at, read))
            self._next += 1
            if self._heard is not None:
                self._heard = time.monotonic()

    def _run(self) -> None:
        due = time.monotonic()
        while not self._stopping.wait(max(0.0, due - time.monotonic())):
            due, now = due + 1 / self.hz, time.monotonic()
            if due <= now:  # After a stall go on from now: late samples in a burst would draw what was not so.
                due = now + 1 / self.hz
            try:
                self.sample()
            except Exception as error:  # noqa: BLE001 - told there; the next sample may succeed
                self.outage.failed(error)
            else:
                self.outage.over()
