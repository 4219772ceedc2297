"""What a report calls things by: ids by their beginning, a package's own file with the package."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from racelab.grading.classes.program import Program
from racelab.grading.classes.running.telling import told
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.trace import Line
from racelab.grading.classes.words import pair, short

STORE = """
import uuid


class Store:
    def __init__(self):
        self.kept = {}

    def create(self):
        sid = str(uuid.uuid4())
        self.kept[sid] = 0
        return sid

    def add(self, sid):
        count = int(self.kept[sid])
        self.kept[sid] = count + 1
"""
ID = "68c0fd7209a54676b514d37b1f92f20d"


def test_an_id_is_told_by_its_beginning_and_the_data_has_all_of_it(tmp_path: Path) -> None:
    """The paragraph, the trace and the frames of the page have it short; the lines of the JSON have it whole."""
    (tmp_path / "store.py").write_text(STORE, encoding="utf-8")
    calls = (("it.add(sid)",), ("it.add(sid)",))
    then = ("it.kept[sid]",)
    result = grade_program(Program(str(tmp_path), "store", "Store()", calls, then, first=("sid = it.create()",)))
    story = told(result, 120)
    assert story is not None
    words = " ".join(line.words for line in story.lines)
    start = words.index("self.kept['") + len("self.kept['")
    sid = words[start : start + 36]
    assert sid.count("-") == 4
    for shown in (story.paragraph, " ".join(story.table), json.dumps(story.frames, ensure_ascii=False)):
        assert f"self.kept['{sid[:8]}…']" in shown
        assert sid not in shown


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"'{ID}'", "'68c0fd72…'"),
        ("UUID('00000000-0000-0000-0000-000000000012')", "UUID('…00000012')"),
        ("'a-name-that-a-person-has-written-down'", "'a-name-that-a-person-has-written-down'"),
        (f"self.x{ID}", f"self.x{ID}"),
        ("'2024'", "'2024'"),
    ],
)
def test_only_what_machines_tell_apart_is_an_id(text: str, said: str) -> None:
    """Words, names and short texts stay."""
    assert short(text) == said


def test_two_ids_that_begin_alike_are_told_apart() -> None:
    """Where one takes the place of the other, it is seen that they differ."""
    assert len({*pair(f"'{ID}'", f"'{ID[:-1]}e'")}) == 2


def test_a_file_is_called_by_its_name_and_a_package_s_own_with_the_package() -> None:
    """`__init__.py` alone says nothing, and a call that was given stands in no file."""
    lines = [Line(file, 3, "") for file in ("/lib/cache.py", "/lib/expiringdict/__init__.py", "<client A>")]
    assert list(map(str, lines)) == ["cache.py:3", "expiringdict/__init__.py:3", ""]
