"""One lab in memory, as a load sees it when it begins and ends. No Locust, and no network."""

from __future__ import annotations

import io
import urllib.error
from collections.abc import Iterator, Mapping
from email.message import Message
from typing import Any

import pytest

from locustfiles import _lab
from locustfiles._lab import LabClient, LabProblem
from locustfiles._verdict import Run
from racelab.bugs import ExitCode
from racelab.live.lab import LabBusy
from racelab.promises.heard import Heard
from tests.instrument.labs import World

URL = "http://lab"
DIALS = {"window_ms": 2.0, "fault_rate": 0.1, "db_latency_ms": 0.0, "cache_ttl_s": 77.0}
LENT = {"users": 0, "stopping": False, "kind": ""}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A lab that answers at `URL`."""
    world = World().start()

    def fetch(url: str, body: Mapping[str, Any] | None = None, timeout: float = 5.0) -> Any:
        path = url.removeprefix(URL)
        answer = world.client.open(path, method="GET" if body is None else "POST", json=body)
        if answer.status_code >= 400:
            raise urllib.error.HTTPError(url, answer.status_code, "", Message(), io.BytesIO(answer.data))
        return answer.get_json()

    monkeypatch.setattr(_lab, "fetch", fetch)
    monkeypatch.setattr(_lab, "LOOK_AGAIN", 0.01)
    yield world
    world.lab.stop()


def test_a_second_load_is_refused_before_it_resets_anything(world: World) -> None:
    """The first keeps run, dials and lease; when it has left, another one may begin."""
    first = LabClient(URL)
    begun = first.begin(DIALS, keep_run=False)
    world.login("fixed")
    for keep_run in (False, True):
        with pytest.raises(LabProblem, match=r"The lab at http://lab is busy. Another load from outside is running"):
            LabClient(URL).begin({**DIALS, "fault_rate": 0.5}, keep_run)
    status = world.lab.status()
    assert (status["run"], status["outside"], status["dials"]["fault_rate"]) == (begun.run, LENT, 0.1)
    first.check_same(begun)
    first.leave(begun)
    LabClient(URL).begin(DIALS, keep_run=False)


def test_a_load_that_cannot_begin_gives_the_lease_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After each failure no load is running, and the dials are where they stood."""
    before = world.lab.dials()

    def refuse(*_: object) -> None:
        raise LabBusy("It cannot be reset.")

    for name in ("reset", "turn"):
        with monkeypatch.context() as patched:
            patched.setattr(world.lab, name, refuse)
            with pytest.raises(LabProblem, match="It cannot be reset"):
                LabClient(URL).begin(DIALS, keep_run=False)
        assert world.lab.status()["outside"] is None, name
        assert world.lab.dials() == before


def test_a_load_that_cannot_be_judged_gives_the_lease_back(world: World) -> None:
    """After a run that another client has ended, the lab is free, and its dials are back."""
    before = world.lab.dials()
    lab = LabClient(URL)
    begun = lab.begin(DIALS, keep_run=False)
    world.login("fixed")
    world.tell("/lab/reset")
    report = Run(lab, begun, "mixed", begun.variants, "usual").conclude({name: Heard() for name in begun.variants}, 0)
    assert report.conclusion.code == ExitCode.CANNOT_TELL
    assert "was ended by another client" in report.conclusion.reason
    assert world.lab.status()["outside"] is None
    assert world.lab.dials() == before
