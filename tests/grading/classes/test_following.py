"""Who follows the advice on a finding has no finding any more."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.names import (
    CHECK_THEN_ACT,
    DIRTY_READ,
    DOUBLE_EXECUTION,
    LOCK_PER_COPY,
    LOST_UPDATE,
    NON_REPEATABLE,
    STALE_READ,
    TORN_READ,
    WRITE_SKEW,
    WRONG_LOCK,
)
from racelab.grading.classes.program import FREE_THREADED, Program
from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell

from .following import followed
from .sample import Sample
from .test_naming_kinds import CLASSES
from .test_trace import found
from .zoo.table import WRONG

LOCKED = {
    *(LOST_UPDATE, CHECK_THEN_ACT, DOUBLE_EXECUTION, STALE_READ, NON_REPEATABLE, TORN_READ, DIRTY_READ, WRITE_SKEW),
    *(WRONG_LOCK, LOCK_PER_COPY),
}
SAMPLES = [sample for sample in WRONG if LOCKED & set(sample.names[:1]) and "sqlite" not in sample.module]


@pytest.mark.parametrize("sample", SAMPLES, ids=str)
def test_a_class_that_follows_the_advice_is_right(sample: Sample, tmp_path: Path) -> None:
    """The lines that the paragraph names, under the lock that it names: then nothing is found."""
    result = found(sample)
    told = tell(result)
    assert told.name in LOCKED
    source = (sample.root / f"{sample.module}.py").read_text(encoding="utf-8")
    (tmp_path / f"{sample.module}.py").write_text(followed(source, told.advice()), encoding="utf-8")
    program = Program(str(tmp_path), sample.module, sample.make, sample.tasks, sample.then, sample.holds)
    again = grade_program(program, result.model)
    assert again.verdict == NONE, (told.paragraph(), followed(source, told.advice()))


TRIED = """


class Tried:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def _more(self, n):
        return n + 1

    def add(self):
        got = self.lock.acquire(blocking=False)
        self.n = self._more(self.n)
        if got:
            self.lock.release()
"""


@pytest.mark.parametrize(
    ("make", "tasks", "then"),
    [
        ("Bank()", ("it.move(3)", "it.total()"), ()),
        ("Lru()", ("it.get('a')", "it.evict()"), ()),
        ("Words()", ("it.add('a')", "it.add('a')"), ("dict(it.counts)",)),
        ("Readers()", ("it.read()", "it.read()"), ()),
        ("Tried()", ("it.add()", "it.add()"), ("it.n",)),
    ],
)
def test_a_lock_that_is_taken_there_already_becomes_an_rlock(
    make: str, tasks: tuple[str, ...], then: tuple[str, ...], tmp_path: Path
) -> None:
    """A second lock around it would be a deadlock with those that hold the first one."""
    source = CLASSES + TRIED
    (tmp_path / "before.py").write_text(source, encoding="utf-8")
    given = (make, tuple((task,) for task in tasks), then)
    result = grade_program(Program(str(tmp_path), "before", *given))
    if result.verdict != FOUND:
        result = grade_program(Program(str(tmp_path), "before", *given), FREE_THREADED)
    advice = tell(result).advice()
    assert advice.inside == (make != "Words()")
    (tmp_path / "after.py").write_text(followed(source, advice), encoding="utf-8")
    assert grade_program(Program(str(tmp_path), "after", *given), result.model).verdict == NONE


HITS = """
import threading


class Limiter:
    def __init__(self):
        self.hits = {}
        self.lock = threading.Lock()

    def allow(self, key):
        with self.lock:
            count = self.hits.get(key, 0)
        if count >= 1:
            return False
        with self.lock:
            self.hits[key] = count + 1
            told = len(self.hits)
        return bool(told)
"""


def test_the_lines_to_lock_are_whole_statements(tmp_path: Path) -> None:
    """Where an access lies inside of a `with`, the lines begin with that `with`, and go to the end of the last one."""
    (tmp_path / "before.py").write_text(HITS, encoding="utf-8")
    program = Program(str(tmp_path), "before", "Limiter()", (("it.allow('a')",), ("it.allow('a')",)))
    told = tell(grade_program(program))
    lines = HITS.splitlines()
    (span,) = told.advice().spans
    assert [lines[at - 1].strip() for at in (span.first, span.last)] == ["with self.lock:", "told = len(self.hits)"]
    (tmp_path / "after.py").write_text(followed(HITS, told.advice()), encoding="utf-8")
    assert grade_program(Program(str(tmp_path), "after", "Limiter()", program.tasks)).verdict == NONE


STOCK = """
import threading


class Stock:
    def __init__(self):
        self.n = 0
        self.lock = threading.Lock()

    def refill(self):
        with self.lock:
            self.n = 5

    def add(self):
        old = self.n
        if old < 0:
            self.refill()
        self.n = self.next(old)

    def next(self, n):
        return n + 1

    def clear(self):
        with self.lock:
            self.n = 0
"""


def test_a_lock_that_only_another_branch_takes_is_not_taken_around_it(tmp_path: Path) -> None:
    """The advice would be a deadlock on the first day when there is less than nothing."""
    (tmp_path / "stock.py").write_text(STOCK, encoding="utf-8")
    tasks = (("it.add()",), ("it.add()",))
    told = tell(grade_program(Program(str(tmp_path), "stock", "Stock()", (*tasks, ("it.clear()",)), ("it.n",))))
    assert (told.name, told.advice().lock, told.advice().inside) == ("lost update", "self.lock", True)
    assert "make it an RLock, because it is taken there already" in told.paragraph()


ROWS = """
class Rows:
    def __init__(self):
        self.rows = {}

    def load(self, sid):
        return dict(self.rows.get(sid, {}))

    def save(self, sid, data):
        self.rows[sid] = dict(data)

    def set(self, sid, key, value):
        data = self.load(sid)
        data[key] = value
        self.save(sid, data)

    def plain(self, sid, key, value):
        data = dict(self.rows.get(sid, {}))
        data[key] = value
        self.rows[sid] = dict(data)
"""


@pytest.mark.parametrize(
    ("call", "other", "nested"),
    [
        ("it.set('a', 'x', 1)", "it.save('a', {'y': 2})", "set() calls save()"),
        ("it.set('a', 'x', 1)", "it.set('a', 'y', 2)", "set() calls save()"),
        ("it.plain('a', 'x', 1)", "it.save('a', {'y': 2})", ""),
    ],
)
def test_a_new_lock_is_an_rlock_where_one_method_calls_the_other(
    call: str, other: str, nested: str, tmp_path: Path
) -> None:
    """A plain lock in both would wait for itself: the advice names the call; and no call where there is none."""
    (tmp_path / "before.py").write_text(ROWS, encoding="utf-8")
    tasks, then = ((call,), (other,)), ("it.load('a')",)
    told = tell(grade_program(Program(str(tmp_path), "before", "Rows()", tasks, then)))
    assert told.advice().nested == nested
    assert ("make it an RLock" in told.paragraph()) == bool(nested)
    (tmp_path / "after.py").write_text(followed(ROWS, told.advice()), encoding="utf-8")
    assert grade_program(Program(str(tmp_path), "after", "Rows()", tasks, then)).verdict == NONE


def test_most_names_are_among_them() -> None:
    """At least twelve classes."""
    assert len(SAMPLES) >= 12
    assert all(found(sample).verdict == FOUND for sample in SAMPLES)
