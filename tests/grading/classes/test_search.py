"""Grading a program finds what no order of its calls explains, and passes what every schedule shows to be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from racelab.grading.classes.result import Result
from racelab.grading.classes.search import grade_program

from .graded import COUNTER, program


def grade(folder: Path, source: str, make: str, *tasks: str, model: str = "gil", **more: Any) -> Result:
    """The result for a class in a file of its own."""
    return grade_program(program(folder, source, make, *tasks, **more), model)


def test_a_lost_update_is_found(tmp_path: Path) -> None:
    """A counter without a lock loses an update, with one preemption."""
    result = grade(tmp_path, COUNTER, "Counter()", "it.add()", "it.add()", then=("it.n",))
    assert (result.verdict, result.kind, result.preemptions) == ("found", "left", 1)
    assert result.ending is not None
    assert [answer.value for answer in result.ending.then] == [1]
    assert 0 < result.losing < result.schedules
    assert result.racy


def test_a_counter_with_a_lock_passes(tmp_path: Path) -> None:
    """The same counter with a lock passes, and all of its schedules are covered."""
    result = grade(tmp_path, COUNTER, "Counter()", "it.add_locked()", "it.add_locked()", then=("it.n",))
    assert (result.verdict, result.losing, result.unsure) == ("none", 0, "")
    assert result.schedules == 2


def test_a_finding_may_need_a_python_without_gil(tmp_path: Path) -> None:
    """`self.n += 1` loses an update in the free-threaded model alone."""
    given = program(tmp_path, COUNTER, "Counter()", "it.add_at_once()", "it.add_at_once()", then=("it.n",))
    assert grade_program(given, "gil").verdict == "none"
    assert grade_program(given, "free-threaded").verdict == "found"


TRANSFER = """
    import threading

    class Pair:
        def __init__(self):
            self.one, self.other = threading.Lock(), threading.Lock()

        def forth(self):
            with self.one:
                with self.other:
                    return 1

        def back(self):
            with self.other:
                with self.one:
                    return 1
"""


def test_a_deadlock_is_found(tmp_path: Path) -> None:
    """Two locks in opposite orders deadlock, and in one order they do not."""
    result = grade(tmp_path, TRANSFER, "Pair()", "it.forth()", "it.back()")
    assert (result.verdict, result.kind) == ("found", "deadlock")
    assert result.ending is not None
    assert result.ending.stuck == ("A", "B")
    assert grade(tmp_path, TRANSFER, "Pair()", "it.forth()", "it.forth()").verdict == "none"


def test_waiting_for_ever_by_itself_is_no_deadlock(tmp_path: Path) -> None:
    """A `get` that waits for ever when it comes alone may wait for ever."""
    source = """
        import queue

        class Box:
            def __init__(self):
                self.queue = queue.Queue()

            def get(self):
                return self.queue.get()

            def put(self, item):
                self.queue.put(item)
    """
    assert grade(tmp_path, source, "Box()", "it.get()", "it.get()", "it.put(1)").verdict == "none"


LATE = """
    import threading

    class Late:
        def __init__(self):
            self.lock, self.items, self.backlog = threading.Lock(), [], []

        def put(self, item):
            if self.lock.acquire(False):
                self.items = self.items + self.backlog + [item]
                self.backlog = []
                self.lock.release()
            else:
                self.backlog.append(item)

        def get(self):
            return list(self.items)
"""


def test_the_order_of_the_calls_counts(tmp_path: Path) -> None:
    """An answer that misses a call which had ended before is found."""
    result = grade(tmp_path, LATE, "Late()", "it.put(1)", "it.put(2)", "it.get()")
    assert (result.verdict, result.in_order) == ("found", True)


def test_a_program_too_large_for_the_order_at_once_is_tried_without_and_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What only the order of the calls shows is found also where it is left out first."""
    monkeypatch.setattr("racelab.grading.classes.search.SMALL", 0)
    result = grade(tmp_path, LATE, "Late()", "it.put(1)", "it.put(2)", "it.get()")
    assert (result.verdict, result.in_order) == ("found", True)
    result = grade(tmp_path, COUNTER, "Counter()", "it.add(); it.read()", "it.add()", then=("it.n",))
    assert (result.verdict, result.in_order) == ("found", False)


def test_a_right_answer_in_another_order_passes(tmp_path: Path) -> None:
    """The same class passes where calls that do not overlap come in their order."""
    assert grade(tmp_path, LATE, "Late()", "it.put(1); it.get()", "it.get()").verdict == "none"


WORKER = """
    import queue, threading

    class Worker:
        def __init__(self):
            self.work, self.done = queue.Queue(), 0
            threading.Thread(target=self.run, daemon=True).start()

        def run(self):
            while True:
                item = self.work.get()
                n = self.done
                self.done = self.sum(n, item)

        def sum(self, one, other):
            return one + other

        def give(self, number):
            self.work.put(number)

        def add(self):
            n = self.done
            self.done = self.sum(n, 1)

        def add_at_once(self):
            self.done += 1
"""


def test_a_thread_of_the_class_itself_is_explored(tmp_path: Path) -> None:
    """A worker that is started by `__init__` races with a call, and not with one that leaves the work to it."""
    result = grade(tmp_path, WORKER, "Worker()", "it.give(2)", "it.add()", then=("it.done",))
    assert result.verdict == "found"
    assert grade(tmp_path, WORKER, "Worker()", "it.give(2)", "it.give(3)", then=("it.done",)).verdict == "none"


def test_what_a_thread_does_with_one_item_is_one_operation(tmp_path: Path) -> None:
    """A call that comes in the middle of a worker's item is not what the class promises."""
    result = grade(tmp_path, WORKER, "Worker()", "it.give(2)", "it.add_at_once()", then=("it.done",))
    assert (result.verdict, result.kind) == ("found", "left")


def test_a_thread_that_starts_before_the_object_is_complete_is_found(tmp_path: Path) -> None:
    """What a thread does to half an object is not what the class promises, and to a whole one it is."""
    source = """
        import threading

        class Early:
            def __init__(self, late):
                self.n = 0
                thread = threading.Thread(target=self.run)
                if not late:
                    thread.start()
                self.tell()
                self.n = 5
                if late:
                    thread.start()

            def run(self):
                self.n += 1

            def tell(self):
                return 1
    """
    assert grade(tmp_path, source, "Early(False)", "it.tell()", "it.tell()", then=("it.n",)).verdict == "found"
    assert grade(tmp_path, source, "Early(True)", "it.tell()", "it.tell()", then=("it.n",)).verdict == "none"


def test_a_thread_that_crashes_is_found(tmp_path: Path) -> None:
    """A thread of the class's own that ends with an exception is found, even if it always does."""
    result = grade(tmp_path, WORKER, "Worker()", "it.give('x')", "it.give(1)")
    assert (result.verdict, result.kind) == ("found", "crash")
    assert result.ending is not None
    assert result.ending.crashes == ("TypeError",)


def test_an_object_that_cannot_always_be_made_is_found(tmp_path: Path) -> None:
    """A thread that `__init__` starts too early makes it fail in some schedule."""
    source = """
        import threading

        class Early:
            def __init__(self):
                self.ready = False
                threading.Thread(target=self.run).start()
                self.tell()
                if self.ready:
                    raise ValueError("ready before it is")

            def run(self):
                self.ready = True

            def tell(self, what=0):
                return what
    """
    result = grade(tmp_path, source, "Early()", "it.tell()", "it.tell()")
    assert (result.verdict, result.kind) == ("found", "crash")


def test_an_exception_that_no_order_raises_is_found(tmp_path: Path) -> None:
    """A call that raises only when it is interrupted is found, and one that always does passes."""
    source = """
        class Registry:
            def __init__(self):
                self.names = {"a": 1}

            def tell(self, name):
                return name

            def drop(self, name):
                if name in self.names:
                    del self.names[self.tell(name)]

            def remove(self, name):
                del self.names[name]
    """
    result = grade(tmp_path, source, "Registry()", "it.drop('a')", "it.drop('a')")
    assert (result.verdict, result.kind) == ("found", "raises")
    assert grade(tmp_path, source, "Registry()", "it.remove('a')", "it.remove('a')").verdict == "none"
