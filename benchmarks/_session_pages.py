"""A page that reads the session and one that writes it, over the session store that BENCHMARK_SESSIONS names.

BENCHMARK_SESSIONS=cookie gunicorn --config gunicorn.conf.py benchmarks._session_pages:app
"""

from __future__ import annotations

import os

from flask import Flask, Response, jsonify, session
from redis import Redis

from benchmarks._bare import NoLab
from session_manager.web import Session

COOKIE, FLASK_SESSION = "cookie", "flask-session+"
"""Flask's own signed cookie; before the URL of a Redis: Flask-Session as it is shipped. All others are ours."""


def make(sessions: str) -> Flask:
    """The two pages.

    Args:
        sessions: `COOKIE`, `FLASK_SESSION` and a URL, or the URL of a store of ours.
    """
    app = Flask(__name__)
    app.secret_key = "for this benchmark only"
    app.extensions["racelab"] = NoLab()
    if sessions.startswith(FLASK_SESSION):
        from flask_session import Session as FlaskSession

        app.config.update(SESSION_TYPE="redis", SESSION_REDIS=Redis.from_url(sessions.removeprefix(FLASK_SESSION)))
        FlaskSession(app)
    elif sessions != COOKIE:
        app.config.update(SESSION_STORE=sessions)
        Session(app)

    @app.get("/health")
    def health() -> Response:
        return jsonify(status="healthy")

    @app.get("/read")
    def read() -> Response:
        return jsonify(n=session.get("n", 0), theme=session.get("theme"))

    @app.post("/write")
    def write() -> Response:
        session["n"] = session.get("n", 0) + 1
        return jsonify(n=session["n"])

    @app.post("/begin")
    def begin() -> Response:
        session.permanent = True
        session.update(n=0, theme="dark", basket=["tea", "bread"], name="Ada Lovelace", visits=17)
        return jsonify(n=0)

    return app


if "BENCHMARK_SESSIONS" in os.environ:
    app = make(os.environ["BENCHMARK_SESSIONS"])
