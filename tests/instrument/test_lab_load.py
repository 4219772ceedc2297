"""The lab with everything going on at once: polls, bursts, visitors and resets."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from racelab.live.burst import Order
from tests.instrument.labs import BOTH, World, seen, until
from tests.subject.threads import run_together

RESETS = 6


class Crowd:
    """Who comes, each in a thread, until the last reset is done."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._stop = threading.Event()
        self.runs: list[int] = []

    def poll(self) -> None:
        """A page: every sample once and in order, runs that never go back, and never a loss on fixed."""
        client, cursor, run = self._world.app.test_client(), 0, 0
        while not self._stop.is_set():
            answer: Any = client.get(f"/lab/poll?since={cursor}").get_json()
            assert [sample["seq"] for sample in answer["samples"]] == list(range(cursor, answer["next"]))
            cursor, verdict = answer["next"], answer["verdict"]
            assert run <= verdict["run"]
            run = verdict["run"]
            assert verdict["variants"]["fixed"]["verdict"] in ("agree", "cannot tell"), verdict["variants"]["fixed"]

    def visit(self) -> None:
        """A visitor from outside, who is let in or told to try again."""
        client = self._world.app.test_client()
        while not self._stop.wait(0.01):
            for variant in BOTH:
                answer = client.post(f"/{variant}/api/login", json={"username": "ann", "password": "x"})
                assert answer.status_code in (200, 503), answer.text

    def burst(self) -> None:
        """Somebody who lets visitors in again whenever they have left."""
        while not self._stop.wait(0.02):
            self._world.lab.burst.start(Order("lost_updates", BOTH, 3, 60, use_dials=True))

    def reset(self) -> None:
        """Somebody who begins a new run as soon as there is something to throw away."""
        totals = self._world.lab.variants["fixed"].ledger.totals
        try:
            for _ in range(RESETS):
                until(lambda: totals().calls["update", "acknowledged"] > 20, "some saves")
                self.runs.append(self._world.lab.reset())
        finally:
            self._stop.set()


@pytest.mark.stress
def test_polls_bursts_and_resets_at_once_lose_no_count(started: World) -> None:
    """Concurrent polls, bursts and resets leave no gap and mix no runs."""
    crowd = Crowd(started)
    run_together([crowd.reset, crowd.burst, crowd.visit, *[crowd.poll] * 3])
    started.lab.burst.stop(wait=30)
    assert crowd.runs == list(range(2, RESETS + 2))
    ended = started.lab.runs.ended()
    assert [run["run"] for run in ended] == list(range(1, RESETS + 1))
    fixed = [run["variants"]["fixed"] for run in ended if run["settled"]]
    assert fixed, "no run ended settled: the test shows nothing"
    assert [told["vanished"] for told in fixed] == [0] * len(fixed)
    assert min(told["promised"] for told in fixed) > 20
    started.lab.settle()
    assert seen(started.verdict(), "fixed") == set()
    sample = started.lab.variants["fixed"].sample()
    assert [sample["store"]] * 2 == sample["should_be"]
