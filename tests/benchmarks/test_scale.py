"""The whole benchmark of scale with a few sessions, on real engines: every figure, the document, and taking it up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from benchmarks import scale
from benchmarks.scaling.document import markdown, picture
from benchmarks.scaling.steps import PEERS, at_size
from benchmarks.scaling.stores import STORES
from benchmarks.scaling.targets import targets
from tests.pages import ROOT

pytestmark = [
    pytest.mark.stress,
    pytest.mark.timeout(400),
    pytest.mark.usefixtures("redis_server", "postgres_server"),  # skipped, with a sentence, where they are missing
]
SIZES = (100, 200)
SMALL = ["--sizes", "100,200", "--due", "200", "--workers", "1,2", "--rounds", "1", "--seconds", "0.1"]
MAY_BE_ZERO = ("late", "engine_us", "load_before")
"""Requests that waited too long; and what an engine took that is this very process."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the results and the document of one small run are."""
    place = tmp_path_factory.mktemp("scaling")
    scale.main([*SMALL, "--json", str(place / "kept.json"), "--write", "--docs", str(place)])
    return place


@pytest.fixture(scope="module")
def found(folder: Path) -> dict[str, Any]:
    """Its results, as they were written."""
    results: dict[str, Any] = json.loads((folder / "scaling.json").read_text())
    return results


def figures(value: Any, path: str = "") -> Iterator[tuple[str, float | None]]:
    """Every number below a value, and every one that could not be had, each with where it is."""
    if isinstance(value, dict):
        for name, each in value.items():
            yield from figures(each, f"{path}/{name}")
    elif isinstance(value, list):
        for number, each in enumerate(value):
            yield from figures(each, f"{path}/{number}")
    elif value is None or (isinstance(value, int | float) and not isinstance(value, bool)):
        yield path, value


def test_every_figure_is_there_and_above_zero(found: dict[str, Any]) -> None:
    """Each store at each size, and each comparison, has positive figures."""
    assert {at_size(store, size) for store in STORES for size in SIZES} <= found["steps"].keys()
    assert len(STORES) == 4
    every = dict(figures(found["steps"]))
    assert len(every) > 300
    wrong = {path: value for path, value in every.items() if not value and not path.endswith(MAY_BE_ZERO)}
    too_few = {path for path in wrong if path.endswith("/process_bytes")}  # they find room in what the process holds
    assert wrong.keys() - too_few == {f"/memory at {size}/engine_bytes" for size in SIZES}


def test_the_engines_that_are_processes_were_at_work(found: dict[str, Any]) -> None:
    """Redis and PostgreSQL took processor time and memory, the others not."""
    for store in STORES:
        step = found["steps"][at_size(store, 200)]
        outside = store.endswith("-fixed")
        assert (step["operations"]["update"]["engine_us"] > 0) == outside
        assert (step["engine_bytes"] is None) == (store == "memory")


def test_the_document_is_what_the_results_give(folder: Path, found: dict[str, Any]) -> None:
    """The document and its picture are made of the results alone."""
    text = (folder / "scaling.md").read_text()
    assert text == markdown(found)
    assert (folder / "images" / "scaling.svg").read_text() == picture(found)
    found["steps"][PEERS]["network_bytes"]["read + change"]["redis-fixed"] *= 2
    assert text != markdown(found)


def test_the_picture_has_a_line_for_each_store(folder: Path) -> None:
    """The picture is well formed and names every store."""
    drawn = ElementTree.fromstring((folder / "images" / "scaling.svg").read_text())
    assert {node.text for node in drawn.iter() if node.tag.endswith("text")} >= set(STORES)


def test_each_target_says_whether_it_was_reached(found: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    """Every target is printed with its verdict."""
    scale.say(found)
    printed = capsys.readouterr().out
    assert printed.count("reached  ") + printed.count("NOT REACHED") >= len(targets(found))


def test_what_was_measured_is_not_measured_again(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second run with the same options takes every step from the file."""
    before = (folder / "kept.json").read_text()
    scale.main([*SMALL, "--json", str(folder / "kept.json")])
    assert capsys.readouterr().out.count("measured before") == len(json.loads(before)["steps"])
    assert (folder / "kept.json").read_text() == before


def test_results_of_another_plan_are_not_mixed_in(folder: Path) -> None:
    """Other options on the same file are refused with a sentence."""
    with pytest.raises(SystemExit, match="another plan"):
        scale.main([*SMALL, "--rounds", "2", "--json", str(folder / "kept.json")])


def test_a_size_that_would_take_too_long_is_left_out_and_named(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Beyond its time limit a size is left out, and the document says so."""
    place = tmp_path / "kept.json"
    kept = json.loads((folder / "kept.json").read_text())
    kept["plan"]["limit"] = 0.001
    kept["steps"] = {name: step for name, step in kept["steps"].items() if not name.endswith("at 200")}
    place.write_text(json.dumps(kept))
    scale.main([*SMALL, "--limit", "0.001", "--json", str(place), "--write", "--docs", str(tmp_path)])
    assert capsys.readouterr().out.count("left out, it would take") == len(STORES)
    assert (tmp_path / "scaling.md").read_text().count("* Left out: ") == len(STORES)


def test_the_committed_document_is_what_its_results_give() -> None:
    """docs/scaling.md and its picture are made of docs/scaling.json."""
    results = json.loads((ROOT / "docs" / "scaling.json").read_text())
    assert (ROOT / "docs" / "scaling.md").read_text() == markdown(results)
    assert (ROOT / "docs" / "images" / "scaling.svg").read_text() == picture(results)
