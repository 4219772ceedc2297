"""A load that dies leaves no dial behind, whatever it dies of. Workers that never come: see test_locustfiles.py.

After the first two signals a load ends in order and puts the dials back itself. After the others its lease of ten
seconds runs out, and the lab puts them back. Measured on two busy cores: 1 s, and 10 s.
"""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from racelab.server import Server, stop
from tests.instrument.labs import until
from tests.locust.conftest import last_run, start, wait_for_calls

pytestmark = pytest.mark.locust

PATIENCE = 15.0
AT_REST = {"window_ms": 0.0, "fault_rate": 0.0, "cache_ttl_s": 77.0}
NETWORK_GONE = signal.SIGSTOP  # the load lives, and the lab hears nothing of it
WAYS = ((signal.SIGINT, signal.SIGTERM), (signal.SIGHUP,), (signal.SIGKILL,), (NETWORK_GONE,))
"""Those in one row one after another at one server, the rows at the same time."""


def seconds_to_rest(lab: Server, way: signal.Signals) -> float:
    """From the death of a load until the dials are where they stood; fails if that takes longer than `PATIENCE`."""
    before, run = lab.fetch("/lab/dials", AT_REST), last_run(lab)
    process = start("mixed.py", lab.url, "--users", "8", "--run-time", "60s")
    try:
        wait_for_calls(lab, process, run)
        assert lab.fetch("/lab/dials", {})["fault_rate"]
        since = time.monotonic()
        os.killpg(process.pid, way)
        until(lambda: lab.fetch("/lab/dials", {}) == before, f"the dials after {way.name}", PATIENCE)
        taken = time.monotonic() - since
        until(lambda: lab.fetch("/lab/status")["outside"] is None, f"the end of the lease after {way.name}", PATIENCE)
        return taken
    finally:
        stop(process, 0.0)
        process.communicate()


def test_a_load_that_dies_leaves_the_dials_at_rest(tmp_path: Path) -> None:
    """In five ways of dying, the dials are where they stood within 15 s."""

    def try_all(ways: tuple[signal.Signals, ...]) -> list[float]:
        with Server(tmp_path / ways[0].name) as lab:
            return [seconds_to_rest(lab, way) for way in ways]

    with ThreadPoolExecutor(len(WAYS)) as pool:
        for ways, taken in zip(WAYS, pool.map(try_all, WAYS), strict=True):
            for way, seconds in zip(ways, taken, strict=True):
                print(f"{way.name}: dials at rest after {seconds:.1f} s")
