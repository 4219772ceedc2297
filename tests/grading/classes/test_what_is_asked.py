"""What is asked of a grading beside a program: what must hold, what counts, what is right; and no verdict."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import Program
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell
from tests.grading.classes.test_search import grade

from .graded import COUNTER, program

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


def test_what_raises_in_every_order_is_told(tmp_path: Path) -> None:
    """A call that never succeeds, and an observation that is misspelt; not one that succeeds in some order."""
    source = """
        class Tokens:
            def __init__(self): self.open = {}
            def issue(self, token): self.open[token] = 1
            def pay(self, token): return self.open.pop(token)
    """
    tasks = ("it.issue('a')", "it.pay('a')", "it.pay('b')")
    result = grade_program(program(tmp_path, source, "Tokens()", *tasks, then=("it.opened", "len(it.open)")))
    assert dict(result.never) == {"it.pay('b')": "KeyError", "it.opened": "AttributeError"}


def test_what_must_hold_has_to_be_spelt_as_it_is_meant(tmp_path: Path) -> None:
    """A misspelt name says nothing; a look-up that fails does."""
    misspelt = program(tmp_path, COUNTER, "Counter()", "it.add_locked()", "it.read()", holds=("it.m >= 0",))
    assert "it.m >= 0, raises AttributeError" in grade_program(misspelt).unsure
    broken = program(tmp_path, COUNTER, "Counter()", "it.add_locked()", "it.read()", holds=("{0: 1}[it.n]",))
    assert grade_program(broken).kind == "broken"
