"""What a benchmark concludes from turns with something and without it, and the switch between them."""

from __future__ import annotations

import math
import random

from flask import Flask
from flask.testing import FlaskClient

from app import create_app
from benchmarks._report import Compared, Target
from benchmarks._served import SWITCH
from benchmarks._switched import switched
from racelab.live import watch
from racelab.live.visitor import caller


def compared(costs: list[float]) -> Compared:
    """Turns of so many per cent, at a speed that differs from pair to pair."""
    return Compared([100.0 + n for n in range(len(costs))], [(100.0 + n) * (1 - c / 100) for n, c in enumerate(costs)])


def test_the_interval_holds_the_true_cost_in_95_of_100_measurements() -> None:
    """Drawn 400 times around 2 %: fewer would be too narrow, and all of them too wide."""
    drawn = random.Random(7)
    inside = 0
    for _ in range(400):
        low, high = compared([drawn.gauss(2.0, 5.0) for _ in range(30)]).surely
        assert low < high
        inside += low <= 2.0 <= high
    assert 0.93 * 400 <= inside < 400


def test_few_pairs_tell_nothing() -> None:
    """Five pairs exclude nothing with 95 %; of six, both ends are needed."""
    for number in (1, 2, 5):
        few = compared([1.0] * number)
        assert few.surely == (-math.inf, math.inf)
        assert str(few) == "1.0 % (too few pairs)"
        assert Target("cost", few.cost, 3.0, most=True, surely=few.surely).reached is None
    assert tuple(map(round, compared([float(n) for n in range(6)]).surely)) == (0, 5)
    assert tuple(map(round, compared([float(n) for n in range(9)]).surely)) == (1, 7)


def test_a_limit_within_the_interval_is_not_called_reached() -> None:
    """Nor missed: it cannot be told."""
    verdicts = {
        surely: Target("cost", 2.0, 3.0, most=True, surely=surely).reached
        for surely in ((1.0, 2.9), (1.0, 3.1), (3.1, 4.0), None)
    }
    assert list(verdicts.values()) == [True, None, False, True]
    assert "cannot tell" in str(Target("cost", 2.0, 3.0, most=True, surely=(1.0, 3.1)))
    assert Target("speed", 5.0, 3.0, surely=(2.0, 6.0)).reached is None
    assert Target("speed", 5.0, 3.0, surely=(4.0, 6.0)).reached


def calls_told(app: Flask, client: FlaskClient) -> int:
    """Open a session, set a key of it, and count what the history has of it."""
    session = client.post("/fixed/api/login", json={"username": "ada", "password": "x"}).json["session_id"]  # type: ignore[index]
    assert client.put(f"/fixed/api/session/{session}/prefs", json={"key": "theme", "value": "dark"}).status_code == 200
    past = app.extensions["racelab"].variants["fixed"].ledger.past(session)
    return len(past.calls) if past is not None else 0


def test_the_switch_ends_the_history_and_takes_it_up_again() -> None:
    """Otherwise nothing would be compared with itself."""
    app = switched(create_app())
    client = app.test_client()
    try:
        for kept in (True, False, True):
            assert client.post(SWITCH, json={"kept": kept}).json == {"kept": kept}
            assert calls_told(app, client) == (2 if kept else 0)
            assert (vars(watch)["caller"] is caller) == kept
    finally:
        app.extensions["session_manager"].stop()
