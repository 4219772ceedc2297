"""A finding's schedule: as data, with the author's names and values, and as a table that fits a screen."""

from __future__ import annotations

import pickle
from dataclasses import replace
from functools import cache
from pathlib import Path
from textwrap import dedent

import pytest

from racelab.explorer.kernel.calls import CannotDecide
from racelab.grading.classes.causes import Cause
from racelab.grading.classes.names import ATOMICITY_VIOLATION
from racelab.grading.classes.program import FREE_THREADED, GIL, Program
from racelab.grading.classes.result import FOUND, Result
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.table import MOST, WIDE, table
from racelab.grading.classes.telling import Told, tell
from racelab.grading.classes.trace import Touch, Wait

from .sample import Sample
from .traces import trace
from .zoo.table import WRONG

COUNTER = """
import threading


class Counter:
    def __init__(self):
        self._rows = {"n": [0]}
        self._lock = threading.Lock()

    def add(self):
        with self._lock:
            old = self._rows["n"]
        new = [old[0] + 1]
        with self._lock:
            self._rows["n"] = new
"""


@pytest.fixture
def counter(tmp_path: Path) -> Result:
    """What was found in a counter that releases its lock too early."""
    (tmp_path / "counting.py").write_text(COUNTER, encoding="utf-8")
    tasks = (("it.add()",), ("it.add()",))
    return grade_program(Program(str(tmp_path), "counting", "Counter()", tasks, ("it._rows",)))


@cache
def found(sample: Sample) -> Result:
    """The result on a sample, under the model that breaks it."""
    model = GIL if sample.gil == FOUND else FREE_THREADED
    program = Program(str(sample.root), sample.module, sample.make, sample.tasks, sample.then, sample.holds)
    return grade_program(program, model)


def touches(told: Told) -> list[Touch]:
    """All of them."""
    return [touch for step in told.trace.steps for touch in step.touches]


@pytest.mark.parametrize("sample", WRONG, ids=str)
def test_each_wrong_class_of_the_zoo_has_its_name_and_a_table_that_fits(sample: Sample) -> None:
    """The name that is meant, in few lines of at most 120 columns."""
    result = found(sample)
    told = tell(result)
    assert (result.name, told.name) == (sample.names[0], sample.names[0])
    lines = told.table()
    assert len(lines) <= MOST + 10
    assert max(map(len, lines)) <= WIDE
    assert told.paragraph().startswith(told.name[0].upper())


def test_a_location_is_called_as_the_author_writes_it(counter: Result) -> None:
    """By the way from self, with the key."""
    places = {touch.place for touch in touches(tell(counter)) if touch.changes}
    assert places == {"self._rows['n']"}


def test_a_lock_is_called_by_the_attribute_that_holds_it(counter: Result) -> None:
    """And not by its number."""
    told = tell(counter)
    assert [one.place for one in told.trace.primitives] == ["self._lock"]
    assert any("takes self._lock" in line for line in told.table())


def test_values_are_those_of_the_moment(counter: Result) -> None:
    """A write tells what was there before and what is there now."""
    changed = [(touch.before, touch.after) for touch in touches(tell(counter)) if touch.changes]
    assert changed == [("[0]", "[1]"), ("[1]", "[1]")]


def test_a_new_object_of_equal_content_is_a_change(counter: Result) -> None:
    """The second list is another one, though it looks the same."""
    second = [touch for touch in touches(tell(counter)) if touch.writes][-1]
    assert second.before == second.after
    assert second.was != second.refers


LISTED = """
import threading


class Members:
    def __init__(self):
        self.items = ["x"]
        self.gate = threading.Condition()
        self.open = False

    def leave(self):
        if "x" in self.items:
            self._note()
            self.items.remove("x")

    def _note(self):
        pass

    def twice(self):
        self.open = True
        self.open = False
        return self.seen()

    def seen(self):
        return self.open

    def turned(self):
        self.open = self.open
        self._note()
        self.open = 2

    def wait(self):
        if not self.open:
            with self.gate:
                self.gate.wait()

    def let(self):
        self.open = True
        with self.gate:
            self.gate.notify_all()
"""


def of_members(path: Path, *tasks: str) -> Told:
    """What was found in these calls."""
    (path / "members.py").write_text(LISTED, encoding="utf-8")
    return tell(grade_program(Program(str(path), "members", "Members()", tuple((task,) for task in tasks))))


def test_an_operation_that_looks_and_changes_is_seen_to_change(tmp_path: Path) -> None:
    """What it leaves is known when it is over, and not when it begins."""
    told = of_members(tmp_path, "it.leave()", "it.leave()")
    assert ("['x']", "[]") in [(touch.before, touch.after) for touch in touches(told)]
    assert told.name == "check-then-act"


def test_a_notification_that_nobody_hears_is_told(tmp_path: Path) -> None:
    """It comes before the wait."""
    told = of_members(tmp_path, "it.wait()", "it.let()")
    assert any("notifies self.gate" in line for line in told.table())
    assert told.name == "lost wake-up"


def test_a_method_that_is_looked_up_is_no_access(tmp_path: Path) -> None:
    """The object does not have it, its class does, and nothing is shared."""
    told = of_members(tmp_path, "it.leave()", "it.leave()")
    assert not [touch.place for touch in touches(told) if "_note" in touch.place]


def test_each_of_two_changes_in_one_step_has_its_values(tmp_path: Path) -> None:
    """The first one is over when the second one begins."""
    told = of_members(tmp_path, "it.twice()", "it.turned()")
    changed = [(touch.before, touch.after) for touch in touches(told) if touch.changes and touch.key == "'open'"]
    assert {("False", "True"), ("True", "False")} <= set(changed)


def test_a_value_in_a_generator_is_followed_out_of_it() -> None:
    """The sum over all doctors is what decides."""
    told = tell(found(next(sample for sample in WRONG if sample.module == "on_call")))
    assert {touch.uses for touch in touches(told) if touch.key == "'on_call'" and touch.looks} == {("test",)}


def test_an_object_that_is_found_later_has_its_name_from_the_first() -> None:
    """What its constructor set is called as it is once it is stored."""
    told = tell(found(next(sample for sample in WRONG if sample.module == "early_instance")))
    assert {touch.place for touch in touches(told) if touch.key == "'limit'"} == {"Rules._instance.limit"}


def test_no_code_of_the_author_runs_for_the_telling(tmp_path: Path) -> None:
    """A class that answers each question about itself is asked none: its schedule would lead elsewhere."""
    source = """
    class Own:
        def __init__(self):
            self.n = 0

        def __getattribute__(self, name):
            return object.__getattribute__(self, name)

        def add(self):
            self.n = fresh(self.n)


    def fresh(n):
        return n + 1
    """
    (tmp_path / "own.py").write_text(dedent(source), encoding="utf-8")
    result = grade_program(Program(str(tmp_path), "own", "Own()", (("it.add()",), ("it.add()",)), ("it.n",)))
    assert tell(result).name == result.name == "lost update"


def test_who_holds_what_is_told_after_each_step() -> None:
    """And at the end, who waits for what."""
    ledger = next(sample for sample in WRONG if sample.module == "ledger")
    told = tell(found(ledger))
    holders = {task: told.trace.title(lock) for task, lock in told.trace.steps[-1].holds}
    assert holders == {"A": "self._entries_lock", "B": "self._audit_lock"}
    waits = {wait.task: (told.trace.title(wait.primitive), wait.holders) for wait in told.trace.waits}
    assert waits == {"A": ("self._audit_lock", ("B",)), "B": ("self._entries_lock", ("A",))}


def test_a_preemption_is_marked_and_a_free_choice_is_not(counter: Result) -> None:
    """A could have gone on; B had ended."""
    told = tell(counter)
    marked = [step.task for step in told.trace.steps if step.preempts]
    assert len(marked) == counter.preemptions == 1
    assert [line[4] for line in told.table() if line[4] == "!"] == ["!"]


def test_calls_begin_and_end_with_their_answers(counter: Result) -> None:
    """And what is observed at the end comes last."""
    told = tell(counter)
    steps = told.trace.steps
    assert [one for step in steps for one in step.begins] == ["it.add()", "it.add()"]
    assert [one.answer for step in steps for one in step.answered] == ["None", "None"]
    assert told.table()[-1].split() == ["end", "it._rows", "->", "{'n':", "[1]}"]


def test_a_trace_goes_to_another_process(counter: Result) -> None:
    """It is all text and numbers."""
    told = tell(counter)
    assert pickle.loads(pickle.dumps(told.trace)) == told.trace


def test_a_source_that_was_edited_is_read_again(tmp_path: Path, counter: Result) -> None:
    """The same line has another text now."""
    tell(counter)
    (tmp_path / "counting.py").write_text(COUNTER.replace("= new", "= list(new)"), encoding="utf-8")
    assert any("= list(new)" in line for line in tell(grade_program(counter.program)).table())


def test_a_schedule_that_leads_elsewhere_is_not_told(counter: Result) -> None:
    """It cannot be followed to its end."""
    counter.schedule, counter.ending = "A9 B9", None
    with pytest.raises(CannotDecide):
        tell(counter)


def test_a_schedule_that_ends_otherwise_is_not_told(counter: Result) -> None:
    """What is told would not be what was found."""
    assert counter.ending is not None
    counter.ending = replace(counter.ending, crashes=("Thread-A1: KeyError",))
    with pytest.raises(CannotDecide):
        tell(counter)


def test_what_touches_nothing_shared_is_left_out() -> None:
    """The other calls of a long schedule stay in the data."""
    told = trace("A reads o.own 0 answer @1", "A writes o.n 0 1 @2", "B reads o.n 1 answer @3")
    assert not any("o.own" in line for line in table(told, Cause(ATOMICITY_VIOLATION)))


def test_a_new_item_is_told_once() -> None:
    """And not once more as a change of its container."""
    told = trace(
        *("A writes d.k - 1 @2", "A appends d {} {'k':1} @2", "B reads d.k 1 answer @3", "B reads d {'k':1} answer @4"),
    )
    lines = table(told, Cause(ATOMICITY_VIOLATION))
    assert any("d.k: nothing -> 1" in line for line in lines)
    assert not any("d: {} -> {'k':1}" in line for line in lines)


def test_a_long_table_keeps_what_matters() -> None:
    """The waits at the end, and a note of what was left out."""
    many = [line for n in range(20) for line in (f"A writes o.n {n} {n + 1} @{n}", f"B reads o.n {n + 1} answer @{n}")]
    wait = Wait("A", "take", "lock 1", ("B",))
    lines = table(trace(*many, waits=[wait]), Cause(ATOMICITY_VIOLATION, waits=(wait,)))
    assert len(lines) <= MOST
    assert any("waits for the lock 1, which B holds" in line for line in lines)
    assert "left out" in lines[-1]


def test_a_short_table_is_whole() -> None:
    """Nothing is left out without need."""
    told = trace("A writes o.n 0 1 @2", "B reads o.n 1 answer @3")
    assert not any("left out" in line for line in table(told, Cause(ATOMICITY_VIOLATION)))


def test_a_class_that_counts_the_looks_at_it_is_told(tmp_path: Path) -> None:
    """Even a look at its class would count, and the schedule would end otherwise."""
    source = """
    class Counted:
        def __init__(self):
            object.__setattr__(self, "reads", 0)

        def __getattribute__(self, name):
            reads = object.__getattribute__(self, "reads")
            object.__setattr__(self, "reads", fresh(reads))
            return object.__getattribute__(self, name)

        def look(self):
            return None


    def fresh(n):
        return n + 1
    """
    (tmp_path / "counted.py").write_text(dedent(source), encoding="utf-8")
    result = grade_program(
        Program(str(tmp_path), "counted", "Counted()", (("it.look()",), ("it.look()",)), ("it.reads",))
    )
    assert tell(result).name == result.name == "lost update"
