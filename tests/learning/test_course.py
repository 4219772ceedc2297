"""The exercises: each fails untouched, by the name of its bug, and each solution passes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from racelab.grading.classes.names import NAMES
from racelab.grading.classes.program import FREE_THREADED
from racelab.grading.classes.running.processes import Processes
from racelab.learning.course import EXERCISES, SOLUTIONS, Exercise, UnknownExercise, course, named
from racelab.learning.desk import Desk
from racelab.learning.proof import prove_in

WIDE = 78
WITH = "        with "
EACH = pytest.mark.parametrize("exercise", course(), ids=lambda each: each.name)


@pytest.fixture(scope="module")
def processes() -> Iterator[Processes]:
    """One for all exercises, and one for all solutions: an imported module stays."""
    with Processes(1) as one:
        yield one


@pytest.fixture(scope="module")
def others() -> Iterator[Processes]:
    """See `processes`."""
    with Processes(1) as one:
        yield one


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Every exercise untouched."""
    return Desk(tmp_path_factory.mktemp("untouched"))


@pytest.fixture(scope="module")
def solved(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Every exercise solved as `solutions/` does."""
    desk = Desk(tmp_path_factory.mktemp("solved"))
    for each in course():
        desk.file(each).write_bytes(each.solution.read_bytes())
    return desk


@EACH
def test_an_exercise_fails_untouched(exercise: Exercise, processes: Processes, desk: Desk) -> None:
    """Several threads are needed for it to fail, and the finding has the name of its bug."""
    proof = prove_in(processes, exercise, desk.file(exercise), WIDE)
    assert not proof.passed
    assert proof.changed is None, "one thread alone must not find it"
    assert proof.report is not None, proof.sentence
    assert proof.report.findings[0].name == exercise.kind
    assert all(len(line) <= WIDE for line in proof.report.story.table) if proof.report.story else False


@EACH
def test_a_solution_passes(exercise: Exercise, others: Processes, solved: Desk) -> None:
    """Every program of every solution is as promised, in every interleaving; several have many."""
    proof = prove_in(others, exercise, solved.file(exercise), WIDE)
    assert proof.passed, proof.sentence or proof.report
    assert len(proof.proved) == len(exercise.programs)
    assert max(result.schedules for result in proof.proved) > 2


@EACH
def test_a_solution_holds_without_the_gil_too(exercise: Exercise, others: Processes, solved: Desk) -> None:
    """What a learner copies from a solution is right under either model of memory."""
    assert prove_in(others, replace(exercise, model=FREE_THREADED), solved.file(exercise), WIDE).passed


@pytest.mark.parametrize("exercise", [each for each in course() if WITH in each.solution.read_text(encoding="utf-8")])
def test_without_its_lock_a_solution_does_not_pass(exercise: Exercise, others: Processes, solved: Desk) -> None:
    """Nothing passes by taking locks out, or by luck: each lock of a solution is needed."""
    source, file = exercise.solution.read_text(encoding="utf-8"), solved.folder / f"{exercise.name}_unlocked.py"
    file.write_text(re.sub(r"\bwith .*:$", "if True:", source, flags=re.MULTILINE), encoding="utf-8")
    assert prove_in(others, exercise, file, WIDE).verdict == "found"


def test_a_file_for_each_and_no_other() -> None:
    """The table, `exercises/` and `solutions/` have the same names, and there are twelve at least."""
    names = {each.file for each in course()}
    assert {path.name for path in EXERCISES.glob("*.py")} == {path.name for path in SOLUTIONS.glob("*.py")} == names
    assert len(course()) >= 12
    assert {path.name for path in (EXERCISES / "promised").glob("*.py")} <= names
    assert len({each.kind for each in course()}) >= 12


@EACH
def test_an_exercise_can_be_worked_on(exercise: Exercise) -> None:
    """Its name is that of a module, it is short, says what must never happen, and has three hints but no answer."""
    source = exercise.given.read_text(encoding="utf-8")
    assert exercise.name.isalpha()
    assert exercise.kind in NAMES
    assert 15 <= len(source.splitlines()) <= 50
    assert "must never happen" in " ".join(exercise.about().split())
    assert len(exercise.hints) == 3
    assert all(len(hint) < 120 for hint in exercise.hints)
    assert len(exercise.programs[0].tasks) == 1, "the first says what one thread sees"
    assert all(len(program.tasks) > 1 for program in exercise.programs[1:])


def test_names() -> None:
    """A name, a file and a number are understood; what looks like a name is suggested."""
    first = course()[0]
    assert named("counter") == named("my_exercises/counter.py") == named("1") == first
    with pytest.raises(UnknownExercise, match="Did you mean transfer"):
        named("tranfser")


def test_the_solutions_change_little() -> None:
    """A solution has at most twelve lines more than its exercise."""
    lines = {
        each.name: [len(Path(p).read_text().splitlines()) for p in (each.given, each.solution)] for each in course()
    }
    assert {name: both for name, both in lines.items() if both[1] > both[0] + 12} == {}
