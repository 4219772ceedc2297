"""The replay page's JSON and the two pages of the explorer: what they answer, and what they refuse."""

from __future__ import annotations

import dataclasses
import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, get_type_hints

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from racelab.catalogue.variants import VARIANTS
from racelab.explorer import explore, replay
from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.execution import MOST_STEPS
from racelab.explorer.search.findings import NONE
from racelab.explorer.traces.explanation import text
from racelab.web.fixes import way_for
from racelab.web.hints import HEADLINES, WAYS, headline, hints_for
from racelab.web.replay.json_types import SaidJson, StepJson, TaskJson, TileJson, TraceJson
from racelab.web.replay.pages import MOST_CHARACTERS
from racelab.web.replay.said import said
from racelab.web.replay.trace_json import as_json
from tests.explorer.toys import Manager, toy

ROOT = Path(__file__).resolve().parents[2]
LOST = "A1 B3 A2"
SOON = 0.05


def ask(client: FlaskClient, **asked: str) -> TestResponse:
    """One trace, lost-update on buggy unless another is asked for."""
    return client.get("/lab/replay", query_string={"scenario": "lost-update", "variant": "buggy", **asked})


def trace(client: FlaskClient, **asked: str) -> dict[str, Any]:
    """The same; it has to be there."""
    answer = ask(client, **asked)
    assert answer.status_code == 200, answer.text
    told = answer.get_json()
    assert isinstance(told, dict)
    return told


def test_a_prefix_is_answered_with_every_step_and_where_everybody_stands(client: FlaskClient) -> None:
    """A has read and holds its copy; B is done; nothing is decided yet."""
    told = trace(client, schedule="A1+B3")
    assert (told["schedule"], told["diverged"], told["ending"]) == ("A1 B3", "", None)
    assert [step["task"] for step in told["steps"]] == ["A", "B", "B", "B"]
    assert told["steps"][-1]["answered"] == ["update_session(s1, language, de): done"]
    assert told["steps"][-1]["shared"]["store"][0]["keys"] == {"language": "de"}
    assert told["before"]["store"][0] == {"id": "s1", "count": 0, "keys": {}, "authenticated": True, "deleted": False}
    a, b = told["tasks"]
    assert (a["ready"], a["done"], a["next"]) == (True, False, "take the write lock of the store")
    assert a["place"]["values"]["data"] == "count=1, theme=dark"
    assert (b["ready"], b["done"], b["place"]) == (False, True, None)
    assert b["operations"] == [{"call": "update_session(s1, language, de)", "answer": "done", "state": "ok"}]


@pytest.mark.parametrize("variant", ["fixed", "one-write-lock"])
def test_a_manager_that_cannot_be_broken_has_a_hint_that_says_so(client: FlaskClient, variant: str) -> None:
    """And none that leads to a line or an order that is not there."""
    page = client.get("/replay", query_string={"scenario": "lost-update", "variant": variant}).text
    assert "No interleaving fails on this manager: all " in page
    assert "Look for the line marked BUG" not in page
    assert "This manager cannot" not in client.get("/replay?scenario=lost-update&variant=check-twice").text
    assert "This manager cannot" not in client.get("/replay?scenario=double-delete&variant=buggy").text


def test_what_happens_when_all_have_ended_is_answered_too(client: FlaskClient) -> None:
    """The answer has the state after the end, or null before it."""
    told = trace(client, scenario="cleanup-leak", variant="fixed", schedule="A1", end="1")
    assert told["afterwards"]["happened"] == "cleanup ran until its queue was empty, at most 20 times"
    assert told["afterwards"]["shared"]["dead_letters"] == ["odd"]
    assert trace(client, scenario="cleanup-leak", schedule="A1")["afterwards"] is None
    assert trace(client, schedule=LOST)["afterwards"] is None


def keys_of(kind: Any) -> set[str]:
    """Those of a typed answer."""
    return set(get_type_hints(kind))


def test_the_answer_has_the_keys_that_its_types_say(client: FlaskClient) -> None:
    """No more and no fewer; and the page expects none that is not there."""
    told = trace(client, schedule=LOST)
    assert told.keys() == keys_of(TraceJson)
    assert {key for one in told["steps"] for key in one} == keys_of(StepJson)
    assert {key for one in told["tasks"] for key in one} == keys_of(TaskJson)
    assert {key for one in told["tiles"] for key in one} == keys_of(TileJson)
    assert told["said"].keys() == keys_of(SaidJson)
    types = (ROOT / "static" / "js" / "replay-types.js").read_text(encoding="utf-8")
    for name, kind in {"Step": StepJson, "Tile": TileJson, "Said": SaidJson}.items():
        (fields,) = re.findall(rf"@typedef {{{{(.*)}}}} {name}\b", types)
        assert set(re.findall(r"(\w+):", fields)) <= keys_of(kind), name
    for name, kind in {"Task": TaskJson, "Trace": TraceJson}.items():
        (block,) = re.findall(rf"@typedef {{object}} {name}\n((?: \* @property.*\n)+)", types)
        assert set(re.findall(r"@property {.*?} (\w+)", block)) <= keys_of(kind), name


def test_the_server_marks_what_a_step_changed(client: FlaskClient) -> None:
    """Tiles, values and the step mark what a step changed, and nothing else."""
    told = trace(client, schedule="A1 B2")
    tiles = {tile["key"]: tile for tile in told["tiles"]}
    assert tiles["store"]["facts"] == [{"name": "s1", "text": "count 1, language=de", "change": "changed"}]
    assert [key for key, tile in tiles.items() if tile["changed"]] == ["store"]
    assert told["steps"][-1]["changes"] == [{"where": "store", "name": "s1", "words": "count=1, language=de"}]
    assert {one["name"]: one["change"] for one in told["tasks"][1]["values"]}["version"] == "new"
    assert not any(tile["changed"] for tile in trace(client, schedule="A1")["tiles"])
    closed = trace(client, scenario="double-delete", schedule="A1")["tiles"][0]
    assert (closed["was"], closed["figure"]) == (2, 1)
    assert [one["change"] for one in closed["facts"]] == ["", "gone"]


@pytest.mark.parametrize(
    ("scenario", "variant", "schedule", "words"),
    [
        ("lost-update", "buggy", "A1 B2", "Store: s1 count 1, language=de. A or B can go on."),
        ("lost-update", "buggy", "A1", "and release it. Nothing that they share has changed. A or B"),
        ("lost-increment", "fixed", "A2", "Locks 0 to 1: A holds the session."),
        ("double-delete", "buggy", "A1", "Store 2 to 1: s1 count 0, gone."),
        ("lost-update", "buggy", LOST, "A change was lost. A read the session in step 1"),
    ],
)
def test_what_a_step_changed_is_announced(
    client: FlaskClient, scenario: str, variant: str, schedule: str, words: str
) -> None:
    """In words, from what the tiles show; at the end, what came of it."""
    assert words in trace(client, scenario=scenario, variant=variant, schedule=schedule)["said"]["announced"]


def test_an_operation_says_how_it_ended(client: FlaskClient) -> None:
    """As a word of its own, beside the words for a person."""
    told = trace(client, scenario="double-delete", schedule="A3 B1")
    assert [one["state"] for task in told["tasks"] for one in task["operations"]] == ["ok", "refused"]
    told = trace(client, scenario="failed-step", schedule="B1 A1")
    assert told["tasks"][0]["operations"][0]["state"] == "unknown"
    told = trace(client, scenario="stale-then-saved", schedule="A1")
    assert [one["state"] for one in told["tasks"][0]["operations"]] == ["current", "later"]


def test_a_thread_of_the_manager_is_answered_like_any_task() -> None:
    """With its role, its operation, and where it is."""
    threads = toy(get_active_count=lambda self: self._runtime.start("beside", lambda: self.get_stats() and None) and 1)
    told = as_json(Explorer().replay(["get_active_count"], threads, "A2", to_the_end=False), {})
    thread = told["tasks"][1]
    assert (thread["task"], thread["role"], thread["ready"]) == ("B", "a thread", True)
    assert thread["operations"] == [{"call": "beside()", "answer": "", "state": "current"}]
    assert thread["where"] == "No code of the manager: the thread has not begun."


def test_set_up_that_cannot_go_on_is_answered_too() -> None:
    """There is no step to take, and the page says why."""

    class Waits(Manager):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self._runtime.signal().wait()

    told = as_json(Explorer().replay(["get_active_count"], toy(Waits), ""), {})
    assert (told["steps"], told["tasks"]) == ([], [])
    assert told["said"]["headline"] == "Deadlock."
    assert "Before the first step" in told["said"]["words"]


def test_a_whole_order_is_answered_with_its_verdict(client: FlaskClient) -> None:
    """The same text as on the command line, and words that say first what happened."""
    told = trace(client, schedule=LOST)
    assert told["ending"]["headline"] == "A change was lost."
    assert [anomaly["name"] for anomaly in told["ending"]["anomalies"]] == ["lost-update"]
    assert told["text"] == text(replay(SCENARIOS["lost-update"], "buggy", parse(LOST)))
    assert told["paragraph"].startswith("A read the session in step 1")
    assert trace(client, schedule="A3 B3")["ending"]["anomalies"] == []


def test_it_goes_to_the_end_only_when_asked(client: FlaskClient) -> None:
    """Then everybody goes on as long as they can."""
    assert trace(client, schedule="A1")["schedule"] == "A1"
    assert trace(client, schedule="A1 B1", end="1")["schedule"] == "A1 B3 A2"


def test_who_cannot_go_on_is_told_why(client: FlaskClient) -> None:
    """And who holds what is there to be seen."""
    told = trace(client, scenario="lost-increment", variant="fixed", schedule="A2 B1")
    assert told["tasks"][1]["waits"] == "B waits for A's lock of the session"
    assert told["steps"][-1]["shared"]["held"] == [{"lock": "session", "task": "A", "how": "lock"}]


def test_an_order_that_cannot_be_followed_is_no_error(client: FlaskClient) -> None:
    """It is answered with the steps that could be taken, and where it ended."""
    told = trace(client, scenario="lost-increment", variant="fixed", schedule="A2 B3 A1")
    assert told["schedule"] == "A2 B1"
    assert told["diverged"] == "Step 4: B waits for A's lock of the session. The steps before it are shown."
    assert trace(client, schedule="D1")["diverged"].startswith("Step 1: there is no task D")


@pytest.mark.parametrize(
    ("asked", "status", "words"),
    [
        ({"scenario": "nothing"}, 404, "There is no scenario 'nothing'. There are: lost-increment, "),
        ({"variant": "nobody"}, 404, "There is no variant 'nobody'. There are: buggy, fixed, "),
        ({"schedule": "A1 7B"}, 422, "'7B' is no turn."),
        ({"schedule": "A" * (MOST_CHARACTERS + 1)}, 422, f"{MOST_CHARACTERS} characters here; this one has"),
        ({"schedule": f"A{MOST_STEPS + 1}"}, 422, f"{MOST_STEPS} steps here; this one has {MOST_STEPS + 1}"),
        ({"schedule": "A99999"}, 422, "steps"),
    ],
)
def test_what_cannot_be_replayed_is_refused_in_words(
    client: FlaskClient, asked: dict[str, str], status: int, words: str
) -> None:
    """As problem JSON."""
    answer = ask(client, **asked)
    assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert words in answer.get_json()["detail"]


def test_only_asking_is_possible(client: FlaskClient) -> None:
    """There is nothing to change."""
    assert client.post("/lab/replay", json={}).status_code == 405


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_line_that_is_shown_is_a_line_of_the_file(client: FlaskClient, variant: str) -> None:
    """Shown lines are those of the file, and the next line is among them."""
    for scenario in SCENARIOS:
        whole = trace(client, scenario=scenario, variant=variant, end="1")
        for told in (trace(client, scenario=scenario, variant=variant), whole):
            for task in told["tasks"]:
                if task["source"] is not None:
                    there = (ROOT / task["source"]["file"]).read_text(encoding="utf-8").splitlines()
                    for line in task["source"]["lines"]:
                        shown = "".join(piece for _, piece in line["pieces"])
                        assert there[line["number"] - 1].strip() == shown
                    numbers = [line["number"] for line in task["source"]["lines"]]
                    assert task["place"] is None or task["place"]["line"] in numbers


def lines(client: FlaskClient, variant: str) -> list[dict[str, Any]]:
    """The source that A is about to run."""
    shown: list[dict[str, Any]] = trace(client, variant=variant)["tasks"][0]["source"]["lines"]
    return shown


def test_gaps_and_what_closes_them_are_marked(client: FlaskClient) -> None:
    """BUG in buggy, FIX in fixed; and a comment is marked to its end."""
    for variant, mark in (("buggy", "BUG"), ("fixed", "FIX")):
        marked = [line for line in lines(client, variant) if line["mark"]]
        assert {line["mark"] for line in marked} == {mark}
    refresh = trace(client, scenario="stale-overwrite")["tasks"][1]["source"]["lines"]
    first, *others = [line["number"] for line in refresh if line["mark"]]
    assert others == [first + 1]


def test_what_a_fix_changed_is_told(client: FlaskClient) -> None:
    """Lines that the buggy manager's method does not have; of buggy itself none."""
    assert not any(line["changed"] for line in lines(client, "buggy"))
    changed = ["".join(piece for _, piece in x["pieces"]) for x in lines(client, "one-write-lock") if x["changed"]]
    assert "with self._state.store.write() as sessions:" not in changed, "buggy has that line too"
    assert "cached.version += 1" in changed, "there it has a comment"
    assert not trace(client, variant="one-write-lock")["tasks"][0]["source"]["new"]
    told = trace(client, variant="mutex-per-session", scenario="lost-increment")
    assert told["tasks"][0]["source"]["file"] == "session_manager/fixes/lost_update.py"


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_an_answer_takes_no_longer_than_a_glance(client: FlaskClient, scenario: str) -> None:
    """The best of three, to the very end, in the processor's time: a busy machine is not the page's fault."""
    took = []
    for _ in range(3):
        begun = time.process_time()
        trace(client, scenario=scenario, variant="fixed", end="1")
        took.append(time.process_time() - begun)
    assert min(took) < SOON


def test_requests_at_the_same_time_do_not_disturb_each_other(client: FlaskClient) -> None:
    """Each execution lives in the thread that asked for it."""
    orders = [LOST, "A3 B3", "A2 B3 A1", "B1 A3 B2"] * 5
    alone = [trace(client, schedule=order) for order in orders]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda order: trace(client.application.test_client(), schedule=order), orders))
    assert together == alone


@pytest.mark.parametrize("scenario", WAYS)
def test_the_last_hint_goes_wrong(scenario: str) -> None:
    """Followed step by step, on the manager that it names, to its very end."""
    way = WAYS[scenario]
    told = replay(SCENARIOS[scenario], way.variant, parse(way.schedule), to_the_end=False)
    assert not told.diverged
    assert told.ending is not None
    assert told.ending.names
    assert headline(told.ending.names) in HEADLINES.values()


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=lambda scenario: scenario.name)
def test_every_scenario_has_hints_that_are_true(scenario: Any) -> None:
    """Those that say that nothing goes wrong are for scenarios where nothing does."""
    way = way_for(scenario.name)
    hints = hints_for(scenario.bug, way)
    assert hints
    if way is None or way.variant != "buggy":
        assert explore(scenario, "buggy").verdict == NONE
    if way is not None:
        told = replay(scenario, way.variant, parse(way.schedule))
        assert told.ending is not None
        assert told.ending.names


def test_a_finding_is_said_though_the_rest_cannot_be_told() -> None:
    """The page names a finding of an undecided trace; without one it cannot tell."""
    found = replay(SCENARIOS["lost-update"], "buggy", parse(LOST))
    assert found.ending is not None
    unsure = dataclasses.replace(found.ending, unsure="No time was left.")
    told = said(dataclasses.replace(found, ending=unsure))
    assert (told["tone"], told["headline"]) == ("bad", headline(unsure.names))
    assert told["words"].endswith("Cannot tell whether anything else is wrong: No time was left.")
    nothing = said(dataclasses.replace(found, ending=dataclasses.replace(unsure, anomalies=(), names=())))
    assert (nothing["tone"], nothing["headline"], nothing["words"]) == ("none", "Cannot tell.", "No time was left.")
