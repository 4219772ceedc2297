"""Beaker over files, under Flask. A view that has changed something saves, as Beaker's documentation asks."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from beaker.middleware import SessionMiddleware
from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface
from flask_routes import race

FOLDER = Path("beaker")
OPTIONS = {"session.type": "file", "session.data_dir": str(FOLDER)}
if lifetime := os.environ.get("RACE_LIFETIME"):
    OPTIONS["session.timeout"] = lifetime


class BeakerSessions(SessionInterface):
    """Hands `flask.session` on to Beaker, whose middleware loads it and stores what a read changes."""

    def open_session(self, _app: Flask, request: Request) -> Any:
        return request.environ["beaker.session"]

    def save_session(self, _app: Flask, session: Any, _response: Response) -> None:
        if request.path == "/race/logout":
            session.delete()
        elif request.method == "POST":
            session.save()


flask = Flask(__name__)
flask.session_interface = BeakerSessions()
flask.register_blueprint(race)


@flask.get("/race/rows")
def rows() -> dict[str, Any]:
    files: Iterable[Path] = FOLDER.glob("**/*.cache")
    return {"rows": len(list(files)), "lifetime": float(OPTIONS.get("session.timeout", 0))}


app = SessionMiddleware(flask, OPTIONS)
