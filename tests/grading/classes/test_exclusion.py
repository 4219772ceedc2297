"""Two threads where one should be is called that, and an old value is blamed only if it was written."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes import names
from racelab.grading.classes.explanation import paragraph
from racelab.grading.classes.naming import cause_of
from racelab.grading.classes.result import ANSWERS, BROKEN, FOUND, NONE
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import Told, tell

from .graded import program
from .traces import trace

POOL = """
import threading

class Pool:
    def __init__(self, size):
        self._free = threading.{kind}
        self._running = 0

    def ask(self, query):
        {gate}
        try:
            return self._run(query)
        finally:
            {after}

    def _run(self, query):
        self._running += 1
        try:
            if not query.strip():
                raise ValueError(query)
            return self._running
        finally:
            self._running -= 1
"""
TAKE, GIVE = "self._free.acquire()", "self._free.release()"
TWICE = f"{GIVE}\n            {GIVE}"


def told(folder: Path, kind: str, gate: str, after: str) -> Told | None:
    """The finding on two good queries and a bad one; None if there is none."""
    source = POOL.format(kind=kind, gate=gate, after=after)
    found = grade_program(program(folder, source, "Pool(1)", "it.ask(''); it.ask('a')", "it.ask('b')"))
    assert found.verdict in (FOUND, NONE), found.unsure
    return tell(found) if found.verdict == FOUND else None


def test_no_limit_at_all_lets_two_in(tmp_path: Path) -> None:
    """The value that is taken back is the present one, so nothing stale is used."""
    wrong = told(tmp_path, "Semaphore(size)", "pass", "pass")
    assert wrong is not None
    assert wrong.name == names.TWO_INSIDE
    text = wrong.paragraph()
    assert "at the same time" in text
    assert "old value" not in text
    assert "take a semaphore for so many there instead" in text


def test_a_limit_that_is_too_high_is_what_let_them_in(tmp_path: Path) -> None:
    """A lock would only hide that."""
    wrong = told(tmp_path, "Semaphore(size + 1)", TAKE, GIVE)
    assert wrong is not None
    assert wrong.name == names.TWO_INSIDE
    assert "self._free let both in. Make self._free for as many" in wrong.paragraph()
    assert "lock" not in wrong.paragraph()


def test_a_second_release_is_what_let_them_in(tmp_path: Path) -> None:
    """The advice is to release once: a lock would only hide it. The right class passes."""
    wrong = told(tmp_path, "Semaphore(size)", TAKE, TWICE)
    assert wrong is not None
    assert wrong.name == names.DOUBLE_RELEASE
    assert "Release self._free once for each time" in wrong.paragraph()
    assert "lock" not in wrong.paragraph()
    assert told(tmp_path, "Semaphore(size)", TAKE, GIVE) is None
    assert told(tmp_path, "BoundedSemaphore(size)", TAKE, GIVE) is None


@pytest.mark.parametrize("again", [False, True])
def test_only_the_second_release_of_a_call_is_one_too_many(again: bool) -> None:
    """And only if more threads have it then than it was made for."""
    first = ["A pops semaphore1 (1,0) (0,0) @1", "A appends semaphore1 (0,0) (1,0) @2"]
    more = "A appends semaphore1 (1,0) (2,0) @3" if again else "A appends o.log [] [1] @3"
    two = "B pops semaphore1 (2,0) (1,0) @1"
    then = [two, "C pops semaphore1 (1,0) (0,0) @1", "B appends o.n [] [1] @4", "C appends o.n [1] [1,1] @4"]
    assert (cause_of(trace(*first, more, *then), ANSWERS).name == names.DOUBLE_RELEASE) is again


def test_what_one_takes_another_may_give_back() -> None:
    """It is handed on, and no thread has released it twice."""
    taken, given = "A pops semaphore1 (1,0) (0,0) @1", "B appends semaphore1 (0,0) (1,0) @2"
    handed = trace(taken, given, "C pops semaphore1 (1,0) (0,0) @1", "A reads o.n [] answer @4")
    assert cause_of(handed, ANSWERS).name != names.DOUBLE_RELEASE


@pytest.mark.parametrize(("got", "said"), [("(1,0) (0,0)", "had released it already"), ("-", "had not got it")])
def test_who_has_not_got_it_has_not_released_it(got: str, said: str) -> None:
    """A call that has tried in vain and releases lets one in too many; what is said of it is true."""
    mine = [f"A pops semaphore1 {got} @1", *["A appends semaphore1 (0,0) (1,0) @2"] * (1 + (got != "-"))]
    other = ["B pops semaphore1 (1,0) (0,0) @1"]
    then = ["C pops semaphore1 (1,0) (0,0) @1", "B appends o.n [] [1] @4", "C appends o.n [1] [1,1] @4"]
    found = trace(*(other + mine if got == "-" else mine + other), *then)
    assert f"although its call {said}, and so" in paragraph(found, cause_of(found, ANSWERS))


def test_a_semaphore_that_was_released_before_lets_nobody_in() -> None:
    """Two calls are inside under the one that both have, and not under one that both have had, or have not got."""
    had = [f"{task} {verb} semaphore1 (1,0) (0,0) @1" for task in "AB" for verb in ("pops", "appends")]
    has = [f"{task} pops semaphore2 ({free},0) ({free - 1},0) @1" for task, free in (("A", 2), ("B", 1))]
    vain = [f"{task} pops semaphore3 - @1" for task in "AB"]
    inside = ("A writes o.n 0 1 @2", "B writes o.n 1 2 @2", "B writes o.n 2 1 @3", "A writes o.n 1 0 @3")
    for gates, said in ((had + has + vain, "semaphore2 let both in"), (had + vain, "take a semaphore for so many")):
        found = trace(*gates, *inside)
        assert said in (told := paragraph(found, cause_of(found, ANSWERS)))
        assert "semaphore1" not in told
        assert "semaphore3" not in told


@pytest.mark.parametrize(("look", "name"), [("@3", names.TWO_INSIDE), ("@2", names.TORN_READ)])
def test_a_count_that_nobody_looks_at_keeps_nobody_out(look: str, name: str) -> None:
    """Requests in flight may be counted where several may be: what else fits is the name, except of an invariant."""
    found = trace(
        *("A writes o.n 0 1 @1", "A reads o.a 0 write @5", "B writes o.n 1 2 @1", "B writes o.a 0 1 @6"),
        *("B writes o.b 0 1 @7", "B writes o.n 2 1 @2", "A reads o.b 1 write @8"),
        *(f"A reads o.n 1 write {look}", "A writes o.n 1 0 @2"),
    )
    assert cause_of(found, ANSWERS).name == name
    assert cause_of(found, BROKEN).name == names.TWO_INSIDE


IN_AND_OUT = ("A writes o.n 0 1 @1", "B writes o.n 1 2 @{}", "B writes o.n 2 1 @{}", "A writes o.n 1 {} @2")


@pytest.mark.parametrize(
    ("enters", "leaves", "ends", "name"),
    [
        (1, 2, "0", names.TWO_INSIDE),
        (5, 6, "0", names.ATOMICITY_VIOLATION),  # it does something else to the number
        (1, 2, "7", names.ATOMICITY_VIOLATION),  # it does not take back what it has done
        (1, 2, "none", names.ATOMICITY_VIOLATION),  # it is no number
    ],
)
def test_who_counts_in_and_out_is_inside(enters: int, leaves: int, ends: str, name: str) -> None:
    """In the same lines, and by the same number."""
    accesses = [each.format(at) for each, at in zip(IN_AND_OUT, ("", enters, leaves, ends), strict=True)]
    assert cause_of(trace(*accesses), ANSWERS).name == name


@pytest.mark.parametrize(("line", "name"), [(2, names.TWO_INSIDE), (1, names.ATOMICITY_VIOLATION)])
def test_inside_is_between_two_lines(line: int, name: str) -> None:
    """A number that one line raises and lowers says of no place that two calls were there; it may be below zero."""
    told = ("A writes o.n -1 0 @1", "B writes o.n 0 1 @1", f"B writes o.n 1 0 @{line}", f"A writes o.n 0 -1 @{line}")
    assert cause_of(trace(*told), ANSWERS).name == name


@pytest.mark.parametrize(("size", "other", "twice"), [(1, "C", True), (2, "C", False), (1, "B", False)])
def test_one_too_many_has_to_be_in(size: int, other: str, twice: bool) -> None:
    """As long as no more have it than may, or one call alone, the second release has let nobody in."""
    mine = [
        f"A pops semaphore1 ({size},0) ({size - 1},0) @1",
        f"A appends semaphore1 ({size - 1},0) ({size},0) @2",
        f"A appends semaphore1 ({size},0) ({size + 1},0) @2",
    ]
    two = [f"B pops semaphore1 ({size + 1},0) ({size},0) @1", f"{other} pops semaphore1 ({size},0) ({size - 1},0) @1"]
    then = ["B appends o.n [] [1] @4", "C appends o.n [1] [1,1] @4"]
    assert (cause_of(trace(*mine, *two, *then), ANSWERS).name == names.DOUBLE_RELEASE) is twice


def test_two_locks_for_the_same_lines_are_named() -> None:
    """That says more than that two were inside."""
    locked = (
        "A writes o.n 0 1 +l1 @1",
        "B writes o.n 1 2 +l2 @1",
        "B writes o.n 2 1 +l2 @2",
        "A writes o.n 1 0 +l1 @2",
    )
    assert cause_of(trace(*locked), ANSWERS).name == names.WRONG_LOCK


STALE = """
class Table:
    def __init__(self):
        self.x, self.y, self.log = 0, 3, []

    def copy(self):
        x = self.x
        self.log.append(x)
        self.note()
        self.y = {stored}
        return x

    def note(self):
        return 1

    def set(self):
        self.x = 5
        return self.y

    def swap(self):
        x = self.x
        self.log.append(1)
        self.x = {new}
        return x

    def find(self):
        self.log = [self.x]
        self.note()
        return [1][self.x]
"""


@pytest.mark.parametrize(("stored", "stale"), [("x", True), ("x + 1", True), ("7", False)])
def test_an_old_value_is_blamed_where_it_is_written(stored: str, stale: bool, tmp_path: Path) -> None:
    """A read that becomes nothing of what is written is no stale read, although it was overtaken."""
    source = STALE.format(stored=stored, new="9")
    result = grade_program(program(tmp_path, source, "Table()", "it.copy()", "it.set()", then=("it.y",)))
    assert result.verdict == FOUND
    told = tell(result)
    assert (told.name == names.STALE_READ) is stale
    assert ("still used the old value" in told.paragraph()) is stale


def test_an_old_value_that_is_not_looked_up_again_was_not_used(tmp_path: Path) -> None:
    """The call fails by the new one, which it reads anew."""
    source = STALE.format(stored="x", new="9")
    result = grade_program(program(tmp_path, source, "Table()", "it.find()", "it.set()", then=("it.log",)))
    told = tell(result)
    assert told.name == names.NON_REPEATABLE
    assert "old value" not in told.paragraph()


@pytest.mark.parametrize(("new", "derived"), [("x + 1", True), ("9", False)])
def test_what_is_overwritten_blindly_went_not_by_the_old_value(new: str, derived: bool, tmp_path: Path) -> None:
    """It is lost all the same."""
    source = STALE.format(stored="x", new=new)
    result = grade_program(program(tmp_path, source, "Table()", "it.swap()", "it.set()", then=("it.x",)))
    told = tell(result)
    assert told.name == names.LOST_UPDATE
    assert ("went on with the old value and wrote" in told.paragraph()) is derived
    assert ("over it in line" in told.paragraph()) is not derived
    assert "what B had written is lost" in told.paragraph()


def test_the_state_of_a_semaphore_is_no_value_that_is_read() -> None:
    """A try in vain has read nothing that was there only for the moment; of a number it has."""
    for place, values, name in (
        ("semaphore", "(1,0) (0,0)", names.ATOMICITY_VIOLATION),
        ("o.n", "1 0", names.DIRTY_READ),
    ):
        before, after = values.split()
        told = trace(
            f"A pops {place} {before} {after} @1", f"B pops {place} - test @1", f"A appends {place} {after} {before} @2"
        )
        assert cause_of(told, ANSWERS).name == name
