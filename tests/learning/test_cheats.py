"""What does not pass: files that do less, something else, or nothing at all; and what is said of each."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from racelab.bugs import ExitCode
from racelab.cli.learn_lesson import Lesson
from racelab.learning.course import named
from racelab.learning.desk import Desk
from racelab.learning.proof import Proof, prove

COUNTER = named("counter")
UNTOUCHED = COUNTER.given.read_text(encoding="utf-8")
SOLVED = COUNTER.solution.read_text(encoding="utf-8")
COUNTED = "            self._views[page] = seen\n"
LOOK = "        seen ="


def proof_of(source: str, folder: Path, name: str = "counter") -> Proof:
    """What the grader says of a learner's file."""
    exercise = named(name)
    desk = Desk(folder / "my_exercises")
    desk.file(exercise).write_text(source, encoding="utf-8")
    return prove(exercise, desk.file(exercise), 78)


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(SOLVED.replace(COUNTED, ""), id="a step left out"),
        pytest.param("class Counter:\n    def view(self, page): ...\n    def views(self, page): ...\n", id="emptied"),
        pytest.param(
            "class Counter:\n    def view(self, page): return 2\n    def views(self, page): return 2\n", id="constants"
        ),
        pytest.param(SOLVED.replace("def view(", "def look("), id="a method renamed"),
    ],
)
def test_what_answers_otherwise_does_not_pass(source: str, tmp_path: Path) -> None:
    """One thread shows that it does something else than the untouched class."""
    assert source != SOLVED
    changed = proof_of(source, tmp_path).changed
    assert changed is not None
    assert changed.ending is not None


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(
            UNTOUCHED.replace(LOOK, f"        import time; time.sleep(1)\n{LOOK}"), id="a sleep before the race"
        ),
        pytest.param(
            UNTOUCHED.replace(
                "        self._views[page]", "        import time; time.sleep(1)\n        self._views[page]"
            ),
            id="a sleep in it",
        ),
        pytest.param(SOLVED.replace("with self._lock:", "with threading.Lock():"), id="a lock of one's own"),
        pytest.param(
            UNTOUCHED + "\n\nTASKS = [['it.view(1)']]\nTHEN = []\nIGNORE = ['view', 'views']\n", id="other tasks"
        ),
    ],
)
def test_what_only_makes_it_rarer_does_not_pass(source: str, tmp_path: Path) -> None:
    """A sleep, a lock that nobody shares, or a say in what is asked leave the race where it was."""
    proof = proof_of(source, tmp_path)
    assert proof.report is not None
    assert proof.changed is None
    assert not proof.passed


@pytest.mark.parametrize(
    ("source", "verdict", "said"),
    [
        ("class Counter:\n    def view(self\n", "found", "counter.py does not parse: line 2"),
        ("", "found", "counter has no 'Counter'"),
        ("class Count:\n    pass\n", "found", "Did you mean Count?"),
        ("raise SystemExit(0)\n", "found", "cannot be imported: SystemExit"),
        (UNTOUCHED.replace("(self)", "(self, n)"), "found", "No object could be made with Counter()"),
        (
            UNTOUCHED.replace(LOOK, f"        import socket; socket.gethostname()\n{LOOK}"),
            "cannot tell",
            "socket.gethostname is not modelled",
        ),
    ],
)
def test_what_cannot_be_graded_is_told_in_a_sentence(source: str, verdict: str, said: str, tmp_path: Path) -> None:
    """A file that is half typed, empty, or out of the model does not pass, and the sentence says why."""
    proof = proof_of(source, tmp_path)
    assert (proof.verdict, proof.report) == (verdict, None)
    assert said in proof.sentence


def test_what_is_compared_with_cannot_be_changed(tmp_path: Path) -> None:
    """An edited class in `promised/` is as it was before the next check, also while the command watches."""
    lesson = Lesson(Desk(tmp_path), Console(record=True, file=StringIO()))
    emptied = "class Counter:\n    def view(self, page): ...\n    def views(self, page): ...\n"
    for file in (tmp_path / "counter.py", tmp_path / "promised" / "counter.py"):
        file.write_text(emptied, encoding="utf-8")
    assert lesson.check(COUNTER).code == ExitCode.NOT_AS_EXPECTED
    assert (tmp_path / "promised" / "counter.py").read_bytes() == COUNTER.promised.read_bytes()
    assert "promised/counter.py was edited. It is as it was again." in lesson.console.export_text()


def said_of(name: str, *changes: tuple[str, str], folder: Path) -> str:
    """What a check prints of an exercise with these changes."""
    lesson = Lesson(Desk(folder), Console(record=True, file=StringIO()))
    source = named(name).given.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in source
        source = source.replace(before, after)
    lesson.desk.file(named(name)).write_text(source, encoding="utf-8")
    lesson.check(named(name))
    return " ".join(lesson.console.export_text().split())


def test_a_pass_that_needs_the_gil_says_so(tmp_path: Path) -> None:
    """An addition in place is proved with the GIL and found without it; a lock holds under both."""
    in_place = ("seen = self._views.get(page, 0) + 1", "self._views.setdefault(page, 0)")
    added = ("self._views[page] = seen", "self._views[page] += 1")
    said = said_of("counter", in_place, added, ("return seen", "return self._views[page]"), folder=tmp_path)
    assert "with the GIL:" in said
    assert "It rests on the GIL: without it there is a lost update." in said
    said = said_of("printers", ("if not self._idle", "while not self._idle"), folder=tmp_path)
    assert "with the GIL and without:" in said
    assert "rests on" not in said


def test_what_calls_do_one_after_another_is_told_as_that(tmp_path: Path) -> None:
    """A wait that gives up leaves a permit lost: no lock helps, and what should be answered is told."""
    gives_up = "if not self._free.acquire(timeout=5): raise TimeoutError('none is free')"
    said = said_of("pool", ("self._free.acquire()", gives_up), folder=tmp_path)
    assert "raises TimeoutError: none is free" in said
    assert "expected 'b'" in said
    assert "look for what one call changes or leaves behind, and not for a lock" in said


def test_polling_is_told_as_that(tmp_path: Path) -> None:
    """A loop that asks until another thread has come has no end, and the sentence says what to do instead."""
    said = said_of("jobs", ("if not", "while not"), ("wait()", "wait(0.1)"), folder=tmp_path)
    assert "cannot tell" in said
    assert "Let the thread wait instead, with a Condition" in said


def test_a_lock_that_is_taken_twice_is_told_as_that(tmp_path: Path) -> None:
    """It needs no second thread, and is no other answer: the trace says who waits for what."""
    source = named("stock").solution.read_text(encoding="utf-8")
    source = source.replace("        return self._pieces -", "        with self._lock: return self._pieces -")
    proof = proof_of(source, tmp_path, "stock")
    assert proof.report is not None
    assert proof.changed is None
    assert proof.report.findings[0].name == "self-deadlock"
