"""The Flask extension: one registration, settings that are checked, and threads that start and end when told."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from flask import Flask

from session_manager import SessionManagers, buggy, fixed
from session_manager.databases import Database, Records, SqlDatabase
from session_manager.model import InjectedFault, Manager
from session_manager.sync import RUNTIME
from session_manager.web.settings import DEFAULTS, PREFIX
from tests.subject.apps import Maker

PATIENCE = 20.0


class Watcher:
    """An observer that lets the test wait for cleanup cycles, and makes them fail."""

    def __init__(self) -> None:
        self.cycles = threading.Semaphore(0)
        self.removed: list[int] = []
        self.failure: Exception | None = None
        self.seen: list[tuple[str, str, str]] = []

    def database(self, variant: str, database: Database) -> Database:
        """Looks, and lets it be used."""
        self.seen.append(("database", variant, type(database).__name__))
        return database

    def records(self, variant: str, records: Records) -> Records:
        """As they are."""
        return records

    def started(self) -> None:
        """Not of interest."""

    def stopping(self) -> None:
        """Not of interest."""

    def manager(self, variant: str, manager: Manager) -> Manager:
        """Counts cleanup cycles."""
        self.seen.append(("manager", variant, type(manager).__module__))
        real = manager.run_cleanup

        def run_cleanup() -> int:
            try:
                if self.failure:
                    raise self.failure
                self.removed.append(real())
                return self.removed[-1]
            finally:
                self.cycles.release()

        manager.run_cleanup = run_cleanup  # type: ignore[method-assign]
        return manager

    def wait(self, cycles: int) -> None:
        """Until that many more cycles have ended."""
        for _ in range(cycles):
            assert self.cycles.acquire(timeout=PATIENCE)


def test_the_app_keeps_what_was_registered(make: Maker) -> None:
    """Both variants, the default, and everything that may be changed while it runs."""
    registered = make()
    assert list(registered.managers) == ["buggy", "fixed"]
    assert isinstance(registered.managers["buggy"], buggy.SessionManager)
    assert isinstance(registered.managers["fixed"], fixed.SessionManager)
    assert (registered.default, registered.cleanup_interval, registered.cache_ttl) == ("buggy", 300.0, 60.0)
    assert (registered.dials.window, registered.dials.fault_rate) == (0.0, 0.0)
    assert registered.databases["buggy"] is not registered.databases["fixed"]


def test_init_app_does_the_same_as_the_constructor() -> None:
    """And keeps no app: one object can serve several."""
    extension = SessionManagers()
    apps = [Flask("one"), Flask("two")]
    for app in apps:
        app.config.update({PREFIX + "DATABASE": "memory://", PREFIX + "GLOBAL": False})
        extension.init_app(app)
    one, two = (app.extensions["session_manager"] for app in apps)
    one.managers["buggy"].create_session("user_ann", "ann")
    assert two.managers["buggy"].get_active_count() == 0
    assert not any(isinstance(value, Flask) for value in vars(extension).values())


def test_a_second_registration_raises_and_changes_nothing() -> None:
    """Two sets of managers behind one app would be a riddle."""
    app = Flask("twice")
    app.config.update({PREFIX + "DATABASE": "memory://", PREFIX + "GLOBAL": False})
    SessionManagers(app)
    before, rules = app.extensions["session_manager"], list(app.url_map.iter_rules())
    with pytest.raises(RuntimeError, match="once per app"):
        SessionManagers(app)
    assert app.extensions["session_manager"] is before
    assert list(app.url_map.iter_rules()) == rules


def test_each_setting_reaches_what_it_is_for(make: Maker) -> None:
    """Dials, latency, time to live, interval."""
    registered = make(WINDOW=0.25, FAULT_RATE=0.5, DB_LATENCY=0.125, CACHE_TTL=7, CLEANUP_INTERVAL=9, DEFAULT="fixed")
    assert (registered.dials.window, registered.dials.fault_rate) == (0.25, 0.5)
    assert registered.database_dials.latency == 0.125
    assert [subject.cache_ttl for subject in registered.subjects.values()] == [7, 7]
    assert (registered.cleanup_interval, registered.default) == (9, "fixed")
    registered.cache_ttl = 3
    assert [subject.cache_ttl for subject in registered.subjects.values()] == [3, 3]


def test_the_same_seed_gives_the_same_faults(make: Maker) -> None:
    """The same of two hundred reads fail in two apps that have the same seed."""

    def deaths(shared: bool) -> list[bool]:
        registered = make(VARIANTS=["fixed"], DEFAULT="fixed", SEED=7, GLOBAL=shared)
        manager = registered.managers["fixed"]
        registered.dials.turn(0, 0.5)
        died = [dies(manager.get_stats) for _ in range(200)]
        registered.stop()
        return died

    for shared in (False, True):
        assert deaths(shared) == deaths(shared), shared


def dies(operation: Callable[[], object]) -> bool:
    """Whether the fault dial ended it."""
    try:
        operation()
    except InjectedFault:
        return True
    return False


def test_a_sqlite_file_for_each_variant_in_the_instance_folder(make: Maker, tmp_path: Path) -> None:
    """Each variant has a SQLite file in an instance folder that is created."""
    registered = make(DATABASE=DEFAULTS["DATABASE"], FAULT_RATE=1.0)
    assert not (tmp_path / "instance").exists()
    registered.start()
    assert all(isinstance(database, SqlDatabase) for database in registered.databases.values())
    assert sorted(path.name for path in (tmp_path / "instance").glob("*.sqlite")) == ["buggy.sqlite", "fixed.sqlite"]
    for database in registered.databases.values():
        database.clear()  # takes the database's own locks, and no fault comes of it


def test_the_globals_belong_to_one_app_at_a_time(make: Maker) -> None:
    """A second app that wants them is refused, until the first has been stopped; no other app shares anything."""
    one = make(GLOBAL=True)
    assert one.dials is RUNTIME.dials
    with pytest.raises(RuntimeError, match="SESSION_MANAGER_GLOBAL to false"):
        make(GLOBAL=True)
    one.start()
    one.managers["buggy"].create_session("user_ann", "ann")
    for other in (make(), make()):
        assert other.dials is not RUNTIME.dials
        assert [manager.get_active_count() for manager in other.managers.values()] == [0, 0]
    one.managers["buggy"].clear()
    one.stop()
    assert make(GLOBAL=True).dials is RUNTIME.dials


def test_an_observer_is_given_everything_once_before_anybody_uses_it(make: Maker) -> None:
    """And what it returns is what is used."""
    watcher = Watcher()
    registered = make(observer=watcher)
    assert watcher.seen == [
        ("database", "buggy", "MemoryDatabase"),
        ("manager", "buggy", "session_manager.buggy"),
        ("database", "fixed", "MemoryDatabase"),
        ("manager", "fixed", "session_manager.fixed"),
    ]
    registered.managers["fixed"].run_cleanup()
    assert watcher.removed == [0]


def test_no_thread_is_started_before_start(make: Maker) -> None:
    """Only `start` starts a thread for each variant, and `stop` joins them."""
    before = set(threading.enumerate())
    registered = make()
    assert set(threading.enumerate()) == before
    registered.start()
    assert registered.recovered == {"buggy": 0, "fixed": 0}
    started = set(threading.enumerate()) - before
    assert sorted(thread.name for thread in started) == ["cleanup-buggy", "cleanup-fixed"]
    registered.stop()
    assert set(threading.enumerate()) == before
    assert not any(thread.is_alive() for thread in started)


def test_start_twice_raises_and_after_stop_it_can_start_again(make: Maker) -> None:
    """Two cleanup threads for one manager would be one too many."""
    before = threading.active_count()
    registered = make()
    registered.start()
    with pytest.raises(RuntimeError, match="running already"):
        registered.start()
    assert threading.active_count() == before + 2
    registered.stop()
    registered.start()
    assert threading.active_count() == before + 2


def test_stop_closes_the_databases(make: Maker, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the threads are gone, each one."""
    closed: list[object] = []
    registered = make()
    for database in registered.databases.values():
        monkeypatch.setattr(database, "close", partial(closed.append, database))
    registered.start()
    registered.stop()
    assert closed == list(registered.databases.values())


def test_the_cleanup_thread_cleans_up(make: Maker) -> None:
    """Again and again, at the interval, which may be changed while it runs."""
    watcher = Watcher()
    registered = make(observer=watcher, VARIANTS=["fixed"], DEFAULT="fixed", CLEANUP_INTERVAL=60)
    registered.start()
    manager = registered.managers["fixed"]
    while len(session_id := manager.create_session("user_ann", "ann")) % 2:
        pass
    manager.delete_session(session_id)
    registered.cleanup_interval = 0.01
    watcher.wait(3)
    assert sum(watcher.removed) == 1
    assert session_id not in registered.databases["fixed"].ids()


@pytest.mark.parametrize("variant", ["buggy", "fixed"])
def test_the_cleanup_thread_survives_injected_faults(
    make: Maker, caplog: pytest.LogCaptureFixture, variant: str
) -> None:
    """Cleanup continues after cycles that die of injected faults, and logs none."""
    watcher = Watcher()
    registered = make(observer=watcher, VARIANTS=[variant], DEFAULT=variant, CLEANUP_INTERVAL=60)
    manager = registered.managers[variant]
    while len(session_id := manager.create_session("user_ann", "ann")) % 2:
        pass
    manager.delete_session(session_id)
    registered.start()
    registered.dials.turn(0, 1.0)
    registered.cleanup_interval = 0.01
    watcher.wait(5)
    assert watcher.removed == []
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]
    registered.dials.turn(0, 0)
    while not sum(watcher.removed):
        watcher.wait(1)
    assert session_id not in registered.databases[variant].ids()


def test_the_cleanup_thread_survives_any_error_and_logs_it(make: Maker, caplog: pytest.LogCaptureFixture) -> None:
    """With its traceback, once for each manager: this one is a bug, not a dial."""
    watcher = Watcher()
    watcher.failure = ZeroDivisionError("a bug")
    registered = make(observer=watcher, CLEANUP_INTERVAL=0.01)
    with caplog.at_level(logging.ERROR):
        registered.start()
        watcher.wait(6)
        watcher.failure = None
        while not watcher.removed:
            watcher.wait(1)
        registered.stop()
    assert caplog.text.count("the next one starts as usual") == len(registered.managers)
    assert caplog.text.count("ZeroDivisionError: a bug") == len(registered.managers)


def test_start_takes_over_what_an_earlier_process_left(make: Maker) -> None:
    """At start `fixed` recovers its sessions, and on `buggy` rows are left over."""
    settings = {"DATABASE": DEFAULTS["DATABASE"]}
    before = make(**settings)
    before.start()
    ids = {variant: manager.create_session("user_ann", "ann") for variant, manager in before.managers.items()}
    before.stop()
    after = make(**settings)
    after.start()
    assert after.recovered == {"buggy": 0, "fixed": 1}
    assert after.managers["fixed"].get_session(ids["fixed"]).username == "ann"
    assert after.managers["buggy"].get_active_count() == 0
    assert after.databases["buggy"].ids() == {ids["buggy"]}


def test_start_is_not_for_the_dials_to_break(make: Maker) -> None:
    """A server with a fault rate in its configuration starts, and has the dial."""
    registered = make(FAULT_RATE=1.0)
    registered.start()
    assert registered.recovered == {"buggy": 0, "fixed": 0}
    assert (registered.dials.fault_rate, registered.dials.armed) == (1.0, True)
