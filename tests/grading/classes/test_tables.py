"""The tables of classes with known answers say what is in their folders, and their programs can be made."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest

from benchmarks.sctbench.program import ROOT, KnownBug
from benchmarks.sctbench.table import PROGRAMS
from racelab.grading.classes.names import NAMES
from tests.grading.classes.sample import Sample
from tests.grading.classes.traps.table import SAMPLES, TRAPS
from tests.grading.classes.unusual.table import RIGHT as UNUSUAL_RIGHT
from tests.grading.classes.unusual.table import SAMPLES as UNUSUAL
from tests.grading.classes.unusual.table import WRONG as UNUSUAL_WRONG
from tests.grading.classes.zoo.table import RIGHT, WRONG, ZOO

VERDICTS = {"none", "found", "cannot tell"}


def imported(folder: Path, name: str) -> ModuleType:
    """The module as it is, under a name of its own."""
    spec = importlib.util.spec_from_file_location(f"known_{folder.name}_{name}", folder / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[spec.name]
    return module


def files(folder: Path) -> set[str]:
    """The modules of a folder."""
    return {path.stem for path in folder.glob("*.py")}


def test_the_zoo_has_twenty_right_and_twenty_wrong_classes() -> None:
    """At least twenty classes are right, and at least twenty are wrong."""
    assert len(RIGHT) >= 20
    assert len(WRONG) >= 20
    assert {sample.module for sample in RIGHT} == files(ZOO / "right")
    assert {sample.module for sample in WRONG} == files(ZOO / "wrong")


def test_right_classes_are_right_under_both_models() -> None:
    """No right class has a fault under either model, and each wrong one has."""
    assert {(sample.gil, sample.free_threaded) for sample in RIGHT} == {("none", "none")}
    assert {(sample.gil, sample.free_threaded) for sample in WRONG} == {("found", "found"), ("none", "found")}


def test_wrong_classes_have_a_name_of_the_field() -> None:
    """What is wrong with a class is one of the field's names."""
    assert all(sample.names and NAMES.keys() >= set(sample.names) for sample in WRONG)


def test_there_are_sixty_traps_and_none_may_pass() -> None:
    """Each of the sixty traps and more is to be found, or cannot be told."""
    assert len(TRAPS) >= 60
    assert {verdict for sample in TRAPS for verdict in (sample.gil, sample.free_threaded)} == VERDICTS - {"none"}
    assert {sample.module for sample in TRAPS} == files(SAMPLES)
    assert len({str(sample) for sample in TRAPS}) == len(TRAPS)


def test_there_are_thirty_known_bugs() -> None:
    """At least thirty programs of SCTBench are written anew, each once."""
    assert len(PROGRAMS) >= 30
    assert len({program.name for program in PROGRAMS}) == len(PROGRAMS)
    assert {program.module for program in PROGRAMS} == files(ROOT)


@pytest.mark.parametrize("sample", [*RIGHT, *WRONG, *TRAPS, *PROGRAMS], ids=str)
def test_a_sample_can_be_made(sample: Sample | KnownBug, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its class is there, and has what the tasks and the observers ask for."""
    monkeypatch.chdir(tmp_path)
    module = imported(sample.root, sample.module)
    name = re.match(r"\w*", sample.make)
    assert name is not None
    target = getattr(module, name[0]) if name[0] else module
    for expression in (sample.make, *(call for task in sample.tasks for call in task), *sample.then, *sample.holds):
        compile(expression or "it", "<sample>", "eval")
    called = {match for task in sample.tasks for call in task for match in re.findall(r"\bit\.(\w+)\(", call)}
    made = (call for call in called if hasattr(target, call))
    # `add` and `call` of two traps are attributes of the object.
    assert called - set(made) <= {"add", "call"}


def test_there_are_sixty_wrong_classes_in_unusual_styles_and_thirty_right_ones() -> None:
    """Each is graded once, in a file that is known."""
    assert len(UNUSUAL_WRONG) >= 60
    assert len(UNUSUAL_RIGHT) >= 30
    both = (*UNUSUAL_WRONG, *UNUSUAL_RIGHT)
    assert {sample.module for sample in both} == files(UNUSUAL)
    assert len({str(sample) for sample in both}) == len(both)
