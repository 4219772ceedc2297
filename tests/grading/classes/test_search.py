"""Grading a program finds what no order of its calls explains, and passes what every schedule shows to be right."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from racelab.grading.classes.program import Program
from racelab.grading.classes.result import Result
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell

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


POOL = """
    import threading

    class Pool:
        def __init__(self):
            self.inside, self.lock = 0, threading.Lock()

        def tell(self):
            return 1

        def enter(self):
            if self.inside < 1:
                self.tell()
                self.inside += 1

        def enter_locked(self):
            with self.lock:
                self.enter()
"""


def test_what_must_hold_is_looked_at_in_every_schedule(tmp_path: Path) -> None:
    """An invariant that some schedule breaks is found, and one that holds passes."""
    holds = ("it.inside <= 1",)
    result = grade(tmp_path, POOL, "Pool()", "it.enter()", "it.enter()", holds=holds)
    assert (result.verdict, result.kind) == ("found", "broken")
    assert grade(tmp_path, POOL, "Pool()", "it.enter_locked()", "it.enter_locked()", holds=holds).verdict == "none"


def test_what_must_hold_may_be_broken_for_a_moment(tmp_path: Path) -> None:
    """An invariant is not looked at while a call is under way."""
    source = """
        import threading

        class Both:
            def __init__(self):
                self.lock, self.one, self.other = threading.Lock(), 0, 0

            def add(self):
                with self.lock:
                    self.one += 1
                with self.lock:
                    self.other += 1
    """
    result = grade(tmp_path, source, "Both()", "it.add()", "it.add()", holds=("it.one == it.other",))
    assert result.verdict == "none"


def test_what_must_hold_leaves_no_lock_behind(tmp_path: Path) -> None:
    """An invariant that takes a lock is not looked at while a thread of the class's own holds another one."""
    source = """
        import queue, threading

        class Worker:
            def __init__(self):
                self.one, self.other, self.work, self.done = threading.Lock(), threading.Lock(), queue.Queue(), 0
                threading.Thread(target=self.run, daemon=True).start()

            def run(self):
                while True:
                    item = self.work.get()
                    with self.other:
                        with self.one:
                            self.done += item

            def give(self, item):
                self.work.put(item)

            def read(self):
                with self.one:
                    with self.other:
                        return self.done
    """
    result = grade(
        tmp_path, source, "Worker()", "it.give(1)", "it.give(2)", then=("it.done",), holds=("it.read() < 4",)
    )
    assert (result.verdict, result.unsure) == ("none", "")


@pytest.mark.parametrize("ignored", ["it.n", "n"])
def test_a_difference_can_be_ignored(tmp_path: Path, ignored: str) -> None:
    """A lost update is no finding if the count is ignored."""
    result = grade(tmp_path, COUNTER, "Counter()", "it.add()", "it.add()", then=("it.n",), ignore=(ignored,))
    assert result.verdict == "none"


def test_a_specification_says_what_is_right(tmp_path: Path) -> None:
    """A class that does something else than its specification is found, and passes by itself."""
    (tmp_path / "right.py").write_text("class Right:\n    n = 0\n    def add_locked(self):\n        self.n += 2\n")
    given = ("Counter()", "it.add_locked()", "it.add_locked()")
    assert grade(tmp_path, COUNTER, *given, then=("it.n",), spec="right:Right").verdict == "found"
    (tmp_path / "right.py").write_text("class Right:\n    n = 0\n    def add_locked(self):\n        self.n += 1\n")
    assert grade(tmp_path, COUNTER, *given, then=("it.n",), spec="right:Right").verdict == "none"


def test_functions_over_the_state_of_a_module_are_graded(tmp_path: Path) -> None:
    """Without an object the module is graded, anew in each execution."""
    source = """
        total = 0

        def more(n):
            return n + 1

        def add():
            global total
            n = total
            total = more(n)
    """
    result = grade(tmp_path, source, "", "it.add()", "it.add()", then=("it.total",))
    assert (result.verdict, result.kind) == ("found", "left")


@pytest.mark.parametrize(
    ("make", "calls", "said"),
    [
        ("Counter(1)", "it.add()", "TypeError"),
        ("Missing()", "it.add()", "NameError"),
        ("Counter()", "it.add(", "is not Python"),
        ("Counter()", "it.missing()", "no call succeeds"),
    ],
)
def test_a_program_that_cannot_run_is_not_graded(tmp_path: Path, make: str, calls: str, said: str) -> None:
    """What does not work by itself gets no verdict, with the reason."""
    result = grade(tmp_path, COUNTER, make, calls, calls)
    assert result.verdict == "cannot tell"
    assert said in result.unsure


def test_a_search_that_is_stopped_does_not_pass(tmp_path: Path) -> None:
    """Where time runs out before all schedules are covered, there is no pass."""
    given = program(tmp_path, COUNTER, "Counter()", "it.add_locked()", "it.add_locked()", then=("it.n",))
    result = grade_program(given, seconds=0)
    assert result.verdict == "cannot tell"
    assert "stopped after 0 s" in result.unsure


def test_a_schedule_that_does_not_repeat_is_no_finding(tmp_path: Path) -> None:
    """A class that keeps what is another number in every run gets no verdict."""
    source = """
        import sys

        class Blocks:
            def __init__(self):
                self.seen = []

            def more(self):
                return sys.getallocatedblocks() + len(self.seen)

            def look(self):
                before = self.last = self.more()
                self.seen = [*self.seen, bytes(100)]
                self.last = self.more() - before
    """
    result = grade(tmp_path, source, "Blocks()", "it.look()", "it.look()")
    assert result.verdict == "cannot tell"
    assert "led elsewhere" in result.unsure


def test_addresses_in_answers_do_not_count(tmp_path: Path) -> None:
    """Two endings that differ in the address of an object alone are the same."""
    source = """
        class Named:
            def name(self):
                return repr(self)
    """
    assert grade(tmp_path, source, "Named()", "it.name()", "it.name()").verdict == "none"


def test_a_wait_for_something_real_is_cut_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A call that never comes back gets no verdict, and says where it is."""
    monkeypatch.setattr("racelab.grading.classes.search.LONGEST_STEP", 0.3)
    source = """
        import os

        class Pipe:
            def __init__(self):
                self.ends = os.pipe()

            def read(self):
                return os.read(self.ends[0], 1)
    """
    result = grade(tmp_path, source, "Pipe()", "it.read()", "it.ends[0] > 0")
    assert result.verdict == "cannot tell"
    assert "has not ended" in result.unsure


def test_a_lock_that_is_tried_may_be_held(tmp_path: Path) -> None:
    """A call that tries a lock is refused while another holds it, and that schedule can be run again."""
    source = """
        import threading

        class Gate:
            def __init__(self):
                self.lock = threading.Lock()

            def enter(self):
                with self.lock:
                    return "in"

            def try_to_enter(self):
                if not self.lock.acquire(blocking=False):
                    return "busy"
                self.lock.release()
    """
    result = grade(tmp_path, source, "Gate()", "it.enter()", "it.try_to_enter()")
    assert (result.verdict, result.kind) == ("found", "answers")
    assert "busy" in "\n".join(tell(result).table())


def test_a_call_may_be_a_statement_or_end_in_a_comment(tmp_path: Path) -> None:
    """What a thread does is Python, an expression or a statement."""
    result = grade(tmp_path, COUNTER, "Counter()", "it.add_locked()  # once", "it.name = 'x'", then=("it.n", "it.name"))
    assert result.verdict == "none"


def test_more_threads_than_there_are_places_get_no_verdict(tmp_path: Path) -> None:
    """A program with too many threads is refused, and says how many there may be."""
    assert "15 threads" in grade(tmp_path, COUNTER, "Counter()", *["it.read()"] * 16).unsure


def test_a_model_that_there_is_not_is_refused(tmp_path: Path) -> None:
    """A wrong name of a model is an error that lists the right ones."""
    with pytest.raises(ValueError, match="gil, free-threaded"):
        grade_program(Program(str(tmp_path), "subject", "", (("1",),)), "tso")


def test_grading_does_the_same_again(tmp_path: Path) -> None:
    """The same program gives the same result twice, apart from the time."""
    given = program(tmp_path, COUNTER, "Counter()", "it.add(); it.read()", "it.add()", then=("it.n",))
    first, second = grade_program(given), grade_program(given)
    second.seconds = first.seconds
    assert first == second


def test_a_deadlock_of_locks_that_the_calls_make_is_told_again(tmp_path: Path) -> None:
    """Its ending names them the same in another bench, which counts what is known anew."""
    source = """
        import threading

        class Desk:
            def __init__(self):
                self.locks = {}

            def lock(self, key):
                return self.locks.setdefault(key, threading.Lock())

            def both(self, first, second):
                with self.lock(first):
                    with self.lock(second):
                        return first
    """
    result = grade_program(program(tmp_path, source, "Desk()", "it.both(1, 2)", "it.both(2, 1)"))
    assert (result.verdict, result.kind, result.name) == ("found", "deadlock", "deadlock")
    assert "." not in "".join(result.ending.waiting if result.ending else ".")
    assert tell(result).name == "deadlock"
    right = grade_program(program(tmp_path, source, "Desk()", "it.both(1, 2)", "it.both(1, 2)"))
    assert right.verdict == "none"
