"""Runs outlive the server, also one that is killed; what is no run of the lab harms neither it nor them."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from app import create_app
from racelab.live.events import Events
from racelab.live.json_types import RunJson
from racelab.live.kept.folder import MOST_BYTES, MOST_RUNS, Kept
from racelab.promises.losses import Loss
from racelab.web.losses.spacetime import Drawing
from racelab.web.losses.words import words
from tests.instrument.labs import CALM, World, until
from tests.subject.cases import Cases

Maker = Callable[..., World]


def lose_one(world: World) -> None:
    """A session of the buggy manager whose change is gone."""
    session = world.login("buggy")
    world.save(session, "k", "v", "buggy")
    store = world.lab.sessions.subjects["buggy"]._state.store.peek()  # type: ignore[union-attr]
    store[session].data.metadata.clear()


def stored(folder: Path) -> dict[str, RunJson]:
    """The runs of the files in a folder, by file."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.iterdir())}
    return {name: json.loads(text)["run"] for name, text in texts.items() if text}


@pytest.fixture(scope="module")
def burst_run(tmp_path_factory: pytest.TempPathFactory) -> RunJson:
    """A run of a real load, with losses and curves, as its file has it."""
    folder = tmp_path_factory.mktemp("kept")
    world = World({"RUNS": str(folder)}).start()
    world.burst("lost_updates", visitors=8, seconds=0.6, variants=("buggy",))
    world.tell("/lab/reset")
    world.lab.stop()
    return stored(folder)["run-1.json"]


def test_a_run_is_there_after_a_restart(tmp_path: Path, make_world: Maker) -> None:
    """A second app of the folder has the run as it was, marked by its own start, and counts on."""
    before = make_world(RUNS=str(tmp_path / "runs"))
    lose_one(before)
    before.tell("/lab/reset")
    (run,) = before.ask("/lab/runs")["runs"]
    whole = before.ask("/lab/runs/1")
    late: Any = {name: whole[name] for name in ("run", "settled", "waiting_for", "card", "variants", "environment")}
    before.lab.runs.keep(late)
    assert stored(tmp_path / "runs")["run-1.json"] == whole, "a verdict that comes after the end of its run"
    assert run["variants"]["buggy"]["verdict"] == "do not agree"
    before.lab.stop()
    after = make_world(RUNS=str(tmp_path / "runs"))
    assert after.ask("/health")
    assert after.ask("/lab/runs")["runs"] == [run]
    earlier = "an earlier start of the server"
    assert [earlier in each.client.get("/runs/1").text for each in (before, after)] == [False, True]
    assert after.ask("/lab/runs/1") == whole == stored(tmp_path / "runs")["run-1.json"]
    status = after.ask("/lab/status")
    assert (status["run"], status["boot"] != run["boot"]) == (2, True)
    after.login()
    assert after.tell("/lab/reset").get_json() == {"run": 3}


def test_a_run_is_kept_when_its_load_is_at_rest_and_when_the_server_ends(tmp_path: Path, make_world: Maker) -> None:
    """What came to rest is kept at once, what came after it at the end; a run without a call leaves nothing."""
    world = make_world(RUNS=str(tmp_path))
    world.lab._keeper._seconds = 0.02
    session = world.login()
    until(lambda: stored(tmp_path), "the run to be kept")
    world.lab._keeper.stop()
    (kept,) = stored(tmp_path).values()
    assert (kept["settled"], kept["variants"]["fixed"]["promised"]) == (True, 0)
    world.save(session)
    world.lab.runs.keep({**world.lab.verdict(), "settled": False})
    assert stored(tmp_path)["run-1.json"] == kept, "what cannot be judged is not kept"
    world.lab.stop()
    (kept,) = stored(tmp_path).values()
    assert (kept["settled"], kept["variants"]["fixed"]["promised"]) == (True, 1)
    empty = make_world(RUNS=str(tmp_path)).start()
    assert (tmp_path / "run-2.json").exists(), "the number is claimed"
    empty.lab.stop()
    assert list(stored(tmp_path)) == ["run-1.json"] == [path.name for path in tmp_path.iterdir()]


def test_two_labs_of_one_folder_keep_out_of_each_others_way(tmp_path: Path, make_world: Maker) -> None:
    """Their runs have different numbers, and both are kept."""
    at_once = [Kept(tmp_path / "at once", str(word), Events()) for word in range(2)]
    for kept in at_once:
        kept._files = list  # type: ignore[method-assign] # both have looked before either has claimed
    assert [kept.claim(1) for kept in at_once] == [1, 2]
    one, other = (make_world(RUNS=str(tmp_path / "runs")).start() for _ in range(2))
    for world in (one, other, one):
        world.login()
        world.tell("/lab/reset")
    assert [run["run"] for run in one.ask("/lab/runs")["runs"]] == [1, 3]
    assert {name: run["boot"] for name, run in stored(tmp_path / "runs").items()} == {
        "run-1.json": one.lab.boot,
        "run-2.json": other.lab.boot,
        "run-3.json": one.lab.boot,
    }


def broken_files(run: RunJson) -> list[str]:
    """What may lie in the folder and is no run of this lab, as the files from number 2 on."""

    def changed(number: int, change: Callable[[Any], object], version: int = 1) -> str:
        copy: Any = deepcopy(run)
        copy["run"] = number
        change(copy)
        return json.dumps({"version": version, "run": copy})

    changes: tuple[Callable[[Any], object], ...] = (
        lambda it: it.update(run=1),
        lambda it: it.pop("name"),
        lambda it: it.update(more=1),
        lambda it: it["environment"].update(window_ms="2"),
        lambda it: it["environment"].update(threads=True),
        lambda it: it["variants"]["buggy"].update(verdict="right"),
        lambda it: it.update(started_at=float("nan")),
        lambda it: it["variants"]["buggy"]["cards"].popitem(),
        lambda it: it["curves"]["managers"]["buggy"]["store"].pop(),
        lambda it: it["losses"]["buggy"][0].update(calls=[]),
        lambda it: it["losses"]["buggy"][0]["calls"][-1].update(end_ms=1e14),
        lambda it: it.update(card="no bug"),
        lambda it: it.update(started_at=1e14),
        lambda it: it["curves"]["at"].reverse(),
        lambda it: it["curves"]["managers"]["buggy"]["store"].__setitem__(0, 10**14),
    )
    texts = [
        "\x00\x01",
        "[" * 100_000,
        "[]",
        " " * (2 * MOST_BYTES + 1),
        changed(6, dict)[:-20],
        changed(7, dict, version=2),
    ]
    return [*texts, *(changed(number, change) for number, change in enumerate(changes, 2 + len(texts)))]


def test_files_that_are_no_runs_are_left_alone_in_one_line(
    tmp_path: Path, make_world: Maker, burst_run: RunJson, caplog: pytest.LogCaptureFixture
) -> None:
    """Each is ignored and stays as it is, one line tells of all, and the run beside them is read."""
    broken = broken_files(burst_run)
    for number, text in enumerate(broken, 2):
        (tmp_path / f"run-{number}.json").write_text(text, encoding="utf-8")
    (tmp_path / "run-99.json").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "run-1.json").write_text(json.dumps({"version": 1, "run": {**burst_run, "losses": {}}}))
    files = {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()}
    with caplog.at_level(logging.WARNING):
        world = make_world(RUNS=str(tmp_path)).start()
    assert [run["run"] for run in world.ask("/lab/runs")["runs"]] == [1]
    page = world.client.get("/runs/1").text
    assert ("The calls of its losses were not kept." in page, "/lab/loss/" in page) == (True, False)
    assert world.lab.runs.run == 100
    (line,) = [record.getMessage() for record in caplog.records]
    assert "run-2.json" in line
    assert f"and {len(broken) + 1 - 3} more" in line
    world.lab.stop()
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir() if path.is_file()} == files


def test_no_lab_counts_on_from_a_number_given_by_hand(
    tmp_path: Path, make_world: Maker, burst_run: RunJson, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even from a whole run: numbers would end soon, and what comes after them would be lost."""
    far = {tmp_path / "run-999999999.json", tmp_path / f"run-{'9' * 200}.json"}
    for path in far:
        path.write_text(json.dumps({"version": 1, "run": {**burst_run, "run": 999_999_999}}))
    for number in (1, 3):
        with caplog.at_level(logging.WARNING):
            world = make_world(RUNS=str(tmp_path)).start()
        assert world.lab.runs.run == number
        assert [run["run"] for run in world.ask("/lab/runs")["runs"]] == list(range(1, number))
        for _ in range(2):
            world.login()
            world.tell("/lab/reset")
        world.lab.stop()
    assert ["no lab has counted so far" in line.getMessage() for line in caplog.records] == [True, True]
    assert all(path.exists() for path in far)


def test_nothing_is_written_unless_it_is_configured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An app of a test, and one in memory, keep nothing; one that is served keeps its runs beside its databases."""
    monkeypatch.setenv("RACELAB_INSTANCE", str(tmp_path))
    in_files = {"SESSION_MANAGER_DATABASE": "sqlite:///{instance}/{variant}.sqlite"}
    for config, served, keeps in ((CALM, True, False), (in_files, False, False), (in_files, True, True)):
        app = create_app({**CALM, **config}, served=served)
        assert app.extensions["racelab"].runs.outlive == keeps
    with pytest.raises(ValueError, match="RUNS must be a folder"):
        create_app({**CALM, "RUNS": 3})
    assert list(tmp_path.iterdir()) == []


def test_the_last_runs_of_a_folder_are_kept_and_no_file_is_large(tmp_path: Path, burst_run: RunJson) -> None:
    """Older ones are removed, foreign files are not, and a run too large loses its losses first, then its curves."""
    foreign = tmp_path / "run-1.json"
    foreign.write_text("mine")
    kept = Kept(tmp_path, "abc", Events())
    assert kept.read() == []
    for number in range(2, MOST_RUNS + 5):
        kept.write({**burst_run, "run": number})
    numbers = [run["run"] for run in Kept(tmp_path, "abc", Events()).read()]
    assert numbers == list(range(5, MOST_RUNS + 5))
    assert foreign.read_text() == "mine"
    foreign.unlink()
    many = {"buggy": burst_run["losses"]["buggy"] * 1000}
    long: Any = deepcopy(burst_run["curves"])
    long["managers"]["buggy"]["store"] = [1234567] * 100_000
    for wanted, has in (({"losses": many}, "curves"), ({"losses": many, "curves": long}, "")):
        kept.write({**burst_run, "run": 90, **wanted})  # type: ignore[typeddict-item]
        run = stored(tmp_path)["run-90.json"]
        assert run["losses"] == {}
        assert bool(run["curves"]["at"]) == bool(has)
        assert (tmp_path / "run-90.json").stat().st_size < MOST_BYTES


def test_only_runs_count_as_runs_and_only_runs_are_removed(tmp_path: Path, burst_run: RunJson) -> None:
    """Numbers of labs that were killed take no run's place, and what is older than the runs that are kept stays."""
    (tmp_path / "run-1.json").write_text("mine")
    (tmp_path / "run-2.json").mkdir()
    (tmp_path / "run-3.json").touch()
    before = Kept(tmp_path, "abc", Events())
    for number in range(4, 4 + MOST_RUNS):
        before.write({**burst_run, "run": number})
    for _ in range(MOST_RUNS + 5):
        Kept(tmp_path, "abc", Events()).claim(1)
    kept = Kept(tmp_path, "abc", Events())
    assert [run["run"] for run in kept.read()] == list(range(4, 4 + MOST_RUNS))
    kept.write({**burst_run, "run": kept.claim(1)})
    assert [run["run"] for run in kept.read()][:-1] == list(range(5, 4 + MOST_RUNS))
    assert (tmp_path / "run-1.json").read_text() == "mine"
    assert (tmp_path / "run-2.json").is_dir()
    assert not (tmp_path / "run-3.json").exists(), "no lab can have claimed it in these runs"


def test_what_others_have_half_written_stops_no_claim(tmp_path: Path) -> None:
    """A file may be gone between two looks: the number is claimed all the same. Only an old one is removed."""
    half = [tmp_path / f"run-{number}.json.aa.half" for number in (1, 2, 3)]
    half[0].symlink_to("gone")
    for path in half[1:]:
        path.touch()
    os.utime(half[1], (1, 1))
    assert Kept(tmp_path, "abc", Events()).claim(1) == 1
    assert (tmp_path / "run-1.json").exists()
    assert [path.exists() for path in half[1:]] == [False, True]


def test_a_loss_of_a_file_is_served_until_its_run_is_deleted(
    tmp_path: Path, make_world: Maker, burst_run: RunJson
) -> None:
    """That of its own run, and not when another one is deleted."""
    (loss,) = burst_run["losses"]["buggy"]
    for number, losses in ((1, burst_run["losses"]), (2, {})):
        told = {"version": 1, "run": {**burst_run, "run": number, "losses": losses}}
        (tmp_path / f"run-{number}.json").write_text(json.dumps(told))
    world = make_world(RUNS=str(tmp_path)).start()
    for deleted, status in ((2, 200), (1, 404)):
        assert world.tell(f"/lab/runs/{deleted}/delete").status_code == 200
        assert world.client.get(f"/lab/losses/buggy/{loss['id']}").status_code == status


def test_a_run_has_a_name_and_can_be_deleted(tmp_path: Path, make_world: Maker) -> None:
    """The present run and ended ones take a name, which outlives the server; an ended one can be deleted."""
    world = make_world(RUNS=str(tmp_path))
    nasty = "  <script>alert(1)</script>\n\x00\u202e "
    for number in (1, 2):
        world.login()
        assert world.tell(f"/lab/runs/{number}/name", {"name": nasty}).get_json()["name"] == "<script>alert(1)</script>"
        world.tell("/lab/reset")
    assert world.tell("/lab/runs/1/name", {"name": "first"}).get_json() == {"run": 1, "name": "first"}
    with Cases() as cases:
        for path, body, status in (
            ("/lab/runs/9/name", {"name": "x"}, 404),
            ("/lab/runs/1/name", {"name": "x" * 81}, 422),
            ("/lab/runs/1/name", {"name": 3}, 422),
            ("/lab/runs/1/name", {"name": "x", "y": 1}, 422),
            ("/lab/runs/9/delete", {}, 404),
            ("/lab/runs/3/delete", {}, 409),
        ):
            with cases.case(path, body):
                answer = world.tell(path, body)
                assert (answer.status_code, answer.mimetype) == (status, "application/problem+json")
    assert world.tell("/lab/runs/2/delete").status_code == 200
    assert [run["name"] for run in world.ask("/lab/runs")["runs"]] == ["first"]
    world.lab.stop()
    assert {name: run["name"] for name, run in stored(tmp_path).items()} == {"run-1.json": "first"}


def test_a_loss_of_a_file_is_drawn_as_the_first_time(burst_run: RunJson) -> None:
    """What was told and read again is told the same, and its picture has the same bars."""
    (told,) = burst_run["losses"]["buggy"]
    loss = Loss.from_json(told)
    assert loss.to_json() == told
    again = Loss.from_json(loss.to_json())
    assert Drawing(loss).picture() == Drawing(again).picture()
    assert words(loss) == words(again)
    assert len({call.number for call, _ in loss.calls}) == len(told["calls"])
