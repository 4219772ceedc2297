"""The Flask extension: builds the managers from the configuration and owns their cleanup threads.

`app.extensions["session_manager"]` is a `Registered`. Threads start when `Registered.start` is called, in the process
that serves, and never in `create_app`: a thread made at import would stay behind in gunicorn's master, and
`flask routes` and the reloader import the app too.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from flask import Flask

from ..buggy import SessionManager as BuggyManager
from ..databases import Database, DatabaseDials, open_database
from ..fixed import SessionManager as FixedManager
from ..model import Manager, SessionError
from ..state import State
from ..sync import RUNTIME, Dials, Signal, Task, ThreadRuntime
from .api import SessionApi
from .settings import read_settings

log = logging.getLogger(__name__)


class Observer(Protocol):
    """An observer: gets each database and each manager once and returns its replacement."""

    def database(self, variant: str, database: Database) -> Database:
        """Called before the manager is built on `database`."""

    def manager(self, variant: str, manager: Manager) -> Manager:
        """Called before anything calls `manager`."""


@dataclass
class Registered:
    """The state of the extension for one app.

    Attributes:
        managers: by variant, as all callers use them.
        default: the variant that answers at `/api`.
        dials, database_dials: may be changed at any time.
        cleanup_interval: seconds between two cycles; may be changed at any time.
        cleanup_cycles: how many were begun, by variant.
        database_kind: `sqlite`, `postgresql`, `memory`.
    """

    managers: dict[str, Manager]
    subjects: dict[str, BuggyManager | FixedManager]
    databases: dict[str, Database]
    default: str
    dials: Dials
    database_dials: DatabaseDials
    cleanup_interval: float
    database_kind: str
    cleanup_cycles: Counter[str] = field(default_factory=Counter)
    _stopping: Signal = field(default_factory=RUNTIME.signal)
    _tasks: list[Task] = field(default_factory=list)

    def __post_init__(self) -> None:
        """One cycle of a variant at a time; the dials do not affect its lock."""
        self._cleaning = {variant: ThreadRuntime().lock("cleaning", None) for variant in self.managers}

    @property
    def cache_ttl(self) -> float:
        """The TTL in seconds; the same for every variant."""
        return self.subjects[self.default].cache_ttl

    @cache_ttl.setter
    def cache_ttl(self, seconds: float) -> None:
        for subject in self.subjects.values():
            subject.cache_ttl = seconds

    def start(self) -> dict[str, int]:
        """Take over the stored sessions and start the cleanup threads. Returns sessions recovered by variant.

        Raises:
            RuntimeError: they run already.
        """
        if self._tasks:
            raise RuntimeError("The cleanup threads of this app are running already.")
        self._stopping = RUNTIME.signal()
        with self._dials_at_rest():
            recovered = {variant: manager.recover() for variant, manager in self.managers.items()}
        for variant in self.managers:
            run = partial(self._clean_until, variant, self._stopping)
            self._tasks.append(RUNTIME.start(f"cleanup-{variant}", run))
        return recovered

    def stop(self, timeout: float = 5.0) -> None:
        """Stop the cleanup threads, wait for them at most `timeout` seconds each, and close the databases."""
        self._stopping.set()
        for task in self._tasks:
            task.join(timeout)
        self._tasks.clear()
        for database in self.databases.values():
            database.close()

    def clean(self, variant: str) -> None:
        """One cleanup cycle of a variant. Cycles run one at a time; an error ends this one and not the next."""
        with self._cleaning[variant]:
            self.cleanup_cycles[variant] += 1
            try:
                self.managers[variant].run_cleanup()
            except SessionError as error:
                log.debug("A cleanup cycle of %s ended early: %s", variant, error)
            except Exception:
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
                self.clean(variant)


class SessionManagers:
    """The extension. `SessionManagers().init_app(app)`, or `SessionManagers(app)`.

    Args:
        app: registered at once if given.
        observer: looks on.
    """

    def __init__(self, app: Flask | None = None, observer: Observer | None = None) -> None:
        self._observer = observer
        if app is not None:
            self.init_app(app)

    def init_app(self, app: Flask) -> None:
        """Build the managers and register their routes.

        Raises:
            RuntimeError: the app has session managers already.
            ValueError: a configuration key is not known, or its value makes no sense.
        """
        if "session_manager" in app.extensions:
            raise RuntimeError("This app has session managers already. Call init_app once per app.")
        settings = read_settings(app.config)
        registered = self._build(app, settings)
        app.extensions["session_manager"] = registered
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
        url = _with_instance(app, settings["DATABASE"])
        databases: dict[str, Database] = {}
        subjects: dict[str, BuggyManager | FixedManager] = {}
        managers: dict[str, Manager] = {}
        for variant in settings["VARIANTS"]:
            # The databases get their own runtime: the dials are for the managers' locks.
            database = open_database(url, variant, ThreadRuntime(), database_dials)
            databases[variant] = self._observer.database(variant, database) if self._observer else database
            limits = {"cache_ttl": settings["CACHE_TTL"], "max_sessions": settings["MAX_SESSIONS"]}
            if variant == "buggy":
                state = None if settings["GLOBAL"] else State.private(runtime)
                subjects[variant] = BuggyManager(databases[variant], state, runtime, **limits)
            else:
                subjects[variant] = FixedManager(databases[variant], runtime, **limits)
            subject = subjects[variant]
            managers[variant] = self._observer.manager(variant, subject) if self._observer else subject
        return Registered(
            managers,
            subjects,
            databases,
            settings["DEFAULT"],
            dials,
            database_dials,
            settings["CLEANUP_INTERVAL"],
            database_kind=url.split(":", 1)[0].split("+", 1)[0],
        )


def _with_instance(app: Flask, url: str) -> str:
    """Put the app's instance folder into the URL, and make the folder."""
    if "{instance}" not in url:
        return url
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    return url.replace("{instance}", app.instance_path)
