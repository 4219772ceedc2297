"""The log: one JSON line for what an operator must know, no id of a session, and nothing unless it is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.instrument.labs import World


def lines(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """The lines since the last look."""
    return [json.loads(line) for line in capsys.readouterr().err.splitlines()]


def test_what_goes_wrong_gives_one_line(make_world: Callable[..., World], capsys: pytest.CaptureFixture[str]) -> None:
    """A failed request, one of unknown outcome and an early end of cleanup are told."""
    world = make_world(LOG="json", LOG_KEY="k").start()
    assert [line["event"] for line in lines(capsys)] == ["run_began"]
    session = world.login()
    world.client.get(f"/fixed/api/session/{session}")
    world.logout(session)
    assert lines(capsys) == []
    world.client.get(f"/fixed/api/session/{session}")
    (failed,) = lines(capsys)
    assert (failed["event"], failed["status"], failed["endpoint"]) == ("request_failed", 404, "read")
    assert failed["variant"] == "fixed"
    assert failed["session"] == world.lab.events.pseudonym(session)
    world.lab.turn({"fault_rate": 1.0})
    world.client.post("/buggy/api/login", json={"username": "a", "password": "x"})
    assert [line["event"] for line in lines(capsys)] == ["request_unknown"]
    world.lab.sessions.clean("fixed")
    assert [(x["event"], x["variant"]) for x in lines(capsys)] == [("cleanup_ended_early", "fixed")]


def test_cleanup_that_ends_early_again_and_again_is_told_once(
    make_world: Callable[..., World], capsys: pytest.CaptureFixture[str]
) -> None:
    """A cycle that ends for the reason of the one before is not told, and after a good one it is again."""
    world = make_world(LOG="json").start()
    world.logout(world.login_of_length(odd=False))
    world.logout(world.login_of_length(odd=False))
    for rates in ((1.0, 1.0, 1.0), (0.0,), (1.0,)):
        lines(capsys)
        for rate in rates:
            world.lab.turn({"fault_rate": rate})
            world.lab.sessions.clean("fixed")
        told = [line["event"] for line in lines(capsys)]
        assert told == ([] if rates == (0.0,) else ["cleanup_ended_early"])


def test_a_run_is_told_from_its_beginning_to_its_end(
    make_world: Callable[..., World], capsys: pytest.CaptureFixture[str]
) -> None:
    """A reset tells the verdicts of the run that ends, and the next one begins."""
    world = make_world(LOG="json").start()
    world.save(world.login())
    world.lab.reset()
    began, ended, anew = lines(capsys)
    assert (began["event"], ended["event"], anew["event"]) == ("run_began", "run_ended", "run_began")
    assert ended["verdicts"]["fixed"] == "agree"
    assert (began["run"], ended["run"], anew["run"]) == (1, 1, 2)


def test_a_slow_request_is_told(make_world: Callable[..., World], capsys: pytest.CaptureFixture[str]) -> None:
    """Beyond the limit a request is slow, and below it not."""
    world, quick = make_world(LOG="json", LOG_SLOW_MS=0), make_world(LOG="json", LOG_SLOW_MS=60_000)
    quick.client.get("/health")
    world.client.get("/health")
    assert [line["event"] for line in lines(capsys)] == ["run_began", "run_began", "request_slow"]


def test_no_line_has_the_id_of_a_session(make_world: Callable[..., World], capsys: pytest.CaptureFixture[str]) -> None:
    """After a load with faults the log has many lines, and none has an id."""
    world = make_world(LOG="json").start()
    known = [world.login(variant) for variant in ("buggy", "fixed") for _ in range(10)]
    world.lab.turn({"fault_rate": 0.3})
    for session in known:
        for variant in ("buggy", "fixed"):
            world.save(session, variant=variant)
            world.logout(session, variant)
            world.client.get(f"/{variant}/api/sessions/{session}")
    world.lab.reset()
    output = capsys.readouterr().err
    assert len(output.splitlines()) > 20
    assert not [session for session in known if session in output]


def test_without_the_setting_there_is_no_line(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """Silence means that nothing was asked for."""
    world.start().client.get("/fixed/api/session/none")
    world.lab.reset()
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("setting", "wrong"), [("LOG", "xml"), ("LOG_SLOW_MS", "much"), ("LOG_KEY", "k" * 65)])
def test_a_wrong_setting_is_refused(make_world: Callable[..., World], setting: str, wrong: str) -> None:
    """A wrong setting is named when the app is built."""
    with pytest.raises(ValueError, match=setting):
        make_world(**{"LOG": "json", setting: wrong})
