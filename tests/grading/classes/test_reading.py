"""Files and variables of the environment: reading them is fine, whoever does it; writing is not explored."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE
from racelab.grading.classes.search import grade_program
from tests.grading.classes.graded import program

SOURCE = """
    import configparser, json, os, pathlib, threading

    HERE = pathlib.Path(__file__).parent
    os.environ.setdefault("RACE_LAB_LIMIT", "2")
    with open(HERE / "limit.json") as file:
        CONFIG = json.load(file)

    class Bag:
        def __init__(self):
            self.lock, self.n, self.limit = threading.Lock(), 0, CONFIG["limit"]
            with open(HERE / "limit.json", encoding="utf-8") as file:
                self.limit = json.load(file)["limit"]
            self.config = configparser.ConfigParser()
            self.config.read(HERE / "limit.ini")
            self.file = open(HERE / "limit.ini")

        def add(self):
            with self.lock:
                limit = int(os.environ.get("RACE_LAB_LIMIT", "2")) + int("HOME" in os.environ) * 0
                if self.n < min(limit, self.limit, self.config.getint("a", "limit")):
                    self.n += 1

        def add_unlocked(self):
            n = self.n
            if n < int(os.environ["RACE_LAB_LIMIT"]) and n < json.loads((HERE / "limit.json").read_text())["limit"]:
                self.n = n + 1

        def line(self):
            with self.lock:
                return self.file.readline(), self.file.readline()

        def line_unlocked(self):
            return self.file.readline(), self.file.readline()

        def write(self):
            with self.lock, open(HERE / "limit.json", "w") as file:
                file.write("{}")

        def set(self):
            with self.lock:
                os.environ["RACE_LAB_LIMIT"] = "3"
"""


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # the class leaves its file open
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
@pytest.mark.parametrize(
    ("call", "verdict"),
    [
        ("it.add()", NONE),
        ("it.add_unlocked()", FOUND),
        ("it.line()", NONE),
        ("it.line_unlocked()", FOUND),
        ("it.write()", CANNOT_TELL),
        ("it.set()", CANNOT_TELL),
    ],
)
def test_a_class_may_read_what_it_needs(call: str, verdict: str, tmp_path: Path) -> None:
    """A class that reads its configuration is decided; one that writes it in a thread is not."""
    (tmp_path / "limit.json").write_text('{"limit": 2}', encoding="utf-8")
    (tmp_path / "limit.ini").write_text("[a]\nlimit = 2\n", encoding="utf-8")
    result = grade_program(program(tmp_path, SOURCE, "Bag()", call, call, then=("it.n",)))
    assert result.verdict == verdict, (result.unsure, result.gaps)
    assert (tmp_path / "limit.json").read_text(encoding="utf-8") == '{"limit": 2}'
    del result
    gc.collect()  # the class leaves its file open, and whoever runs next would be told
