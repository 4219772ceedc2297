"""Flask-Session over Redis."""

import os
from typing import Any

from flask import Flask
from flask_routes import race
from flask_session import Session
from redis import Redis

redis = Redis.from_url(os.environ["RACE_REDIS"])
app = Flask(__name__)
app.config.update(SESSION_TYPE="redis", SESSION_REDIS=redis)
if lifetime := os.environ.get("RACE_LIFETIME"):
    app.config["PERMANENT_SESSION_LIFETIME"] = int(lifetime)
Session(app)
app.register_blueprint(race)


@app.get("/race/rows")
def rows() -> dict[str, Any]:
    return {"rows": redis.dbsize(), "lifetime": app.permanent_session_lifetime.total_seconds()}
