"""Runs whose files cannot be written: they wait in memory, the page says so, and they are written when they can be."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from racelab.live.events import Events
from racelab.live.kept.folder import MOST_RUNS, Kept
from tests.instrument.test_kept_runs import Maker, stored


def test_a_folder_that_cannot_be_written_is_one_line(
    tmp_path: Path, make_world: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    """The lab says it once, and keeps its runs in memory."""
    (tmp_path / "runs").write_text("a file")
    with caplog.at_level(logging.WARNING):
        world = make_world(RUNS=str(tmp_path / "runs"))
        for _ in range(2):
            world.login()
            world.tell("/lab/reset")
    assert [run["run"] for run in world.ask("/lab/runs")["runs"]] == [1, 2]
    (line,) = [record.getMessage() for record in caplog.records]
    assert "They stay in memory until they can." in line


def test_what_could_not_be_kept_is_kept_as_soon_as_it_can(
    tmp_path: Path, make_world: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    """Ended runs and the present one; the page says what is in memory only, and the log when that has ended."""
    folder = tmp_path / "runs"
    folder.write_text("a file")
    world = make_world(RUNS=str(folder))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            world.login()
            world.tell("/lab/reset")
        world.lab._keeper.stop()
        world.tell("/lab/runs/1/name", {"name": "first"})
        world.login()
        world.lab.runs.is_unkept()
        world.lab.runs.keep(world.verdict())
        said = world.ask("/lab/status")["unkept"]
        assert said.startswith("Runs cannot be written to their folder (File exists). 3 runs are in memory only")
        assert str(tmp_path) not in said
        world.lab._keep()
        folder.unlink()
        world.lab._keep()
        assert [run["name"] for run in stored(folder).values()] == ["first", "", ""]
        assert world.ask("/lab/status")["unkept"] == ""
        assert world.tell("/lab/runs/1/delete").status_code == 200
        assert list(stored(folder)) == ["run-2.json", "run-3.json"]
    assert ["cannot be kept" in line.getMessage() for line in caplog.records] == [True, False]


def test_a_run_without_a_number_of_its_own_takes_no_other_runs_file(tmp_path: Path, make_world: Maker) -> None:
    """Another lab has its number meanwhile: that lab's run is neither replaced nor removed."""
    folder = tmp_path / "runs"
    folder.write_text("a file")
    one, other = (make_world(RUNS=str(folder)).start() for _ in range(2))
    for world in (one, other):
        world.lab._keeper.stop()
        world.login()
        world.tell("/lab/reset")
    folder.unlink()
    for world in (one, other):
        world.lab._keep()
        world.tell("/lab/runs/1/name", {"name": world.lab.boot})
    assert [bool(world.ask("/lab/status")["unkept"]) for world in (one, other)] == [False, True]
    assert other.tell("/lab/runs/1/delete").status_code == 200
    other.lab.stop()
    assert [(run["boot"], run["name"]) for run in stored(folder).values()] == [(one.lab.boot,) * 2]


def test_a_run_that_cannot_be_removed_is_there_still(tmp_path: Path, make_world: Maker) -> None:
    """It would come back at the next start: so the page does not say that it is gone."""
    world = make_world(RUNS=str(tmp_path))
    world.login()
    world.tell("/lab/reset")
    (tmp_path / "run-1.json").unlink()
    (tmp_path / "run-1.json").mkdir()
    answer = world.tell("/lab/runs/1/delete")
    assert (answer.status_code, "Nothing was changed." in answer.text) == (503, True)
    assert [run["run"] for run in world.ask("/lab/runs")["runs"]] == [1]


def test_no_more_runs_wait_in_memory_than_a_folder_has(tmp_path: Path, make_world: Maker) -> None:
    """The last ones, which are then written."""
    folder = tmp_path / "runs"
    folder.touch()
    world = make_world()
    world.login()
    world.tell("/lab/reset")
    (run,) = world.lab.runs.ended()
    kept = Kept(folder, "abc", Events())
    for number in range(1, MOST_RUNS + 5):
        kept.write({**run, "run": number})
    assert f" {MOST_RUNS} runs are in memory only" in kept.trouble()
    folder.unlink()
    kept.again()
    assert [run["run"] for run in kept.read()] == list(range(5, MOST_RUNS + 5))
    assert kept.trouble() == ""


def test_what_waits_is_newer_than_the_file_and_goes_with_it(
    tmp_path: Path, make_world: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name is given to it, not to the file; nor to another lab's. What is deleted is not written again."""
    world = make_world()
    world.login()
    world.tell("/lab/reset")
    (run,) = world.lab.runs.ended()
    kept, other = (Kept(tmp_path, word, Events()) for word in ("abc", "def"))
    kept.write(run)
    with monkeypatch.context() as full:
        full.setattr(kept, "_put", _full)
        kept.write({**run, "boot": "newer"})
        kept.rename(1, "named")
    other.rename(1, "not ours")
    assert other.trouble() == ""
    kept.again()
    assert [(told["boot"], told["name"]) for told in stored(tmp_path).values()] == [("newer", "named")]
    with monkeypatch.context() as full:
        full.setattr(kept, "_put", _full)
        kept.write(run)
    kept.delete(1)
    kept.again()
    assert stored(tmp_path) == {}


def test_a_later_start_may_name_and_delete_the_runs_of_the_folder(tmp_path: Path, make_world: Maker) -> None:
    """They are its own from then on."""
    before = make_world(RUNS=str(tmp_path))
    before.login()
    before.tell("/lab/reset")
    before.lab.stop()
    world = make_world(RUNS=str(tmp_path)).start()
    world.tell("/lab/runs/1/name", {"name": "of before"})
    assert [run["name"] for run in stored(tmp_path).values()] == ["of before"]
    assert world.tell("/lab/runs/1/delete").status_code == 200
    assert stored(tmp_path) == {}


def _full(*_: object) -> None:
    raise OSError("No space left on device")


def test_the_end_of_the_server_is_the_last_chance(tmp_path: Path, make_world: Maker) -> None:
    """Also if the present run is empty: ended ones wait."""
    folder = tmp_path / "runs"
    folder.touch()
    world = make_world(RUNS=str(folder)).start()
    world.lab._keeper.stop()
    world.login()
    world.tell("/lab/reset")
    folder.unlink()
    world.lab.stop()
    assert list(stored(folder)) == ["run-1.json"]
