"""Several workers whose engine is restarted, or whose fellow is killed, under load: what was acknowledged is stored."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from pathlib import Path
from typing import Any

import pytest

from tests.engines import PostgresServer, RedisServer, started
from tests.test_workers import assert_no_anomaly
from tests.workers import Workers, until

pytestmark = pytest.mark.stress
KILLS = int(os.environ.get("RACELAB_TEST_KILLS", "5"))
"""How many workers: 40 take about a minute, and show more."""
LONGEST = 60


def kill_and_restart(lab: Workers, engine: Any, seed: int = 16) -> None:
    """Kill a random worker about each second, and in the middle the engine, which comes back with what it has.

    Then the load ends. It does not end by the clock: on a busy computer a new worker takes its time.
    """
    chance = random.Random(seed)
    for number in range(KILLS):
        until(lambda: bool(lab.pids()))
        victim = chance.choice(lab.pids())
        os.kill(victim, signal.SIGKILL)
        if number == KILLS // 2:
            engine.kill()
            engine.restart()
        until(lambda victim=victim: victim not in lab.pids())  # type: ignore[misc]
        time.sleep(1)
    lab.post("/lab/burst/stop")


def assert_cleaned_up(lab: Workers, variant: str) -> None:
    """The queue is empty, and the dead letters are exactly the ids that cannot be removed."""
    until(lambda: lab.fetch("/lab/verdict")["variants"][variant]["counts"]["queue"] == 0)
    letters = lab.fetch(f"/lab/dead-letters/{variant}")["dead_letters"]
    assert all(len(letter["session_id"]) % 2 for letter in letters)
    assert letters


def test_redis_is_killed_and_restarted_under_load(tmp_path: Path) -> None:
    """With each write on its disk before the answer, nothing that was acknowledged is missing."""
    (tmp_path / "redis").mkdir()
    with (
        started(RedisServer, tmp_path / "redis", persistent=True) as redis,
        Workers(tmp_path / "lab", redis.url) as lab,
    ):
        told = lab.run("mixed", LONGEST, lambda: kill_and_restart(lab, redis), users=12)
        fixed = told["variants"]["redis-fixed"]
        assert_no_anomaly(fixed)
        assert fixed["promised"] > 100
        assert_cleaned_up(lab, "redis-fixed")
        assert told["variants"]["redis-buggy"]["vanished"] > 0


def test_postgres_is_killed_and_restarted_under_load() -> None:
    """A committed statement survives, and workers connect again by themselves."""
    with (
        tempfile.TemporaryDirectory(prefix="racelab-") as folder,
        started(PostgresServer, Path(folder)) as postgres,
        tempfile.TemporaryDirectory(prefix="racelab-") as instance,
        Workers(Path(instance), "", ["postgres-fixed"], RACELAB_SESSION_MANAGER_POSTGRES=postgres.url) as lab,
    ):
        told = lab.run("mixed", LONGEST, lambda: kill_and_restart(lab, postgres), users=12)
        fixed = told["variants"]["postgres-fixed"]
        assert_no_anomaly(fixed)
        assert fixed["promised"] > 100
        assert_cleaned_up(lab, "postgres-fixed")
