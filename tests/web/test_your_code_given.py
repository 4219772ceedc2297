"""What the form takes as the options of the command: how a class is made, called and judged; and which class."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from racelab.web.your_code.pages import LONGEST_TEXT, MOST_TEXTS
from tests.web.test_your_code import EXAMPLES, client, graded

__all__ = ["client"]
BOX = """
import threading


class Box:
    def __init__(self, size: int = 9) -> None:
        self._lock = threading.Lock()
        self.size = size
        self.items: list[int] = []

    def put(self, item: int) -> bool:
        with self._lock:
            full = len(self.items) >= self.size
        if full:
            raise OverflowError
        with self._lock:
            self.items.append(item)
        return True

    def __len__(self) -> int:
        return len(self.items)


class Simple:
    def __init__(self, size: int = 9) -> None:
        self.items: list[int] = []

    def put(self, item: int) -> bool:
        self.items.append(item)
        return True

    def __len__(self) -> int:
        return len(self.items)
"""
STORE = """
import threading


class Store:
    def __init__(self) -> None:
        self._left = threading.Lock()
        self._right = threading.Lock()
        self._count = 0

    def add(self) -> int:
        with self._left:
            count = self._count
        with self._left:
            self._count = count + 1
        return count

    def forth(self) -> None:
        with self._left, self._right:
            pass

    def back(self) -> None:
        with self._right, self._left:
            pass
"""
TWO = ["it.put(1)", "it.put(2)"]
ONE = {"source": BOX, "name": "Box", "new": "Box(1)", "tasks": TWO, "then": ["len(it)"]}


def verdict(client: FlaskClient, **asked: Any) -> str:
    """Of a grade with a report."""
    told = graded(client, **asked)
    assert told["report"], told["why"]
    return str(told["report"]["verdict"])


def test_one_program_is_the_only_one(client: FlaskClient) -> None:
    """`tasks` are run as they are, over the object that `new` makes."""
    told = graded(client, **ONE)
    assert [stage["programs"] for stage in told["stages"]] == [1]
    assert told["report"]["findings"][0]["tasks"] == [["it.put(1)"], ["it.put(2)"]]
    assert told["report"]["graded"]["new"] == "Box(1)"
    assert verdict(client, **ONE | {"new": "Box(2)"}) == "none"


def test_programs_are_made_of_the_calls(client: FlaskClient) -> None:
    """No other call is in them, and the file says so."""
    told = graded(client, source=BOX, name="Box", new="Box(1)", calls=["it.put(1)"])
    assert {call for one in told["report"]["findings"] for calls in one["tasks"] for call in calls} == {"it.put(1)"}
    assert "CALLS = [\n    'it.put(1)',\n]" in told["file"]
    assert told["report"]["graded"]["chosen"] == ["then"]


def test_what_is_not_observed_cannot_be_wrong(client: FlaskClient) -> None:
    """With an empty `then` two answers of True are as in an order of a bigger box."""
    plain = {**ONE, "source": BOX.replace("raise OverflowError", "return False"), "tasks": ["it.put(1)", "len(it)"]}
    assert verdict(client, **plain | {"then": []}) == "none"
    assert graded(client, **plain | {"then": []})["report"]["graded"]["then"] == []
    assert graded(client, **plain | {"then": None})["report"]["graded"]["then"] != []


def test_what_must_hold_is_looked_at(client: FlaskClient) -> None:
    """A promise that two calls break is a finding, and one that they keep is none."""
    loose = {**ONE, "new": "Box(9)"}
    assert verdict(client, **loose, holds=["len(it) <= 1"]) == "found"
    assert verdict(client, **loose, holds=["len(it) <= 2"]) == "none"


def test_what_comes_first_is_done_before_the_threads(client: FlaskClient) -> None:
    """A box of two with something in it holds one more, and the report and the file say what came first."""
    full = {**ONE, "new": "Box(2)", "first": ["it.put(0)"]}
    told = graded(client, **full)
    assert told["report"]["verdict"] == "found"
    assert told["report"]["graded"]["first"] == told["report"]["findings"][0]["first"] == ["it.put(0)"]
    assert "FIRST = [\n    'it.put(0)',\n]" in told["file"]
    assert verdict(client, **full | {"new": "Box(3)"}) == "none"


def test_another_class_says_what_is_right(client: FlaskClient) -> None:
    """A big box does what the simple one does, and not what one does that refuses."""
    refusing = "\n\nclass Refusing(Simple):\n    def put(self, item: int) -> bool:\n        return False\n"
    big = {**ONE, "source": BOX + refusing, "new": "Box(9)"}
    assert verdict(client, **big, spec="your_code:Simple") == "none"
    assert verdict(client, **big, spec="your_code:Refusing") == "found"


def test_what_is_ignored_is_no_difference(client: FlaskClient) -> None:
    """With the answers of `put` and the length ignored nothing is left to differ."""
    assert verdict(client, **ONE | {"ignore": ["put", "len(it)"]}) == "none"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"tasks": TWO, "calls": TWO}, "Give one of them"),
        ({"calls": "it.put(1)"}, "`calls` must be a list"),
        ({"then": [1]}, "`then` must be a list"),
        ({"holds": ["x"] * (MOST_TEXTS + 1)}, "at most 40 texts"),
        ({"ignore": ["x" * (LONGEST_TEXT + 1)]}, "at most 2,000 characters"),
        ({"new": "x" * (LONGEST_TEXT + 1)}, "at most 2,000 characters"),
        ({"spec": ["a:B"]}, "`spec` must be text"),
        ({"source": "x = 1\ny = '\0'"}, "a NUL character in line 2"),
        ({"source": "x = 1\n\n# \udc80"}, "half a character ('\\udc80') in line 3"),
        ({"calls": ["it.put('\0')"]}, "a NUL character"),
    ],
)
def test_wrong_texts_are_refused_in_words(client: FlaskClient, asked: Any, says: str) -> None:
    """Nothing is begun, and the field is named."""
    answer = client.post("/lab/grade", json={"source": BOX, "name": "Box", **asked})
    assert (answer.status_code, says in answer.get_json()["detail"]) == (422, True), answer.text


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ({"calls": ["it.put("]}, "is not Python"),
        ({"new": "Box("}, "is not Python"),
        ({"source": "class Box:\n  def put(self)\n    pass\n"}, "line 2"),
        ({"source": "# coding: nonsense\nclass Box: pass\n"}, "does not parse"),
    ],
)
def test_what_is_not_python_is_refused(client: FlaskClient, asked: Any, says: str) -> None:
    """The text or the line is named."""
    told = graded(client, **{"source": BOX, "name": "Box", **asked})
    assert (told["state"], says in told["why"]) == ("refused", True), told["why"]


def test_several_classes_are_offered(client: FlaskClient) -> None:
    """Each by its name; naming one of them grades it."""
    told = graded(client, source=BOX)
    assert (told["state"], told["names"]) == ("refused", ["your_code.py:Box", "your_code.py:Simple"])
    assert graded(client, source=BOX, name="Simple", seconds=2)["names"] == []


def test_paths_begin_where_the_lab_was_started(
    client: FlaskClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page says where; a path, a module and a function that makes the object are targets."""
    package = tmp_path / "shop"
    package.mkdir()
    making = "\n\ndef make() -> Visits:\n    return Visits()\n"
    (package / "stock.py").write_text(EXAMPLES["lost"] + making, encoding="utf-8")
    (package / "__init__.py").touch()
    monkeypatch.chdir(tmp_path)
    assert str(tmp_path) in client.get("/grade").text
    for target in ("shop/stock.py:Visits", "shop.stock:Visits", "shop.stock:make"):
        told = graded(client, target=target)
        assert told["report"] is not None, told["why"]
        assert (told["target"], told["report"]["verdict"], told["pasted"]) == (target, "found", False)


def test_several_findings_are_told(client: FlaskClient) -> None:
    """A lost update and a deadlock in one class, each with its own words and frames."""
    told = graded(client, source=STORE)
    findings = told["report"]["findings"]
    names = [findings[one["number"]]["name"] for one in told["findings"]]
    assert len(names) == len(told["findings"]) > 1
    assert {"deadlock", "lost update"} <= set(names)
    assert [one["number"] for one in told["findings"]] == sorted({one["number"] for one in told["findings"]})
    assert all(one["stepped"] and one["paragraph"] and one["meaning"] for one in told["findings"])
