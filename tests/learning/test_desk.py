"""The learner's folder: what is copied, what is remembered, and what a damaged file does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from racelab.learning.course import course, named
from racelab.learning.desk import CHANGED, OPEN, PASSED, Desk

COUNTER, ONCE, STOCK = (named(name) for name in ("counter", "once", "stock"))


def passed(desk: Desk, *names: str) -> None:
    """Enter that these have passed as they are."""
    for name in names:
        desk.enter(named(name), desk.digest(named(name)), passed=True)


def test_a_new_folder_has_a_copy_of_each(tmp_path: Path) -> None:
    """The copies are those of `exercises/`, and a file that is there already stays."""
    (tmp_path / "once.py").write_text("mine = 1\n", encoding="utf-8")
    desk = Desk(tmp_path)
    assert desk.file(ONCE).read_text(encoding="utf-8") == "mine = 1\n"
    assert all(desk.file(each).read_bytes() == each.given.read_bytes() for each in course() if each != ONCE)
    assert desk.current() == COUNTER


def test_progress_survives(tmp_path: Path) -> None:
    """What has passed, which hints were shown and where one was is known to the next process."""
    desk = Desk(tmp_path)
    passed(desk, "counter")
    desk.choose(STOCK)
    assert [desk.next_hint(STOCK) for _ in range(4)] == [1, 2, 3, 3]
    again = Desk(tmp_path)
    assert (again.state(COUNTER), again.state(ONCE), again.current()) == (PASSED, OPEN, STOCK)
    assert again.progress().hints == {"stock": 3}


def test_a_file_that_is_changed_has_to_pass_again(tmp_path: Path) -> None:
    """What has passed is the file that was graded, and no later one."""
    desk = Desk(tmp_path)
    passed(desk, "counter")
    with desk.file(COUNTER).open("a", encoding="utf-8") as file:
        file.write("\n# more\n")
    assert desk.state(COUNTER) == CHANGED
    assert desk.current() == COUNTER
    desk.enter(COUNTER, desk.digest(COUNTER), passed=False)
    assert desk.state(COUNTER) == OPEN


def test_the_next_one_is_found(tmp_path: Path) -> None:
    """It is the next that has not passed; after the last comes the first; in the end there is none."""
    desk = Desk(tmp_path)
    assert desk.go_on() == ONCE
    passed(desk, "once")
    assert desk.current() == desk.go_on() == STOCK
    desk.choose(course()[-1])
    assert desk.go_on() == COUNTER
    passed(desk, *(each.name for each in course()))
    assert desk.current() is None
    assert desk.go_on() is None


def test_reset_keeps_what_was_there(tmp_path: Path) -> None:
    """The file is as in the beginning, the learner's is beside it, and neither hints nor a pass are left."""
    desk = Desk(tmp_path)
    assert desk.reset(COUNTER) is None
    desk.file(COUNTER).write_text("mine = 1\n", encoding="utf-8")
    passed(desk, "counter")
    desk.next_hint(COUNTER)
    kept = desk.reset(COUNTER)
    assert kept is not None
    assert kept.read_text(encoding="utf-8") == "mine = 1\n"
    assert desk.file(COUNTER).read_bytes() == COUNTER.given.read_bytes()
    assert (desk.state(COUNTER), desk.progress().hints, desk.current()) == (OPEN, {}, COUNTER)


def test_a_second_reset_keeps_both_files(tmp_path: Path) -> None:
    """No file of the learner's is written over: each has a number of its own."""
    desk = Desk(tmp_path)
    for number, name in enumerate(("counter.py.old", "counter.py.old2", "counter.py.old3")):
        desk.file(COUNTER).write_text(f"mine = {number}\n", encoding="utf-8")
        assert desk.reset(COUNTER) == tmp_path / name
    kept = sorted(path.read_text(encoding="utf-8") for path in tmp_path.glob("counter.py.old*"))
    assert kept == ["mine = 0\n", "mine = 1\n", "mine = 2\n"]


def test_a_grade_of_another_exercise_moves_nothing(tmp_path: Path) -> None:
    """The place is that of the exercise that is worked on, whatever else is graded and with what outcome."""
    desk = Desk(tmp_path)
    for outcome in (False, True):
        desk.enter(STOCK, desk.digest(STOCK), passed=outcome)
        assert desk.current() == COUNTER
    passed(desk, "counter")
    assert desk.current() == desk.go_on() == ONCE


def test_a_file_that_was_deleted_is_told(tmp_path: Path) -> None:
    """It comes back as it was in the beginning, which is no news in a new folder."""
    desk = Desk(tmp_path)
    assert desk.restored == []
    desk.file(ONCE).unlink()
    desk = Desk(tmp_path)
    assert (desk.restored, desk.file(ONCE).read_bytes()) == (["once.py"], ONCE.given.read_bytes())
    assert Desk(tmp_path).restored == []


@pytest.mark.parametrize(
    "text", ["{", "[]", '{"passed": 3}', '{"passed": {}, "hints": {"once": "x"}, "current": ""}', "\xff"]
)
def test_damaged_progress_begins_anew(text: str, tmp_path: Path) -> None:
    """What cannot be read is told, and the next entry makes it whole."""
    (tmp_path / "progress.json").write_bytes(text.encode("latin-1"))
    desk = Desk(tmp_path)
    assert desk.damaged
    assert desk.current() == COUNTER
    passed(desk, "counter")
    assert not Desk(tmp_path).damaged
    assert json.loads((tmp_path / "progress.json").read_text(encoding="utf-8"))["passed"].keys() == {"counter"}


def test_two_terminals_lose_nothing_of_each_other(tmp_path: Path) -> None:
    """An entry is made in what the file says now, and nothing half written is left beside it."""
    one, other = Desk(tmp_path), Desk(tmp_path)
    passed(one, "counter")
    passed(other, "once")
    one.next_hint(STOCK)
    assert set(other.progress().passed) == {"counter", "once"}
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == [".lock"]
