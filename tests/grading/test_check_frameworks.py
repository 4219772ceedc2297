"""A check of real servers in four frameworks, with stores that people use and with stores written here."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from racelab.bugs import Verdict
from racelab.grading.check import ColumnKey, Report, Settings, check
from racelab.home import ROOT
from tests.grading.served import GUNICORN, UVICORN, python, served

if TYPE_CHECKING:
    from tests.engines import RedisServer

pytestmark = pytest.mark.stress

FLASK = '''
import os, threading
from flask import Flask
from flask.sessions import SessionInterface, SecureCookieSession
from flask_routes import race

app = Flask(__name__)
app.secret_key = "test"
app.register_blueprint(race)
how = os.environ["HOW"]

if how == "flask-session":
    import redis
    from flask_session import Session
    app.config.update(SESSION_TYPE="redis", SESSION_REDIS=redis.Redis.from_url(os.environ["REDIS"]))
    app.config["PERMANENT_SESSION_LIFETIME"] = int(os.environ["LIFETIME"])
    Session(app)


class Blobs(SessionInterface):
    """A dict for each id, written back whole; a closed one stays closed. With locks: one request of an id at a time."""

    def __init__(self):
        self.stored, self.locks, self.guard = {}, {}, threading.Lock()

    def open_session(self, app, request):
        sid = request.cookies.get("sid")
        with self.guard:
            lock = self.locks.setdefault(sid, threading.Lock()) if sid else None
        if lock and how == "locked":
            lock.acquire()
        session = SecureCookieSession(self.stored.get(sid, {}))
        session.sid, session.lock, session.known = sid, lock, sid in self.stored
        return session

    def save_session(self, app, session, response):
        if session.modified and session:
            if not session.known and session.sid is None:
                session.sid = os.urandom(16).hex()
                response.set_cookie("sid", session.sid)
                self.stored[session.sid] = dict(session)
            elif session.sid in self.stored:
                self.stored[session.sid] = dict(session)
        elif session.modified:
            self.stored.pop(session.sid, None)
            response.delete_cookie("sid")
        if session.lock and how == "locked":
            session.lock.release()


if how in ("blobs", "locked"):
    app.session_interface = Blobs()
if how == "cache-per-process":
    from cachelib.simple import SimpleCache
    from flask_session import Session
    app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=SimpleCache())
    Session(app)
'''

DJANGO = """
import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.urls import include, path

settings.configure(
    SECRET_KEY="test", ROOT_URLCONF="app", ALLOWED_HOSTS=["*"], USE_TZ=True,
    INSTALLED_APPS=["django.contrib.sessions"],
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware", "django.middleware.csrf.CsrfViewMiddleware"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "db", "OPTIONS": {"timeout": 20}}},
)
app = get_wsgi_application()
urlpatterns = [path("race/", include("django_routes"))]

from django.core.management import call_command
call_command("migrate", verbosity=0)
"""

FASTAPI = """
from fastapi import FastAPI
from starlette.middleware.sessions import SessionMiddleware
from fastapi_routes import race

app = FastAPI()
app.include_router(race)
app.add_middleware(SessionMiddleware, secret_key="test")
"""

NODE = """
const http = require("http"), crypto = require("crypto");
const merges = process.env.HOW === "merges", stored = new Map();
const wait = (ms) => new Promise((done) => setTimeout(done, ms));
http.createServer(async (req, res) => {
  const url = new URL(req.url, "http://x"), step = url.pathname.replace("/race/", ""), q = url.searchParams;
  let sid = /sid=(\\w+)/.exec(req.headers.cookie || "")?.[1];
  const seen = { ...(stored.get(sid) || {}) };
  await wait(Number(q.get("hold")) || 0);
  const changed = step === "set" ? { [q.get("key")]: q.get("value") } : {};
  if (step === "set" || step === "count") {
    if (sid && !stored.has(sid)) { res.writeHead(409); return res.end("{}"); }
    sid = sid || crypto.randomUUID().replaceAll("-", "");
    if (!stored.has(sid)) res.setHeader("Set-Cookie", `sid=${sid}; Path=/`);
    const base = merges ? stored.get(sid) || {} : seen;
    if (step === "count") changed.n = (base.n || 0) + 1;
    stored.set(sid, { ...base, ...changed });
  }
  if (step === "logout") stored.delete(sid);
  const { n = 0, ...keys } = seen;
  res.setHeader("Content-Type", "application/json");
  res.end(JSON.stringify({ n: changed.n || n, keys: step === "read" ? keys : {}, worker: process.pid }));
}).listen({ fd: Number(process.argv[2]) });
"""

EXPRESS = """
const express = require("express"), session = require("express-session");
const app = express();
app.use(session({ secret: "test", resave: process.env.RESAVE === "yes", saveUninitialized: false }));
app.use(require("./express_routes"));
app.listen({ fd: Number(process.argv[2]) });
"""

PAGE = ROOT / "docs" / "check.md"
SHORT = Settings(clients=8, seconds=4, hold=5)
ALL_BUT_ROWS: tuple[ColumnKey, ...] = (
    *("increments", "keys", "keys_while_reading"),
    *("logout_read", "logout_write", "other_visitor"),
)


def verdicts(report: Report) -> dict[str, Verdict]:
    """What was found in each column."""
    return {column.key: column.verdict for column in report.columns}


def expected(wrong: Collection[str], unsure: Collection[str] = ()) -> dict[str, Verdict]:
    """These columns do not agree, those cannot tell, the others agree; `rows` has no route."""
    unsure = {"rows", *unsure}
    return {
        key: Verdict.DISAGREE if key in wrong else Verdict.CANNOT_TELL if key in unsure else Verdict.AGREE
        for key in (*ALL_BUT_ROWS, "rows")
    }


def flask(folder: Path, how: str, redis: str = "", workers: int = 1, rows: bool = False) -> Report:
    """The report on a Flask app under gunicorn; `rows`: with the fifth route, as docs/check.md shows it."""
    shown = re.search(
        r'^@app.get\("/race/rows"\)\n.*?(?=^```)', PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    assert shown is not None
    app = FLASK + shown[0] if rows else FLASK
    command = python(*GUNICORN, "--workers", str(workers), "--bind", "fd://{fd}", "app:app")
    environ = {"HOW": how, "REDIS": redis, "LIFETIME": "5" if rows else "1000"}
    with served(folder, {"app.py": app}, command, environ, workers) as url:
        return check(url, SHORT)


def test_flask_session_over_redis_is_wrong_in_five_columns(tmp_path: Path, redis_server: RedisServer) -> None:
    """It loses increments and keys, also to readers, and undoes logouts; Redis removes its rows."""
    report = flask(tmp_path, "flask-session", redis_server.url, rows=True)
    wrong = {"increments", "keys", "keys_while_reading", "logout_read", "logout_write"}
    assert verdicts(report) == expected(wrong) | {"rows": Verdict.AGREE}, report.as_json()
    assert report.verdict is Verdict.DISAGREE
    assert all(column.unknown == 0 for column in report.columns)


def test_several_processes_on_one_redis_are_named_and_judged(tmp_path: Path, redis_server: RedisServer) -> None:
    """Three workers that share a store are no reason not to judge it."""
    report = flask(tmp_path, "flask-session", redis_server.url, workers=3)
    assert verdicts(report)["increments"] is Verdict.DISAGREE
    assert report.notes[0] == "3 processes answered, and all of them know the same sessions."


def test_three_workers_with_a_store_each_are_explained(tmp_path: Path) -> None:
    """A cache in each process is no store that races could be looked for in."""
    report = flask(tmp_path, "cache-per-process", workers=3)
    assert report.verdict is Verdict.CANNOT_TELL
    assert "3 processes answer here" in report.sentence
    assert "one store (Redis, a database)" in report.sentence


def test_a_lost_update_written_into_flask_is_found(tmp_path: Path) -> None:
    """A store that writes whole sessions back loses updates, and nothing else."""
    assert verdicts(flask(tmp_path, "blobs")) == expected({"increments", "keys"})


def test_the_same_flask_store_with_a_lock_survives(tmp_path: Path) -> None:
    """One request of a session at a time loses nothing; a logout waits, and none is undone."""
    report = flask(tmp_path, "locked")
    logouts = {column.key for column in report.columns[3:5] if column.verdict is Verdict.CANNOT_TELL}
    assert verdicts(report) == expected(set(), logouts), report.as_json()
    assert {column.wrong for column in report.columns} == {0}


def test_django_over_its_database_loses_updates_only(tmp_path: Path) -> None:
    """Reads write nothing, and a late writer is refused."""
    with served(tmp_path, {"app.py": DJANGO}, python(*GUNICORN, "--bind", "fd://{fd}", "app:app")) as url:
        report = check(url, SHORT)
    assert verdicts(report) == expected({"increments", "keys"}), report.as_json()
    assert report.columns[4].refused > 0


def test_fastapi_with_a_signed_cookie_loses_updates(tmp_path: Path) -> None:
    """The last cookie to arrive wins, and a logout cannot revoke an old one."""
    with served(tmp_path, {"app.py": FASTAPI}, python(*UVICORN, "--fd", "{fd}", "app:app")) as url:
        report = check(url, SHORT)
    assert verdicts(report)["increments"] is verdicts(report)["keys"] is Verdict.DISAGREE
    assert verdicts(report)["logout_read"] is verdicts(report)["logout_write"] is Verdict.CANNOT_TELL
    assert "signed cookies" in report.columns[3].sentence
    assert verdicts(report)["other_visitor"] is Verdict.AGREE


def node(folder: Path, app: str, environ: dict[str, str]) -> Report:
    """The report on a server in Node."""
    program = shutil.which("node")
    if program is None:
        pytest.skip("Install node (18 or newer): NOTHING was tested in JavaScript.")
    with served(folder, {"app.js": app}, [program, "app.js", "{fd}"], environ) as url:
        return check(url, SHORT)


def test_a_lost_update_written_into_node_is_found(tmp_path: Path) -> None:
    """A server in another language, on one thread, loses updates at its awaits."""
    assert verdicts(node(tmp_path, NODE, {"HOW": "blobs"})) == expected({"increments", "keys"})


def test_the_same_node_store_that_merges_survives(tmp_path: Path) -> None:
    """Writes to what is stored now, and to nothing that is closed, agree in every column."""
    report = node(tmp_path, NODE, {"HOW": "merges"})
    assert verdicts(report) == expected(set()), report.as_json()
    assert report.verdict is Verdict.AGREE


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Express in it; a skip that says so where npm cannot get it."""
    folder = tmp_path_factory.mktemp("express")
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("Install npm: express_routes.js was NOT tested with Express.")
    (folder / "package.json").write_text('{"private": true}', encoding="utf-8")
    got = subprocess.run(
        [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "express@5", "express-session@1"],
        cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=90, check=False,
    )  # fmt: skip
    if got.returncode:
        pytest.skip(f"npm could not get Express, so express_routes.js was NOT tested with it: {got.stderr[-300:]}")
    return folder


@pytest.mark.parametrize("resave", ["no", "yes"])
def test_express_undoes_logouts(tmp_path: Path, modules: Path, resave: str) -> None:
    """With `resave` reads write too, and without it only writes undo a logout."""
    (tmp_path / "node_modules").symlink_to(modules / "node_modules")
    report = node(tmp_path, EXPRESS, {"RESAVE": resave})
    more = {"keys_while_reading", "logout_read"} if resave == "yes" else set()
    assert verdicts(report) == expected({"increments", "keys", "logout_write", *more}), report.as_json()
