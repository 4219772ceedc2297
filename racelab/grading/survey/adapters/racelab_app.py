"""The project's own store under Flask. RACE_STORE is its URL; with RACE_COUNT=add, it counts by `session.add`."""

import os
import time
from typing import Any

from flask import Flask, request, session
from flask_routes import race

from session_manager.web import Session
from session_manager.web.sessions import EXTENSION

app = Flask(__name__)
app.secret_key = "of a test server"
app.config["SESSION_STORE"] = os.environ["RACE_STORE"]
if lifetime := os.environ.get("RACE_LIFETIME"):
    app.config.update(PERMANENT_SESSION_LIFETIME=int(lifetime), SESSION_CLEANUP_INTERVAL=0.5)
Session(app)


def add() -> dict[str, Any]:
    """Count in one atomic step, after the work of a real view."""
    time.sleep(min(request.args.get("hold", 0, int), 1000) / 1000)
    return {"n": session.add("n"), "worker": os.getpid()}


@app.get("/race/rows")
def rows() -> dict[str, Any]:
    """All rows: of open sessions, of expired ones, and those that cleanup has still to remove."""
    counts = app.extensions[EXTENSION]().counts()
    every = counts.store + counts.queue + counts.dead_letters
    return {"rows": every, "lifetime": app.permanent_session_lifetime.total_seconds()}


if os.environ.get("RACE_COUNT") == "add":
    app.add_url_rule("/race/count", view_func=add, methods=["POST"])
app.register_blueprint(race)
