"""Every fix that is right passes, and none that is wrong: see `fixes.py`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from racelab.grading.classes.running.processes import Processes
from racelab.learning.course import course
from racelab.learning.desk import Desk
from racelab.learning.proof import prove_in
from tests.learning.fixes import FOLDER, Fix, fixes

NARROW = 78
FIXES = fixes()


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """One for all: each fix is a module of its own name."""
    with Processes(1) as one:
        yield one


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With the classes that say what is right."""
    return Desk(tmp_path_factory.mktemp("fixes")).folder


@pytest.mark.parametrize(
    ("number", "fix"), enumerate(FIXES), ids=[f"{each.exercise.name}: {each.name}" for each in FIXES]
)
def test_a_fix_passes_only_if_it_is_right(number: int, fix: Fix, processes: Processes, folder: Path) -> None:
    """What is wrong in some interleaving is found, and what is right in all of them is proved."""
    file = folder / f"{fix.exercise.name}_{number}.py"
    file.write_text(fix.source, encoding="utf-8")
    proof = prove_in(processes, fix.exercise, file, NARROW)
    assert proof.verdict == ("none" if fix.right else "found"), proof.sentence or proof.report
    assert fix.right or proof.report is not None, proof.sentence


def test_each_exercise_has_both_kinds() -> None:
    """Each has three wrong fixes and a right one at least, and each file belongs to an exercise."""
    assert {path.stem for path in FOLDER.glob("*.toml")} == {each.name for each in course()}
    for each in course():
        kinds = [fix.right for fix in FIXES if fix.exercise == each]
        assert (kinds.count(False) >= 3, kinds.count(True) >= 1) == (True, True), each.name
