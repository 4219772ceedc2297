"""One run as a page and as a file, and two beside each other."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest

from racelab.live.json_types import RunJson
from racelab.promises.cards import stale_overwrites
from racelab.promises.changes import Changes
from racelab.web.runs.chart import APART, MISSING, QUEUE, SMALL, WIDE, charts, leading, scale
from racelab.web.runs.words import apart, conditions, described, differing, rows, title, verdicts
from tests.instrument.labs import World, until

NASTY = "</title><script>alert(1)</script>"
ELSEWHERE = re.compile(r"""(?:src|href)=["']?(?!#|data:)[^"'>\s]+|url\((?!["']?data:)|@import|fetch\(|<script""")
"""What a page loads that is not in it."""


@pytest.fixture(scope="module")
def world() -> Any:
    """Two ended runs of different loads, the first with a name that is no name, and a present one."""
    world = World().start()
    for kind, seconds in (("lost_updates", 0.5), ("one_visitor", 1.0)):
        world.burst(kind, visitors=6, seconds=seconds)
        world.lab.sampler.sample()
        world.tell("/lab/reset")
    world.tell("/lab/runs/1/name", {"name": NASTY})
    yield world
    world.lab.stop()


def run_of(world: World, number: int) -> RunJson:
    """A run as the API has it."""
    found: RunJson = world.ask(f"/lab/runs/{number}")
    return found


def test_a_run_has_a_page_with_its_verdict_its_loads_and_a_loss(world: World) -> None:
    """The page has what the JSON has, in words; of the fixed manager nothing is lost."""
    run, page = run_of(world, 1), world.client.get("/runs/1")
    assert page.status_code == 200
    text = unescape(page.text)
    buggy, fixed = run["variants"]["buggy"], run["variants"]["fixed"]
    assert buggy["vanished"] > fixed["vanished"] == 0
    for part in (*buggy["parts"], *fixed["parts"]):
        assert part["text"] in text
    found = f"{buggy['vanished']:,} of {buggy['cards']['lost_updates']['promised']:,} overlapping changes vanished"
    assert found in re.sub(r"<[^>]+>", "", text)
    assert described(run) == "Run 1: lost updates, 6 users, 0.5 s"
    assert described(run) in text
    (load,) = run["loads"]
    stopped: Any = {**run, "loads": [{**load, "seconds": 60.0, "ended_at": load["began_at"] + 4}]}
    assert described(stopped) == "Run 1: lost updates, 6 users, 60 s, ended after 4.0 s"
    assert run["losses"]["buggy"][0]["id"] in text
    assert world.client.get("/runs/2").text.count("run-drawn") == 0, "one user alone loses nothing"
    assert world.client.get("/runs/3").status_code == 200, "the present run"


def test_the_list_leaves_the_evidence_to_the_run(world: World) -> None:
    """Of fifty runs it would be most of what the page See loads."""
    listed, whole = world.ask("/lab/runs")["runs"][0], run_of(world, 1)
    assert listed["variants"]["buggy"]["cards"]["lost_updates"]["evidence"] == []
    assert whole["variants"]["buggy"]["cards"]["lost_updates"]["evidence"]


def test_a_name_is_text_wherever_it_stands(world: World) -> None:
    """On the page, beside another run, and in the file."""
    for path in ("/runs/1", "/runs/compare?a=1&b=2", "/lab/runs/1/export.html"):
        page = world.client.get(path).text
        assert NASTY not in page
        assert NASTY in unescape(page)
    assert title(run_of(world, 1)) == NASTY
    assert title(run_of(world, 2)) == "Run 2: one user, 50 updates"


def test_a_run_is_a_file_that_needs_no_server(world: World) -> None:
    """As HTML without anything from elsewhere, with the picture of a loss; as JSON the run as the API has it."""
    answer = world.client.get("/lab/runs/1/export.html")
    assert answer.headers["Content-Disposition"] == "attachment; filename=session-race-lab-run-1.html"
    assert ELSEWHERE.findall(answer.text) == []
    assert ELSEWHERE.findall(world.client.get("/runs/1").text)
    assert answer.text.count('class="run-drawn"') == 1
    assert "A bar is a call" in answer.text
    told = world.client.get("/lab/runs/1/export.json")
    assert told.headers["Content-Disposition"] == "attachment; filename=session-race-lab-run-1.json"
    assert list(told.get_json()) == ["exported_at", "run"]
    assert told.get_json()["run"] == run_of(world, 1)


def test_a_run_in_which_nothing_was_measured_is_not_in_the_file_of_all(world: World) -> None:
    """The present run has had no call; the file of a lab without any call says so."""
    page = world.client.get("/lab/export.html").text
    assert [f'id="run-{number}"' in page for number in (1, 2, 3)] == [True, True, False]
    other = World()
    assert "Nothing has been measured yet." in other.client.get("/lab/export.html").text


def test_a_bug_without_a_verdict_says_why_on_every_page_of_a_run(world: World) -> None:
    """A loss of unknown cause, and what was never met; a bug with a verdict needs no reason."""
    run: Any = copy.deepcopy(run_of(world, 1))
    for either, name in ((7, "buggy"), (0, "fixed")):
        changes = Changes(promised=20, met_refresh=9, either=either)
        run["variants"][name]["cards"]["stale_overwrites"] = stale_overwrites(changes).to_json()
    _, stale, leak, _ = rows(run)
    assert {name: cell.text for name, cell in stale.cells.items()} == {"buggy": "cannot tell", "fixed": "0 of 9"}
    assert stale.why == {"7 were lost to a refresh or to another user; which of the two is unknown.": "buggy"}
    never = "No deleted session has come up for cleanup yet."
    assert leak.why == {never: "buggy and fixed"}
    assert [row.why for row in rows(run | {"settled": False})] == [{}] * 4, "the verdict above says why"
    for path in ("/runs/1", "/lab/runs/1/export.html"):
        assert f"buggy and fixed: {never}" in world.client.get(path).text, path
    both = world.client.get("/runs/compare?a=1&b=2").text
    assert all(f"Run {number}, buggy and fixed: {never}" in both for number in (1, 2))


def test_two_runs_have_the_same_scales_and_say_what_differs(world: World) -> None:
    """What differs is marked and counted, and what does not is not."""
    one, other = run_of(world, 1), run_of(world, 2)
    differ = {name: differs for name, _, _, differs in differing(one, other)}
    assert {name for name, differs in differ.items() if differs} == {"Workload", "Duration"}
    page = world.client.get("/runs/compare?a=1&b=2").text
    assert "Conditions: 2 differ" in page
    assert page.count("<dt>Seed</dt>") == 1, "what is the same in both stands once"
    assert page.count("<tr data-differs>") == 2
    assert "all are the same" in world.client.get("/runs/compare?a=1&b=1").text
    for path, status in (
        ("/runs/compare?a=1&b=77", 404),
        ("/runs/compare?a=1", 422),
        ("/runs/compare?a=1&b=x", 422),
        ("/runs/9", 404),
    ):
        assert world.client.get(path).status_code == status, path


def test_who_uses_the_dials_of_the_page_has_changed_one_condition(world: World) -> None:
    """It takes all of them at once. Two runs with the dials of the page differ in each that was turned."""
    one = run_of(world, 1)
    own: list[Any] = [
        {**load, "dials": {**load["dials"], "window_ms": 0.0, "cache_ttl_s": 60.0}} for load in one["loads"]
    ]
    paged: Any = {**one, "loads": own, "environment": {**one["environment"], "window_ms": 0.0}}
    assert [row for row in differing(one, paged) if row[3]] == [
        (
            "Dials",
            "those of the workload: added delay up to 2 ms, cache TTL 3,600 s",
            "those of the page: added delay none, cache TTL 60 s",
            True,
        )
    ]
    turned: Any = {**paged, "loads": [{**load, "dials": {**load["dials"], "cache_ttl_s": 90.0}} for load in own]}
    assert [row for row in differing(paged, turned) if row[3]] == [("Cache TTL", "60 s", "90 s", True)]


def test_a_run_without_a_call_is_shown_as_well(world: World) -> None:
    """Nothing measured is said to be that, and is no zero of a curve."""
    page = world.client.get("/runs/3").text
    assert page.count("not measured") >= 2
    assert "Nothing was lost of which the calls are known." in page
    assert {each.name: each.value for each in conditions(run_of(world, 3))}["Workload"] == "no load"
    assert {said.word for said in verdicts(run_of(world, 3)).values()} == {"not measured"}
    assert {cell.text for row in rows(run_of(world, 3)) for cell in row.cells.values()} == {"not measured"}


def drawn(stores: Callable[[float], int], seconds: list[float], **more: Any) -> RunJson:
    """A run of two managers whose counters of open sessions are apart by that, at these times."""
    many = len(seconds)
    flat = {key: [0] * many for key in ("store", "statistics", "expected_low", "expected_high", "queue", "missing")}
    curves = {"buggy": {**flat, "database": [stores(at) for at in seconds]}, "fixed": {**flat, "database": [0] * many}}
    run: Any = {"started_at": 0.0, "card": "", "loads": [], "curves": {"at": seconds, "managers": curves}, **more}
    return run  # type: ignore[no-any-return]


def test_a_curve_that_ends_below_what_vanished_says_why(world: World) -> None:
    """Only where the two numbers differ, and with both; the pages show it below the curve."""
    run: Any = copy.deepcopy(run_of(world, 1))
    missing, vanished = run["curves"]["managers"]["buggy"]["missing"], run["variants"]["buggy"]["vanished"]
    missing[-1] = vanished
    assert apart(run) == []
    missing[-1] = 1
    (said,) = apart(run)
    assert said.startswith(f"buggy: the curve counts missing accesses, 1; at rest {vanished:,} vanished, ")
    with world.client.application.app_context():
        parts: Any = world.client.application.jinja_env.get_template("run_parts.html").module
        assert said in parts.run_apart({"apart": [said]})


def test_a_chart_has_one_axis_for_all_managers_and_cuts_pauses() -> None:
    """Each value stands where the scale says; a pause is marked with its length, and takes no room."""
    seconds = [0.0, 1.0, 2.0, 62.0, 63.0, 64.0]
    run = drawn(dict(zip(seconds, (0, 5, 10, 10, 10, 20), strict=True)).__getitem__, seconds)
    both = scale(APART, run, run)
    assert both.high == 20
    assert both.seconds < 10
    for chart in charts(run, APART, both, WIDE):
        buggy, fixed = chart.lines
        assert (buggy.manager, buggy.last, fixed.last) == ("buggy", 20, 0)
        assert buggy.y < fixed.y
        (cut,) = chart.cuts
        assert cut.text == "60 s pause"
        assert [tick.text for tick in chart.across] in (
            ["0 s", "1 s", "2 s", "62 s", "63 s", "64 s"],
            ["0 s", "2 s", "62 s", "64 s"],
        )
        assert max(buggy.x, cut.at) < chart.width <= WIDE
        assert abs(buggy.name_y - fixed.name_y) > 10
    assert charts(run, APART, both, WIDE)[1].width == SMALL
    slope = drawn(int, [0.0, 1.0, 61.0], loads=[{"began_at": 0.5, "ended_at": 30.5}])
    (chart, _) = charts(slope, APART, scale(APART, slope), WIDE)
    ((begin, end),) = chart.loads
    assert (chart.cuts, begin < end < chart.lines[0].x) == ((), True), "what moves is no pause"
    low = charts(drawn(int, [0.0, 1.0, 2.0]), APART, both, WIDE)[0]
    assert low.lines[0].y > charts(run, APART, both, WIDE)[0].lines[0].y, "the same scale, a lower value"


def test_the_chart_is_that_of_the_bug_in_the_headline() -> None:
    """Missing changes, counters that are apart, or rows that wait; names never stand on each other."""
    one = drawn(int, [0.0, 1.0])
    assert leading(one) is MISSING
    assert leading(drawn(lambda _: 0, [], card="phantom_sessions")) is APART
    assert leading(drawn(lambda _: 0, [], card="cleanup_leak")) is QUEUE
    buggy, fixed = charts(one, MISSING, scale(MISSING, one), WIDE)[0].lines
    assert abs(buggy.name_y - fixed.name_y) >= 15
    for still in (drawn(int, []), drawn(lambda _: 0, [0.0, 60.0])):
        assert charts(still, MISSING, scale(MISSING, still), WIDE)[0].lines == (), "nothing moved"


@pytest.mark.parametrize(("kind", "said"), [("mixed", "all four bugs, with faults"), ("", "a load from outside")])
def test_the_run_page_shows_a_load_from_outside(kind: str, said: str) -> None:
    """One of the lab's own has a name; of another one the workload is not known, and that is what the page says."""
    other = World().start()
    other.tell("/lab/lease", {"seconds": 30, "users": 5, "begins": True, "kind": kind})
    other.tell("/lab/lease", {"seconds": 30, "users": 5})
    other.login()
    until(lambda: other.ask("/lab/runs/1")["loads"], "the load from outside to be seen")
    assert f"{said}, 5 users" in other.client.get("/runs/1").text
    other.lab.stop()
