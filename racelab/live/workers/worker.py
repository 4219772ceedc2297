"""One of several workers: it serves the managers and writes down what its calls do. The judge does the rest."""

from __future__ import annotations

import threading
from pathlib import Path

from flask import Flask

from session_manager.databases import Database, Records
from session_manager.model import Manager
from session_manager.web.extension import Registered

from ...promises.journal import Journal
from ..events import Events
from ..json_types import OwnCountsJson
from ..memory import Memory
from ..watch import CurrentCall, WatchedDatabase, WatchedManager, WatchedRecords
from .control import Control, Note, Order
from .deployment import GatedLedger

PAUSE = 0.1
"""Seconds between two looks at what the judge says."""


class Worker:
    """The observer of the managers in a worker. See `Lab`, which has the same methods for the server.

    Args:
        folder: of the deployment.
        most_megabytes: see `Memory`.
        events: the log.
    """

    def __init__(self, folder: Path, most_megabytes: int, events: Events) -> None:
        self.events = events
        self._folder = folder
        self.memory = Memory(most_megabytes)
        self._control = Control(folder)
        self._recorders: dict[str, tuple[GatedLedger, CurrentCall]] = {}
        self._journal: Journal | None = None
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._threads = 0
        self._local: list[str] = []

    def database(self, variant: str, database: Database) -> Database:
        """Called by the extension: observe a database, of a manager that keeps its sessions in its memory."""
        self._local.append(variant)
        return WatchedDatabase(database, *self._recorder(variant))

    def records(self, variant: str, records: Records) -> Records:
        """The same for a manager over an engine that processes share."""
        return WatchedRecords(records, *self._recorder(variant))

    def manager(self, variant: str, manager: Manager) -> Manager:
        """Called by the extension: observe a manager."""
        return WatchedManager(manager, *self._recorder(variant), self.memory, self.events, variant)

    def attach(self, app: Flask) -> None:
        """Belong to an app that has its session managers."""
        app.extensions["racelab"] = self
        self.sessions: Registered = app.extensions["session_manager"]

    def start(self, threads: int, patience: float = 0.0) -> None:
        """Open the engines and follow the judge, before the first request does. See `Lab.start`."""
        self._threads = threads
        self.sessions.start(patience)

    def started(self) -> None:
        """Called by the extension: the engines answer."""
        self._stopping.clear()
        self._note = Note(self._folder)
        self._follow(self._control.read())
        self._thread = threading.Thread(target=self._run, name="follow-the-judge", daemon=True)
        self._thread.start()

    def stop(self, leaving: bool = False) -> None:
        """Stop all threads and wait for them; see `Registered.stop`."""
        self.sessions.stop(leaving)

    def stopping(self) -> None:
        """Called by the extension: it is about to end."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(5)
        self._note.close()

    def run(self) -> int:
        """The number of the present run."""
        return self._control.read().run

    def _recorder(self, variant: str) -> tuple[GatedLedger, CurrentCall]:
        """Made in the process that serves: a journal belongs to one."""
        if self._journal is None:
            self._journal = Journal(self._folder / "journals")
        if variant not in self._recorders:
            self._recorders[variant] = GatedLedger(self._journal, variant, self._control), CurrentCall()
        return self._recorders[variant]

    def _run(self) -> None:
        while not self._stopping.wait(PAUSE):
            self.memory.measure()
            self._follow(self._control.read())

    def _follow(self, order: Order) -> None:
        if order.number:
            dials = order.dials
            self.sessions.dials.turn(dials.window_ms / 1000, dials.fault_rate)
            self.sessions.database_dials.latency = dials.db_latency_ms / 1000
            self.sessions.cache_ttl = dials.cache_ttl_s
            self.sessions.cleanup_interval = dials.cleanup_interval_s
        in_flight = sum(recorder.in_flight() for recorder, _ in self._recorders.values())
        self._note.write(order.number, {"threads": self._threads, "own": self._own(), "in_flight": in_flight})

    def _own(self) -> dict[str, OwnCountsJson]:
        """What this process counts, of the managers that it shares with no other."""
        counts = {name: self.sessions.managers[name].counts() for name in self._local}
        return {n: {"store": c.store, "statistics": c.statistics, "queue": c.queue} for n, c in counts.items()}
