"""Flask-Session over files, as its cachelib backend keeps them."""

import os
from pathlib import Path
from typing import Any

from cachelib.file import FileSystemCache
from flask import Flask
from flask_routes import race
from flask_session import Session

FOLDER = Path("flask_session")
app = Flask(__name__)
app.config.update(SESSION_TYPE="cachelib", SESSION_CACHELIB=FileSystemCache(str(FOLDER), threshold=500))
if lifetime := os.environ.get("RACE_LIFETIME"):
    app.config["PERMANENT_SESSION_LIFETIME"] = int(lifetime)
Session(app)
app.register_blueprint(race)


@app.get("/race/rows")
def rows() -> dict[str, Any]:
    files = [file for file in FOLDER.iterdir() if not file.name.endswith(".__wz_cache")]
    return {"rows": len(files) - 1, "lifetime": app.permanent_session_lifetime.total_seconds()}  # one file counts them
