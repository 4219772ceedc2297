"""What a pass has looked at: what a second call changes, what a flag switches; and what nobody looked at is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.choosing.choice import UNSEEN, Given
from racelab.grading.classes.result import NONE
from racelab.grading.classes.target import TargetError

from .front import chosen, saved
from .test_front_session import graded, passed

HITS = """
import threading
class Stats:
    def __init__(self): self._kept, self.hits, self.failed, self._lock = {}, 0, 0, threading.Lock()
    def get(self, key):
        with self._lock:
            if key not in self._kept:
                self._kept[key] = 1
                return 0
        hits = int(self.hits)
        self.hits = hits + 1
        return 1
    def note(self, value, ok=True, *, _quiet=False):
        if not ok:
            failed = int(self.failed)
            self.failed = failed + 1
"""


LOSES_A_HIT = """        hits = int(self.hits)
        self.hits = hits + 1
        return 1
"""
COUNTS_A_HIT = """            self.hits += 1
            return 1
"""


def test_what_only_a_second_call_changes_is_observed(tmp_path: Path) -> None:
    """A hit comes with the second look; and the author's flags are tried the other way round."""
    wrong = graded(saved(tmp_path, HITS), seconds=10)
    assert {"it.hits", "it.failed"} <= set(wrong.choice.then)
    assert {"it.note(1)", "it.note(1, ok=False)"} <= set(wrong.choice.calls)
    lost = {each.program.tasks for each in wrong.findings}
    assert (("it.note(1, ok=False)",), ("it.note(1, ok=False)",)) in lost
    right = HITS.replace(LOSES_A_HIT, COUNTS_A_HIT).replace("if not ok:", "with self._lock:")
    assert passed(saved(tmp_path, right, "right.py")).verdict == NONE


def test_a_call_that_leaves_the_object_alone_is_no_pass(tmp_path: Path) -> None:
    """What --call says replaces what the grader would call."""
    said = Given(calls=("time.sleep(60)",))
    with pytest.raises(TargetError, match="No call uses `it`"):
        chosen(saved(tmp_path, f"import time\n{HITS}"), "Stats", said)
    beside = Given(calls=("time.sleep(60)", 'it.get("a")'))
    assert chosen(saved(tmp_path, f"import time\n{HITS}"), "Stats", beside).calls == beside.calls


def test_a_pass_says_that_nothing_was_looked_at_in_the_end(tmp_path: Path) -> None:
    """Where the grader has found nothing to look at; with a look it does not."""
    silent = "class Silent:\n    def take(self, x): return x\n"
    assert UNSEEN in passed(saved(tmp_path, silent)).assumed
    seen = silent + "    def size(self): return 0\n"
    assert UNSEEN not in passed(saved(tmp_path, seen, "seen.py")).assumed
