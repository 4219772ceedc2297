"""What the lab is compared with: the same two answers from a Flask app that keeps no session at all.

gunicorn --config gunicorn.conf.py benchmarks._bare:app
"""

from __future__ import annotations

from flask import Flask, Response, jsonify, request


class NoLab:
    """What gunicorn.conf.py starts and stops in the worker: nothing here."""

    def start(self, threads: int, patience: float) -> None:
        """Nothing to start."""

    def stop(self, leaving: bool) -> None:
        """Nothing to stop."""


app = Flask(__name__)
app.extensions["racelab"] = NoLab()


@app.get("/health")
def health() -> Response:
    """So that the benchmark knows when to begin."""
    return jsonify(status="healthy")


@app.get("/fixed/api/session/<session_id>")
def read(session_id: str) -> Response:
    """An answer of the same size."""
    return jsonify(
        username=session_id[:9],
        login_time="2025-11-24T16:00:00.200000+00:00",
        access_count=1,
        metadata={"theme": "dark"},
    )


@app.put("/fixed/api/session/<session_id>/prefs")
def save(session_id: str) -> Response:  # noqa: ARG001 - the path's
    """An answer of the same size, after reading the request's JSON."""
    body = request.get_json()
    return jsonify(success=True, message=f"Saved {body['key']}.")
