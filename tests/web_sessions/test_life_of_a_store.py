"""When a store is opened, cleaned and closed, who may have it, and what clients are told when it is away."""

from __future__ import annotations

import gc
import subprocess
import sys
import threading
import weakref
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from session_manager.databases import DatabaseUnavailable
from session_manager.model import TooManySessions
from session_manager.web import Session, session
from session_manager.web.life import Phase
from tests.web_sessions.sites import PATIENCE, Site, set_cookies

ROOT = Path(__file__).resolve().parent.parent.parent


def write() -> str:
    """A view that writes."""
    session["a"] = 1
    return "written"


def read() -> str:
    """A view that reads."""
    return str(session.get("a"))


def cleaners() -> list[threading.Thread]:
    """The threads that clean up."""
    return [thread for thread in threading.enumerate() if thread.name == "session-cleanup"]


def test_nothing_is_opened_before_the_first_use_of_a_session(tmp_path: Path) -> None:
    """Neither a file nor a thread, also not by a visitor of whom nothing is known; `stop` ends both."""
    before = len(cleaners())
    site = Site(SESSION_STORE=f"sqlite:///{tmp_path}/sessions.sqlite")
    client = site.browser()
    site.visit(client, lambda: "page")
    assert site.visit(client, read).text == "None"
    assert list(tmp_path.iterdir()) == []
    assert len(cleaners()) == before
    site.visit(client, write)
    assert (tmp_path / "sessions.sqlite").exists()
    assert len(cleaners()) == before + 1
    Session.stop(site.app)
    assert len(cleaners()) == before
    answer = site.visit(client, read)
    assert answer.status_code == 503
    assert "about to end" in answer.text


def test_a_server_may_open_it_at_its_start(tmp_path: Path) -> None:
    """And then learns there what is wrong."""
    site = Site(SESSION_STORE=f"sqlite:///{tmp_path}/sessions.sqlite")
    Session.start(site.app)
    with pytest.raises(RuntimeError):
        Session.start(site.app)
    assert site.visit(site.browser(), read).status_code == 200
    site.store.stop()


def test_a_store_ends_with_its_app(tmp_path: Path) -> None:
    """An app that is forgotten, as in tests, leaves no thread behind."""
    before = len(cleaners())
    site = Site(SESSION_STORE=f"sqlite:///{tmp_path}/sessions.sqlite")
    site.visit(site.browser(), write)
    assert len(cleaners()) == before + 1
    store, app = site.store, weakref.ref(site.app)
    del site
    gc.collect()
    assert app() is None
    assert store.life.phase is Phase.ENDED
    assert len(cleaners()) == before


def test_sessions_survive_a_restart_of_the_app(tmp_path: Path) -> None:
    """In a file; in memory they are gone, and a client with an old cookie gets a new session."""
    for url, expected in ((f"sqlite:///{tmp_path}/sessions.sqlite", "1"), ("memory:", "None")):
        first = Site(SESSION_STORE=url)
        client = first.browser()
        first.visit(client, write)
        first.store.stop()
        second = Site(SESSION_STORE=url)
        again = second.browser()
        again.set_cookie("session", client.get_cookie("session").value)  # type: ignore[union-attr]
        assert second.visit(again, read).text == expected
        second.store.stop()


def test_cleanup_goes_on_by_itself(caplog: pytest.LogCaptureFixture) -> None:
    """What has expired is gone without a request, and an error does not end it."""
    site = Site(SESSION_CLEANUP_INTERVAL=0.02, PERMANENT_SESSION_LIFETIME=timedelta(seconds=1))
    site.visit(site.browser(), write)
    sessions, cycles, gone = site.sessions, [0], threading.Event()
    real = sessions.run_cleanup

    def run_cleanup() -> int:
        cycles[0] += 1
        if cycles[0] == 1:
            raise LookupError("a surprise")
        if cycles[0] == 2:
            raise DatabaseUnavailable(None)
        removed = real()
        if removed:
            gone.set()
        return removed

    sessions.run_cleanup = run_cleanup  # type: ignore[method-assign]
    assert gone.wait(PATIENCE)
    assert sessions.counts().store == sessions.counts().queue == 0
    assert "a surprise" in caplog.text
    site.store.stop()


SECOND = """
import sys
from flask import Flask, session
from session_manager.web import Session
app = Flask("second")
app.config["SESSION_STORE"] = sys.argv[1]
Session(app)
@app.route("/")
def page():
    return str(session.get("a"))
answer = app.test_client(use_cookies=False).get("/", headers={"Cookie": "session=" + "0" * 32})
print(answer.status_code, answer.text)
"""


def test_a_second_process_on_a_file_is_told_what_to_do(tmp_path: Path) -> None:
    """It answers 503 and names the stores that several workers may share."""
    url = f"sqlite:///{tmp_path}/sessions.sqlite"
    site = Site(SESSION_STORE=url)
    site.visit(site.browser(), write)
    run = [sys.executable, "-c", SECOND, url]
    second = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert second.stdout.startswith("503")
    for word in ("redis://", "postgresql+psycopg://", "one worker"):
        assert word in second.stdout
        assert word in second.stderr
    site.store.stop()
    third = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    assert third.stdout.startswith("200 None")


def test_a_store_that_cannot_be_opened_is_a_503_until_it_can(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """The log has the reason, once; a visitor is told no file and no host."""
    (tmp_path / "folder").write_text("no folder")
    site = Site(SESSION_STORE=f"sqlite:///{tmp_path}/folder/sessions.sqlite")
    client = site.browser()
    for _ in range(2):
        answer = site.visit(client, write)
        assert answer.status_code == 503
        assert answer.json is not None
        assert answer.json["definite"] is True
        assert str(tmp_path) not in answer.text
    assert caplog.text.count(str(tmp_path)) == 1
    (tmp_path / "folder").unlink()
    assert site.visit(client, write).status_code == 200
    site.store.stop()


def test_the_log_names_the_setting_of_a_store_that_is_away(caplog: pytest.LogCaptureFixture) -> None:
    """An app has no command line: the log names the store and SESSION_STORE, and no option of the lab."""
    site = Site(SESSION_STORE="redis://:secret@127.0.0.1:1/0")
    assert site.visit(site.browser(), write).status_code == 503
    assert "Redis at redis://***@127.0.0.1:1/0 cannot be used" in caplog.text
    assert "SESSION_STORE" in caplog.text
    assert "--redis" not in caplog.text
    assert "secret" not in caplog.text
    site.store.stop()


FORKED = """
import os, sys
from flask import Flask, session
from session_manager.web import Session
app = Flask("forked")
app.config["SESSION_STORE"] = sys.argv[1]
Session(app)
@app.route("/")
def page():
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])
client = app.test_client()
if sys.argv[2] == "before":
    client.get("/")
child = os.fork()
if not child:
    answer = client.get("/")
    print(answer.status_code, answer.text, flush=True)
    sys.exit(0)
os.waitpid(child, 0)
print(client.get("/").text)
"""


@pytest.mark.parametrize(("when", "first"), [("before", "503"), ("after", "200 1")])
def test_a_copy_of_a_process_that_has_served_is_refused(tmp_path: Path, when: str, first: str) -> None:
    """A fork before the first request is what servers do, and is no copy of anything."""
    url = f"sqlite:///{tmp_path}/sessions.sqlite"
    run = [sys.executable, "-c", FORKED, url, when]
    told = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True)
    child, parent = told.stdout.splitlines()
    assert child.startswith(first)
    assert parent == ("2" if when == "before" else "1")


def test_a_copy_that_ends_leaves_the_store_alone(
    site: Site, client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The connections are those of the process that it was copied from."""
    site.visit(client, write)
    with monkeypatch.context() as copy:
        copy.setattr("os.getpid", lambda: -1)
        site.store.stop()
    assert site.visit(client, read).text == "1"


class Undecided(DatabaseUnavailable):
    """A change that may have been made."""


class Definite(DatabaseUnavailable):
    """A change that was certainly not made."""

    definite = True


@pytest.mark.parametrize(
    ("error", "definite", "words"), [(Undecided(None), False, "may have been"), (Definite(None), True, "Nothing was")]
)
@pytest.mark.parametrize("method", ["get_session", "change_session", "close_session"])
def test_an_engine_that_is_away_is_a_503_that_says_what_is_certain(
    site: Site, client: FlaskClient, error: Exception, definite: bool, words: str, method: str
) -> None:
    """At a read, at a save and at a logout: no cookie, no page of the view, and the next request works."""
    site.visit(client, write)
    watched = site.watch()

    def view() -> str:
        assert session.get("a") == 1
        session.clear() if method == "close_session" else session.update(a=2)
        watched.error = error
        return "all is well"

    if method == "get_session":
        watched.error = error
    answer = site.visit(client, view)
    watched.error = None
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["definite"] is definite
    assert words in answer.json["detail"]
    assert set_cookies(answer) == []
    assert answer.headers["Cache-Control"] == "no-store"
    assert site.visit(client, read).text == "1"


def test_a_full_store_is_a_503(client: FlaskClient) -> None:
    """A visitor without a session gets none; those who have one go on."""
    site = Site(SESSION_MAX_SESSIONS=1)
    first, second = site.browser(), site.browser()
    assert site.visit(first, write).status_code == 200
    answer = site.visit(second, write)
    assert answer.status_code == 503
    assert "no room" in answer.text
    assert str(TooManySessions(1)) not in answer.text
    assert site.visit(first, write).status_code == 200
    assert site.visit(second, read).text == "None"
    site.store.stop()


def test_no_error_shows_an_id(site: Site, client: FlaskClient) -> None:
    """The ids are in the words of errors, and are secrets of the cookie."""
    site.visit(client, write)
    session_id = client.get_cookie("session").value  # type: ignore[union-attr]
    twin = site.twin(client)

    def view() -> None:
        session["a"] = session["a"] + 1
        site.visit(twin, lambda: session.clear())  # noqa: PLW0108

    answer = site.visit(client, view)
    assert answer.status_code == 409
    assert session_id not in answer.text


@pytest.mark.parametrize(
    ("config", "words"),
    [
        ({}, "SESSION_STORE is missing"),
        ({"SESSION_TYPE": "redis"}, "Flask-Session"),
        ({"SESSION_STORE": "mysql://x"}, "SESSION_STORE must be"),
        ({"SESSION_STORE": "redis://:secret@/x/y"}, "SESSION_STORE"),
        ({"SESSION_STORE": "memory:", "SESSION_PERMANENT": "yes"}, "true or false"),
        ({"SESSION_STORE": "memory:", "SESSION_KEY_PREFIX": ""}, "SESSION_KEY_PREFIX"),
        ({"SESSION_STORE": "memory:", "SESSION_KEY_PREFIX": "white space"}, "prefix"),
        ({"SESSION_STORE": "memory:", "SESSION_CLEANUP_INTERVAL": 0}, "SESSION_CLEANUP_INTERVAL"),
        ({"SESSION_STORE": "memory:", "SESSION_MAX_SESSIONS": 1.5}, "SESSION_MAX_SESSIONS"),
        ({"SESSION_STORE": "memory:", "PERMANENT_SESSION_LIFETIME": timedelta(0)}, "lifetime"),
    ],
)
def test_a_setting_that_makes_no_sense_is_said_at_once(config: dict[str, Any], words: str) -> None:
    """With its name and what would do, and without a password."""
    app = Flask(__name__)
    app.config |= config
    with pytest.raises(ValueError, match="(?i)" + words) as refused:
        Session(app)
    assert ":secret@" not in str(refused.value)


def test_an_app_has_its_sessions_once(site: Site) -> None:
    """A second extension is refused."""
    with pytest.raises(RuntimeError, match="already"):
        Session(site.app)
