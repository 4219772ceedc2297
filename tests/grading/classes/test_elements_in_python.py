"""C that asks elements by functions in Python can be interrupted between two of them, while the container changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE = """
    import threading
    from dataclasses import dataclass
    from fractions import Fraction
    from functools import reduce
    from operator import add
    from uuid import UUID

    @dataclass(order=True, unsafe_hash=True)
    class Size:
        n: int

    class It:
        def __init__(self):
            self.sizes, self.lock = [Size(3), Size(2)], threading.Lock()
            self.ids, self.numbers = [UUID(int=1), UUID(int=2)], [3, 2]
            self.parts = {"a": Fraction(1), "b": Fraction(2)}

        def locked(self, call):
            with self.lock:
                return getattr(self, call)()

        def append(self):
            self.sizes.append(Size(1))
            self.ids.append(UUID(int=3))
            self.numbers.append(1)

        def put(self):
            self.parts["c"] = Fraction(3)

        def sort(self): self.sizes.sort()
        def remove(self): self.ids.remove(UUID(int=2))
        def index(self): return self.ids.index(UUID(int=2))
        def count(self): return self.sizes.count(Size(2))
        def most(self): return max(self.sizes)
        def total(self): return sum(self.parts.values())
        def reduced(self): return reduce(add, self.parts.values())
        def distinct(self): return len(set(self.parts.values()))
        def sort_numbers(self): self.numbers.sort()
        def most_numbers(self): return max(self.numbers)
"""
BESIDE_APPEND = ("sort", "remove", "index", "count", "most")
BESIDE_PUT = ("total", "reduced", "distinct")


def verdict(folder: Path, *calls: str) -> str:
    """Of two threads with a call each."""
    then = ("[one.n for one in it.sizes]", "it.ids", "it.numbers", "it.parts")
    return grade_program(program(folder, SOURCE, "It()", *[f"it.{call}" for call in calls], then=then), GIL).verdict


@pytest.mark.parametrize("call", [*BESIDE_APPEND, *BESIDE_PUT])
def test_what_asks_its_elements_in_python_is_no_single_step(call: str, tmp_path: Path) -> None:
    """Python says ValueError or RuntimeError, or misses one. A lock over both is enough."""
    change = "append" if call in BESIDE_APPEND else "put"
    assert verdict(tmp_path, f"{call}()", f"{change}()") != "none"
    assert verdict(tmp_path, f'locked("{call}")', f'locked("{change}")') == "none"


@pytest.mark.parametrize("call", ["sort_numbers", "most_numbers"])
def test_what_asks_its_elements_in_c_is_one(call: str, tmp_path: Path) -> None:
    """With the GIL."""
    assert verdict(tmp_path, f"{call}()", "append()") == "none"
