"""The board of a class: what it takes, what it refuses, and who may only read it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest
from werkzeug.test import TestResponse

from app import create_app
from racelab.web.classroom import gathered
from racelab.web.classroom import pages as classroom
from tests.instrument.labs import CALM, World
from tests.subject.cases import Cases

STUDENTS = 20
OTHER = "192.0.2.7"
LOAD = {"kind": "lost_updates", "managers": ["buggy"], "visitors": 20, "seconds": 5.0}
ALONE = LOAD | {"kind": "one_visitor", "visitors": 1}


@pytest.fixture
def world() -> World:
    """A lab with a class."""
    return World({"CLASS": STUDENTS})


def result(promised: int, vanished: int) -> dict[str, Any]:
    """What an export says of one manager."""
    verdict = "do not agree" if vanished else "agree"
    return {"asked": promised > 0, "verdict": verdict, "promised": promised, "vanished": vanished}


def one_run(number: int = 1, vanished: int = 240, began: float = 100.5) -> dict[str, Any]:
    """A run as an export has it."""
    environment = {"python": "3.13.1", "gil": True, "window_ms": 2.0, "fault_rate": 0, "pid": 7}
    variants = {"buggy": result(1000, vanished), "fixed": result(900, 0)}
    return {"run": number, "started_at": began, "environment": environment, "variants": variants, "loads": [LOAD]}


def hand_in(world: World, file: Any, name: str = "ada.json", **options: Any) -> TestResponse:
    """Drop a file on the board."""
    data = file if isinstance(file, bytes) else json.dumps(file).encode()
    query = {"name": name}
    return world.client.post("/class/runs", query_string=query, data=data, content_type="application/json", **options)


def board(world: World) -> Any:
    """All that is on it."""
    return world.ask("/class/class.json")


def test_guesses_are_counted_taken_back_and_drawn(world: World) -> None:
    """Twenty guesses have a median and a range; the last is taken back; a name is shown as text."""
    for lost in (0, 5, 10, 17.5, 60):
        told = world.tell("/class/guesses", {"lost": lost, "name": "<b>Ada</b>" if lost == 10 else ""}).get_json()
    assert (told["said"], told["counted"]) == ("Guess 5: 60.", "5 of 20")
    assert "5 guesses of 20: median 10 of 100, from 0 to 60." in told["html"]
    assert told["html"].count("<circle") == 5
    assert world.tell("/class/guesses/undo").get_json()["said"] == "Taken back: 60."
    assert [guess["lost"] for guess in board(world)["guesses"]] == [0, 5, 10, 17.5]
    hand_in(world, {"run": one_run(vanished=100)})
    assert "the guess 10 (&lt;b&gt;Ada&lt;/b&gt;)" in world.client.get("/class").text
    assert "<b>Ada" not in world.client.get("/class/class.html").text


@pytest.mark.parametrize("lost", [None, -1, 100.1, True, "7", float("nan"), 10**400])
def test_a_guess_that_is_none_is_refused(world: World, lost: object) -> None:
    """With the range; nothing is added."""
    refused = world.client.post("/class/guesses", json={"lost": lost})
    assert (refused.status_code, "from 0 to 100" in refused.get_json()["detail"]) == (422, True)
    assert board(world)["guesses"] == []


def test_both_shapes_of_an_export_are_read(world: World) -> None:
    """That of one run; and of the older one the last run with a request."""
    asked_nothing = one_run(3) | {"variants": {"buggy": result(0, 0), "fixed": result(0, 0)}}
    older = one_run(2, 500)
    del older["loads"]
    told = hand_in(world, {"exported_at": 1.0, "run": one_run()}).get_json()
    assert told["said"] == "ada.json: added. Buggy 24.0 % of 1,000 changes; fixed 0 % of 900 changes."
    hand_in(world, {"exported_at": 1.0, "runs": [one_run(1, 1), older, asked_nothing], "samples": []}, "bob.json")
    ada, bob = board(world)["runs"]
    assert ada["variants"]["buggy"] == {"changes": 1000, "vanished": 240, "percent": 24.0}
    assert ada["conditions"] == "lost updates, 20 users, 5 s; added delay up to 2 ms, no faults"
    assert (bob["source"], bob["variants"]["buggy"]["vanished"]) == ("bob.json", 500)
    assert bob["conditions"].startswith("load not known")
    assert (
        "buggy, 2 runs: a median of 37.0 % vanished, from 24.0 % to 50.0 %; 740 of 2,000 changes in all."
        in board(world)["said"]
    )
    assert "fixed, 2 runs: none of 1,800 changes vanished." in board(world)["said"]


def test_a_run_counts_once_and_a_later_state_of_it_replaces_it(world: World) -> None:
    """The same file again, under another name too; and the same run after another load."""
    hand_in(world, {"run": one_run()})
    again = hand_in(world, {"run": one_run()}, "copy.json").get_json()
    assert again["said"] == "copy.json: this run is on the board already. It counts once."
    run = one_run(vanished=250)
    run["variants"]["buggy"] = result(2000, 250)
    later = hand_in(world, {"run": run}).get_json()
    assert "in place of an earlier state of the same run" in later["said"]
    assert "on the board already" in hand_in(world, {"run": one_run()}).get_json()["said"], "an earlier one, after it"
    assert [run["variants"]["buggy"]["vanished"] for run in board(world)["runs"]] == [250]
    hand_in(world, {"run": one_run(began=200.5)})
    assert len(board(world)["runs"]) == 2


@pytest.mark.parametrize(
    ("change", "differ"),
    [
        (lambda run: None, False),
        (lambda run: run["environment"].update(window_ms=3), True),
        (lambda run: run.update(loads=[LOAD | {"visitors": 40}]), True),
        (lambda run: run.update(loads=[LOAD | {"seconds": 10}]), True),
        (lambda run: run.update(loads=[LOAD, LOAD]), True),
        (lambda run: run.update(loads=[ALONE, LOAD]), False),
        (lambda run: run.update(loads=[LOAD | {"visitors": 1}, LOAD]), True),
    ],
)
def test_other_conditions_are_said(world: World, change: Callable[[dict[str, Any]], None], differ: bool) -> None:
    """Added delay, users, seconds, number of loads; not the 50 updates of one user, which are told."""
    other = one_run(2)
    change(other)
    hand_in(world, {"run": one_run()})
    told = hand_in(world, {"run": other}, "bob.json").get_json()
    assert board(world)["conditions_differ"] == differ == ("The conditions differ." in told["html"])
    alone = "Up to 50 of the changes of each manager were made by one user alone."
    assert (alone in told["html"]) == (ALONE in other["loads"])


def broken(**changes: Any) -> dict[str, Any]:
    """An export with other fields of its buggy manager."""
    run = copy.deepcopy(one_run())
    run["variants"]["buggy"] |= changes
    return {"run": run}


REFUSED: dict[str, tuple[Any, str]] = {
    "no JSON": (b"hello", "it is not JSON"),
    "half a file": (b'{"run": {"run": 1', "it is not JSON"),
    "no text": (b"\xff\xfe\x00", "it is not JSON"),
    "nested": (b'{"run":' + b"[" * 200_000, "nested too deeply"),
    "a list": ([], "no export of this lab"),
    "foreign": ({"name": "left-pad", "version": "1"}, "no export of this lab"),
    "run is a list": ({"run": []}, "no export of this lab"),
    "runs of texts": ({"runs": ["x"]}, "no export of this lab"),
    "no runs": ({"runs": []}, "nothing was measured"),
    "other managers": ({"run": one_run() | {"variants": {"redis-buggy": result(5, 1)}}}, "no result of buggy or fixed"),
    "nothing asked": ({"run": one_run() | {"variants": {"buggy": result(0, 0)}}}, "nothing was measured"),
    "at work": (broken(verdict="cannot tell"), "had not come to rest"),
    "impossible": (broken(vanished=1001), "1,001 of 1,000 changes of buggy vanished"),
    "negative": (broken(promised=-5), "`promised` is no number"),
    "not a number": (json.dumps(broken(promised=float("nan"))).encode(), "it is not JSON (NaN"),
    "endless": (
        json.dumps(broken(promised=0)).replace('"promised": 0', '"promised": 1e999').encode(),
        "no number from",
    ),
    "huge": (broken(promised=10**400), "no number from"),
    "a text": (broken(promised="many"), "`promised` is no number"),
    "many digits": (b'{"run": ' + b"9" * 10_000 + b"}", "it is not JSON"),
    "one user": ({"run": one_run() | {"loads": [LOAD | {"visitors": 1}]}}, "one user was alone"),
    "many loads": ({"run": one_run() | {"loads": [LOAD] * 51}}, "no export of this lab"),
    "no environment": ({"run": one_run() | {"environment": None}}, "no export of this lab"),
}


def test_a_file_that_is_no_export_is_refused_with_its_name_and_why(world: World) -> None:
    """Each leaves the board as it was, and the next file is taken."""
    with Cases() as cases:
        for name, (file, why) in REFUSED.items():
            with cases.case(name):
                refused = hand_in(world, file, f"{name}.json")
                assert refused.status_code == 422
                assert refused.get_json()["detail"].startswith(f"{name}.json: ")
                assert why in refused.get_json()["detail"]
    assert board(world)["runs"] == []
    assert hand_in(world, {"run": one_run()}).status_code == 200
    first_one = one_run(2, began=9.5) | {"loads": [LOAD | {"visitors": 1}, LOAD]}
    assert hand_in(world, {"run": first_one}).status_code == 200, "one user, and then twenty"


def test_odd_values_where_a_text_belongs_do_nothing(world: World) -> None:
    """A name or a number of a run that is a deep list, a lone surrogate, or missing: its numbers count all the same."""
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    for number, odd in enumerate((deep, {"a": deep}, "\ud800\u202e", None, True)):
        run = one_run(1, 10 + number) | {"run": odd, "boot": odd, "started_at": odd, "loads": [LOAD | {"kind": odd}]}
        run["environment"] |= {"python": odd, "pid": odd, "gil": odd}
        assert hand_in(world, {"run": run}).status_code == 200
    assert len(board(world)["runs"]) == 5
    assert not re.search("\u202e|\\[\\[", world.client.get("/class/class.html").text)


def test_what_is_handed_in_is_bounded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of a file, how many there are, how many guesses; and the name of a file does nothing."""
    assert hand_in(world, b" " * (classroom.MOST_BYTES + 1), "big.json").status_code == 413
    assert hand_in(world, {"run": one_run()}).status_code == 200
    plain = world.client.post("/class/runs", data=b"{}", content_type="text/plain")
    assert plain.status_code == 415
    monkeypatch.setattr(gathered, "MOST_RUNS", 1)
    monkeypatch.setattr(gathered, "MOST_GUESSES", 0)
    full = hand_in(world, {"run": one_run(2)}, "<i>\x1b[31m" + "x" * 500)
    assert (full.status_code, "takes no more" in full.get_json()["detail"]) == (409, True)
    assert world.tell("/class/guesses", {"lost": 1}).status_code == 409
    assert world.tell("/class/runs/remove", {"run": 1}).status_code == 200
    told = hand_in(world, {"run": one_run(2)}, "<i>\x1b[31m" + "x" * 500).get_json()
    assert "&lt;i&gt; [31mxxx" in told["html"]
    assert "<i>" not in told["html"]
    assert len(board(world)["runs"][0]["source"]) <= 60


def test_the_runs_of_this_computer_are_added_once(world: World) -> None:
    """Those that have measured something, with the lab's own numbers; the empty one after them is passed over."""
    world.start()
    assert world.tell("/class/runs/here").status_code == 409
    world.burst("lost_updates", visitors=4, seconds=1)
    verdict = world.verdict()
    world.tell("/lab/reset")
    assert "This computer, run 1: added." in world.tell("/class/runs/here").get_json()["said"]
    assert world.tell("/class/runs/here").get_json()["said"] == "1 run of this computer is on the board already."
    (run,) = board(world)["runs"]
    for name, told in verdict["variants"].items():
        kept = run["variants"][name]
        assert (kept["changes"], kept["vanished"]) == (told["promised"], told["vanished"])
    world.lab.stop()


def test_the_steps_have_times_that_survive_a_reload(world: World) -> None:
    """The page of another window gets the same step and beginning; whoever has the newest mark gets nothing."""
    began = world.tell("/class/step", {"step": 0}).get_json()
    at_second = world.tell("/class/step", {"step": 1}).get_json()
    assert at_second["began"][0] == began["began"][0] < at_second["began"][1]
    assert world.ask(f"/class/board?mark={at_second['mark']}") == {}
    assert world.ask("/class/board?mark=")["step"] == 1
    assert world.tell("/class/step", {"step": 6}).status_code == 422
    assert world.tell("/class/step", {"step": -1}).get_json()["began"][0] > at_second["began"][0]


CHANGES = (
    *(
        "POST /class/guesses",
        "POST /class/guesses/undo",
        "POST /class/runs",
        "POST /class/runs/here",
        "POST /class/step",
    ),
    *("POST /lab/burst", "POST /lab/burst/stop", "POST /lab/dials", "POST /lab/reset", "POST /lab/no-wait"),
    *("POST /lab/lease", "POST /lab/settle", "POST /lab/grade", "POST /buggy/api/login", "POST /api/login"),
    *("POST /nothing", "PUT /fixed/api/session/x/prefs", "DELETE /fixed/api/logout/x", "GET /buggy/api/session/x"),
    *("GET /api/stats", "GET /lab/census/buggy", "GET /lab/cleanup/buggy", "GET /grade", "GET /metrics"),
    *("GET /lab/export.json", "GET /lab/export.html"),
)
READ = ("/", "/replay", "/fixes", "/stores", "/class", "/class/board", "/class/class.json", "/class/class.html",
        "/lab/poll", "/lab/verdict", "/lab/runs/1/export.json", "/static/css/class.css")  # fmt: skip


def refused_to(method: str, path: str) -> str:
    """What a refused request was about to do, in the words of the answer."""
    if path.endswith("/grade"):
        return "run code"
    return "ask for this" if method == "GET" else "change something"


def test_others_read_and_change_nothing(world: World) -> None:
    """From another address every change is refused with a reason, whatever its headers say; this computer may."""
    world.start()
    claims: tuple[dict[str, str], ...] = (
        {},
        {"X-Forwarded-For": "127.0.0.1", "Forwarded": "for=127.0.0.1", "X-Real-IP": "127.0.0.1"},
        {"Host": "localhost"},
        {"Host": "127.0.0.1", "Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-origin"},
    )
    with Cases() as cases:
        for change, claim in product(CHANGES, claims):
            with cases.case(f"{change} {claim}"):
                method, path = change.split()
                there = {"REMOTE_ADDR": OTHER}
                refused = world.client.open(path, method=method, json={}, headers=claim, environ_base=there)
                assert (refused.status_code, "may read the pages" in refused.text) == (403, True)
                said = [word for word in ("run code", "ask for this", "change something") if word in refused.text]
                assert said == [refused_to(method, path)]
        for path in READ:
            with cases.case(path):
                assert world.client.get(path, environ_base={"REMOTE_ADDR": OTHER}).status_code == 200
                assert world.client.get(path).status_code == 200
    assert world.tell("/class/guesses", {"lost": 1}).status_code == 200
    assert world.tell("/buggy/api/login", {"username": "ann", "password": "x"}).status_code == 200
    world.lab.stop()


def test_the_page_of_others_says_that_it_is_read_only(world: World) -> None:
    """It has no form and normal type; that of this computer has both forms, in big type."""
    theirs = world.client.get("/class", environ_base={"REMOTE_ADDR": OTHER}).text
    ours = world.client.get("/class").text
    assert [mark in theirs for mark in ("Read only.", "data-reads-only", "<form", 'id="next"', "Your code")] == [
        *(True, True, False, False, False)
    ]
    assert [mark in ours for mark in ("Read only.", 'data-size="big"', "<form", 'id="next"', "Your code")] == [
        *(False, True, True, True, True)
    ]


def test_others_read_no_name_of_a_student(world: World) -> None:
    """Neither that of a guess, also if it was the nearest, nor that of a file. Nor do they see a link to all runs."""
    hand_in(world, {"run": one_run()}, "Adalbert.json")
    world.tell("/class/guesses", {"lost": 24, "name": "Evangeline"})
    for path in ("/", "/class", "/class/board", "/class/class.html", "/class/class.json"):
        told = [world.client.get(path, environ_base=there).text for there in ({}, {"REMOTE_ADDR": OTHER})]
        seen = [sum(name in text for name in ("Adalbert", "Evangeline")) for text in told]
        assert seen == [0 if path == "/" else 2, 0], path
        assert ["/lab/export.html" in text for text in told] == [path == "/", False]


def test_a_lesson_has_no_first_run_beside_it(world: World) -> None:
    """The lesson leads, and the page of See has the room; without a class the first run is there."""
    assert 'id="guide"' not in world.client.get("/").text
    assert 'id="guide"' in World().client.get("/").text


def test_a_request_through_a_proxy_is_none_of_this_computer(world: World) -> None:
    """It may come from anybody, so it may only read."""
    assert world.tell("/class/guesses", {"lost": 1}, headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403
    assert world.client.get("/class", headers={"Via": "1.1 proxy"}).status_code == 200


def test_without_a_class_there_is_no_board() -> None:
    """No page, no link, usual type; and others may do what they may without it."""
    world = World()
    assert world.client.get("/class").status_code == 404
    page = world.client.get("/replay").text
    assert not re.search(r'data-size|href="/class"|data-reads-only', page)
    assert world.client.post("/lab/settle", json={}, environ_base={"REMOTE_ADDR": OTHER}).status_code == 202
    with pytest.raises(ValueError, match="CLASS is how many students"):
        create_app({**CALM, "CLASS": "many"})
