"""Readiness: each reason why the lab cannot serve, and its twin in which it can."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest

from racelab.live import asks as asks_module
from racelab.live.asks import Asks
from racelab.live.growth import Growth
from racelab.live.readiness import SILENT
from session_manager.databases import DatabaseUnavailable
from tests.instrument.labs import BOTH, World


def reasons(world: World) -> list[str]:
    """The reasons that /ready gives, none if it is ready."""
    answer = world.client.get("/ready")
    if answer.status_code == 200:
        return []
    assert answer.status_code == 503
    assert answer.mimetype == "application/problem+json"
    body = answer.get_json()
    assert all(each["detail"] in body["detail"] for each in body["reasons"])
    return [each["reason"] for each in body["reasons"]]


def test_a_lab_that_runs_is_ready(started: World) -> None:
    """A started lab is ready, and asking starts none."""
    assert reasons(started) == []


def test_a_lab_that_is_not_started_or_has_ended_is_not_ready(world: World) -> None:
    """Asking begins nothing; another request does, and after the end it is not ready."""
    assert reasons(world) == ["life"] == reasons(world)
    assert world.client.get("/health").status_code == 200
    assert reasons(world) == []
    world.lab.stop()
    assert reasons(world) == ["life"]


@pytest.mark.parametrize("variant", BOTH)
def test_a_database_that_refuses_is_a_reason(started: World, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that refuses is named, and one that answers is none."""

    def refuse(_: str) -> None:
        raise DatabaseUnavailable(OSError("the disk is gone"))

    monkeypatch.setattr(started.lab.sessions.databases[variant], "read", refuse)
    body = started.client.get("/ready").get_json()
    assert [(each["reason"], each["variant"]) for each in body["reasons"]] == [("database", variant)]
    assert "the disk is gone" in body["detail"]


def test_a_database_that_hangs_blocks_no_request_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """A hanging question is asked once, and a caller waits no longer than the limit."""
    monkeypatch.setattr(asks_module, "LIMIT", 0.05)
    answer, asked = threading.Event(), list[int]()

    def hang() -> None:
        asked.append(1)
        answer.wait(30)

    asks = Asks(hang, lambda: 0.0)
    began = time.monotonic()
    assert [bool(asks.error()) for _ in range(100)] == [True] * 100
    assert time.monotonic() - began < 10
    assert len(asked) == 1
    answer.set()
    assert asks._answered.wait(10)
    assert asks.error() is None


def test_a_database_is_asked_once_a_second_at_most() -> None:
    """Many callers get the answer to one question."""
    asked: list[int] = []
    asks = Asks(lambda: asked.append(1), lambda: 0.0)
    assert not any(asks.error() for _ in range(50))
    assert len(asked) == 1
    asks._asked -= asks_module.PAUSE
    assert asks.error() is None
    assert len(asked) == 2


def test_only_a_queue_that_grows_without_a_break_counts() -> None:
    """A queue that shrinks or rests begins anew, and one that grows is counted."""
    now = [0.0]
    growth = Growth(lambda: now[0])

    def hold(lengths: list[int]) -> float:
        for length in lengths:
            now[0] += 1.0
            growth.note(length)
        return growth.seconds()

    assert hold(list(range(40))) >= 30
    assert hold([5]) == 0
    assert hold([*[5] * 60, 6]) < 11
    assert hold([6, 4] * 30) < 2


def grow(world: World, variant: str) -> None:
    """Let the queue of a variant have grown for a minute."""
    world.lab.variants[variant].growth.seconds = lambda: 60.0  # type: ignore[method-assign]


def test_a_queue_that_only_grows_is_a_reason(make_world: Callable[..., World]) -> None:
    """The growing queue of fixed is a reason, and that of buggy is its bug."""
    world = make_world(SESSION_MANAGER_CLEANUP_INTERVAL=0.5).start()
    grow(world, "buggy")
    assert reasons(world) == []
    grow(world, "fixed")
    assert reasons(world) == ["cleanup_queue"]
    world.lab.sessions.cleanup_interval = 300.0
    assert reasons(world) == []


def test_a_sampler_that_hangs_is_a_reason(started: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs, and has taken no sample for longer than the limit."""
    for silence, expected in ((SILENT - 0.1, []), (SILENT + 0.1, ["sampler"])):
        monkeypatch.setattr(started.lab.sampler, "pulse", lambda silence=silence: (1, silence))
        assert reasons(started) == expected


def test_a_silent_sampler_is_a_reason(started: World) -> None:
    """No sample for two seconds is a reason, and one that came in time is none."""
    started.lab.sampler.stop()
    assert reasons(started) == ["sampler"]
    started.lab.sampler.start()
    assert reasons(started) == []


def test_memory_at_its_limit_is_a_reason(make_world: Callable[..., World]) -> None:
    """A full memory is a reason, and a high limit is none."""
    full, free = make_world(MAX_MEMORY_MB=1).start(), make_world(MAX_MEMORY_MB=1_000_000).start()
    for world in (full, free):
        world.lab.sampler.sample()
    assert reasons(full) == ["memory"]
    assert reasons(free) == []
