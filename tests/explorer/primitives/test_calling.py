"""What is given to a thread, a pool or a primitive to call may be C code: that it touches something is told as well."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import Program
from racelab.grading.classes.search import grade_program

HEAD = "import threading\nfrom concurrent.futures import ThreadPoolExecutor\n"
PLAIN = """
def run():
    seen = []
    threads = [threading.Thread(target=seen.append, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return seen
"""
POOL = """
def run():
    seen = []
    with ThreadPoolExecutor(2) as pool:
        pool.submit(seen.append, 0)
        pool.submit(seen.append, 1)
    return seen
"""


@pytest.mark.parametrize(
    ("body", "found"),
    [
        pytest.param(PLAIN, ("none", 2), id="thread"),
        pytest.param(POOL, ("found", 1), id="pool"),  # its workers take work in order, and one is overtaken
    ],
)
def test_both_orders_of_what_c_code_does_come_out(tmp_path: Path, body: str, found: tuple[str, int]) -> None:
    """Two threads that only call `list.append` come in either order."""
    (tmp_path / "given.py").write_text(HEAD + body, encoding="utf-8")
    result = grade_program(Program(str(tmp_path), "given", "", (("it.run()",),)))
    assert (result.verdict, result.orders) == found, result.unsure


def test_what_was_put_in_between_is_found(tmp_path: Path) -> None:
    """A C function that clears a list between a test and an act is a finding."""
    source = """
class Box:
    def __init__(self):
        self.items = [1]

    def take(self):
        thread = threading.Thread(target=self.items.clear)
        thread.start()
        full = bool(self.items)
        if full and str(1):
            value = self.items.pop()
        thread.join()
"""
    (tmp_path / "given.py").write_text(HEAD + source, encoding="utf-8")
    result = grade_program(Program(str(tmp_path), "given", "Box()", (("it.take()",),)))
    assert (result.verdict, result.kind) == ("found", "raises"), result.unsure
