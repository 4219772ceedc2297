"""Objects that are written in C and change: what their text, a view or a call of theirs looks at is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from racelab.grading.classes.program import GIL
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE: Final = """
    import contextvars
    import io
    import itertools
    import threading

    VALUE = contextvars.ContextVar("value", default=0)

    class It:
        def __init__(self):
            self.lock = threading.Lock()
            self.numbers, self.many = itertools.count(), itertools.repeat("x", 5)
            self.buffer, self.hint = io.BytesIO(b"\\0"), self.many.__length_hint__
            self.view, self.context = self.buffer.getbuffer(), contextvars.copy_context()

        def pause(self):
            pass

        def locked(self, name):
            with self.lock:
                return getattr(self, name)()

        def count(self):
            next(self.numbers)
            self.pause()
            return repr(self.numbers)

        def count_in_text(self):
            next(self.numbers)
            self.pause()
            return f"{self.numbers}"

        def repeat(self):
            next(self.many)
            self.pause()
            return str(self.many)

        def move(self):
            next(self.many)

        def hints(self):
            first = self.hint()
            self.pause()
            return first == self.hint()

        def texts(self):
            first = "%s" % self.many
            self.pause()
            return first == "%s" % self.many

        def store(self):
            old = self.view[0]
            self.pause()
            self.view[0] = old + 1

        def compare(self):
            if self.view == b"\\0":
                self.pause()
                self.view[0] = 1
                return True
            return False

        def add(self):
            old = self.context.run(VALUE.get)
            self.pause()
            self.context.run(VALUE.set, old + 1)

        def look_up(self):
            old = self.context.get(VALUE, 0)
            self.pause()
            self.context.run(VALUE.set, old + 1)
"""
THEN: Final = ("it.buffer.getvalue()", "it.context.run(lambda: [*it.context.values()])")
NAMES: Final = ("count", "count_in_text", "repeat", "store", "compare", "add", "look_up")


@pytest.mark.parametrize("name", NAMES)
def test_two_threads_with_the_same_object_are_found(tmp_path: Path, name: str) -> None:
    """They get in each other's way; with a lock they do not."""
    wrong = program(tmp_path, SOURCE, "It()", f"it.{name}()", f"it.{name}()", then=THEN)
    assert grade_program(wrong, GIL).verdict == "found"
    call = f"it.locked('{name}')"
    right = program(tmp_path, SOURCE, "It()", call, call, then=THEN)
    assert grade_program(right, GIL).verdict == "none"


@pytest.mark.parametrize("name", ["hints", "texts"])
def test_a_look_at_an_iterator_is_one_of_its_own(tmp_path: Path, name: str) -> None:
    """Two looks differ if another thread takes an element between them."""
    wrong = program(tmp_path, SOURCE, "It()", f"it.{name}()", "it.move()")
    assert grade_program(wrong, GIL).verdict == "found"
    right = program(tmp_path, SOURCE, "It()", f"it.locked('{name}')", "it.locked('move')")
    assert grade_program(right, GIL).verdict == "none"
