"""Every fix that is right passes, and none that is wrong: see `fixes.py`."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.running.processes import Processes
from racelab.learning.course import Exercise, course
from racelab.learning.desk import Desk
from racelab.learning.proof import prove_in
from tests.learning.fixes import FOLDER, fixes

NARROW = 78
FIXES = fixes()


@pytest.mark.parametrize("exercise", course(), ids=lambda each: each.name)
def test_a_fix_passes_only_if_it_is_right(exercise: Exercise, tmp_path: Path) -> None:
    """What is wrong in some interleaving is found, and what is right in all of them is proved."""
    folder = Desk(tmp_path / "fixes").folder
    said: dict[str, str] = {}
    with Processes(1) as processes:
        for number, fix in enumerate(each for each in FIXES if each.exercise == exercise):
            file = folder / f"{exercise.name}_{number}.py"
            file.write_text(fix.source, encoding="utf-8")
            proof = prove_in(processes, exercise, file, NARROW)
            if proof.passed != fix.right or not (fix.right or proof.report):
                said[fix.name] = f"{proof.verdict} {proof.sentence}"
    assert said == {}


def test_each_exercise_has_both_kinds() -> None:
    """Each has three wrong fixes and a right one at least, and each file belongs to an exercise."""
    assert {path.stem for path in FOLDER.glob("*.toml")} == {each.name for each in course()}
    for each in course():
        kinds = [fix.right for fix in FIXES if fix.exercise == each]
        assert (kinds.count(False) >= 3, kinds.count(True) >= 1) == (True, True), each.name
