"""What is made and filled later is no unsafe publication where a lock was let go in between, or others fill it too."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.telling import tell

from .graded import program

SOURCE = """
    import threading
    from collections import defaultdict, deque

    class Window:
        def __init__(self):
            self.hits, self.lock = defaultdict(deque), threading.Lock()

        def hit(self, client):
            with self.lock:
                hits = self.hits[client]
                while hits and hits[0] < 0:
                    hits.popleft()
            if self.full(client):
                return False
            with self.lock:
                hits.append(1)
            return True

        def full(self, client):
            with self.lock:
                hits = self.hits.get(client)
                return bool(hits) and len(hits) > 0

    class Bare:
        def __init__(self):
            self.hits = {}

        def hit(self, client):
            hits = self.hits.setdefault(client, deque())
            if len(hits) >= 1:
                return False
            self.check()
            hits.append(1)
            return True

        def check(self):
            return 1

    class Keyed:
        def __init__(self):
            self.guard, self.locks, self.rows, self.loads = threading.Lock(), {}, {}, 0

        def lock_for(self, key):
            if key not in self.locks:
                self.locks[key] = threading.Lock()
            return self.locks[key]

        def get(self, key):
            with self.lock_for(key):
                if key not in self.rows:
                    self.rows[key] = self.load(key)

        def load(self, key):
            with self.guard:
                self.loads += 1
            return key

    class Registry:
        def __init__(self):
            self.user = None

        def load(self):
            user = {}
            self.user = user
            self.check()
            user["name"] = "a"

        def check(self):
            return 1

        def name(self):
            return self.user and self.user["name"]
"""


@pytest.mark.parametrize(
    ("make", "calls", "name"),
    [
        ("Window()", ('it.hit("a")', 'it.hit("a")'), "check-then-act"),
        ("Bare()", ('it.hit("a")', 'it.hit("a")'), "check-then-act"),
        ("Registry()", ("it.load()", "it.name()"), "unsafe publication"),
    ],
)
def test_an_unsafe_publication_is_told_from_a_gap(make: str, calls: tuple[str, str], name: str, tmp_path: Path) -> None:
    """With a lock at each end, or none at all, what is missing is that one be held throughout."""
    assert grade_program(program(tmp_path, SOURCE, make, *calls), GIL).name == name


def test_the_locks_that_were_made_twice_are_told(tmp_path: Path) -> None:
    """And not another one, which both take as well."""
    told = tell(grade_program(program(tmp_path, SOURCE, "Keyed()", *['it.get("a")'] * 2, then=("it.loads",)), GIL))
    assert told.name == "lock per copy"
    assert told.paragraph().count("held self.locks['a'] (lock ") == 2, told.paragraph()
