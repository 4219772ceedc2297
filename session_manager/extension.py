"""The Flask extension: builds the managers from the configuration and owns their cleanup threads.

`app.extensions["session_manager"]` is a `Registered`. Threads start when `Registered.start` is called, in the process
that serves, and never in `create_app`: a thread made at import would stay behind in gunicorn's master, and
`flask routes` and the reloader import the app too.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from flask import Flask

from . import buggy, fixed
from .api import Limits, SessionApi
from .databases import Database, DatabaseDials, open_database
from .model import Manager, SessionError
from .state import State
from .sync import RUNTIME, Dials, Guarded, Signal, Task, ThreadRuntime

log = logging.getLogger(__name__)

PREFIX = "SESSION_MANAGER_"
DEFAULTS: dict[str, Any] = {
    "VARIANTS": ("buggy", "fixed"),  # which managers stand side by side
    "DEFAULT": "buggy",  # which of them answers at /api
    "DATABASE": "sqlite:///{instance}/{variant}.sqlite",  # memory://, or any SQLAlchemy URL
    "DB_LATENCY": 0.010,  # seconds until an answer of the database arrives
    "CACHE_TTL": 60.0,  # seconds after which a session is refreshed when read
    "CLEANUP_INTERVAL": 300.0,  # seconds between two cleanup cycles
    "MAX_SESSIONS": 100_000,  # open and waiting for cleanup; beyond it a login gets 503
    "WINDOW": 0.0,  # seconds: the longest nap after each release of a lock
    "FAULT_RATE": 0.0,  # the chance that an operation dies there
    "SEED": None,  # of the two dials' chance
    "GLOBAL": True,  # whether the buggy manager uses the module's three globals, or a state of its own
}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")


CHECKS: dict[str, tuple[Callable[[Any], bool], str]] = {
    "VARIANTS": (lambda v: bool(v) and set(v) <= {"buggy", "fixed"}, "'buggy', 'fixed' or both"),
    "DATABASE": (lambda v: isinstance(v, str) and "://" in v, "a URL"),
    "DB_LATENCY": (lambda v: _is_number(v) and v >= 0, "a number of seconds, 0 or more"),
    "CACHE_TTL": (lambda v: _is_number(v) and v >= 0, "a number of seconds, 0 or more"),
    "CLEANUP_INTERVAL": (lambda v: _is_number(v) and v >= 0.01, "a number of seconds, 0.01 or more"),
    "MAX_SESSIONS": (lambda v: isinstance(v, int) and v > 0, "a whole number above 0"),
    "WINDOW": (lambda v: _is_number(v) and v >= 0, "a number of seconds, 0 or more"),
    "FAULT_RATE": (lambda v: _is_number(v) and 0 <= v <= 1, "a chance between 0 and 1"),
    "SEED": (lambda v: v is None or isinstance(v, int), "a whole number, or None"),
    "GLOBAL": (lambda v: isinstance(v, bool), "true or false"),
}


class Observer(Protocol):
    """Somebody who looks on: is given each database and each manager once and returns what is used in its place."""

    def database(self, variant: str, database: Database) -> Database:
        """Called before the manager is built on `database`."""

    def manager(self, variant: str, manager: Manager) -> Manager:
        """Called before anything calls `manager`."""


@dataclass
class Registered:
    """What the extension keeps for one app.

    Attributes:
        managers: by variant, as everybody is to call them.
        default: the variant that answers at `/api`.
        dials, database_dials: may be changed at any time.
        cleanup_interval: seconds between two cycles; may be changed at any time.
        cleanup_cycles: how many were begun, by variant.
        database_kind: `sqlite`, `postgresql`, `memory`.
    """

    managers: dict[str, Manager]
    subjects: dict[str, buggy.SessionManager | fixed.SessionManager]
    databases: dict[str, Database]
    default: str
    dials: Dials
    database_dials: DatabaseDials
    cleanup_interval: float
    database_kind: str
    cleanup_cycles: Counter[str] = field(default_factory=Counter)
    _cleaning: Guarded[None] = field(default_factory=lambda: ThreadRuntime().lock("cleaning", None))
    _stopping: Signal = field(default_factory=RUNTIME.signal)
    _tasks: list[Task] = field(default_factory=list)

    @property
    def cache_ttl(self) -> float:
        """Seconds after which a session is refreshed when read; the same for every variant."""
        return self.subjects[self.default].cache_ttl

    @cache_ttl.setter
    def cache_ttl(self, seconds: float) -> None:
        for subject in self.subjects.values():
            subject.cache_ttl = seconds

    def start(self) -> dict[str, int]:
        """Take over what is in the databases and start the cleanup threads. Returns sessions recovered by variant.

        Raises:
            RuntimeError: they run already.
        """
        if self._tasks:
            raise RuntimeError("The cleanup threads of this app run already.")
        self._stopping = RUNTIME.signal()
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
        with self._cleaning:
            self.cleanup_cycles[variant] += 1
            try:
                self.managers[variant].run_cleanup()
            except SessionError as error:
                log.debug("A cleanup cycle of %s ended early: %s", variant, error)
            except Exception:
                log.exception("A cleanup cycle of %s failed; the next one starts as usual.", variant)

    def clear(self) -> None:
        """Forget all sessions of all variants. No request may be under way. The dials rest meanwhile."""
        with self._cleaning:
            window, fault_rate = self.dials.window, self.dials.fault_rate
            self.dials.turn(0, 0)
            try:
                for manager in self.managers.values():
                    manager.clear()
            finally:
                self.dials.turn(window, fault_rate)

    def _clean_until(self, variant: str, stopping: Signal) -> None:
        """Wait and clean, by turns. Waits in short naps, so that a turned dial is felt at once."""
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
            raise RuntimeError("This app has its session managers already; init_app is called once per app.")
        settings = read_settings(app.config)
        registered = self._build(app, settings)
        app.extensions["session_manager"] = registered
        limits = Limits(sessions=settings["MAX_SESSIONS"])
        for variant, manager in registered.managers.items():
            app.register_blueprint(SessionApi(manager, limits).blueprint(f"{variant}_api"), url_prefix=f"/{variant}")
        default = registered.managers[registered.default]
        app.register_blueprint(SessionApi(default, limits).blueprint("default_api"))

    def _build(self, app: Flask, settings: dict[str, Any]) -> Registered:
        dials = RUNTIME.dials if settings["GLOBAL"] else Dials(seed=settings["SEED"])
        dials.turn(settings["WINDOW"], settings["FAULT_RATE"])
        runtime = RUNTIME if settings["GLOBAL"] else ThreadRuntime(dials)
        database_dials = DatabaseDials(settings["DB_LATENCY"])
        url = _with_instance(app, settings["DATABASE"])
        databases: dict[str, Database] = {}
        subjects: dict[str, buggy.SessionManager | fixed.SessionManager] = {}
        managers: dict[str, Manager] = {}
        for variant in settings["VARIANTS"]:
            # The databases get a runtime of their own: the dials are for the managers' locks.
            database = open_database(url, variant, ThreadRuntime(), database_dials)
            databases[variant] = self._observer.database(variant, database) if self._observer else database
            if variant == "buggy":
                state = None if settings["GLOBAL"] else State.private(runtime)
                subjects[variant] = buggy.SessionManager(databases[variant], state, runtime, settings["CACHE_TTL"])
            else:
                subjects[variant] = fixed.SessionManager(databases[variant], runtime, settings["CACHE_TTL"])
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


def read_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """The extension's settings, each checked.

    Raises:
        ValueError: with a sentence that says which key, why, and what would do.
    """
    unknown = {key for key in config if key.startswith(PREFIX)} - {PREFIX + name for name in DEFAULTS}
    if unknown:
        raise ValueError(f"Unknown setting {min(unknown)}. Known are: {', '.join(PREFIX + name for name in DEFAULTS)}.")
    settings = {name: config.get(PREFIX + name, default) for name, default in DEFAULTS.items()}
    settings["VARIANTS"] = tuple(settings["VARIANTS"])
    for name, (check, wanted) in CHECKS.items():
        if not check(settings[name]):
            raise ValueError(f"{PREFIX}{name} must be {wanted}; got {settings[name]!r}.")
    if settings["DEFAULT"] not in settings["VARIANTS"]:
        raise ValueError(f"{PREFIX}DEFAULT must be one of {settings['VARIANTS']}; got {settings['DEFAULT']!r}.")
    return settings


def _with_instance(app: Flask, url: str) -> str:
    """Put the app's instance folder into the URL, and make the folder."""
    if "{instance}" not in url:
        return url
    Path(app.instance_path).mkdir(parents=True, exist_ok=True)
    return url.replace("{instance}", app.instance_path)
