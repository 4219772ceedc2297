"""The shop with its sessions in Flask's signed cookie."""

from __future__ import annotations

from flask import Flask
from shop import shop


def create_app() -> Flask:
    """The app."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = "dev"
    app.register_blueprint(shop)
    return app
