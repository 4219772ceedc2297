"""The shop with its sessions on Redis."""

from __future__ import annotations

import os

import redis
from flask import Flask
from flask_session import Session
from shop import shop


def create_app() -> Flask:
    """The app."""
    app = Flask(__name__)
    app.config["SECRET_KEY"] = os.environ.get("SECRET_KEY", "dev")
    app.config["SESSION_TYPE"] = "redis"
    app.config["SESSION_REDIS"] = redis.from_url(os.environ["REDIS_URL"])
    app.config["SESSION_PERMANENT"] = False
    app.config["SESSION_KEY_PREFIX"] = "shop:"
    app.config["SESSION_COOKIE_SAMESITE"] = "Lax"
    Session(app)
    app.register_blueprint(shop)
    return app
