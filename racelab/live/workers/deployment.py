"""The processes that serve the managers: this one alone, or several workers and this one as their judge."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from ...bugs import Outcome
from ...promises.journal import Journal, JournalLedger
from ...promises.ledger import LabClosed, Ledger
from ...promises.merge import Merger
from ...promises.promise import Call
from ...promises.recorder import Recorder
from ..json_types import DialsJson, WorkerJson
from .control import Control, Dialled, workers

FOLLOWED_SECONDS = 2.0
"""How long a worker has to follow a change of the dials."""
PAUSE = 0.005
MISSED = "Calls were in flight when the process that judges was started. Begin a new run to measure again."
SPLIT = "each process has its own sessions, and what one has acknowledged is missing in the others. That is no race"


class Deployment(Protocol):
    """See the module."""

    def recorder(self, variant: str, ledger: Ledger) -> Recorder:
        """Where the calls of this process are taken down."""

    def read(self) -> None:
        """Bring the ledgers nearly up to now. Waits for nothing."""

    def catch_up(self) -> str | None:
        """Bring the ledgers up to now. Returns why that is not possible, in words, or None."""

    def begin(self, seconds: float) -> None:
        """Wait until no call is in flight that this process has not seen begin, at most so many seconds.

        Calls are refused until `open`.
        """

    def begin_anew(self) -> None:
        """Nothing that was taken down before counts any more. Calls are refused, and none is in flight."""

    def turn(self, dials: DialsJson) -> list[int]:
        """Tell all workers the settings of the dials. Returns the processes that did not follow."""

    def close(self, seconds: float) -> bool:
        """Refuse further calls and wait for those in flight. False if they did not end within so many seconds."""

    def open(self, run: int) -> None:
        """Accept calls again, in that run."""

    def workers(self) -> list[WorkerJson]:
        """The processes that serve; none but this one if the list is empty."""


class Alone:
    """This process serves all requests.

    Args:
        ledgers: by variant.
    """

    def __init__(self, ledgers: Mapping[str, Ledger]) -> None:
        self._ledgers = ledgers

    def recorder(self, variant: str, ledger: Ledger) -> Recorder:  # noqa: ARG002 - see `Deployment`
        """The ledger itself."""
        return ledger

    def read(self) -> None:
        """They are always up to now."""

    def catch_up(self) -> str | None:
        """They are."""
        return None

    def begin(self, seconds: float) -> None:
        """There are none."""

    def begin_anew(self) -> None:
        """The ledgers were emptied."""

    def turn(self, dials: DialsJson) -> list[int]:  # noqa: ARG002 - see `Deployment`
        """There is nobody to tell."""
        return []

    def close(self, seconds: float) -> bool:
        """See `Deployment`."""
        drained = [ledger.close(seconds) for ledger in self._ledgers.values()]  # each of them, also after a failure
        return all(drained)

    def open(self, run: int) -> None:  # noqa: ARG002 - see `Deployment`
        """See `Deployment`."""
        for ledger in self._ledgers.values():
            ledger.open(forget=False)

    def workers(self) -> list[WorkerJson]:
        """None but this process."""
        return []


class Judge:
    """This process judges what several workers do, and serves the page.

    Args:
        folder: of the deployment, where the workers find it.
        ledgers: by variant.
        split: whether each worker has sessions of its own, so that nothing can be judged.
    """

    def __init__(self, folder: Path, ledgers: Mapping[str, Ledger], split: bool = False) -> None:
        self._split = split
        self._folder = folder
        self._ledgers = ledgers
        self._control = Control(folder)
        self._merger = Merger(folder / "journals", ledgers)
        self._missed = ""
        self._journal: Journal | None = None
        self._lock = threading.Lock()

    def recorder(self, variant: str, ledger: Ledger) -> Recorder:  # noqa: ARG002 - see `Deployment`
        """A journal of its own: cleanup that the judge runs is one of many."""
        if self._journal is None:
            self._journal = Journal(self._folder / "journals")
        return self._journal.ledger(variant)

    def read(self) -> None:
        """See `Deployment`."""
        with self._lock:
            self._merger.read()

    def catch_up(self) -> str | None:
        """See `Deployment`. Waits a moment for what was written a moment ago."""
        if self._split:
            self.read()
            return SPLIT
        deadline = time.monotonic() + 20 * PAUSE
        while True:
            with self._lock:
                self._merger.read()
                in_flight = any(ledger.totals().in_flight for ledger in self._ledgers.values())
                settled, doubts = self._merger.settled(), self._merger.doubts()
            if self._missed or doubts:
                return " ".join([*filter(None, [self._missed]), *doubts]).rstrip(".")
            if settled or in_flight:
                return None
            if time.monotonic() > deadline:
                return "a worker has not written down all of its calls yet"
            time.sleep(PAUSE)

    def begin(self, seconds: float) -> None:
        """See `Deployment`. An earlier judge may have died, and taken along what it knew of calls in flight."""
        number, deadline = self._control.write(closed=True), time.monotonic() + seconds
        while time.monotonic() < deadline:
            if all(told.followed >= number and not told.told.get("in_flight", 1) for told in workers(self._folder)):
                break
            time.sleep(PAUSE)
        else:
            self._missed = MISSED
        self._merge_from_now_on()

    def begin_anew(self) -> None:
        """See `Deployment`."""
        self._missed = ""
        self._merge_from_now_on()

    def _merge_from_now_on(self) -> None:
        with self._lock:
            self._merger = Merger(self._folder / "journals", self._ledgers, time.monotonic_ns())

    def turn(self, dials: DialsJson) -> list[int]:
        """See `Deployment`."""
        return self._until_followed(self._control.write(dials=Dialled(**dials)))

    def close(self, seconds: float) -> bool:
        """See `Deployment`. A call that has begun by then is seen here, and a later one sees that it is refused."""
        self._control.write(closed=True)
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            self.read()
            with self._lock:
                drained = self._merger.settled()
            if drained and not any(ledger.totals().in_flight for ledger in self._ledgers.values()):
                return True
            time.sleep(PAUSE)
        return False

    def open(self, run: int) -> None:
        """See `Deployment`."""
        self._control.write(closed=False, run=run)

    def workers(self) -> list[WorkerJson]:
        """See `Deployment`."""
        with self._lock:
            acknowledged = self._merger.acknowledged()
        return [
            {
                "pid": told.pid,
                "threads": told.told.get("threads", 0),
                "silent_s": round(told.age, 3),
                "own": told.told.get("own", {}),
                "acknowledged": dict(acknowledged.get(told.pid, {})),
            }
            for told in workers(self._folder)
        ]

    def _until_followed(self, number: int) -> list[int]:
        deadline = time.monotonic() + FOLLOWED_SECONDS
        while True:
            behind = [told.pid for told in workers(self._folder) if told.followed < number]
            if not behind or time.monotonic() > deadline:
                return behind
            time.sleep(PAUSE)


class GatedLedger(JournalLedger):
    """A worker's journal, closed while the lab is being reset."""

    def __init__(self, journal: Journal, variant: str, control: Control) -> None:
        super().__init__(journal, variant)
        self._control = control
        self._open: dict[int, None] = {}

    def begin(self, call: Call) -> None:
        """Write the beginning first and look then: either the judge sees the call, or the call sees the judge."""
        if self._control.is_closed():
            raise LabClosed
        self._open[id(call)] = None
        super().begin(call)
        if self._control.is_closed():
            self.end(call, "failed")
            raise LabClosed

    def end(self, call: Call, outcome: Outcome, injected: bool = False) -> None:
        """The call has ended."""
        super().end(call, outcome, injected)
        self._open.pop(id(call), None)

    def in_flight(self) -> int:
        """How many calls have begun and not ended."""
        return len(self._open)
