"""What is made under a lock and filled under it later is no unsafe publication: the lock was let go in between."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL
from racelab.grading.classes.search import grade_program

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
        ("Registry()", ("it.load()", "it.name()"), "unsafe publication"),
    ],
)
def test_a_lock_tells_an_unsafe_publication_from_a_gap(
    make: str, calls: tuple[str, str], name: str, tmp_path: Path
) -> None:
    """With a lock at each end, what is missing is that it be held throughout."""
    assert grade_program(program(tmp_path, SOURCE, make, *calls), GIL).name == name
