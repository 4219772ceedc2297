"""The parts of a run: its curves, which are thinned, and its loads, from the page and from outside."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from racelab.live.burst import Order
from racelab.live.json_types import DialsJson, RunJson, SampledJson
from racelab.live.kept.curves import MOST_POINTS, Curves
from racelab.live.kept.loads import MOST_LOADS, Loads
from tests.instrument.labs import World, until

DIALS: DialsJson = {
    "window_ms": 2.0,
    "fault_rate": 0.0,
    "db_latency_ms": 10.0,
    "cache_ttl_s": 60.0,
    "cleanup_interval_s": 0.5,
}


def counts(store: int) -> dict[str, SampledJson]:
    """A sample of one manager."""
    return {
        "buggy": {
            "store": store,
            "statistics": 0,
            "database": 0,
            "should_be": [store, store + 1],
            "queue": 0,
            "oldest_s": None,
            "dead_letters": 0,
            "in_flight": 0,
            "acknowledged": 0,
            "failed": 0,
            "unknown": 0,
            "missing": 0,
        }
    }


def curve_of(stores: list[tuple[float, int]]) -> list[tuple[float, int]]:
    """The points of the store that are kept of these samples."""
    curves = Curves()
    for at, store in stores:
        curves.note(1000 + at, counts(store))
    told = curves.to_json(1000)
    return list(zip(told["at"], told["managers"]["buggy"]["store"], strict=True))


def test_what_does_not_move_is_two_points() -> None:
    """The beginning and the end of a stretch are kept, and the newest sample always."""
    assert curve_of([(0, 5), (1, 5), (2, 5), (3, 6), (4, 6), (5, 6)]) == [(0, 5), (2, 5), (3, 6), (5, 6)]


def test_a_sample_that_comes_late_is_of_no_run() -> None:
    """It was taken before the run began: the one before may have ended between the look and the note."""
    curves = Curves()
    curves.clear(1000)
    curves.note(999.9, counts(7))
    curves.note(1000, counts(0))
    assert (curves.to_json(1000)["at"], curves.to_json(1000)["managers"]["buggy"]["store"]) == ([0], [0])


def test_a_long_run_has_few_points_and_keeps_its_pauses() -> None:
    """However long it is, points are bounded, first and last stay, and no pause is drawn as a slope."""
    for many in range(400, 404):  # so that the ends of the pause are points with an even number, or with an odd one
        load = [(i / 10, i) for i in range(many)]
        rest = [(many / 10 + i / 10, many) for i in range(6000)]
        more = [(many / 10 + 600 + i / 10, many + i) for i in range(400)]
        points = curve_of([*load, *rest, *more])
        assert 100 < len(points) <= MOST_POINTS
        assert (points[0], points[-1][1]) == ((0, 0), many + 399)
        (pause,) = [(one, two) for one, two in pairwise(points) if two[0] - one[0] > 100]
        assert pause[0][1] == pause[1][1] == many, "no slope"
    assert len(curve_of([(10.0 * i, i) for i in range(3000)])) <= MOST_POINTS


def test_a_load_of_the_page_is_told_with_its_dials(started: World) -> None:
    """Each load of a run has what was asked for, the dials that it ran with, and its beginning and end."""
    started.burst("one_visitor", visitors=1, seconds=1.0, seed=9)
    (load,) = started.ask("/lab/runs/1")["loads"]
    assert (load["kind"], load["visitors"], load["seed"], load["outside"]) == ("one_visitor", 1, 9, False)
    assert load["managers"] == ["buggy", "fixed"]
    assert 0 < load["ended_at"] - load["began_at"] < 10
    assert load["dials"]["cache_ttl_s"] == 3600
    assert started.ask("/lab/runs/1")["curves"]["managers"].keys() == {"buggy", "fixed"}
    started.tell("/lab/reset")
    assert started.ask("/lab/runs/2")["loads"] == []
    assert len(started.ask("/lab/runs/1")["loads"]) == 1
    started.lab.runs.note(started.lab.runs.started_at - 1, counts(5), None, DIALS)
    started.lab.runs._curves.note(started.lab.runs.started_at - 1, counts(5))
    assert min(started.ask("/lab/runs/2")["curves"]["at"], default=0) >= 0, "no sample of before"


def test_the_curves_of_a_run_end_with_its_sessions(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is ended, its sessions are deleted one after another; no sample of that is in them."""
    world.lab.sampler.stop()
    world.login()
    world.lab.sampler.sample()
    clear = world.lab.sessions.clear

    def clear_and_sample(variant: str) -> None:
        clear(variant)
        world.lab.sampler.sample()

    def sample_and_end(*given: Any) -> RunJson:
        world.lab.sampler.sample()
        return whole(*given)

    whole = world.lab.runs._whole
    monkeypatch.setattr(world.lab.sessions, "clear", clear_and_sample)
    monkeypatch.setattr(world.lab.runs, "_whole", sample_and_end)
    world.tell("/lab/reset")
    monkeypatch.setattr(world.lab.runs, "_whole", whole)
    world.lab.sampler.sample()
    assert world.ask("/lab/runs/1")["curves"]["managers"]["fixed"]["store"][-1] == 1
    assert world.ask("/lab/runs/2")["curves"]["managers"]["fixed"]["store"] == [0]


def test_a_load_from_outside_is_told_while_it_calls() -> None:
    """It has the most users that it had, and the dials that held while it called, not those that it has put back."""
    loads, back = Loads(), {**DIALS, "window_ms": 0.0}
    for outside, dials, calls in (
        (None, back, 3),
        ({"users": 0, "stopping": False, "kind": ""}, back, 3),
        ({"users": 4, "stopping": False, "kind": ""}, DIALS, 7),
        ({"users": 8, "stopping": False, "kind": ""}, DIALS, 9),
        ({"users": 6, "stopping": False, "kind": ""}, DIALS, 10),
        ({"users": 6, "stopping": False, "kind": ""}, back, 10),
        (None, back, 10),
    ):
        loads.follow(outside, ["fixed"], dials, calls)  # type: ignore[arg-type]
    (load,) = loads.to_json()
    assert (load["outside"], load["visitors"], load["dials"], load["kind"]) == (True, 8, DIALS, "")
    assert load["ended_at"] is not None
    for calls in (11, 12):
        loads.clear()
        loads.follow({"users": 2, "stopping": False, "kind": "mixed"}, ["fixed"], DIALS, calls)
        assert [load["visitors"] for load in loads.to_json()] == [2], "one that goes on is a load of both runs"
    for _ in range(MOST_LOADS + 2):
        loads.end(loads.begin(Order("mixed", ("fixed",), 3, 1.0), DIALS))
    assert len(loads.to_json()) == MOST_LOADS


def test_managers_had_the_same_only_if_the_page_asked_all_and_nobody_else_any() -> None:
    """Not if a load named one, if one came from outside, or if calls came while none was running."""
    loads, both = Loads(), ("buggy", "fixed")

    def run(managers: tuple[str, ...], calls: int) -> bool:
        load = loads.begin(Order("mixed", managers, 3, 1.0), DIALS)
        loads.follow(None, [*both], DIALS, calls)
        loads.end(load)
        loads.follow(None, [*both], DIALS, calls + 1)  # its last calls, seen after its end
        return loads.are_alike({*both})

    assert not loads.are_alike({*both}), "no load"
    assert [run(both, 5), run(both, 9), run(("fixed",), 12), run(both, 15)] == [True, True, False, False]
    loads.clear()
    assert run(both, 5)
    loads.follow(None, [*both], DIALS, 6)
    assert loads.are_alike({*both})
    loads.follow(None, [*both], DIALS, 7)
    assert not loads.are_alike({*both}), "calls of others"
    loads.clear()
    loads.follow({"users": 2, "stopping": False, "kind": ""}, [*both], DIALS, 3)
    assert not run(both, 5), "a load from outside"


def test_a_lease_makes_a_load_from_outside(started: World) -> None:
    """Whoever borrows the dials and calls is a load of the run."""
    started.tell("/lab/lease", {"seconds": 30, "users": 5, "begins": True})
    started.login()
    until(lambda: started.ask("/lab/runs/1")["loads"], "the load from outside to be seen")
    assert started.ask("/lab/runs/1")["loads"][0]["visitors"] == 5
