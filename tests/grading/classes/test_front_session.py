"""A whole grading: what is found in a class that is wrong, and what is said of one that is right."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from racelab.grading.classes.choosing.choice import Choice, Given
from racelab.grading.classes.last import Last, recall
from racelab.grading.classes.program import Program
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE, Result
from racelab.grading.classes.running.growth import SHAPES, Shape
from racelab.grading.classes.running.processes import Failed, Processes, Task
from racelab.grading.classes.running.session import Session
from racelab.grading.classes.running.symmetry import Tasks
from racelab.grading.classes.stage import Stage
from racelab.grading.classes.story import Graded
from racelab.grading.classes.testing.failures import cannot_tell

from .front import COUNTER, LOCKED, chosen, saved


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACELAB_CACHE", str(tmp_path / "cache"))


def graded(path: Path, name: str = "", given: Given | None = None, seconds: float = 30.0, at_once: int = 1) -> Report:
    """The report on a class in a file. More processes at once are sooner ready, and take more of the processors."""
    choice = chosen(path, name, given)
    with Processes(at_once, choice.paths) as processes:
        return Session(choice, seconds, processes, at_once).run()


class Beginnings(Session):
    """Grades all pairs, and the most promising programs of each longer shape.

    Where calls start threads a longer program takes minutes, so there it ends with the pairs.
    """

    MOST = 6

    def _shapes(self) -> tuple[Shape, ...]:
        shapes = super()._shapes()
        return shapes[: shapes.index(SHAPES[0]) + 1] if self._choice.starts_threads else shapes

    def _stages(self) -> Iterator[tuple[str, list[Tasks]]]:
        for name, programs in super()._stages():
            yield name, programs if name == SHAPES[0].name else programs[: self.MOST]


def passed(right: Path | Choice, name: str = "") -> Report:
    """The report on a right class: of every shape some programs, however long the machine takes for them.

    Given some seconds instead, it would come to as many programs as there is time for, and seldom to three threads.
    """
    choice = chosen(right, name) if isinstance(right, Path) else right
    with Processes(1, choice.paths) as processes:
        report = Beginnings(choice, 60.0, processes, 1).run()
    assert not report.not_begun
    return report


def test_a_wrong_class_is_found_and_the_smallest_program_shown(tmp_path: Path) -> None:
    """Without a word from the author, two increments of a counter lose one."""
    report = graded(saved(tmp_path, COUNTER))
    assert report.verdict == FOUND
    first = report.findings[0]
    assert first.program.tasks == (("it.add()",), ("it.add()",))
    assert first.preemptions == 1
    assert [stage.name for stage in report.stages] == ["pairs"]
    assert 0 < first.losing < first.schedules


def test_a_right_class_is_none_and_longer_programs_were_run(tmp_path: Path) -> None:
    """The same counter behind a lock is *none*, up to three threads."""
    report = graded(saved(tmp_path, LOCKED))
    assert (report.verdict, report.findings, report.reasons) == (NONE, [], {})
    assert [stage.name for stage in report.stages][0::3] == ["pairs", "three threads"]
    assert all(stage.graded() == stage.wanted() for stage in report.stages)
    assert f"pairs {report.stages[0].total} of {report.stages[0].total}" in report.sentence()


def test_a_class_with_threads_of_its_own_is_called_alone_first(tmp_path: Path) -> None:
    """Where a call starts threads, a single call is a program, and pairs come after it."""
    source = (
        COUNTER
        + """
    def both(self):
        threads = [threading.Thread(target=self.add) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return self.count
"""
    )
    choice = chosen(saved(tmp_path, f"import threading\n{source}"))
    assert choice.starts_threads
    report = Report(choice, stages=[Stage("single calls", 3, done=3, threads=1), Stage("pairs", 6, done=5)])
    assert report.verdict == CANNOT_TELL
    alone = Report(choice, stages=[Stage("single calls", 3, done=3, threads=1)], not_begun=("pairs", "two by two"))
    assert (alone.verdict, alone.sentence()[:30]) == (CANNOT_TELL, "The time was up before pairs o")
    assert not chosen(saved(tmp_path, COUNTER, "plain.py")).starts_threads


def test_both_are_the_same_every_time(tmp_path: Path) -> None:
    """Two gradings find the same program, and the same schedule."""
    path = saved(tmp_path, COUNTER)
    one, other = (graded(path, at_once=count).findings[0] for count in (1, 2))
    assert (one.program, one.schedule) == (other.program, other.schedule)


def test_the_last_finding_comes_first_and_is_told_when_it_is_gone(tmp_path: Path) -> None:
    """A finding is graded first the next time; once it is fixed, that is told and forgotten."""
    path = saved(tmp_path, COUNTER)
    choice = chosen(path)
    assert recall(choice) is None
    assert graded(path).stages[0].name == "pairs"
    last = recall(choice)
    assert last is not None
    assert last.tasks == (("it.add()",), ("it.add()",))
    assert [stage.name for stage in graded(path).stages] == ["the last finding"]
    saved(tmp_path, LOCKED.replace("class Locked", "class Counter"))
    fixed = graded(path)
    assert (fixed.verdict, fixed.before) == (NONE, last.name)
    assert recall(choice) is None


def test_each_target_and_each_way_to_grade_it_has_a_last_finding_of_its_own(tmp_path: Path) -> None:
    """Another class, another model and a given program leave it alone."""
    path = saved(tmp_path, COUNTER + LOCKED + COUNTER.replace("class Counter", "class Other"))
    graded(path, "Counter")
    graded(path, "Other")
    graded(path, "Locked")
    graded(path, "Counter", Given(then=(), calls=("it.get()",)))
    harmless = Given(tasks=(("it.get()",), ("it.get()",)))
    for given in (harmless, Given(model="free-threaded", ignore=("it.count", "get")), Given(new="Counter()", then=())):
        graded(path, "Counter", given)
    for name in ("Counter", "Other"):
        assert recall(chosen(path, name)) is not None, name
        assert [stage.name for stage in graded(path, name).stages] == ["the last finding"]
    assert recall(chosen(path, "Locked")) is None


def test_a_program_of_the_author_is_graded_alone(tmp_path: Path) -> None:
    """With tasks, that program is graded and no other."""
    given = Given(tasks=(("it.add()", "it.add()"), ("it.add()",)), then=("it.count",))
    report = graded(saved(tmp_path, COUNTER), given=given)
    assert [(stage.name, stage.total) for stage in report.stages] == [("given program", 1)]
    assert report.findings[0].program.tasks == given.tasks


class Scripted(Processes):
    """Answers that are written down, for programs of these calls; the rest is *none*."""

    def __init__(self, answers: dict[str, Result | Failed], seconds: float = 0.0) -> None:
        super().__init__(1)
        self.answers, self.asked, self.seconds = answers, list[Program](), seconds

    def all(self, tasks: Iterator[Task], _heard: object = None) -> Iterator[tuple[Task, object]]:
        """What was written down."""
        for task in tasks:
            program, model, *_ = task.arguments
            self.asked.append(program)
            calls = {call for part in program.tasks for call in part}
            answer = next((each for call, each in self.answers.items() if call in calls), None)
            if isinstance(answer, Failed):
                yield task, answer
                continue
            plain = Result(program, model, NONE, schedules=2)
            yield task, Graded(replace(answer, program=program, model=model) if answer else plain)


def scripted(
    answers: dict[str, Result | Failed], calls: Sequence[str] = ("it.a()", "it.b()"), limit: float = 30
) -> Report:
    """The report on such answers."""
    choice = Choice("sample:Sample", "/nowhere", "sample", "", "Sample()", calls=tuple(calls))
    return Session(choice, limit, Scripted(answers), 1).run()


@pytest.mark.parametrize(("after", "verdict"), [(1, CANNOT_TELL), (2, CANNOT_TELL), (4, CANNOT_TELL), (99, NONE)])
def test_what_was_interrupted_is_no_pass(monkeypatch: pytest.MonkeyPatch, after: int, verdict: str) -> None:
    """Interrupted before or after the last finding, or after one pair, a right class is not passed."""
    last = Last((("it.a()",), ("it.b()",)), "gil", "lost update")
    monkeypatch.setattr("racelab.grading.classes.running.session.recall", lambda _: last)
    said: list[str] = []

    def hear(line: str) -> None:
        said.append(line)
        if len(said) == after:
            raise KeyboardInterrupt

    choice = Choice("sample:Sample", "/nowhere", "sample", "", "Sample()", calls=("it.a()", "it.b()"))
    session = Session(choice, 30, Scripted({}), 1, hear)
    try:
        report = session.run()
    except KeyboardInterrupt:
        report = session.interrupted()
    assert report.verdict == verdict
    assert report.sentence().startswith("Interrupted") == (verdict == CANNOT_TELL)
    assert said[0].startswith("the last finding 0 of 1")


def test_the_progress_names_the_program_that_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """From the beginning of a program on, and how many executions a second there were."""
    monkeypatch.setattr("racelab.grading.classes.running.session.recall", lambda _: None)
    said: list[str] = []

    class Slow(Scripted):
        def all(self, tasks: Iterator[Task], heard: Any = None) -> Iterator[tuple[Task, Any]]:
            for task in tasks:
                heard(None, None)
                heard(task, 256)
                yield from super().all(iter([task]))

    choice = Choice("sample:Sample", "/nowhere", "sample", "", "Sample()", calls=("it.a()", "it.b()"))
    Session(choice, 30, Slow({}), 1, said.append).run()
    begun, waiting, running, ended = said[:4]
    assert begun.startswith("pairs 0 of 3; 0 executions, ")
    assert all(line.endswith(" s: it.a() | it.a()") for line in (begun, waiting, running))
    assert re.match(r"pairs 0 of 3; 256 executions \([\d,]+/s\), 0\.\d of 30 s: ", running)
    assert ended.startswith("pairs 1 of 3; 0 executions, ")
    assert ended.endswith(" of 30 s")


def test_methods_with_pairs_that_were_not_graded_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the time is up: how many pairs of which method are left, and how to ask for some of them alone."""
    monkeypatch.setattr("racelab.grading.classes.running.session.recall", lambda _: None)
    calls = tuple(f"it.{name}()" for name in "abcdefgh")
    choice = Choice("sample:Sample", "/nowhere", "sample", "", "Sample()", calls=calls, chosen=("new", "calls", "then"))
    cut = Result(Program("", "", "", ()), verdict=CANNOT_TELL, seconds=99.0)
    report = Session(choice, 30, Scripted({"it.h()": cut, "it.g()": cut}), 1).run()
    assert report.left == {"it.g()": 8, "it.h()": 8, **dict.fromkeys(calls[:6], 2)}
    told = "left: of g 8, h 8, a 2, b 2, c 2, d 2, and 2 more methods. For those of some calls alone: --call 'it.a()' "
    assert told in report.advice()
    whole = Session(choice, 30, Scripted({}), 1).run()
    assert (whole.verdict, whole.left) == (NONE, {})


def undecided(why: str) -> Result:
    """A result that says nothing."""
    return Result(Program("", "", "", ()), verdict=CANNOT_TELL, unsure=why)


@pytest.mark.parametrize(
    ("answers", "verdict", "said"),
    [
        ({}, NONE, "Every interleaving of sample:Sample ends as some order of its calls does"),
        ({"it.a()": undecided("It opens a socket.")}, CANNOT_TELL, "it.a() | it.a(): It opens a socket."),
        ({"it.b()": Failed("its process was ended by SIGSEGV")}, CANNOT_TELL, "its process was ended by SIGSEGV."),
    ],
)
def test_one_program_that_cannot_be_decided_leaves_no_pass(
    answers: dict[str, Result | Failed], verdict: str, said: str
) -> None:
    """Where one program is undecided, the verdict is *cannot tell*, with the reason."""
    report = scripted(answers)
    assert report.verdict == verdict
    assert said in report.sentence()


@pytest.mark.parametrize(
    ("stage", "enough"),
    [
        (Stage("pairs", 40, done=20, seconds=20.0), 55),
        (Stage("pairs", 40, done=18, pointless=2, unfinished=3, seconds=20.0), 55),
        (Stage("pairs", 40, done=4, seconds=20.0), None),
        (Stage("pairs", 4, done=2, unfinished=2, seconds=20.0), None),
        (Stage("given program", 1, unfinished=1, seconds=20.0), None),
    ],
)
def test_the_time_that_is_advised_follows_from_what_was_done(stage: Stage, enough: int | None) -> None:
    """Of 40 pairs 20 took 20 of the 24 seconds; where little was done to the end, no number is made up."""
    report = Report(Choice("t", "", "", "", "", calls=("it.a()",)), stages=[stage], limit=24, seconds=24.0)
    assert (report.verdict, report.enough()) == (CANNOT_TELL, enough)
    told, in_tests = report.advice(), cannot_tell(report)
    if enough is None:
        assert "is not known" in told
        assert "is not known" in in_tests
        assert not re.search(r"\d", told + in_tests.partition("graded.")[2])
    else:
        assert f"--seconds {enough} " in told
        assert f"(seconds={enough}, or pytest --race-seconds {enough})" in in_tests


def test_a_hopeless_class_is_given_up_soon() -> None:
    """Where nothing can be said of the first programs, the others are not tried."""
    calls = [f"it.f{number}()" for number in range(9)]
    none = scripted(dict.fromkeys(calls, undecided("No.")), calls)
    assert [(stage.name, stage.undecided) for stage in none.stages] == [("pairs", 8)]
    assert none.advice().startswith("Nothing of it can be controlled.")
    some = scripted({"it.f0()": undecided("No.")}, calls)
    assert (some.stages[0].undecided, some.stages[0].done) == (9, 36)
    assert some.advice().startswith("Leave those calls out")


def test_time_that_ran_out_is_told() -> None:
    """Without all pairs there is no pass; with all pairs the report says what was not reached."""
    nothing = scripted({}, limit=0.0)
    assert nothing.verdict == CANNOT_TELL
    report = Report(Choice("t", "", "", "", ""), stages=[Stage("pairs", 3, done=3), Stage("two by two", 9, done=4)])
    assert (report.verdict, "two by two 4 of 9" in report.sentence()) == (NONE, True)
    report.reasons["x"] = "it.a(): It opens a socket."
    assert report.verdict == CANNOT_TELL
    report.reasons.clear()
    report.stages[0].done = 2
    assert (report.verdict, report.sentence()) == (CANNOT_TELL, "The time was up with 2 of 3 pairs of t graded.")


def test_a_finding_that_needs_free_threaded_python_is_marked(tmp_path: Path) -> None:
    """`count += 1` is one step with the GIL, and loses an increment without it."""
    path = saved(
        tmp_path,
        COUNTER.replace("        now = int(self.count)\n        self.count = now + 1\n", "        self.count += 1\n"),
    )
    assert graded(path).verdict == NONE
    report = graded(path, given=Given(model="free-threaded"))
    assert (report.verdict, report.only_free_threaded) == (FOUND, True)
    assert "only under free-threaded Python" in report.sentence()
    both = graded(saved(tmp_path, COUNTER), given=Given(model="free-threaded"))
    assert (both.verdict, both.only_free_threaded) == (FOUND, False)
