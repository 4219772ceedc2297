"""What a class promises one after another, with threads of its own and with a specification; and what repeats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from racelab.grading.classes import search
from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import Execution
from racelab.grading.classes.result import Ending
from racelab.grading.classes.search import grade_program

from .graded import COUNTER, program

ASKER = """
    import queue, threading

    class Asker:
        def __init__(self):
            self.work, self.answers, self.n = queue.Queue(), queue.Queue(), 0
            threading.Thread(target=self.run, daemon=True).start()

        def run(self):
            while True:
                self.answers.put(self.work.get() + 1)

        def ask(self, number):
            self.work.put(number)
            return self.answers.get()

        def tell(self):
            return 1

        def keep(self):
            self.work.put(self.n)
            self.n = self.answers.get()

        def set(self, number):
            self.n = number
"""


def test_a_call_may_wait_for_a_thread_of_the_class(tmp_path: Path) -> None:
    """One after another, a worker goes on while a call waits for its answer."""
    assert grade_program(program(tmp_path, ASKER, "Asker()", "it.ask(1)", "it.tell()")).verdict == "none"
    assert grade_program(program(tmp_path, ASKER, "Asker()", "it.ask(1)", "it.ask(2)")).verdict == "found"


def test_no_other_call_comes_while_one_waits_for_a_thread_of_the_class(tmp_path: Path) -> None:
    """An update that is lost meanwhile is not promised."""
    given = program(tmp_path, ASKER, "Asker()", "it.keep()", "it.set(5)", then=("it.n",))
    assert grade_program(given).verdict == "found"


WAITS = """
    import queue, threading

    class Box:
        def __init__(self):
            self.lock, self.items = threading.Lock(), queue.Queue()

        def get(self):
            return self.items.get()

        def get_locked(self):
            with self.lock:
                return self.items.get()

        def size(self):
            with self.lock:
                return self.items.qsize()
"""


def test_only_a_call_that_waits_by_itself_may_wait_for_ever(tmp_path: Path) -> None:
    """A call that waits behind one that waits for ever is a deadlock."""
    result = grade_program(program(tmp_path, WAITS, "Box()", "it.get_locked()", "it.size()"))
    assert (result.verdict, result.kind) == ("found", "deadlock")
    assert grade_program(program(tmp_path, WAITS, "Box()", "it.get()", "it.size()")).verdict == "none"


@pytest.mark.parametrize("first", [0, 3])
def test_a_specification_is_made_with_the_same_arguments(tmp_path: Path, first: int) -> None:
    """What it promises begins where the class itself begins."""
    right = (
        "class Right:\n    def __init__(self, n=7):\n        self.n = n\n    def read(self):\n        return self.n\n"
    )
    (tmp_path / "right.py").write_text(right, encoding="utf-8")
    source = """
        class Box:
            def __init__(self, n):
                self.n = n

            def read(self):
                return self.n
    """
    given = program(tmp_path, source, f"Box({first})", "it.read()", "it.read()", spec="right:Right")
    assert grade_program(given).verdict == "none"


class Other(Execution):
    """It ends otherwise than before."""

    def ending(self) -> Ending:
        """With a crash."""
        return replace(super().ending(), crashes=("ValueError",))


def test_a_finding_has_to_end_the_same_way_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A schedule that ends otherwise when it is run once more is no finding."""
    given = program(tmp_path, COUNTER, "Counter()", "it.add()", "it.add()", then=("it.n",))
    assert grade_program(given).verdict == "found"

    def begin(bench: Bench, *rest: Any) -> Execution:
        return Execution(bench, *rest) if rest else Other(bench)  # it is run once more without an order of the calls

    monkeypatch.setattr(search, "Execution", begin)
    assert grade_program(given).verdict == "cannot tell"
