"""An engine that is away: what the lab says of it, how often, and what it serves meanwhile."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest

from racelab.live.events import Events
from racelab.live.readiness import SILENT
from racelab.live.sampler import Sampler
from session_manager.databases import DatabaseUnavailable
from tests.instrument.labs import World, until

GONE = "the disk is gone"


def refuse(*_: object) -> Any:
    """Stands in for any read of a database that is away."""
    raise DatabaseUnavailable(OSError(GONE))


def away_and_back(events: Events) -> Sampler[Any]:
    """A sampler whose database is away for five samples, and answers then."""
    attempts: list[int] = []

    def read() -> dict[str, Any]:
        attempts.append(1)
        return refuse() if len(attempts) <= 5 else {}

    sampler = Sampler(read, hz=1000, events=events)
    sampler.start()
    until(lambda: sampler.since(0)[0] >= 3, "three samples")
    sampler.stop()
    return sampler


def test_an_outage_is_told_when_it_begins_and_when_it_is_over(caplog: pytest.LogCaptureFixture) -> None:
    """Five samples that fail for the database give two lines and no traceback."""
    assert away_and_back(Events()).outage.sentence() == ""
    began, ended = [record.getMessage() for record in caplog.records]
    assert GONE in began
    assert ended.startswith("The engine answers again, after ")
    assert not any(record.exc_info for record in caplog.records)


def test_an_outage_is_told_in_json(capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    """With the setting the same two lines are JSON, and nothing else is written."""
    away_and_back(Events("json"))
    began, ended = map(json.loads, capsys.readouterr().err.splitlines())
    assert (began["event"], ended["event"]) == ("engine_away", "engine_back")
    assert GONE in began["reason"]
    assert ended["seconds"] >= 0
    assert caplog.records == []


def test_each_different_error_has_its_traceback_once(caplog: pytest.LogCaptureFixture) -> None:
    """Two errors that nobody expects are told once each, however often they occur."""
    attempts: list[int] = []

    def read() -> dict[str, Any]:
        attempts.append(1)
        if len(attempts) % 2:
            raise RuntimeError("odd")
        raise KeyError("even")

    sampler = Sampler(read, hz=1000)
    with caplog.at_level(logging.ERROR):
        sampler.start()
        until(lambda: len(attempts) >= 6, "six attempts")
        sampler.stop()
    assert sorted(
        record.exc_info[0].__name__ for record in caplog.records if record.exc_info and record.exc_info[0]
    ) == [
        "KeyError",
        "RuntimeError",
    ]


@pytest.fixture
def away(make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch) -> World:
    """A lab whose fixed manager has a database that is away since a sample."""
    world = make_world().start()
    monkeypatch.setattr(world.lab.variants["fixed"].manager, "counts", refuse)
    until(lambda: world.lab.sampler.outage.since, "a sample that fails")
    return world


def test_the_page_opens_while_the_engine_is_away(away: World) -> None:
    """The page comes as HTML, and what it polls says since when the engine is away."""
    page = away.client.get("/", headers={"Accept": "text/html"})
    assert (page.status_code, page.mimetype) == (200, "text/html")
    polled = away.client.get("/lab/poll")
    assert polled.status_code == 503
    assert GONE in polled.get_json()["detail"]
    assert "The engine has been away since " in polled.get_json()["detail"]
    assert "tries again" in polled.get_json()["detail"]


def test_an_engine_that_is_away_is_no_stalled_process(away: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Readiness names the database, or what a sample met; a process that stalls is called so."""
    monkeypatch.setattr(away.lab.sampler, "pulse", lambda: (1, SILENT + 1))
    (met,) = away.client.get("/ready").get_json()["reasons"]
    assert met["reason"] == "sampler"
    assert GONE in met["detail"]
    assert "stalled" not in met["detail"]


def test_readiness_gives_one_reason_for_one_outage(away: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that refuses readiness and the sampler alike is one reason."""
    monkeypatch.setattr(away.lab.sessions.databases["fixed"], "read", refuse)
    monkeypatch.setattr(away.lab.sampler, "pulse", lambda: (1, SILENT + 1))
    assert [each["reason"] for each in away.client.get("/ready").get_json()["reasons"]] == ["database"]


def test_an_open_page_fills_no_log(
    capsys: pytest.CaptureFixture[str], make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A poll that gets 503 is not told; a poll that is wrong is, and so is another request that fails."""
    world = make_world(LOG="json").start()
    monkeypatch.setattr(world.lab.variants["fixed"].manager, "counts", refuse)
    for path in ("/lab/poll", "/lab/poll?since=x", "/lab/status"):
        world.client.get(path)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    failed = [(line["endpoint"], line["status"]) for line in told if line["event"].startswith("request_")]
    assert failed == [("poll", 422), ("status", 503)]


def test_a_load_that_an_engine_refuses_leaves_no_traceback(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its progress says why; of an unexpected error the log has the traceback as well."""
    monkeypatch.setattr("racelab.live.burst.visitor", refuse)
    assert GONE in world.burst("lost_updates")["message"]
    assert "The burst failed" not in caplog.text
    monkeypatch.setattr("racelab.live.burst.visitor", lambda *_: 1 / 0)
    assert world.burst("lost_updates")["state"] == "failed"
    assert "ZeroDivisionError" in caplog.text
