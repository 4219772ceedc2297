"""Calls that differ in the last of their keys only: two fields of one session."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.result import NONE

from .front import saved
from .sample_stores import locked
from .test_front_session import graded, passed


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RACELAB_CACHE", str(tmp_path / "cache"))


FIELDS = """
import threading


class Store:
    def __init__(self): self._all, self._lock = {}, threading.Lock()
    def set(self, sid: str, key: str, value: int) -> None:
        mine = dict(self._all.get(sid, {}))
        mine[key] = value
        self._all[sid] = mine
    def get(self, sid: str) -> object: return self._all.get(sid)
"""


def test_two_fields_of_one_session_are_set_at_once(tmp_path: Path) -> None:
    """A copy that is written back loses the other field, not another value of the same; behind a lock it loses none."""
    wrong = graded(saved(tmp_path, FIELDS))
    assert {each.name for each in wrong.findings} == {"lost update"}
    right = passed(saved(tmp_path, locked(FIELDS), "right.py"))
    assert (right.verdict, right.choice.calls) == (NONE, wrong.choice.calls)
