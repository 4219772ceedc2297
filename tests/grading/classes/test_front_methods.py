"""Which methods are called, in which order, and which values can be exchanged."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import ALIKE, Choice

from .front import chosen, saved

SOURCE = """
import threading

class Base:
    def __init__(self, workers):
        self.lock, self.kept = threading.Lock(), {}

    def add(self, key):
        self.kept[key] = 1

class Sub(Base):
    def get(self, key):
        return self.kept.get(key)

    def work(self):
        with self.lock:
            pass
"""


def test_inherited_methods_are_called(tmp_path: Path) -> None:
    """What a base class does is graded with the class, with two workers."""
    choice = chosen(saved(tmp_path, SOURCE), "Sub")
    assert {'it.add("a")', 'it.get("a")', "it.work()"} <= set(choice.calls)
    assert choice.make == "Sub(2)"


def test_what_does_not_say_that_it_looks_comes_first(tmp_path: Path) -> None:
    """A method may change what cannot be seen: only its name says that it looks."""
    calls = chosen(saved(tmp_path, SOURCE), "Sub").calls
    assert calls.index("it.work()") < calls.index('it.get("a")')


@pytest.mark.parametrize(
    ("picked", "holds", "alike"),
    [
        (("calls", "then"), (), ALIKE),
        (("calls",), (), ()),
        (("then",), (), ()),
        (("calls", "then"), ("it.kept",), ()),
    ],
)
def test_keys_can_be_exchanged_only_where_the_grader_has_chosen_all(
    picked: tuple[str, ...], holds: tuple[str, ...], alike: tuple[str, ...]
) -> None:
    """What the author gives may mean one key and not the other."""
    assert Choice("w", "", "m", "", "C()", holds=holds, chosen=picked).alike() == alike
