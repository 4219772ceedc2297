"""Names that depend on more than one place: a flag, a signal, a snapshot, a lock that stays held; each with a twin."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes import names
from racelab.grading.classes.naming import cause_of
from racelab.grading.classes.program import FREE_THREADED, GIL, Program
from racelab.grading.classes.result import ANSWERS, LEFT
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import Told, tell

from .traces import trace

CLASSES = """
import queue
import threading
from collections import OrderedDict, defaultdict


class Config:
    def __init__(self):
        self.ready, self.value = False, None
        self.done = threading.Event()

    def _made(self):
        return [1]

    def load(self):
        self.ready = True
        self.value = self._made()

    def read(self):
        return self.value[0] if self.ready else None

    def load_once(self):
        if not self.done.is_set():
            self.done.set()
            self.value = self._made()
        return self.value


class Slot:
    def __init__(self):
        self.job, self.log, self.lock = "j", [], threading.Lock()

    def put(self, job):
        old = self.job
        with self.lock:
            self.job = job
            self.log.append(old)


class Bank:
    def __init__(self):
        self.accounts = {"a": 10, "b": 0}
        self.lock = threading.Lock()

    def move(self, n):
        with self.lock:
            self.accounts["a"] -= n
        with self.lock:
            self.accounts["b"] += n

    def total(self):
        with self.lock:
            return sum(self.accounts.values())


class Lru:
    def __init__(self):
        self.items = OrderedDict(a=1)
        self.lock = threading.Lock()

    def get(self, key):
        if key in self.items:
            with self.lock:
                self.items.move_to_end(key)
            return 1

    def evict(self):
        with self.lock:
            return self.items.popitem(last=False)


class Words:
    def __init__(self):
        self.counts = defaultdict(int)

    def _more(self, n):
        return n + 1

    def add(self, word):
        self.counts[word] = self._more(self.counts[word])


class Jobs:
    def __init__(self):
        self.jobs = queue.Queue()
        self.jobs.put(1)

    def take(self):
        if self.jobs.empty():
            return None
        return self.jobs.get_nowait()


class Readers:
    def __init__(self):
        self.readers = 0
        self.writing = threading.Lock()

    def read(self):
        self.readers += 1
        if self.readers == 1:
            self.writing.acquire()
        self.readers -= 1
        if self.readers == 0:
            self.writing.release()
"""


def of(path: Path, make: str, *tasks: str, model: str = GIL, then: str = "") -> Told:
    """What is told of these calls."""
    (path / "kinds.py").write_text(CLASSES, encoding="utf-8")
    program = Program(str(path), "kinds", make, tuple((task,) for task in tasks), (then,) if then else ())
    return tell(grade_program(program, model))


@pytest.mark.parametrize("tasks", [("it.load()", "it.read()"), ("it.load_once()", "it.load_once()")])
def test_a_flag_before_what_it_stands_for_is_an_unsafe_publication(tmp_path: Path, tasks: tuple[str, str]) -> None:
    """A variable, or an event: the advice is to set it last."""
    told = of(tmp_path, "Config()", *tasks)
    assert told.name == names.UNSAFE_PUBLICATION
    assert "as the last step" in told.paragraph()


def test_a_sum_between_two_items_is_a_torn_read(tmp_path: Path) -> None:
    """One item is new already, and the other one old."""
    told = of(tmp_path, "Bank()", "it.move(3)", "it.total()")
    assert told.name == names.TORN_READ
    assert "({'a': 7, 'b': 0})" in told.paragraph()


def test_an_item_that_is_gone_when_it_is_moved_was_only_tested(tmp_path: Path) -> None:
    """It is no crash without a reason."""
    assert of(tmp_path, "Lru()", "it.get('a')", "it.evict()").name == names.CHECK_THEN_ACT


def test_a_default_that_was_put_there_is_what_was_read(tmp_path: Path) -> None:
    """A defaultdict reads and writes at once."""
    assert of(tmp_path, "Words()", "it.add('a')", "it.add('a')", then="dict(it.counts)").name == names.LOST_UPDATE


def test_a_queue_is_not_to_be_locked(tmp_path: Path) -> None:
    """It has an operation that looks and takes at once."""
    text = of(tmp_path, "Jobs()", "it.take()", "it.take()").paragraph()
    assert "B took something from self.jobs" in text
    assert "it got nothing from self.jobs" in text
    assert "get_nowait()" in text
    assert "RLock" not in text


@pytest.mark.parametrize(("value", "name"), [(None, names.DOUBLE_EXECUTION), ("k", names.LOST_UPDATE)])
def test_what_both_have_found_was_taken_only_if_nothing_is_left(value: str | None, name: str, tmp_path: Path) -> None:
    """Both note the old value. If both put the same new one, neither has taken anything."""
    assert of(tmp_path, "Slot()", f"it.put({value!r})", f"it.put({value!r})", then="it.log").name == name


def test_a_lock_that_stays_held_is_named_by_what_left_it_held(tmp_path: Path) -> None:
    """Its holder has ended: nobody takes locks in a wrong order."""
    told = of(tmp_path, "Readers()", "it.read()", "it.read()", model=FREE_THREADED)
    assert told.name not in (names.DEADLOCK, names.ATOMICITY_VIOLATION)
    assert "That is how it comes that" in told.paragraph()
    assert "waits for self.writing, which" in told.paragraph()


def test_two_calls_have_found_the_same_only_if_they_have() -> None:
    """The other one has never looked."""
    lines = ("A reads o.n False test @1", "B writes o.n False True @5", "B appends o.l [] [1] @2")
    rest = ("A appends o.l [1] [1,1] @2", "A writes o.n True True @3")
    assert cause_of(trace(*lines, *rest), LEFT).name == names.CHECK_THEN_ACT
    assert (
        cause_of(trace(lines[0], "B reads o.n False test @1", *lines[1:], *rest), LEFT).name == names.DOUBLE_EXECUTION
    )


HIDDEN = """
from collections import UserList


class Kept:
    def add(self, row, rows=[]):
        rows.append(row)
        return len(rows)


class Rows(UserList):
    def add(self):
        n = len(self)
        self.append(self._next(n))

    def _next(self, n):
        return n

"""


def of_hidden(path: Path, make: str, *tasks: str, then: str = "") -> Told:
    """What is told of these calls."""
    (path / "hidden.py").write_text(HIDDEN, encoding="utf-8")
    program = Program(str(path), "hidden", make, tuple((task,) for task in tasks), (then,) if then else ())
    return tell(grade_program(program))


def test_what_has_no_name_is_called_by_its_kind(tmp_path: Path) -> None:
    """A default of an argument, and not a number that nobody knows."""
    told = of_hidden(tmp_path, "Kept()", "it.add(1)", "it.add(2)")
    assert "changed the shared list from [] to [1] in line 7" in told.paragraph()
    assert "the object" not in "\n".join(told.table())


def test_a_line_of_the_author_is_named_and_not_one_of_python(tmp_path: Path) -> None:
    """What a class of Python's does is done where it is used."""
    told = of_hidden(tmp_path, "Rows()", "it.add()", "it.add()", then="list(it)")
    assert "in line 13" in told.paragraph()
    assert "in line 14" in told.paragraph()


@pytest.mark.parametrize(("back", "name"), [(0, names.ATOMICITY_VIOLATION), (2, names.NON_REPEATABLE)])
def test_what_is_there_again_is_no_other_value(back: int, name: str) -> None:
    """Another call has changed it twice: a second look tells of that only if it finds something else."""
    told = trace(
        *(
            "A reads o.n 0 answer @1",
            "B writes o.n 0 1 @8",
            f"B writes o.n 1 {back} @9",
            f"A reads o.n {back} answer @2",
        ),
    )
    assert cause_of(told, ANSWERS).name == name


def test_write_skew_is_told_of_what_the_other_has_read() -> None:
    """Each may change something else as well, before."""
    told = trace(
        "A reads ann.on True test @1",
        "B reads bob.on True test @1",
        "A writes log.a 0 1 @2",
        "B writes log.b 0 1 @2",
        "A writes bob.on True False @3",
        "B writes ann.on True False @3",
    )
    first, other, changed_by_first, changed_by_other = cause_of(told, ANSWERS).events
    assert first.location in (changed_by_first.location, changed_by_other.location)
    assert other.location in (changed_by_first.location, changed_by_other.location)
    assert cause_of(told, ANSWERS).name == names.WRITE_SKEW
