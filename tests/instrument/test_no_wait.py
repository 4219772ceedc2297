"""Saves without added delay: what is counted, what is said of it, and that the lab's own state is left alone."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from racelab.bugs import ExitCode
from racelab.catalogue.variants import VARIANTS
from racelab.cli.demo import judge_no_wait
from racelab.live.no_wait import (
    FIRST,
    MOST_SAVES,
    MOST_SECONDS,
    USERS,
    Kept,
    sentence,
    the_same_again,
    until_the_first_loss,
)
from racelab.web import dashboard
from session_manager import fixed
from tests.instrument.labs import World

FORGOTTEN = 3


class Forgets(fixed.SessionManager):
    """Acknowledges some saves that it does not make: the first ones of each key."""

    def update_session(self, session_id: str, key: str, value: str) -> None:
        if int(value) >= FORGOTTEN or key != "user-0":
            super().update_session(session_id, key, value)


def test_the_buggy_manager_loses_without_any_wait_and_the_fixed_one_does_not() -> None:
    """Without added delay or fault the buggy manager loses a save, and the fixed one keeps as many."""
    lost = until_the_first_loss(VARIANTS["buggy"])
    assert lost.vanished > 0
    assert lost.saves == USERS * sum(lost.rounds)
    kept = the_same_again(VARIANTS["fixed"], lost.rounds)
    assert kept == Kept(lost.saves, 0, lost.rounds)


def test_it_counts_what_vanished_and_ends_with_the_first_loss() -> None:
    """The first round with a loss is the last, and the missing saves are counted exactly."""
    assert until_the_first_loss(Forgets) == Kept(USERS * FIRST, FORGOTTEN, (FIRST,))
    assert the_same_again(Forgets, (10, 20)).vanished == 2 * FORGOTTEN


def test_it_is_bounded_in_saves_and_in_time() -> None:
    """A manager that loses nothing ends the experiment at either bound."""
    most = USERS * 3 * FIRST
    assert until_the_first_loss(fixed.SessionManager, most) == Kept(most, 0, (FIRST, 2 * FIRST))
    assert until_the_first_loss(fixed.SessionManager, seconds=0.0) == Kept(0, 0, ())


def test_the_page_says_what_its_button_does_with_its_bounds(world: World) -> None:
    """Both bounds are those that the experiment keeps."""
    assert f"after {MOST_SAVES:,} saves or about {MOST_SECONDS:g} seconds" in world.client.get("/").text


def test_the_sentence_claims_no_more_than_was_measured() -> None:
    """A loss is told with its number of saves, and no loss is not called correct."""
    kept = Kept(7000, 0, ())
    assert sentence(Kept(7000, 1, ()), kept) == (
        "After 7,000 saves without any added delay or fault, 1 vanished. On fixed, after as many saves, 0 vanished."
    )
    assert "does not mean that the manager is correct" in sentence(Kept(7000, 0, ()), kept)
    assert "5 vanished." in sentence(Kept(7000, 1, ()), Kept(7000, 5, ()))


def test_the_exit_code_says_what_came_out() -> None:
    """0 only if buggy lost and fixed did not; without a loss it cannot tell."""
    codes = {
        (lost, kept): judge_no_wait({"buggy": {"vanished": lost}, "fixed": {"vanished": kept}})
        for lost in (0, 1)
        for kept in (0, 1)
    }
    assert codes == {
        (0, 0): ExitCode.CANNOT_TELL,
        (1, 0): ExitCode.AS_EXPECTED,
        (0, 1): ExitCode.NOT_AS_EXPECTED,
        (1, 1): ExitCode.NOT_AS_EXPECTED,
    }


def test_the_route_leaves_the_labs_own_state_alone(world: World) -> None:
    """The lab's sessions, dials, run and verdict are what they were."""
    world.client.post("/lab/dials", json={"window_ms": 3})

    def state() -> list[Any]:
        status = world.client.get("/lab/status").get_json()
        verdict = world.client.get("/lab/verdict").get_json()
        calls = {name: seen["calls"] for name, seen in status["variants"].items()}
        return [status["run"], status["dials"], calls, verdict["variants"]]

    before = state()
    answer = world.client.post("/lab/no-wait", json={})
    assert answer.status_code == 200
    told = answer.get_json()
    assert told["managers"]["fixed"] == {"saves": told["managers"]["buggy"]["saves"], "vanished": 0}
    assert state() == before


def test_one_runs_at_a_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second one is refused while the first runs, and allowed afterwards."""
    begun, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> dict[str, object]:
        begun.set()
        assert go_on.wait(10)
        return {}

    monkeypatch.setattr(dashboard, "is_it_staged", slow)
    codes: list[int] = []

    def ask() -> None:
        codes.append(world.client.post("/lab/no-wait", json={}).status_code)

    first = threading.Thread(target=ask)
    first.start()
    assert begun.wait(10)
    ask()
    go_on.set()
    first.join(10)
    ask()
    assert codes == [409, 200, 200]
