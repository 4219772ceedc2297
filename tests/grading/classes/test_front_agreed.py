"""A value that one method stores fits what the other methods take out again."""

from __future__ import annotations

from pathlib import Path

import pytest

from .front import chosen, saved

SOURCE = """
import json


class Store:
    def __init__(self):
        self._rows = {}

    def load(self, sid):
        return json.loads(self._rows.get(sid, "{}"))

    def save(self, sid, data):
        self._rows[sid] = json.dumps(data)

    def set(self, sid, key, value):
        data = self.load(sid)
        data[key] = value
        self.save(sid, data)

    def logout(self, sid):
        self._rows.pop(sid, None)


class Lists:
    def __init__(self):
        self.found = {}

    def put(self, key, value):
        self.found[key] = value

    def append(self, key, item):
        self.found.setdefault(key, []).append(item)


class Numbers:
    def __init__(self):
        self.found = {}

    def put(self, key, data):
        self.found[key] = data

    def raised(self, key, by):
        self.found[key] = self.found.get(key, 0) + by
"""


@pytest.mark.parametrize(
    ("name", "call", "then"),
    [
        ("Store", 'it.save("a", {"a": 1})', 'it.load("a")'),
        ("Lists", 'it.put("a", [1])', "it.found"),
        ("Numbers", 'it.put("a", 1)', "it.found"),
    ],
)
def test_what_is_stored_is_of_the_kind_that_others_take(name: str, call: str, then: str, tmp_path: Path) -> None:
    """A dict, a list or a number; and what shows it is observed, though a later call removes it again."""
    choice = chosen(saved(tmp_path, SOURCE), name)
    assert call in choice.calls
    assert then in choice.then
