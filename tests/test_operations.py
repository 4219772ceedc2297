"""Metrics, readiness and the log of a lab under gunicorn, during a short load."""

from __future__ import annotations

import json
import os
import signal
import urllib.request
from pathlib import Path

import pytest

from racelab.server import Server, with_patience

pytestmark = pytest.mark.commands

LOGINS = 'racelab_http_request_duration_seconds_count{endpoint="login",status="2xx",variant="fixed"}'


def logins(lab: Server) -> float:
    """The logins of all workers, by the histogram."""
    text = urllib.request.urlopen(f"{lab.url}/metrics", timeout=10).read().decode()
    return next((float(line.split()[-1]) for line in text.splitlines() if line.startswith(LOGINS)), 0.0)


def test_latencies_outlive_a_worker_in_a_common_folder(tmp_path: Path) -> None:
    """A reload keeps the latencies in the common folder, and ends the live gauges."""
    folder = tmp_path / "metrics"
    folder.mkdir()
    with Server(tmp_path / "lab", environ={"PROMETHEUS_MULTIPROC_DIR": str(folder)}) as lab:
        lab.fetch("/fixed/api/login", {"username": "ada", "password": "x"})
        first = lab.fetch("/lab/status")
        live = folder / f"gauge_liveall_{first['environment']['pid']}.db"
        assert logins(lab) == 1
        live.touch()
        os.kill(lab.process.pid, signal.SIGHUP)
        for _ in range(400):
            if (lab.ask("/lab/status") or first)["boot"] != first["boot"] and not live.exists():
                break
            with_patience(lab.process, 0.05)
        assert not live.exists()
        assert lab.fetch("/ready") == {"status": "ready"}
        assert logins(lab) == 1


def test_the_log_of_a_load_has_no_session_id(tmp_path: Path) -> None:
    """After a load with faults the log has lines for it, and the id of no session."""
    settings = {"RACELAB_LOG": "json", "RACELAB_LOG_SLOW_MS": "0"}
    with Server(tmp_path, environ=settings) as lab:
        body = {"username": "ada", "password": "x"}
        known = [str(lab.fetch("/fixed/api/login", body)["session_id"]) for _ in range(20)]
        for session in known:
            lab.fetch(f"/fixed/api/session/{session}")
        output = lab.output()
    told = [json.loads(line) for line in output.splitlines() if line.startswith("{")]
    assert len(told) > 2 * len(known)
    assert len({line["session"] for line in told if line["event"] == "request_slow"}) == len(known) + 1
    assert not [session for session in known if session in output]
