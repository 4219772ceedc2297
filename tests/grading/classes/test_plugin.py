"""The fixture `race`, in runs of pytest as a reader has them, and in this file itself."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from racelab.grading.classes.testing.targets import named
from racelab.grading.classes.testing.texts import Texts
from racelab.home import PROGRAM, ROOT
from racelab.pytest_plugin import race
from racelab.testing import Race
from tests.grading.classes.front import COUNTER, LOCKED, environment, saved
from tests.grading.classes.plugin_runs import BOTH, IMPORTS, pytest_run
from tests.grading.classes.racing import Counter, Hits, Locked, limited

__all__ = ["race"]
Failed = pytest.fail.Exception


def test_a_right_class_passes_and_a_wrong_one_fails(tmp_path: Path) -> None:
    """The lost update fails with name, trace and replay, the lock passes."""
    saved(tmp_path, COUNTER + LOCKED, "sample.py")
    tests = """
def test_wrong(race):
    race(Counter, "add()", "it.add()", then="count")

def test_right(race):
    race(Locked, "add()", "add(); get()", then="count")
"""
    outcomes, said = pytest_run(tmp_path, f"from sample import Counter, Locked\n{tests}")
    assert outcomes == {"test_wrong": "FAILED", "test_right": "PASSED"}, said
    assert "lost update in sample.py:Counter." in said
    assert "Hold one lock from line 9 to line 10 of add()" in said
    assert re.search(r"^ +\d ! [AB]  sample\.py:9 +now = int\(self\.count\) ", said, re.MULTILINE)
    assert "Traceback" not in said
    assert "racelab/" not in said
    (line,) = set(re.findall(r"^Replay it: (.*)$", said, re.MULTILINE))  # on CI pytest says it in its summary too
    words = shlex.split(line.removeprefix(f"python3 {ROOT / PROGRAM}"))
    again = [sys.executable, "-P", "-m", "racelab", *words]
    done = subprocess.run(
        again, cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=60, check=False
    )
    assert "self.count: 0 -> 1" in done.stdout, done.stdout + done.stderr


def test_the_command_line_sets_model_and_seconds(tmp_path: Path) -> None:
    """`--race-model` and `--race-seconds` hold for tests that do not say."""
    tests = """
class Hits:
    def __init__(self):
        self.count = 0

    def hit(self):
        self.count += 1

def test_as_asked(race):
    race(Hits, "hit()", "hit()", then="count")

def test_as_said(race):
    race(Hits, "hit()", "hit()", then="count", model="gil", seconds=30)

@pytest.mark.race
def test_marked():
    hits = Hits()
    together(hits.hit, hits.hit)
    assert hits.count == 2

@pytest.mark.race(model="gil")
def test_marked_as_said():
    hits = Hits()
    together(hits.hit, hits.hit)
    assert hits.count == 2
"""
    outcomes, said = pytest_run(tmp_path, f"{IMPORTS}{BOTH}\n{tests}", "-n", "2", "--race-model=both")
    asked = {"test_as_asked": "FAILED", "test_marked": "FAILED"}
    assert outcomes == {**asked, "test_as_said": "PASSED", "test_marked_as_said": "PASSED"}, said
    assert "It exists only under free-threaded Python." in said
    outcomes, said = pytest_run(
        tmp_path, f"{IMPORTS}{BOTH}\n{tests}", "--race-seconds=1e-9", "-k", "as_asked or as_said"
    )
    assert outcomes["test_as_asked"] == "FAILED", said
    assert outcomes["test_as_said"] == "PASSED", said
    assert "Cannot tell: " in said
    assert "How much more time it needs is not known" in said


def test_a_class_in_a_package_is_found_as_the_test_has_found_it(tmp_path: Path) -> None:
    """Relative imports and a `src` folder work, with the grader's own calls."""
    saved(tmp_path, "from .locks import new\n" + COUNTER.replace("self.count = 0", "self.count = 0; self.lock = new()"),
          "src/mine/inner/counting.py")  # fmt: skip
    saved(tmp_path, "import threading\n\ndef new():\n    return threading.Lock()\n", "src/mine/inner/locks.py")
    tests = """
from mine.inner.counting import Counter

def test_found(race):
    assert race.must_find(Counter, seconds=20, name="lost update").program.module == "mine.inner.counting"
"""
    outcomes, said = pytest_run(tmp_path, tests, "-o", "pythonpath=src")
    assert outcomes == {"test_found": "PASSED"}, said


def test_a_finding_is_given_to_the_twin(race: Race) -> None:
    """`must_find` gives the smallest schedule, of any name or of that one."""
    found = race.must_find(Counter, "add()", "add()", then="count", name="lost update")
    assert (found.name, found.preemptions, found.program.then) == ("lost update", 1, ("it.count",))
    assert race.must_find(limited, "it.add()", "it.add()", new="Counter()").name == "lost update"


def test_a_test_process_takes_no_part(race: Race) -> None:
    """No object is made in the process of the test."""
    before = Counter.made, threading.Lock, Path.cwd()
    (report,) = race(Locked, "add()", "add()", then=["count"], holds="count <= 2")
    assert report.choice.holds == ("it.count <= 2",)
    assert report.verdict == "none"
    assert (Counter.made, threading.Lock, Path.cwd()) == before


def test_what_comes_first_is_known_to_all(race: Race) -> None:
    """A name that it assigns is not the object's, in calls and in what is observed."""
    (report,) = race(Locked, "add()", "n = add(); n", first="start = count - 5", then="count - start")
    program = report.choice.program(report.choice.tasks)
    assert program.first == ("start = it.count - 5",)
    assert (program.tasks, program.then) == ((("it.add()",), ("n = it.add()", "n")), ("it.count - start",))
    assert report.verdict == "none"
    race.must_find(Counter, "add()", "add()", first=["start = count - 5"], then="count - start", name="lost update")


def test_the_right_one_is_not_found(race: Race) -> None:
    """`must_find` fails if all is well, or if another race is found."""
    with pytest.raises(Failed, match=r"Nothing was found. Every interleaving of .*Locked ends as some order"):
        race.must_find(Locked, "add()", "add()", then="count")
    with pytest.raises(Failed, match=r"No deadlock was found, but:\nlost update in"):
        race.must_find(Counter, "add()", "add()", then="count", name="deadlock")
    with pytest.raises(Failed, match=r"There is no race named 'lost updat'. Did you mean lost update"):
        race.must_find(Counter, "add()", "add()", name="lost updat")


def test_one_thread_alone_is_no_pass(race: Race) -> None:
    """What one thread calls is interleaved with nothing."""
    with pytest.raises(Failed, match=r"it starts none that runs beside it\."):
        race(Locked, "add(); add()")


def test_a_test_leaves_the_last_finding_of_the_command_alone(
    race: Race, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It neither keeps one nor forgets one."""
    monkeypatch.setenv("RACELAB_CACHE", str(tmp_path))
    race.must_find(Counter, then="count")
    race(Locked)
    assert [*tmp_path.iterdir()] == []


def test_options_reach_the_grader(race: Race) -> None:
    """An invariant, a specification, a benign difference and a model count."""
    with pytest.raises(Failed, match="broken invariant"):
        race(Locked, "add()", "add()", holds="count <= 1")
    race(Counter, "add()", "add()", then="count", ignore="it.count")
    race(Hits, "hit()", "hit()", then="count", spec=Hits)
    with pytest.raises(Failed, match="It exists only under free-threaded Python"):
        race(Hits, "hit()", "hit()", then="count", model="both")
    assert [report.choice.model for report in race(Locked, "add()", "add()", model="both")] == ["gil", "free-threaded"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"model": "nogil"}, "There is no model 'nogil'. There are: gil, free-threaded and both."),
        ({"seconds": 0}, "0 is no time to grade in."),
        ({"new": "Counter(1, 2)"}, "No object could be made with Counter(1, 2)"),
        ({"spec": "simple"}, "'simple' is no specification"),
        ({"spec": "simpel:Simple"}, "There is no module 'simpel'"),
    ],
)
def test_wrong_options_are_told(race: Race, options: dict[str, str], said: str) -> None:
    """A wrong option fails in a sentence, without what led to it."""
    with pytest.raises(Failed) as failed:
        race(Counter, "add()", "add()", **options)  # type: ignore[arg-type] # that is what is wrong
    assert said in str(failed.value)
    assert failed.value.__context__ is None or failed.value.__suppress_context__


def test_what_no_other_process_finds_is_told(race: Race) -> None:
    """A class inside of a function, and what has no name, are refused."""

    class Inside:
        """Here."""

    for target, said in (
        (Inside, "made inside of a function"),
        (lambda: None, "made inside of a function"),
        (threading.Lock(), "has no name by which another process could import it"),
        (threading.Thread, "is in the standard library"),
    ):
        with pytest.raises(Failed, match=said):
            race(target, "add()", "add()")  # type: ignore[arg-type] # a lock cannot be called


@pytest.mark.parametrize(
    ("typed", "run"),
    [
        ("add()", ("it.add()",)),
        ("it.add(); add()", ("it.add()", "it.add()")),
        ("count <= len(limits)", ("it.count <= len(it.limits)",)),
        ("[each for each in names()]", ("[each for each in it.names()]",)),
        ("put(Hits, threading)", ("it.put(Hits, threading)",)),
        ("it['a'] = 1", ("it['a'] = 1",)),
        ("count = 3", ("count = 3",)),
    ],
)
def test_it_may_be_left_out(typed: str, run: tuple[str, ...]) -> None:
    """Names of the class are the object's, those of the module stay."""
    assert Texts(Counter).calls(typed) == run


def test_installed_and_own_classes_have_names_that_the_command_takes() -> None:
    """A class of the checkout is named by its file, an installed one by module."""
    assert named(Counter, Path.cwd()).word == "tests/grading/classes/racing.py:Counter"
    installed = named(pytest.Item, Path.cwd())
    assert (installed.word, installed.root) == ("_pytest.nodes:Item", str(Path.cwd()))
    assert not any("site-packages" in each for each in installed.paths)
