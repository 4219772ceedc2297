"""A check of the lab's own managers, by the six routes of the Rust original."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.bugs import Verdict
from racelab.grading.check import Settings, check
from racelab.server import Server

pytestmark = pytest.mark.stress

LOADED = Settings(clients=8, seconds=6, hold=5)


def test_the_labs_own_managers_are_told_apart(tmp_path: Path) -> None:
    """With added delay `buggy` loses acknowledged changes, and `fixed` agrees in every column."""
    with Server(tmp_path) as lab:
        lab.fetch("/lab/dials", {"window_ms": 5})
        buggy, fixed = check(f"{lab.url}/buggy", LOADED), check(f"{lab.url}/fixed/", LOADED)
        nowhere = check(lab.url + "/lab", LOADED)
    assert (buggy.protocol, fixed.protocol, nowhere.protocol) == ("module", "module", "")
    lost = {column.key for column in buggy.columns if column.verdict is Verdict.DISAGREE}
    assert {"increments", "keys"} <= lost, buggy.as_json()
    assert fixed.verdict is Verdict.AGREE, fixed.as_json()
    assert {column.wrong for column in fixed.columns} == {0}
    assert "press New run" in fixed.notes[-1]
    assert nowhere.verdict is Verdict.CANNOT_TELL
