"""The lab of one app: variants under observation, sampler, verdict, dials, bursts. `app.extensions["racelab"]`."""

from __future__ import annotations

import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from flask import Flask

from session_manager.databases import Database, Records
from session_manager.model import Manager
from session_manager.web.extension import Registered

from ..promises import steady
from ..promises.history import History
from ..promises.ledger import Ledger
from ..traffic import TRAFFIC
from .burst import Burst, Client, Order
from .census import Censuses
from .dials import RACE_DIALS, check_dial
from .events import Events
from .json_types import DialsJson, EnvironmentJson, SampledJson, StatusJson, VerdictJson, WorkerJson
from .kept.folder import Kept
from .kept.keeper import Keeper
from .lease import Lease
from .memory import Memory
from .neighbours import Neighbours
from .observed import Observed
from .runs import Runs
from .sampler import Sampler
from .workers.deployment import Alone, Deployment, Judge

DRAIN_SECONDS = 10.0
SETTLE_SECONDS = 20.0


class LabBusy(Exception):
    """The request cannot be served now; the message gives the reason and the next step."""


class Lab:
    """The interface for the page and the load tools, and the observer of the session managers.

    Made first, handed to `SessionManagers` as observer, then attached to the app.

    Args:
        most_megabytes: of memory, beyond which nothing more is stored; 0 for no limit.
        folder: of a deployment of several workers, which this process judges; None if it serves alone.
        split: whether each of them has sessions of its own.
        events: the log; silent if none is given.
        runs: the folder in which runs outlive the server; None keeps them in memory only.
    """

    def __init__(
        self,
        most_megabytes: int = 0,
        folder: Path | None = None,
        split: bool = False,
        events: Events | None = None,
        runs: Path | None = None,
    ) -> None:
        self._split = split
        self.events = events or Events()
        self.memory = Memory(most_megabytes)
        self.boot = secrets.token_hex(4)
        self.variants: dict[str, Observed] = {}
        self._ledgers: dict[str, Ledger] = {}
        self._deployment: Deployment = Judge(folder, self._ledgers, split) if folder else Alone(self._ledgers)
        kept = Kept(runs, self.boot, self.events)
        self.runs = Runs(self.variants, self._deployment.catch_up, self.events, self.boot, kept)
        self._keeper = Keeper(self._keep)
        self.sampler = Sampler(self._sample, events=self.events)
        self._lease = Lease()
        self._controlling, self._noting = threading.Lock(), threading.Lock()
        self._stopping = threading.Event()
        self._settling: threading.Thread | None = None
        self._threads = 0
        self._asked: dict[str, float] = {}
        self._started_at = steady.now()

    def database(self, variant: str, database: Database) -> Database:
        """Called by the extension: observe a database."""
        return self._observed(variant, database).watch_database(database)

    def records(self, variant: str, records: Records) -> Records:
        """The same for a manager over an engine that processes share."""
        return self._observed(variant, records).watch_records()

    def manager(self, variant: str, manager: Manager) -> Manager:
        """Called by the extension: observe a manager."""
        return self.variants[variant].watch_manager(manager)

    def _observed(self, variant: str, records: Records) -> Observed:
        self._ledgers[variant] = ledger = Ledger(history=History())
        recorder = self._deployment.recorder(variant, ledger)
        self.variants[variant] = Observed(variant, records, self.memory, ledger, recorder, self.events)
        return self.variants[variant]

    def attach(self, app: Flask, wire: Callable[[], AbstractContextManager[Client]] | None = None) -> None:
        """Belong to an app that has its session managers.

        Args:
            wire: makes the client of a user of the page's load; without it, one that calls the app's own routes.
        """
        app.extensions["racelab"] = self
        self.sessions: Registered = app.extensions["session_manager"]
        self.burst = Burst(wire or (lambda: nullcontext(app.test_client())), self._before_burst, self._after_burst)
        self._neighbours = Neighbours(self.sessions.companions)
        self.censuses = Censuses(self.variants, self._deployment.catch_up, self._neighbours)
        self._highest, self._noted = dict[str, float](), 0

    def start(self, threads: int, patience: float = 0.0) -> None:
        """Take over the stored sessions and start all threads, before the first request does.

        Args:
            threads: the number of request threads of the server, for the environment.
            patience: see `Registered.start`.
        """
        self._threads = threads
        self.sessions.start(patience)

    def started(self) -> None:
        """Called by the extension: it has taken over the stored sessions."""
        self._stopping.clear()
        self.runs.open()
        self._deployment.begin(DRAIN_SECONDS)
        self._deployment.turn(self.dials())
        for variant in self.variants.values():
            variant.started()
        self._deployment.open(self.runs.run)
        self._neighbours.start()
        self.sampler.start()
        if self.runs.outlive:
            self._keeper.start()
        self.runs.begun()

    def stop(self, leaving: bool = False) -> None:
        """Stop all threads and wait for them; see `Registered.stop`."""
        self.sessions.stop(leaving)

    def stopping(self) -> None:
        """Called by the extension: it is about to end."""
        self._stopping.set()
        self._keeper.stop()
        self.burst.stop(wait=5.0)
        if self._settling is not None:
            self._settling.join(5.0)
        self.sampler.stop()
        self.runs.close(self._busy(), self.environment())
        self._neighbours.stop()

    @staticmethod
    def now() -> float:
        """Unix time."""
        return steady.now()

    def environment(self) -> EnvironmentJson:
        """The conditions of this run. Window and fault rate are the maxima of the run."""
        self._note_dials()
        race_dials = self._highest or self.dials()
        return {
            "python": ".".join(map(str, sys.version_info[:3])),
            "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
            "switch_interval_ms": sys.getswitchinterval() * 1000,
            "threads": self._threads,
            "workers": max(1, len(self._deployment.workers())),
            "pid": os.getpid(),
            "window_ms": race_dials["window_ms"],
            "fault_rate": race_dials["fault_rate"],
            "database": self.sessions.database_kind,
        }

    def dials(self) -> DialsJson:
        """The present settings of the dials."""
        return {
            "window_ms": round(self.sessions.dials.window * 1000, 6),
            "fault_rate": self.sessions.dials.fault_rate,
            "db_latency_ms": round(self.sessions.database_dials.latency * 1000, 6),
            "cache_ttl_s": self.sessions.cache_ttl,
            "cleanup_interval_s": self.sessions.cleanup_interval,
        }

    def turn(self, wanted: dict[str, float]) -> DialsJson:
        """Set some dials. Returns all of them.

        Raises:
            ValueError: a dial is unknown or a value is out of range; no dial was changed.
        """
        for name, value in wanted.items():
            check_dial(name, value)
        with self._controlling:
            self._turn(wanted)
            self._asked |= wanted
        return self.dials()

    def lease(self, seconds: object, users: object = 0, begins: object = False, kind: object = "") -> bool:
        """Borrow the dials for some seconds: see `Lease`. Returns whether the load is asked to stop.

        Raises:
            ValueError: see `Lease.take`.
        """
        with self._controlling:
            return self._lease.take(seconds, self.dials, users, begins is True, kind)

    def stop_load(self) -> None:
        """Stop the page's load, and ask one from outside to stop."""
        self.burst.stop()
        self._lease.ask_to_stop()

    def catch_up(self) -> None:
        """Bring the ledgers up to now, with what other processes have written down."""
        self._deployment.catch_up()

    def _sample(self) -> dict[str, SampledJson]:
        """One sample; and the dials of a load that has died go back."""
        if self._controlling.acquire(blocking=False):  # or at the next sample
            try:
                if (before := self._lease.run_out()) is not None:
                    self._turn({"window_ms": 0.0, "fault_rate": 0.0}, before)
            finally:
                self._controlling.release()
        self.memory.measure()
        self._deployment.read()
        at, read = steady.now(), {name: variant.look() for name, variant in self.variants.items()}
        self.runs.note(at, read, self._lease.outside(), self.dials())
        return read

    def _keep(self) -> None:
        """Keep the present run, if it came to rest since the last time; and what could not be kept before."""
        self.runs.keep_again()
        if not self._lease.outside() and not self.burst.running() and self.runs.is_unkept():
            self.runs.keep(self.verdict())

    def _busy(self) -> str | None:
        return "a load is running" if self.burst.running() else self._neighbours.reason()

    def status(self) -> StatusJson:
        """The state for the page, beside samples and verdict."""
        cycles = self.sessions.cleanup_cycles
        self._deployment.read()
        return {
            "run": self.runs.run,
            "boot": self.boot,
            "started_at": self.runs.started_at,
            "uptime_s": steady.now() - self._started_at,
            "environment": self.environment(),
            "dials": self.dials(),
            "burst": self.burst.progress(),
            "outside": self._lease.outside(),
            "variants": {n: {**v.status(), "cleanup_cycles": cycles[n]} for n, v in self.variants.items()},
            "workers": self.workers(),
            "runs": [{"run": run["run"], "ended_at": run["ended_at"]} for run in self.runs.ended()],
            "unkept": self.runs.trouble(),
            "alike": self.runs.loads.are_alike({*self.variants}),
        }

    def workers(self) -> list[WorkerJson]:
        """The processes that serve, beside this one. Asks no engine."""
        return self._deployment.workers()

    def verdict(self) -> VerdictJson:
        """The verdict on the present run."""
        return self.runs.verdict(self._busy(), self.environment())

    def settle(self) -> None:
        """Set added delay and faults to 0, and run cleanup cycles until they change nothing more (20 s at most)."""
        with self._controlling:
            self._turn({"window_ms": 0.0, "fault_rate": 0.0})
        deadline = time.monotonic() + SETTLE_SECONDS
        while time.monotonic() < deadline:
            for name in self.variants:
                self.sessions.clean(name)
            if not any(variant.waiting_for() for variant in self.variants.values()) or self._stopping.wait(0.05):
                return

    def settle_soon(self) -> None:
        """The same in the background; requests during it turn the dials down again, and start no second one."""
        self.turn({"window_ms": 0.0, "fault_rate": 0.0})
        with self._controlling:
            if self._settling is None or not self._settling.is_alive():
                self._settling = threading.Thread(target=self.settle, name="settle", daemon=True)
                self._settling.start()

    def reset(self) -> int:
        """End the run, forget all sessions, begin a new one. Returns its number.

        Raises:
            LabBusy: requests in flight did not end in time; nothing was changed.
        """
        if self._split:
            raise LabBusy("Each process has its own sessions, and a new run reaches none of them. Restart the server.")
        self.burst.stop(wait=DRAIN_SECONDS)
        with self._controlling:
            try:
                if not self._deployment.close(DRAIN_SECONDS):
                    raise LabBusy(f"Requests were still in flight after {DRAIN_SECONDS:.0f} s. Stop the load first.")
                return self.runs.end_run(self._neighbours.reason(), self.environment(), self._start_anew)
            finally:
                self._deployment.open(self.runs.run)

    def _start_anew(self, begun: Callable[[], None]) -> None:
        for name, variant in self.variants.items():
            self.sessions.clear(name)
            begun()
            variant.forget()
        self._deployment.begin_anew()
        self._highest, self._noted = {}, 0

    def _before_burst(self, order: Order) -> None:
        with self._controlling:  # while a run is begun anew, the dials are at rest for a moment
            self._dials_before, self._asked = self.dials(), {}
            if not order.use_dials:
                self._turn(TRAFFIC[order.kind].dialled.to_json())
            self._load = self.runs.loads.begin(order, self.dials())

    def _after_burst(self) -> None:
        self.runs.loads.end(self._load)
        self.settle()
        with self._controlling:
            self._turn(self._asked, self._dials_before)  # what a person has turned meanwhile stays

    def _turn(self, wanted: Mapping[str, float], others: DialsJson | None = None) -> None:
        """Set the wanted dials; and the others as given, or leave them."""
        self._note_dials()
        now = others or self.dials()
        window_ms, fault_rate = wanted.get("window_ms", now["window_ms"]), wanted.get("fault_rate", now["fault_rate"])
        self.sessions.dials.turn(window_ms / 1000, fault_rate)
        self.sessions.database_dials.latency = wanted.get("db_latency_ms", now["db_latency_ms"]) / 1000
        self.sessions.cache_ttl = wanted.get("cache_ttl_s", now["cache_ttl_s"])
        self.sessions.cleanup_interval = wanted.get("cleanup_interval_s", now["cleanup_interval_s"])
        if behind := self._deployment.turn(self.dials()):
            raise LabBusy(f"Worker {' and '.join(map(str, behind))} did not follow; the others have the new settings.")

    def _note_dials(self) -> None:
        """Remember the maximum settings of this run: a verdict is read together with them.

        Called before each change of a dial and before each evaluation, so the dials have not changed in between.
        """
        with self._noting:
            begun = sum(variant.ledger.begun for variant in self.variants.values())
            if begun != self._noted or any(variant.ledger.totals().in_flight for variant in self.variants.values()):
                dials = self.dials()
                self._highest = {name: max(self._highest.get(name, 0.0), dials[name]) for name in RACE_DIALS}
                self._noted = begun
