"""The managers of an app begin once, at the first request at the latest, and end once."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from flask import Flask

from session_manager.databases import CannotOpen, Database, DatabaseClaimed, Records
from session_manager.model import Manager, SessionError
from session_manager.web.extension import Registered
from session_manager.web.life import Life, Phase
from session_manager.web.settings import DEFAULTS
from tests.subject.apps import make_app
from tests.subject.threads import run_together

if TYPE_CHECKING:
    from tests.engines import PostgresServer

ON_DISK = {"DATABASE": DEFAULTS["DATABASE"]}


def of(app: Flask) -> Registered:
    """What the extension registered."""
    registered: Registered = app.extensions["session_manager"]
    return registered


def test_the_first_request_begins_whoever_comes_first(tmp_path: Path) -> None:
    """Of many requests at one time one takes over the stored sessions, and the others wait for it."""
    app = make_app(tmp_path, **ON_DISK)
    of(app).start()
    session_id = of(app).managers["fixed"].create_session("user_ann", "ann")
    of(app).stop()
    app = make_app(tmp_path, **ON_DISK)
    begun: list[int] = []
    life = of(app).life
    begin = life._begin
    codes: list[int] = []

    def note(patience: float) -> None:
        begun.append(1)
        begin(patience)

    life._begin = note

    def ask() -> None:
        codes.append(app.test_client().get(f"/fixed/api/session/{session_id}").status_code)

    run_together([ask] * 8)
    assert codes == [200] * 8
    assert begun == [1]
    of(app).stop()


def test_building_an_app_touches_no_file(tmp_path: Path) -> None:
    """Loading an app makes no folder."""
    app = make_app(tmp_path, **ON_DISK)
    assert "/fixed/api/login" in {rule.rule for rule in app.url_map.iter_rules()}
    assert list(tmp_path.iterdir()) == []
    assert of(app).life.phase is Phase.NEW


def test_after_the_end_requests_are_refused(tmp_path: Path) -> None:
    """An app that was stopped answers 503, and begins again only when it is told to."""
    app = make_app(tmp_path, **ON_DISK)
    assert app.test_client().get("/health").status_code == 200
    of(app).stop()
    answer = app.test_client().get("/health")
    assert (answer.status_code, "This lab has ended" in answer.text) == (503, True)
    of(app).start()
    assert app.test_client().get("/health").status_code == 200
    of(app).stop()


def test_a_second_app_on_the_same_databases_is_refused(tmp_path: Path) -> None:
    """It answers 503 with the process that serves them, and begins when that has ended."""
    first, second = make_app(tmp_path, **ON_DISK), make_app(tmp_path, **ON_DISK)
    of(first).start()
    with pytest.raises(DatabaseClaimed, match=f"belongs to process {os.getpid()}"):
        of(second).start()
    answer = second.test_client().get("/health")
    assert (answer.status_code, "belongs to process" in answer.text) == (503, True)
    of(first).stop()
    assert second.test_client().get("/health").status_code == 200
    of(second).stop()


def test_who_waits_for_the_databases_gets_them_when_they_are_free(tmp_path: Path) -> None:
    """With patience an app begins as soon as the one before it has ended."""
    first, second = make_app(tmp_path, **ON_DISK), make_app(tmp_path, **ON_DISK)
    of(first).start()
    session_id = of(first).managers["fixed"].create_session("user_ann", "ann")
    run_together([lambda: of(second).start(patience=20), of(first).stop])
    assert of(second).managers["fixed"].get_session(session_id).username == "ann"
    of(second).stop()


def test_what_cannot_be_stored_is_told_and_nothing_has_begun(tmp_path: Path) -> None:
    """A file in place of the folder, a file that is no database, a foreign table: a sentence that names the way out."""
    in_the_way = tmp_path / "file"
    in_the_way.write_text("not a folder, and no database")
    foreign = tmp_path / "foreign.sqlite"
    with closing(sqlite3.connect(foreign)) as connection:
        connection.execute("CREATE TABLE sessions_fixed (session_id TEXT)")
    urls = [f"sqlite:///{in_the_way}/lab.sqlite", f"sqlite:///{in_the_way}", f"sqlite:///{foreign}"]
    for url in urls:
        app = make_app(tmp_path, DATABASE=url)
        with pytest.raises(CannotOpen, match=r"RACELAB_INSTANCE.*memory://"):
            of(app).start()
        answer = app.test_client().get("/health")
        assert (answer.status_code, "cannot be stored" in answer.text) == (503, True), url
        assert of(app).life.phase is Phase.NEW


def test_an_observer_that_fails_leaves_no_claim_behind(tmp_path: Path) -> None:
    """Nothing has begun, and the same app, or another, can begin afterwards."""
    app = make_app(tmp_path, observer=FailsOnce(), **ON_DISK)
    with pytest.raises(ZeroDivisionError):
        of(app).start()
    assert of(app).life.phase is Phase.NEW
    of(app).start()
    of(app).stop()


class FailsOnce:
    """An observer that cannot start at first."""

    def __init__(self) -> None:
        self._failures = [ZeroDivisionError()]

    def database(self, variant: str, database: Database) -> Database:
        """As it is."""
        return database

    def records(self, variant: str, records: Records) -> Records:
        """As they are."""
        return records

    def manager(self, variant: str, manager: Manager) -> Manager:
        """As it is."""
        return manager

    def started(self) -> None:
        """Not the first time."""
        if self._failures:
            raise self._failures.pop()

    def stopping(self) -> None:
        """Nothing to stop."""


def test_a_copy_of_a_running_process_is_refused() -> None:
    """What was begun before a fork has no threads in the child."""
    life = Life(lambda _: None, lambda: None)
    life.start()
    app = Flask(__name__)
    with app.test_request_context():
        life.ensure()
        life._process += 1
        with pytest.raises(Exception, match="This process is a copy of process"):
            life.ensure()


def test_a_beginning_that_fails_can_be_tried_again() -> None:
    """An error leaves it as it was."""
    failures = [SessionError("not yet")]
    life = Life(lambda _: (_ for _ in ()).throw(failures.pop()) if failures else None, lambda: None)
    with pytest.raises(SessionError, match="not yet"):
        life.start()
    life.start()
    with pytest.raises(RuntimeError, match="running already"):
        life.start()


class Forgotten:
    """A claim of a server that has forgotten it, and what happens when it is taken again."""

    def __init__(self, then: Exception | None = None) -> None:
        self.then = then
        self.taken = 0

    def take(self, patience: float = 0.0) -> None:
        """Again."""
        if self.then is not None:
            raise self.then
        self.taken += 1

    def holds(self) -> bool:
        """Not any more."""
        return bool(self.taken)

    def release(self) -> None:
        """Nothing to give back."""


def test_a_claim_that_was_forgotten_is_taken_again(tmp_path: Path) -> None:
    """After a restart of the server it is taken again; an app whose databases another process has answers 503."""
    app = make_app(tmp_path)
    of(app).start()
    for claim, code in (
        (Forgotten(), 200),
        (Forgotten(CannotOpen("postgresql://host", OSError("the server is away"))), 200),
        (Forgotten(DatabaseClaimed("It belongs to another process.")), 503),
    ):
        of(app)._keep(claim)
        answer = app.test_client().get("/health")
        assert answer.status_code == code, claim.then
    assert "belongs to another process" in answer.text
    of(app).stop()


def test_two_apps_on_one_postgresql_are_refused_wherever_their_folders_are(
    tmp_path: Path, postgres_server: PostgresServer
) -> None:
    """The lock is the server's: another folder, and another computer, changes nothing."""
    first, second = (make_app(tmp_path / name, DATABASE=postgres_server.url) for name in ("one", "two"))
    of(first).start()
    with pytest.raises(DatabaseClaimed, match="belongs to another process"):
        of(second).start()
    assert all(claim.holds() for claim in of(first).claims.values())
    end = "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
    assert len(postgres_server.client().execute(end).fetchall()) == 2
    assert not any(claim.holds() for claim in of(first).claims.values())
    for claim in of(first).claims.values():
        of(first)._keep(claim)
    assert all(claim.holds() for claim in of(first).claims.values())
    of(first).clear("buggy")
    of(first).clear("fixed")
    of(first).stop()
    of(second).start()
    of(second).stop()
