"""The shop with its sessions in files."""

from __future__ import annotations

from flask import Flask
from flask_session import Session
from shop import shop


def create_app() -> Flask:
    """The app."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "dev"
    app.config["SESSION_TYPE"] = "filesystem"
    app.config["SESSION_FILE_DIR"] = "sessions"
    app.config["SESSION_PERMANENT"] = False
    Session(app)
    app.register_blueprint(shop)
    return app
