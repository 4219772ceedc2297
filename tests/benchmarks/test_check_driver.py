"""The benchmark of the driver of `check`: its server is one that a check takes for right."""

from __future__ import annotations

from benchmarks.check_driver import measure


def test_the_trivial_server_agrees_and_the_drivers_time_is_counted() -> None:
    """A short run has requests, some processor time, and nothing wrong."""
    found = measure(4, 1)
    assert found["wrong"] == 0
    assert found["requests"] > 200
    assert 0 < found["cpu_s"] < 2 * found["seconds"]
    assert found["per_cpu_s"] == found["requests"] / found["cpu_s"]
