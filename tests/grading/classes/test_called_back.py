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
