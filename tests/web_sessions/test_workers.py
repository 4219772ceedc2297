"""Sessions on Redis behind gunicorn, with several workers: nothing depends on which of them answers."""

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
def workers(folder: Path, url: str) -> Iterator[str]:
    """gunicorn with two workers of four threads, each of which loads the app before the fork. Gives its address."""
    (folder / "shop.py").write_text(APP)
    command = ["-m", "gunicorn", "--bind", "127.0.0.1:0", "--workers", "2", "--threads", "4", "--preload", "shop:app"]
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
    with workers(tmp_path, redis_server.url) as address:
        browser = Browser(address)
        assert browser.get("/count").status == 200

        def visit(client: int) -> int:
            counted = 0
            for number in range(20):
                assert browser.get(f"/set?key={client}-{number}").status == 200
                counted += browser.get("/count").status == 200
                counted += browser.get("/add").status == 200
            return counted

        acknowledged = sum(at_once(*[lambda client=client: visit(client) for client in range(4)]))
        held = browser.get("/all").json()
        assert held.pop("n") == 1 + acknowledged
        assert held.keys() == {f"{client}-{number}" for client in range(4) for number in range(20)}
        assert len(set(held.values())) == 2, "one worker answered everything"
        old = browser.cookie
        assert browser.get("/logout").status == 200
        other = Browser(address)
        other.cookie = old
        assert all(other.get("/all").json() == {} for _ in range(8))
