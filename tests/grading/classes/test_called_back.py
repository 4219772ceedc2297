"""What Python's own code does after it has called the author's back: another thread may have come between."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import FREE_THREADED, GIL
from racelab.grading.classes.result import Result
from racelab.grading.classes.search import grade_program

from .graded import program

STALE = """
    import functools
    import threading

    class Config:
        def __init__(self):
            self.value = 0
            self.lock, self.whole = threading.Lock(), threading.Lock()

        @functools.lru_cache(None)
        def under_lock(self):
            with self.lock:
                return self.value

        @functools.lru_cache(None)
        def after_release(self):
            self.lock.acquire()
            value = self.value
            self.lock.release()
            return value

        @functools.lru_cache(None)
        def alone(self):
            return self.value

        def right(self):
            with self.whole:
                return self.under_lock()

        def set(self, value):
            with self.lock:
                self.value = value
            for one in (Config.under_lock, Config.after_release, Config.alone):
                one.cache_clear()

        def set_whole(self, value):
            with self.whole:
                self.set(value)
"""
"""A value that was read before a change is put into the cache after it was cleared; `right` holds a lock over both."""


def graded(folder: Path, get: str, change: str, model: str) -> Result:
    """One thread asks the cache, another one changes what it is filled with; then it is asked again."""
    return grade_program(
        program(folder, STALE, "Config()", f"it.{get}()", f"it.{change}(1)", then=(f"it.{get}()",)), model
    )


@pytest.mark.parametrize("model", [GIL, FREE_THREADED])
@pytest.mark.parametrize("get", ["under_lock", "after_release"])
def test_a_cache_that_is_filled_late_is_found(tmp_path: Path, get: str, model: str) -> None:
    """A lock inside of a cached function does not keep its value from getting stale."""
    assert graded(tmp_path, get, "set", model).verdict == "found"


@pytest.mark.parametrize("model", [GIL, FREE_THREADED])
def test_a_lock_over_the_whole_cache_passes(tmp_path: Path, model: str) -> None:
    """A lock that is held over the cached call and over the change is enough."""
    assert graded(tmp_path, "right", "set_whole", model).verdict == "none"


def test_a_racy_access_at_the_end_of_a_callback_is_no_pass_without_a_gil(tmp_path: Path) -> None:
    """With a GIL no thread can come between it and what Python does next."""
    assert graded(tmp_path, "alone", "set", GIL).verdict == "none"
    assert graded(tmp_path, "alone", "set", FREE_THREADED).verdict == "cannot tell"


COUNTS = """
    import threading
    from collections import Counter

    class Key:
        def __hash__(self):
            return 1

        def __eq__(self, other):
            return True

    class Votes:
        def __init__(self):
            self.lock, self.votes = threading.Lock(), Counter(a=1)

        def add(self, key):
            self.votes[key] += 1

        def update(self, key):
            self.votes.update([key])

        def more(self, key):
            self.votes.update({key: 1})

        def equal(self):
            self.votes.update([Key()])

        def total(self):
            return sum(self.votes.values())

        def locked(self, call, key):
            with self.lock:
                getattr(self, call)(key)
"""


@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        *[('add("z")', "found"), ('add("a")', "none"), ('update("z")', "none"), ('more("a")', "found")],
        *[("equal()", "found"), ('locked("add", "z")', "none"), ('locked("more", "a")', "none")],
    ],
)
def test_a_counter_is_python_code_in_parts(tmp_path: Path, call: str, verdict: str) -> None:
    """A count that is missing is asked for in Python, and elements are counted in C, which may ask keys in Python."""
    vote = program(tmp_path, COUNTS, "Votes()", *[f"it.{call}"] * 3, then=("it.total()",))
    assert grade_program(vote, GIL).verdict == verdict


def test_elements_are_counted_in_several_steps_without_a_gil(tmp_path: Path) -> None:
    """The old count is read, and the new one is stored; a lock over both is enough."""
    for call, verdict in (('update("a")', "cannot tell"), ('locked("update", "a")', "none")):
        vote = program(tmp_path, COUNTS, "Votes()", *[f"it.{call}"] * 2, then=("it.total()",))
        assert grade_program(vote, FREE_THREADED).verdict == verdict


GROUPS = """
    import itertools

    class Groups:
        def __init__(self):
            self.groups = itertools.groupby({values}, key=lambda value: value)

        def next(self):
            return next(self.groups)[0]
"""


@pytest.mark.parametrize(("values", "verdict"), [([1, 2, 2], "found"), ([1, 1, 2, 2, 3], "none"), ([1, 2, 3], "none")])
def test_groups_are_left_half_way_where_the_key_is_asked_for(tmp_path: Path, values: list[int], verdict: str) -> None:
    """The value is taken, and another thread takes the next one; where both have one key that makes no difference."""
    source = GROUPS.format(values=values)
    groups = program(tmp_path, source, "Groups()", "it.next()", "it.next()", then=("[key for key, _ in it.groups]",))
    assert grade_program(groups, GIL).verdict == verdict
