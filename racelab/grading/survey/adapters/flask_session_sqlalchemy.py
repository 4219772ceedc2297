"""Flask-Session over SQLAlchemy, in SQLite."""

import os
from pathlib import Path
from typing import Any

from flask import Flask
from flask_routes import race
from flask_session import Session
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import text

app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{Path('sessions.db').absolute()}"
db = SQLAlchemy(app)
app.config.update(SESSION_TYPE="sqlalchemy", SESSION_SQLALCHEMY=db)
if lifetime := os.environ.get("RACE_LIFETIME"):
    app.config["PERMANENT_SESSION_LIFETIME"] = int(lifetime)
Session(app)
app.register_blueprint(race)


@app.get("/race/rows")
def rows() -> dict[str, Any]:
    count = db.session.execute(text("SELECT count(*) FROM sessions")).scalar_one()
    return {"rows": count, "lifetime": app.permanent_session_lifetime.total_seconds()}
