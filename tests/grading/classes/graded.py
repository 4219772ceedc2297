"""A class in a file of its own, and a program over it."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent
from typing import Any

from racelab.grading.classes.program import Program

COUNTER = """
    import threading

    class Counter:
        def __init__(self):
            self.n = 0
            self.lock = threading.Lock()

        def more(self, n):
            return n + 1

        def read(self):
            return self.n

        def add(self):
            n = self.n
            self.n = self.more(n)

        def add_locked(self):
            with self.lock:
                self.add()

        def add_at_once(self):
            self.n += 1
"""
"""A counter that loses updates, one that does not, and one that loses none under the GIL."""


def program(folder: Path, source: str, make: str, *tasks: str, then: tuple[str, ...] = (), **more: Any) -> Program:
    """A program over a class.

    Args:
        folder: for the file.
        source: of the module; `make` makes the object.
        tasks: for each thread its calls, with a semicolon between two.
        then, more: see `Program`.
    """
    name = "subject"
    (folder / f"{name}.py").write_text(dedent(source), encoding="utf-8")
    calls = tuple(tuple(call.strip() for call in task.split(";")) for task in tasks)
    return Program(str(folder), name, make, calls, then, **more)
