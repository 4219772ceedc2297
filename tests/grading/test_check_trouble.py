"""Servers that fail in the middle: what was measured counts, what is unknown is never called lost, and it ends."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import pytest

from racelab.bugs import Verdict
from racelab.grading.check import Report, Settings, check
from tests.grading.plain import Faults, Request, plain
from tests.grading.test_check_refusals import http

pytestmark = pytest.mark.stress

CALM = 300
"""Requests that are answered before the trouble: the controls, and one round."""
SETTINGS = Settings(clients=4, seconds=4, hold=2, columns=("increments", "keys", "logout_read"), patience=1.0)


def troubled(
    instead: Callable[[Request], bytes | Iterable[bytes] | None], settings: Settings = SETTINGS
) -> tuple[Report, float]:
    """The report on a server with that trouble, and the seconds that it took."""
    with plain(Faults(instead=instead)) as server:
        began = time.monotonic()
        return check(server.url, settings), time.monotonic() - began


def test_a_server_that_dies_half_way_is_not_accused() -> None:
    """What was measured is told, the rest is cannot tell, and it ends in time."""

    def dies(request: Request) -> bytes | None:
        if request.number >= CALM:
            request.server.die()
            return b""
        return None

    report, took = troubled(dies)
    increments, keys, logouts = report.columns
    assert report.verdict is Verdict.CANNOT_TELL
    assert (increments.wrong, increments.verdict) == (0, Verdict.CANNOT_TELL)
    assert increments.tested > 0
    assert increments.unknown > 0
    assert "stopped answering" in increments.sentence
    assert {keys.verdict, logouts.verdict} == {Verdict.CANNOT_TELL}
    assert took < 15


def test_a_server_that_falls_silent_ends_in_time() -> None:
    """Requests without an answer are unknown, and the command does not wait for ever."""

    def silent(request: Request) -> bytes | None:
        if request.number >= CALM:
            time.sleep(30)
        return None

    report, took = troubled(silent)
    assert report.verdict is Verdict.CANNOT_TELL
    assert {column.wrong for column in report.columns} == {0}
    assert took < 20


def test_an_answer_in_drops_ends_in_time() -> None:
    """A byte now and then does not keep a request alive."""

    def drops() -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
        for _ in range(300):
            time.sleep(0.1)
            yield b"x"

    def drips(request: Request) -> Iterator[bytes] | None:
        return drops() if request.number >= CALM else None

    report, took = troubled(drips)
    assert report.verdict is Verdict.CANNOT_TELL
    assert took < 25


BROKEN = {
    "500": http("500 Oops"),
    "reset": b"",
    "error page": http("200 OK", "<html>", "Content-Type: text/html"),
    "half": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{",
    "huge": http("200 OK", "x" * (2 << 20)),
    "refused": http("409 Conflict"),
    "no json": http("200 OK", "{{{", "Content-Type: application/json"),
    "another type": http("200 OK", '{"n": "three", "keys": []}'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_requests_that_fail_now_and_then_are_not_called_lost(name: str) -> None:
    """One request in nine fails on a correct server: nothing is wrong."""

    def now_and_then(request: Request) -> bytes | None:
        counts = request.path.endswith("/count") if name not in ("no json", "another type") else request.method == "GET"
        return BROKEN[name] if request.number > CALM and request.number % 9 == 0 and counts else None

    report, took = troubled(now_and_then)
    assert {column.wrong for column in report.columns} == {0}, report.as_json()
    assert Verdict.DISAGREE not in {column.verdict for column in report.columns}
    counted = report.columns[0]
    if not counted.tested:  # on a slow machine the controls take longer, and meet the trouble themselves
        assert counted.verdict is Verdict.CANNOT_TELL
        return
    failed = counted.refused if name == "refused" else counted.unknown
    assert failed > 0 or name in ("no json", "another type")
    assert took < 20


def test_a_change_that_failed_for_its_client_only_is_inside_the_interval() -> None:
    """A write that was made and whose answer broke is neither lost nor invented."""

    def after(request: Request) -> bytes | None:
        if request.path.endswith("/count") and request.number > CALM and request.number % 9 == 0:
            session = next(reversed(request.server.stores[0].values()))
            session.data["n"] = session.data.get("n", 0) + 1
            return b""
        return None

    report, _ = troubled(after)
    assert report.columns[0].wrong == 0
    assert report.columns[0].unknown > 0


BUSY = 3
"""On a machine that does much else, two requests may seem to wait for each other; so it is tried again."""


def test_sessions_that_expire_in_the_middle_are_not_called_lost() -> None:
    """A session that a lifetime ends is no lost update: a session left alone ends too."""
    settings = Settings(clients=4, seconds=6, hold=150, columns=("increments",))
    for _ in range(BUSY):
        with plain(Faults(lifetime=2.0)) as server:
            report = check(server.url, settings)
        assert (report.verdict, report.columns[0].wrong) == (Verdict.CANNOT_TELL, 0)
        if "expire too soon" in report.columns[0].sentence:
            break
    assert "expire too soon" in report.columns[0].sentence, report.sentence
