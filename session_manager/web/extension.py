"""The Flask extension: builds the managers from the configuration and owns their cleanup threads.

`app.extensions["session_manager"]` is a `Registered`. Building an app touches no file and starts no thread: databases
are opened and threads start in the process that serves, at its first request at the latest (see `life`).
"""

from __future__ import annotations

import logging
import weakref
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Protocol

from flask import Flask

from ..buggy import SessionManager as BuggyManager
from ..databases import CannotOpen, Claim, Database, DatabaseClaimed, DatabaseDials, NoClaim, Records, database_at
from ..fixed import SessionManager as FixedManager
from ..model import Manager, SessionError
from ..shared.companions import Companions
from ..shared.stores import ENGINES, SHARED, Place, SharedManager, companions_of, shared_manager
from ..state import State
from ..sync import RUNTIME, Dials, Signal, Task, ThreadRuntime
from .api import SessionApi
from .life import Life, Phase
from .settings import read_settings
from .surprises import Surprises

Subject = BuggyManager | FixedManager | SharedManager
log = logging.getLogger(__name__)
STOP_SECONDS = 5.0
"""How long `stop` waits for each cleanup thread."""
ITS_OWN_SECONDS = 2.0
"""For which a server may hold the claim of a connection that it has just ended."""


class Observer(Protocol):
    """An observer: gets each database and each manager once and returns its replacement."""

    def database(self, variant: str, database: Database) -> Database:
        """Called before the manager is built on `database`."""

    def records(self, variant: str, records: Records) -> Records:
        """The same for a manager over an engine that processes share."""

    def manager(self, variant: str, manager: Manager) -> Manager:
        """Called before anything calls `manager`."""

    def started(self) -> None:
        """Called when the stored sessions were taken over, and before any request."""

    def stopping(self) -> None:
        """Called before the cleanup threads end and the databases are closed."""


@dataclass
class Registered:
    """The state of the extension for one app.

    Attributes:
        managers: by variant, as all callers use them.
        default: the variant that answers at `/api`.
        dials, database_dials: may be changed at any time.
        cleanup_interval: seconds between two cycles; may be changed at any time.
        cleanup_cycles: how many were begun, by variant.
        database_kind: `sqlite`, `postgresql`, `memory`, `redis`; several if the variants differ.
        life: whether they run.
        companions: other labs that serve the sessions of a variant.
        recovered: how many stored sessions were taken over at the start, by variant.
    """

    managers: dict[str, Manager]
    subjects: dict[str, Subject]
    databases: dict[str, Records]
    claims: dict[str, Claim]
    default: str
    dials: Dials
    database_dials: DatabaseDials
    cleanup_interval: float
    database_kind: str
    companions: dict[str, Companions]
    observer: Observer | None = None
    cleanup_cycles: Counter[str] = field(default_factory=Counter)
    recovered: dict[str, int] = field(default_factory=dict)
    _stopping: Signal = field(default_factory=RUNTIME.signal)
    _tasks: list[Task] = field(default_factory=list)

    def __post_init__(self) -> None:
        """One cycle of a variant at a time; the dials do not affect its lock."""
        self._cleaning = {variant: ThreadRuntime().lock("cleaning", None) for variant in self.managers}
        self._surprises = {variant: Surprises() for variant in self.managers}
        self.life = Life(self._begin, self._end)

    @property
    def cache_ttl(self) -> float:
        """The TTL in seconds; the same for every variant."""
        return self.subjects[self.default].cache_ttl

    @cache_ttl.setter
    def cache_ttl(self, seconds: float) -> None:
        for subject in self.subjects.values():
            subject.cache_ttl = seconds

    def start(self, patience: float = 0.0) -> None:
        """Claim the databases, take over the stored sessions and start the cleanup threads.

        Args:
            patience: seconds to wait for another process that serves the same databases and is about to end.

        Raises:
            RuntimeError: they run already.
            DatabaseClaimed, CannotOpen: it cannot be; nothing was started.
        """
        self.life.start(patience)

    def stop(self, leaving: bool = False) -> None:
        """Stop the cleanup threads, wait for them, and close the databases.

        Args:
            leaving: the process ends at once. Its claims end with it and no earlier, because a request that hangs may
                still write.
        """
        self.life.stop()
        for claim in () if leaving else self.claims.values():
            claim.release()

    def _begin(self, patience: float) -> None:
        try:
            for claim in self.claims.values():
                claim.take(patience)
            for database in self.databases.values():
                database.open()
            with self._dials_at_rest():
                self.recovered = {variant: manager.recover() for variant, manager in self.managers.items()}
            if self.observer is not None:
                self.observer.started()
        except BaseException:
            self._close()
            raise
        self._stopping = RUNTIME.signal()
        for variant in self.managers:
            run = partial(self._clean_until, variant, self._stopping)
            self._tasks.append(RUNTIME.start(f"cleanup-{variant}", run))

    def _end(self) -> None:
        if self.observer is not None:
            self.observer.stopping()
        self._stopping.set()
        for task in self._tasks:
            task.join(STOP_SECONDS)
        self._tasks.clear()
        for database in self.databases.values():
            database.close()

    def _close(self) -> None:
        for database in self.databases.values():
            database.close()
        for claim in self.claims.values():
            claim.release()

    def clean(self, variant: str) -> None:
        """One cleanup cycle of a variant. Cycles run one at a time; an error ends this one and not the next."""
        with self._cleaning[variant]:
            self.cleanup_cycles[variant] += 1
            try:
                self.managers[variant].run_cleanup()
            except SessionError as error:
                log.debug("A cleanup cycle of %s ended early: %s", variant, error)
            except Exception as error:
                if self._surprises[variant].is_new(error):
                    log.exception("A cleanup cycle of %s failed; the next one starts as usual.", variant)

    def clear(self, variant: str) -> None:
        """Delete all sessions of a variant. No request may be in flight."""
        with self._cleaning[variant], self._dials_at_rest():
            self.managers[variant].clear()

    @contextmanager
    def _dials_at_rest(self) -> Iterator[None]:
        """Switch the dials off for the lab's own work."""
        window, fault_rate = self.dials.window, self.dials.fault_rate
        self.dials.turn(0, 0)
        try:
            yield
        finally:
            self.dials.turn(window, fault_rate)

    def _clean_until(self, variant: str, stopping: Signal) -> None:
        """Wait and clean in turn. Waits in short sleeps, so that a changed dial takes effect at once."""
        waited = 0.0
        while not stopping.wait(nap := min(0.1, self.cleanup_interval)):
            waited += nap
            if waited >= self.cleanup_interval:
                waited = 0.0
                self._keep(self.claims[variant])
                self.clean(variant)

    def _keep(self, claim: Claim) -> None:
        """Take a claim again that a restarted server has forgotten. If another process was faster, this one ends."""
        if not claim.holds():
            try:
                claim.take(ITS_OWN_SECONDS)
            except CannotOpen:
                """The server is away: nobody can have it."""
            except DatabaseClaimed as error:
                self.life.lose(str(error))


def _kind(variant: str, url: str) -> str:
    """What keeps the sessions of a variant, as the URL of it begins."""
    begins = ENGINES[SHARED[variant]][0] if variant in SHARED else url
    return begins.partition(":")[0].partition("+")[0]


_owners: list[weakref.ref[Registered]] = []


def _refuse_globals_in_use() -> None:
    """The module's three globals and the runtime's dials belong to one app of a process.

    Raises:
        RuntimeError: another app has them.
    """
    owner = _owners[-1]() if _owners else None
    if owner is not None and owner.life.phase is not Phase.ENDED:
        raise RuntimeError(
            "Another app of this process uses the globals of session_manager: the two would share their sessions and "
            "dials. Set SESSION_MANAGER_GLOBAL to false for this app, or stop the other one first: "
            'app.extensions["session_manager"].stop().'
        )


class SessionManagers:
    """The extension. `SessionManagers().init_app(app)`, or `SessionManagers(app)`.

    Args:
        app: registered at once if given.
        observer: looks on.
        name: of the server, if it outlives this process: others on the same engine then take its next one for the same.
    """

    def __init__(self, app: Flask | None = None, observer: Observer | None = None, name: str = "") -> None:
        self._observer = observer
        self._name = name
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Build the managers and register their routes.

        Raises:
            RuntimeError: the app has session managers already, or wants the globals of another app.
            ValueError: a configuration key is not known, or its value makes no sense.
        """
        if "session_manager" in app.extensions:
            raise RuntimeError("This app has session managers already. Call init_app once per app.")
        settings = read_settings(app.config)
        if settings["GLOBAL"]:
            _refuse_globals_in_use()
        app.extensions["session_manager"] = registered = self._build(app, settings)
        if settings["GLOBAL"]:
            _owners[:] = [weakref.ref(registered)]
        app.before_request(registered.life.ensure)
        for variant, manager in registered.managers.items():
            app.register_blueprint(SessionApi(manager).blueprint(f"{variant}_api"), url_prefix=f"/{variant}")
        default = registered.managers[registered.default]
        app.register_blueprint(SessionApi(default).blueprint("default_api"))

    def _build(self, app: Flask, settings: dict[str, Any]) -> Registered:
        dials = RUNTIME.dials if settings["GLOBAL"] else Dials()
        dials.turn(settings["WINDOW"], settings["FAULT_RATE"])
        if settings["SEED"] is not None:
            dials.reseed(settings["SEED"])
        runtime = RUNTIME if settings["GLOBAL"] else ThreadRuntime(dials)
        database_dials = DatabaseDials(settings["DB_LATENCY"])
        url = settings["DATABASE"].replace("{instance}", app.instance_path)
        limits = {"cache_ttl": settings["CACHE_TTL"], "max_sessions": settings["MAX_SESSIONS"]}
        urls = {"redis": settings["REDIS"], "postgres": settings["POSTGRES"]}
        place = Place(urls, settings["PREFIX"], settings["SHARDS"], lifetime=settings["LIFETIME"], **limits)
        databases: dict[str, Records] = {}
        claims: dict[str, Claim] = {}
        subjects: dict[str, Subject] = {}
        managers: dict[str, Manager] = {}
        for variant in settings["VARIANTS"]:
            if variant in SHARED:
                look = partial(self._observer.records, variant) if self._observer else None
                subjects[variant], databases[variant] = shared_manager(variant, place, runtime, database_dials, look)
                claims[variant] = NoClaim()
            else:
                # The databases get their own runtime: the dials are for the managers' locks.
                database, claims[variant] = database_at(url, variant, ThreadRuntime(), database_dials)
                database = self._observer.database(variant, database) if self._observer else database
                databases[variant] = database
                if variant == "buggy":
                    state = None if settings["GLOBAL"] else State.private(runtime)
                    subjects[variant] = BuggyManager(database, state, runtime, **limits)
                else:
                    subjects[variant] = FixedManager(database, runtime, **limits)
            subject = subjects[variant]
            managers[variant] = self._observer.manager(variant, subject) if self._observer else subject
        kinds = [_kind(variant, url) for variant in settings["VARIANTS"]]
        return Registered(
            managers,
            subjects,
            databases,
            claims,
            settings["DEFAULT"],
            dials,
            database_dials,
            settings["CLEANUP_INTERVAL"],
            database_kind=" and ".join(dict.fromkeys(kinds)),
            companions=companions_of(settings["VARIANTS"], place, ThreadRuntime(), self._name),
            observer=self._observer,
        )
