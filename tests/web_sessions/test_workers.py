"""Sessions on Redis behind two workers of gunicorn: nothing depends on which of them answers."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.engines import RedisServer
from tests.web_sessions.sites import PATIENCE, Browser, at_once

ROOT = Path(__file__).resolve().parent.parent.parent
APP = """
import os
from flask import Flask, request, session
from session_manager.web import Session
app = Flask(__name__)
app.config["SESSION_STORE"] = os.environ["STORE"]
app.config["SESSION_KEY_PREFIX"] = "workers:"
Session(app)

@app.route("/set")
def set_key():
    session[request.args["key"]] = os.getpid()
    return ""

@app.route("/count")
def count():
    session["n"] = session.get("n", 0) + 1
    return str(session["n"])

@app.route("/add")
def add():
    return str(session.add("n"))

@app.route("/all")
def everything():
    return dict(session)

@app.route("/logout")
def logout():
    session.clear()
    return ""
"""


@contextmanager
def gunicorn(folder: Path, url: str) -> Iterator[str]:
    """A worker with threads, for which the app was loaded before the fork. Gives its address."""
    (folder / "shop.py").write_text(APP)
    command = ["-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "1", "--threads", "4", "--preload", "shop:app"]
    path = {"PYTHONPATH": f"{folder}:{ROOT}", "STORE": url, "PATH": "/usr/bin:/bin"}
    server = subprocess.Popen(
        [sys.executable, *command, "--config", "/dev/null"], cwd=folder, env=path, stderr=subprocess.PIPE, text=True
    )
    try:
        assert server.stderr is not None
        said = ""
        while not (found := re.search(r"Listening at: (http://\S+)", said)):
            line = server.stderr.readline()
            assert line, said
            said += line
        yield found[1]
    finally:
        server.terminate()
        server.communicate(timeout=PATIENCE)


def test_nothing_is_lost_between_workers(tmp_path: Path, redis_server: RedisServer) -> None:
    """Keys merge, each acknowledged increment is counted once, and a logout holds for all workers."""
    url = str(redis_server.url)
    with gunicorn(tmp_path, url) as one, gunicorn(tmp_path, url) as other:
        browsers = [Browser(one), Browser(other)]
        assert browsers[0].get("/count").status == 200
        old = browsers[1].cookie = browsers[0].cookie

        def visit(client: int) -> int:
            counted = 0
            for number in range(20):
                browser = browsers[number % 2]
                assert browser.get(f"/set?key={client}-{number}").status == 200
                counted += browser.get("/count").status == 200
                counted += browser.get("/add").status == 200
            return counted

        acknowledged = sum(at_once(*[lambda client=client: visit(client) for client in range(4)]))
        held = browsers[0].get("/all").json()
        assert held.pop("n") == 1 + acknowledged
        assert held.keys() == {f"{client}-{number}" for client in range(4) for number in range(20)}
        assert len(set(held.values())) == 2  # the process of each
        assert browsers[0].get("/logout").status == 200
        assert browsers[1].cookie == old
        assert browsers[1].get("/all").json() == {}
