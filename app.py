"""Session Race Lab, the app: a session manager that is wrong on purpose, the same one put right, and a page to watch.

    gunicorn app:app            with the settings of gunicorn.conf.py

Settings come from the environment with the prefix `RACELAB_`, for example
`RACELAB_SESSION_MANAGER_DATABASE=postgresql+psycopg://localhost/lab`; `session_manager/web/settings.py` lists them.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from flask import Flask

from racelab.home import COMMAND, instance
from racelab.live.events import Events
from racelab.live.lab import Lab
from racelab.live.workers.place import Place
from racelab.live.workers.worker import Worker
from racelab.several import local_variants
from racelab.web.classroom.pages import add_classroom
from racelab.web.dashboard import LabPages
from racelab.web.replay import pages as replay
from racelab.web.serving.compressed import compress
from racelab.web.serving.forward import Forward
from racelab.web.serving.guard import believe_proxies, guard
from racelab.web.serving.hosts import Hosts
from racelab.web.serving.metrics import measure, time_requests
from racelab.web.serving.ready import before_life
from racelab.web.your_code.pages import add_your_code
from session_manager import SessionManagers

DEFAULTS: dict[str, Any] = {
    "SESSION_MANAGER_CLEANUP_INTERVAL": 0.5,  # the Rust original waits five minutes: too long for the page
    "SESSION_MANAGER_MAX_SESSIONS": 20_000,
    "HOSTS": [],  # names under which it answers, beside this computer's own
    "CLASS": 0,  # how many students a lesson is for, which has a board and big type; 0 for none
    "PROXIES": 0,  # how many proxies stand before it, whose X-Forwarded headers are believed
    "MAX_CONTENT_LENGTH": 16 * 1024,
    "LOG": "",  # json: lines on stderr for requests that failed or were slow, runs, and cleanup that ended early
    "LOG_SLOW_MS": 1000,  # beyond which a request is slow
    "LOG_KEY": "",  # of the pseudonyms of sessions in the log; without one they differ after each start
    "RUNS": None,  # the folder of ended runs; empty: in memory only. None: beside the databases, if these are files
    "MAX_MEMORY_MB": 1024,  # of this process, beyond which nothing more is stored; 0 for no limit
}


def create_app(config: Mapping[str, Any] | None = None, served: bool = False) -> Flask:
    """Build the app. Opens no file and starts no thread: its first request does, or gunicorn.conf.py in the worker.

    Args:
        config: settings that go before those of the environment.
        served: whether it is the app of this process, so that its buggy manager has the module's globals, as the Rust
            original. Any other app shares nothing.
    """
    app = Flask(__name__, instance_path=str(instance()))
    app.config.from_mapping(DEFAULTS, SESSION_MANAGER_GLOBAL=served)
    app.config.from_prefixed_env("RACELAB")
    app.config.from_mapping(config or {})
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.jinja_env.globals["command"] = COMMAND
    most = _megabytes(app.config["MAX_MEMORY_MB"])
    place = Place.of(os.environ) if served else None
    split = place is not None and bool(local_variants(os.environ))
    if split:  # a database file belongs to one process
        app.config["SESSION_MANAGER_DATABASE"] = "memory://"
    events = Events(app.config["LOG"], app.config["LOG_KEY"])
    guard(app, Hosts.read(app.config["HOSTS"], remote=os.environ.get("RACELAB_ALLOW_REMOTE") == "1"))
    if place is not None and not place.judges:
        worker = Worker(place.folder, most, events)
        SessionManagers(app, observer=worker)
        worker.attach(app)
        app.register_blueprint(Forward(place.socket).blueprint())
        time_requests(app, worker.sessions, events, worker.run)
    else:
        lab = Lab(most, place.folder if place else None, split, events, _runs(app, served))
        before_life(app, lab)
        SessionManagers(app, observer=lab, name=place.folder.name if place else "")
        lab.attach(app, place.wire if place else None)
        app.register_blueprint(LabPages(lab).blueprint())
        measure(app, lab)
        add_classroom(app, lab, app.config["CLASS"])
    _add_pages(app)
    believe_proxies(app, app.config["PROXIES"])
    return app


def _add_pages(app: Flask) -> None:
    """The pages beside the lab's own."""
    app.register_blueprint(replay.blueprint())
    add_your_code(app, COMMAND)
    compress(app, "lab", "replay", "your_code", "classroom")


def _runs(app: Flask, served: bool) -> Path | None:
    """Where runs are kept. An app that is not served, as in tests, keeps them only if it is told where."""
    given = app.config["RUNS"]
    if given is None:
        in_files = served and not str(app.config.get("SESSION_MANAGER_DATABASE", "")).startswith("memory:")
        given = "{instance}/runs" if in_files else ""
    if not isinstance(given, str) or "\0" in given:
        raise ValueError(f"RUNS must be a folder, or empty to keep runs in memory only; got {given!r}.")
    return Path(given.replace("{instance}", app.instance_path)).absolute() if given else None


def _megabytes(given: object) -> int:
    if not isinstance(given, int) or isinstance(given, bool) or given < 0:
        raise ValueError(f"MAX_MEMORY_MB must be a whole number of megabytes, 0 for no limit; got {given!r}.")
    return given


def __getattr__(name: str) -> Flask:
    """Make `app` when gunicorn asks for it, and not when a test imports `create_app`."""
    if name == "app":
        globals()["app"] = app = create_app(served=True)
        return app
    raise AttributeError(name)
