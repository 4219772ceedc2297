"""The instrument's HTTP interface, field for field as docs/design.md writes it down."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import Any

from racelab.live.kept.folder import MOST_RUNS
from racelab.traffic import TRAFFIC
from tests.instrument.labs import BOTH, BUGS, World, seen, until
from tests.subject.cases import Cases

WRITTEN = (Path(__file__).resolve().parents[2] / "docs" / "design.md").read_text(encoding="utf-8")
DIALS = {"window_ms": 0.0, "fault_rate": 0.0, "db_latency_ms": 0.0, "cache_ttl_s": 3600.0, "cleanup_interval_s": 3600.0}


def example(title: str) -> dict[str, Any]:
    """The first JSON of docs/design.md after a title."""
    found = re.search(re.escape(title) + r".*?```json\n(.*?)```", WRITTEN, re.DOTALL)
    assert found, title
    told = json.loads(found[1])
    assert isinstance(told, dict)
    return told


POLL, STATUS, VERDICT = example("\n`GET /lab/poll"), example("\nstatus"), example("\nverdict ")


def check(there: dict[str, Any], written: dict[str, Any]) -> None:
    """Every field that is written down is there, of that type; and every field that is there is written down."""
    assert set(written) <= set(there)
    for name in there:
        assert f'"{name}"' in WRITTEN or f"`{name}`" in WRITTEN, f"{name} is written down nowhere"
    for name, value in written.items():
        kinds = (int, float) if isinstance(value, float) else (type(value),)
        may_be_missing = value is None or name in ("first_at", "oldest_s", "outside")
        assert isinstance(there[name], kinds) or may_be_missing, name


def check_verdict(verdict: dict[str, Any]) -> None:
    """All fields, of both variants and of all cards."""
    check(verdict, VERDICT)
    check(verdict["environment"], STATUS["environment"])
    assert list(verdict["variants"]) == list(BOTH)
    written = VERDICT["variants"]["buggy"]
    for told in verdict["variants"].values():
        check(told, written)
        check(told["counts"], written["counts"])
        assert list(told["cards"]) == list(written["cards"]) == list(BUGS)
        for card in told["cards"].values():
            check(card, written["cards"]["lost_updates"])


def check_status(status: dict[str, Any]) -> None:
    """All fields."""
    check(status, STATUS)
    for part in ("environment", "dials", "burst"):
        check(status[part], STATUS[part])
    assert status["dials"] == DIALS
    assert list(status["variants"]) == list(BOTH)
    for told in status["variants"].values():
        check(told, STATUS["variants"]["buggy"])


def test_poll_brings_everything_new_since_a_cursor(world: World) -> None:
    """A poll returns the samples since the cursor, the next one, status and verdict."""
    world.login("buggy")
    world.lab.sampler.stop()
    first, _ = world.lab.sampler.since(0)
    for _ in range(3):
        world.lab.sampler.sample()
    poll = world.ask(f"/lab/poll?since={first + 1}")
    check(poll, POLL)
    assert [sample["seq"] for sample in poll["samples"]] == [first + 1, first + 2]
    assert (poll["next"], poll["hz"], poll["run"]) == (first + 3, 10, 1)
    assert (poll["boot"], poll["pid"]) == (poll["status"]["boot"], poll["status"]["environment"]["pid"])
    for sample in poll["samples"]:
        assert list(sample) == ["seq", "at", *BOTH]
        for variant in BOTH:
            check(sample[variant], POLL["samples"][0]["buggy"])
        assert sample["at"] <= poll["now"]
    check_status(poll["status"])
    check_verdict(poll["verdict"])
    assert world.ask(f"/lab/poll?since={poll['next']}")["samples"] == []
    assert len(world.ask("/lab/poll")["samples"]) == first + 3
    assert len(world.ask("/lab/poll?since=999")["samples"]) == first + 3, "an earlier process's cursor gets everything"


def test_what_a_page_has_is_not_sent_again(world: World) -> None:
    """The marks of a poll leave what is still the same out of the next; what has changed is sent."""
    first = world.ask("/lab/poll")
    again = world.ask(f"/lab/poll?since={first['next']}&marks={first['marks']}")
    assert first["verdict"]
    assert again["verdict"] is None
    assert set(again["status"]) <= {"uptime_s", "variants"}
    world.login()
    world.lab.settle()
    world.verdict()
    changed = world.ask(f"/lab/poll?marks={first['marks']}")
    check_verdict(changed["verdict"])
    assert changed["marks"] != first["marks"]
    for made_up in ("", "made-up", f"{first['marks']}.00"):
        whole = world.ask(f"/lab/poll?marks={made_up}")
        assert (whole["verdict"], set(whole["status"])) == (changed["verdict"], set(first["status"]))


def test_a_poll_at_rest_brings_no_samples(started: World) -> None:
    """Samples like the last one are left out, and the page is told until when that one held, and to ask less often."""
    started.lab.sampler.stop()
    first = started.ask("/lab/poll?marks=&viewer=one")
    for _ in range(3):
        started.lab.sampler.sample()
    rest = started.ask(f"/lab/poll?since={first['next']}&marks={first['marks']}&viewer=one")
    assert (rest["samples"], rest["next"], rest["again_ms"]) == ([], first["next"] + 3, 1000)
    assert rest["still"] > first["samples"][-1]["at"]
    started.login("buggy")
    started.lab.sampler.sample()
    moved = started.ask(f"/lab/poll?since={rest['next']}&marks={rest['marks']}&viewer=one")
    assert ([one["seq"] for one in moved["samples"]], moved["again_ms"]) == ([rest["next"]], 250)
    started.lab.reset()
    assert started.ask("/lab/poll?since=0&marks=")["samples"] == [], "of an earlier run"
    started.lab.sampler.sample()
    started.lab.sampler.sample()
    assert len(started.ask("/lab/poll?since=0&marks=")["samples"]) == 1
    assert len(started.ask("/lab/poll?since=9999&marks=")["samples"]) == 1, "an earlier process's cursor"


def test_status_and_verdict_are_there_alone(world: World) -> None:
    """Status and verdict have addresses of their own, with the same objects as a poll."""
    check_status(world.ask("/lab/status"))
    check_verdict(world.ask("/lab/verdict"))
    poll = world.ask("/lab/poll")
    assert poll["verdict"] == world.ask("/lab/verdict")
    moving = {"uptime_s", "variants"}
    status = world.ask("/lab/status")
    assert all(poll["status"][name] == status[name] for name in status if name not in moving)


def test_a_card_says_when_it_was_first_lit(world: World) -> None:
    """A lit card has the Unix time when it was first lit, and an unlit one has none."""
    for _ in range(2):
        session = world.login_of_length(odd=False, variant="buggy")
        world.lab.sessions.subjects["buggy"].delete_session(session)  # behind the ledger's back
    world.lab.settle()
    first = world.verdict()["variants"]["buggy"]["cards"]["phantom_sessions"]["first_at"]
    assert first is not None
    assert world.lab.runs.started_at <= first <= world.lab.now()
    world.login("buggy")
    cards = world.verdict()["variants"]["buggy"]["cards"]
    assert {bug: card["first_at"] for bug, card in cards.items()} == {**dict.fromkeys(BUGS), "phantom_sessions": first}


def test_the_dials_are_turned_and_answered(world: World) -> None:
    """Setting some dials answers with the values of all, and leaves the others."""
    answer = world.tell("/lab/dials", {"window_ms": 2.5, "cache_ttl_s": 0})
    assert (answer.status_code, answer.get_json()) == (200, {**DIALS, "window_ms": 2.5, "cache_ttl_s": 0})
    assert world.tell("/lab/dials").get_json() == {**DIALS, "window_ms": 2.5, "cache_ttl_s": 0}
    assert world.ask("/lab/status")["dials"]["window_ms"] == 2.5


def test_every_kind_of_burst_can_be_ordered(world: World) -> None:
    """A burst of each kind is answered with 202 and its progress, and can be stopped."""
    with Cases() as cases:
        for kind in TRAFFIC:
            with cases.case(kind):
                answer = world.tell("/lab/burst", {"kind": kind, "variants": ["fixed"], "visitors": 2, "seconds": 1})
                assert answer.status_code == 202
                progress = answer.get_json()
                check(progress, STATUS["burst"])
                assert (progress["state"], progress["kind"], progress["variants"]) == ("running", kind, ["fixed"])
                world.tell("/lab/burst/stop")
                until(lambda: not world.lab.burst.running(), "the burst to end")
                assert world.ask("/lab/status")["burst"]["state"] in ("stopped", "done")


def test_one_burst_at_a_time_with_progress_and_stop(world: World) -> None:
    """A second burst gets 409 while one runs, and another may start after a stop."""
    order = {"kind": "lost_updates", "visitors": 3, "seconds": 60}
    assert world.ask("/lab/status")["burst"]["state"] == "idle"
    assert world.tell("/lab/burst", order).status_code == 202
    refused = world.tell("/lab/burst", {"kind": "mixed"})
    assert (refused.status_code, refused.mimetype) == (409, "application/problem+json")
    assert "Stop it" in refused.get_json()["detail"]
    until(lambda: world.ask("/lab/status")["burst"]["requests"] > 30, "some requests")
    progress = world.ask("/lab/status")["burst"]
    assert (progress["state"], progress["kind"], progress["variants"]) == ("running", "lost_updates", list(BOTH))
    assert 0 <= progress["done"] < 1
    assert progress["message"].endswith("requests so far.")
    stopped = world.tell("/lab/burst/stop")
    assert stopped.status_code == 202
    check(stopped.get_json(), STATUS["burst"])
    until(lambda: not world.lab.burst.running(), "the burst to stop")
    progress = world.ask("/lab/status")["burst"]
    assert (progress["state"], progress["done"]) == ("stopped", 1.0)
    assert world.tell("/lab/burst", {"kind": "one_visitor", "variants": ["buggy"]}).status_code == 202
    world.tell("/lab/burst/stop")


def test_settle_puts_window_and_faults_to_rest_and_cleans_up(started: World) -> None:
    """Settling sets window and faults to 0, empties the queue, and keeps other dials."""
    for variant in BOTH:
        for odd in (False, True):
            world_session = started.login_of_length(odd, variant)
            started.logout(world_session, variant)
    started.tell("/lab/dials", {"window_ms": 1, "fault_rate": 0.2, "cache_ttl_s": 9})
    answer = started.tell("/lab/settle")
    assert (answer.status_code, answer.get_json()) == (202, {"settling": True})
    verdict = started.verdict()
    assert started.ask("/lab/status")["dials"] == {**DIALS, "cache_ttl_s": 9}
    assert seen(verdict, "buggy") == {"cleanup_leak"}
    assert seen(verdict, "fixed") == set()
    assert verdict["variants"]["fixed"]["counts"]["dead_letters"] == 1


def test_reset_gives_a_new_run_and_keeps_the_earlier_ones(world: World) -> None:
    """A reset starts an empty run and keeps the ended one with its verdict and times."""
    session = world.login("buggy")
    world.save(session, variant="buggy")
    world.tell("/lab/dials", {"window_ms": 3})
    world.login("fixed")
    world.tell("/lab/dials", {"window_ms": 1})
    answer = world.tell("/lab/reset")
    assert (answer.status_code, answer.get_json()) == (200, {"run": 2})
    (kept,) = world.ask("/lab/runs")["runs"]
    whole = world.ask("/lab/runs/1")
    assert {**kept, "curves": whole["curves"], "losses": whole["losses"]} == whole
    check_verdict(kept)
    assert (kept["run"], kept["settled"], kept["environment"]["window_ms"]) == (1, True, 3)
    assert kept["variants"]["buggy"]["promised"] == 1
    assert kept["started_at"] <= kept["ended_at"] <= world.lab.now()
    status = world.ask("/lab/status")
    assert status["runs"] == [{"run": 1, "ended_at": kept["ended_at"]}]
    assert (status["run"], status["environment"]["window_ms"]) == (2, 1), "the conditions of a run are its own"
    assert status["started_at"] >= kept["ended_at"]
    verdict = world.ask("/lab/verdict")
    assert (verdict["run"], verdict["variants"]["buggy"]["promised"]) == (2, 0)
    assert world.save(session, variant="buggy").status_code == 404
    assert world.lab.variants["buggy"].sample()["should_be"] == [0, 0]


def test_a_run_that_there_is_not_is_answered_with_404(world: World) -> None:
    """A run that has not begun is answered with 404 and a problem."""
    with Cases() as cases:
        for number in ("0", "2", "99999999999999999999"):
            with cases.case(number):
                answer = world.client.get(f"/lab/runs/{number}")
                assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_a_run_without_a_request_is_not_kept(world: World) -> None:
    """A reset of an empty run gives the same number and keeps nothing; after a request it counts."""
    assert [world.tell("/lab/reset").get_json()["run"] for _ in range(2)] == [1, 1]
    assert world.ask("/lab/runs")["runs"] == []
    world.login("buggy")
    assert world.tell("/lab/reset").get_json() == {"run": 2}
    assert [run["run"] for run in world.ask("/lab/runs")["runs"]] == [1]


def test_only_the_last_runs_are_kept(world: World) -> None:
    """Only the last runs are kept, and their numbers go on."""
    for _ in range(MOST_RUNS + 3):
        world.login()
        world.tell("/lab/reset")
    runs = world.ask("/lab/runs")["runs"]
    assert [run["run"] for run in runs] == list(range(4, MOST_RUNS + 4))


def test_dead_letters_are_listed_retried_and_discarded(world: World) -> None:
    """Dead letters can be listed, retried and discarded, by id or all at once."""
    for _ in range(3):
        world.logout(world.login_of_length(odd=True))
    world.lab.settle()
    letters = world.ask("/lab/dead-letters/fixed")["dead_letters"]
    assert [set(letter) for letter in letters] == [{"session_id", "attempts", "since"}] * 3
    assert {letter["attempts"] for letter in letters} == {3}
    first = {"session_id": letters[0]["session_id"]}
    assert world.tell("/lab/dead-letters/fixed/discard", first).get_json() == {"count": 1}
    assert len(world.ask("/lab/dead-letters/fixed")["dead_letters"]) == 2
    assert world.tell("/lab/dead-letters/fixed/retry").get_json() == {"count": 2}
    assert world.ask("/lab/dead-letters/fixed") == {"dead_letters": []}
    assert not world.lab.verdict()["settled"]
    world.lab.settle()
    assert len(world.ask("/lab/dead-letters/fixed")["dead_letters"]) == 2
    assert world.tell("/lab/dead-letters/fixed/discard").get_json() == {"count": 2}
    card = world.verdict()["variants"]["fixed"]["cards"]["cleanup_leak"]
    assert (card["verdict"], card["promised"]) == ("agree", 3)
    assert world.lab.variants["fixed"].ledger.cleanup()[1] == {}
    assert world.tell("/lab/dead-letters/fixed/discard").get_json() == {"count": 0}


def test_only_the_fixed_manager_has_dead_letters(world: World) -> None:
    """Dead letters of any other manager are answered with 404 and a problem."""
    with Cases() as cases:
        for variant, action in product(("buggy", "nobody"), ("", "/retry", "/discard")):
            with cases.case(variant, action):
                path = f"/lab/dead-letters/{variant}{action}"
                answer = world.tell(path) if action else world.client.get(path)
                assert (answer.status_code, answer.mimetype) == (404, "application/problem+json")


def test_the_page_is_rendered_without_a_word_from_elsewhere(world: World) -> None:
    """The page names all four bugs, and every address on it is this server's."""
    answer = world.client.get("/")
    assert (answer.status_code, answer.mimetype) == (200, "text/html")
    for bug in BUGS:
        assert f'data-bug="{bug}"' in answer.text
    assert f'data-boot="{world.lab.boot}"' in answer.text
    addresses = re.findall(r"(?:src|href)=\"([^\"#]+)\"", answer.text)
    assert addresses
    for address in addresses:
        assert address.startswith("/")
        with world.client.get(address) as found:
            assert found.status_code == 200, address
