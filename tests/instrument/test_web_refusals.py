"""What the instrument's HTTP interface refuses: in words, with the right status, and with nothing changed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from racelab.live import lab as lab_module
from racelab.web.serving.guard import HEADERS
from session_manager.databases import DatabaseUnavailable
from tests.instrument.calls import Running
from tests.instrument.labs import World, until
from tests.instrument.refusals import TELLING, refused, send, state
from tests.subject.cases import Cases

HUGE = "1" + "0" * 400
DEEP = "[" * 8000

BAD_DIALS = [
    '{"window_ms": "1"}', '{"window_ms": true}', '{"window_ms": null}', '{"window_ms": [1]}', '{"window_ms": {}}',
    '{"window_ms": -0.1}', '{"window_ms": 50.001}', '{"window_ms": NaN}', '{"window_ms": Infinity}',
    '{"window_ms": -Infinity}', '{"window_ms": 1e999}', f'{{"window_ms": {HUGE}}}', f'{{"window_ms": -{HUGE}}}',
    '{"fault_rate": 1.01}', '{"fault_rate": false}', '{"db_latency_ms": 1000.5}', '{"cache_ttl_s": -1}',
    '{"cleanup_interval_s": 0.04}', '{"cleanup_interval_s": 3601}', '{"window": 1}', '{"": 1}', '{"run": 1}',
    '{"window_ms": 1, "fault_rate": 2}', '{"cache_ttl_s": 5, "nonsense": 1}',
]  # fmt: skip

BAD_ORDERS = [
    '{"kind": "nonsense"}', '{"kind": 1}', '{"kind": null}', '{"kind": ["mixed"]}', '{"kind": {}}',
    '{"variants": []}', '{"variants": "buggy"}', '{"variants": ["nobody"]}', '{"variants": [1]}', '{"variants": [[]]}',
    '{"variants": ["buggy", {}]}', '{"variants": null}', '{"variants": {"buggy": 1}}',
    '{"visitors": 0}', '{"visitors": 65}', '{"visitors": 1.5}', '{"visitors": "3"}', '{"visitors": true}',
    f'{{"visitors": {HUGE}}}', '{"visitors": NaN}', '{"kind": "one_visitor", "visitors": "many"}',
    '{"seconds": 0.5}', '{"seconds": 61}', '{"seconds": NaN}', '{"seconds": Infinity}', '{"seconds": "5"}',
    '{"seconds": []}', '{"seconds": true}', f'{{"seconds": {HUGE}}}',
    '{"use_dials": 1}', '{"use_dials": "yes"}', '{"seed": -1}', '{"seed": 0.5}', f'{{"seed": {HUGE}}}',
    '{"speed": 1}',
]  # fmt: skip

BAD_LETTERS = [f'{{"session_id": {value}}}' for value in ("[]", "{}", "5", "null", "true", "1.5", '["x"]')]

NO_OBJECTS = [("[]", 422), ("5", 422), ('"x"', 422), ("null", 422), ("true", 422), ("NaN", 422), ("", 400), ("{", 400),
              ("{'a': 1}", 400), ('{"a": 1', 400), ("\x00", 400), (DEEP, 400), ('{"a":' * 3000, 400),
              ("9" * 5000, 400)]  # fmt: skip

ASKING = ["/lab/poll", "/lab/status", "/lab/verdict", "/lab/runs", "/lab/export.json", "/lab/dead-letters/fixed"]


def test_a_dial_that_cannot_be_set_so_is_refused_and_none_is_turned(lived_in: World) -> None:
    """Wrong types, unknown names and numbers out of range get 422 and set no dial."""
    before = state(lived_in)
    with Cases() as cases:
        for body in BAD_DIALS:
            with cases.case(body):
                assert refused(lived_in, send(lived_in, "/lab/dials", body), 422, before)


def test_a_burst_that_makes_no_sense_is_refused(lived_in: World) -> None:
    """A burst with a wrong type, name or number gets 422 and starts no load."""
    before = state(lived_in)
    with Cases() as cases:
        for body in BAD_ORDERS:
            with cases.case(body):
                assert refused(lived_in, send(lived_in, "/lab/burst", body), 422, before)
                assert not lived_in.lab.burst.running()


def test_a_dead_letter_that_is_not_there_is_refused(lived_in: World) -> None:
    """An id that is no dead letter gets 404, what is no id gets 422; all letters stay."""
    before = state(lived_in)
    bodies = [*BAD_LETTERS, '{"session_id": "nobody"}', '{"session_id": ""}']
    with Cases() as cases:
        for action, body in product(("retry", "discard"), bodies):
            with cases.case(action, body):
                status = 422 if body in BAD_LETTERS else 404
                refused(lived_in, send(lived_in, f"/lab/dead-letters/fixed/{action}", body), status, before)


def test_what_is_no_json_object_is_refused(lived_in: World) -> None:
    """A body that is malformed, too deep, or another kind of JSON is refused."""
    before = state(lived_in)
    with Cases() as cases:
        for path, (body, status) in product(TELLING, NO_OBJECTS):
            with cases.case(path, repr(body[:8])):
                refused(lived_in, send(lived_in, path, body), status, before)


def test_only_json_is_taken_and_not_too_much_of_it(lived_in: World) -> None:
    """A form, text or no type gets 415, more than 16 KB gets 413; nothing changes."""
    before = state(lived_in)
    others: list[dict[str, Any]] = [
        {"data": {"a": 1}},
        {"data": "{}", "content_type": "text/plain"},
        {"data": "{}"},
        {},
    ]
    with Cases() as cases:
        for path in TELLING:
            for options in others:
                with cases.case(path, options):
                    refused(lived_in, lived_in.client.post(path, **options), 415, before)
            with cases.case(path, "too long"):
                refused(lived_in, send(lived_in, path, '{"session_id": "' + "x" * 16_384 + '"}'), 413, before)


def test_a_cursor_is_a_whole_number(lived_in: World) -> None:
    """A cursor of any other form gets 422 and a sentence that names `since`."""
    before = state(lived_in)
    with Cases() as cases:
        for since in ("-1", "1.5", "x", "", "1e3", "9" * 16, "0x1", " 1", "NaN"):
            with cases.case(repr(since)):
                answer = lived_in.client.get("/lab/poll", query_string={"since": since})
                assert "`since`" in refused(lived_in, answer, 422, before)


def test_a_wrong_method_is_told_which_is_right(lived_in: World) -> None:
    """A wrong method gets 405 with the right one in Allow."""
    before = state(lived_in)
    for path in TELLING:
        for accept in ("*/*", "text/html"):
            answer = lived_in.client.get(path, headers={"Accept": accept})
            assert answer.status_code == 405
            assert "POST" in answer.headers["Allow"]
    for path in ["/", *ASKING, "/lab/runs/1"]:
        answer = lived_in.client.post(path, json={})
        assert "GET" in answer.headers["Allow"]
        refused(lived_in, answer, 405, before)


def test_a_person_gets_a_page_and_a_program_a_problem(world: World) -> None:
    """An error is a page for those who accept HTML, and a problem for all others."""
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    for accept in (browser, "text/html", "*/*", "application/json", ""):
        answer = world.client.get("/nowhere", headers={"Accept": accept})
        mimetype = "text/html" if "text/html" in accept else "application/problem+json"
        assert (answer.status_code, answer.mimetype) == (404, mimetype), accept
    page = world.client.get("/<b>nowhere", headers={"Accept": browser})
    assert "Not Found" in page.text
    assert "<b>nowhere" not in page.text


def test_every_answer_has_the_security_headers(world: World) -> None:
    """Every answer has the security headers, and measurements are not cached."""
    answers = [
        world.client.get(path) for path in ("/", *ASKING, "/lab/export.html", "/nowhere", "/lab/reset", "/health")
    ]
    answers += [world.client.get("/nowhere", headers={"Accept": "text/html"})]
    answers += [world.client.get("/", headers={"Host": "evil.example"})]
    answers += [send(world, "/lab/dials", body) for body in ("{}", "{", DEEP, '{"window_ms": -1}')]
    answers += [send(world, "/lab/dials", "{}", Origin="null"), send(world, "/api/login", "[]")]
    answers += [world.client.get("/fixed/api/session/nobody")]
    answers += [world.client.get("/static/css/base.css", buffered=True)]
    assert {answer.status_code for answer in answers} == {200, 400, 403, 404, 405, 422}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "default-src 'self'" in HEADERS["Content-Security-Policy"]
    for path in ASKING:
        assert world.client.get(path).headers["Cache-Control"] == "no-store"


def test_a_reset_that_cannot_drain_is_refused_and_all_is_as_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reset that cannot drain gets 503 and changes nothing."""
    monkeypatch.setattr(lab_module, "DRAIN_SECONDS", 0.01)
    session = world.login()
    running = Running(world.lab.variants["buggy"].ledger, "update", "s", "k", "v")
    before = state(world)
    assert "Stop the load" in refused(world, world.tell("/lab/reset"), 503, before)
    assert world.save(session).status_code == 200
    running.end()
    assert world.tell("/lab/reset").get_json() == {"run": 2}
    assert world.save(session).status_code == 404


def test_while_the_lab_is_reset_calls_are_refused_and_change_nothing(world: World) -> None:
    """A call during a reset gets 503, is definite and changes nothing."""
    inside, go_on, statuses = threading.Event(), threading.Event(), list[Any]()
    clear = world.lab.sessions.clear

    def slow_clear(variant: str) -> None:
        inside.set()
        assert go_on.wait(20)
        clear(variant)

    world.lab.sessions.clear = slow_clear  # type: ignore[method-assign]
    session = world.login()
    resetting = threading.Thread(target=lambda: statuses.append(world.app.test_client().post("/lab/reset", json={})))
    resetting.start()
    assert inside.wait(20)
    answer = world.save(session)
    verdict = world.ask("/lab/verdict")
    go_on.set()
    resetting.join(20)
    assert (answer.status_code, answer.get_json()["definite"]) == (503, True)
    assert (verdict["run"], verdict["settled"], verdict["waiting_for"]) == (1, False, "the lab is being reset")
    assert statuses[0].get_json() == {"run": 2}
    assert world.lab.runs.ended()[0]["variants"]["fixed"]["promised"] == 0
    assert world.lab.variants["fixed"].ledger.totals().of("acknowledged") == 0
    assert world.login()


def test_a_database_that_fails_during_a_reset_does_not_shut_the_door(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a database error during a reset the lab takes calls in the same run."""

    def fail(variant: str) -> None:
        raise DatabaseUnavailable(OSError("disk I/O error"))

    with monkeypatch.context() as broken:
        broken.setattr(world.lab.sessions, "clear", fail)
        answer = world.tell("/lab/reset")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert world.lab.runs.run == 1
    assert world.login()
    assert world.verdict()["settled"]
    assert world.tell("/lab/reset").get_json() == {"run": 2}


def test_a_reset_during_a_burst_stops_it_first(make_world: Callable[..., World]) -> None:
    """A reset stops the burst, whose calls belong to the run that ended."""
    world = make_world()
    dials = world.lab.dials()
    world.tell("/lab/burst", {"kind": "lost_updates", "visitors": 4, "seconds": 60})
    until(lambda: world.lab.burst.progress()["requests"] > 40, "some requests")
    assert world.tell("/lab/reset").get_json() == {"run": 2}
    assert world.lab.burst.progress()["state"] == "stopped"
    assert world.lab.dials() == dials
    (ended,) = world.ask("/lab/runs")["runs"]
    assert (ended["settled"], ended["environment"]["window_ms"]) == (True, 2.0)
    assert all(told["promised"] > 0 for told in ended["variants"].values())
    for variant in world.lab.variants.values():
        assert variant.ledger.totals().calls == {}
        assert variant.sample()["store"] == 0
    assert world.ask("/lab/status")["environment"]["window_ms"] == 0
