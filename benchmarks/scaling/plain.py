"""The session managers behind gunicorn without the lab: no journal, no judge, no page. What the lab is compared with.

gunicorn --worker-class gthread benchmarks.scaling.plain:app
"""

from __future__ import annotations

from flask import Flask

from session_manager import SessionManagers

app = Flask(__name__)
app.config.from_prefixed_env("RACELAB")
app.json.sort_keys = False  # type: ignore[attr-defined] # as the lab does
SessionManagers(app)
