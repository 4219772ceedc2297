"""The vocabulary of bugs says what the scenarios and the documented matrix say."""

from __future__ import annotations

import re
from pathlib import Path

from racelab.bugs import BUGS
from racelab.catalogue import matrix
from session_manager.fixes import CATALOGUE

ROOT = Path(__file__).resolve().parents[2]
FOLLOW_FROM_OTHERS = {"memory-and-row-differ", "not-linearizable"}
"""Anomalies that come with those of any bug, and tell none from another."""


def test_the_scenarios_of_a_bug_are_those_that_name_it() -> None:
    """Each bug lists its scenarios in their order, and its card leads to one of them."""
    for bug in BUGS:
        assert bug.scenarios == tuple(scenario.name for scenario in matrix.of_bug(bug.mark)), bug.key
        assert bug.replay in bug.scenarios, bug.key


def test_the_anomalies_of_a_bug_are_those_that_its_scenarios_show() -> None:
    """On buggy the scenarios of a bug show all of its anomalies and no other's."""
    cells = matrix.kept()["cells"]["buggy"]
    for bug in BUGS:
        shown = {anomaly for name in bug.scenarios for anomaly in cells[name]["anomalies"]}
        assert shown - FOLLOW_FROM_OTHERS == set(bug.anomalies), bug.key


def test_an_anomaly_belongs_to_one_bug() -> None:
    """No two bugs share an anomaly or a scenario."""
    for names in ([bug.anomalies for bug in BUGS], [bug.scenarios for bug in BUGS]):
        together = [name for each in names for name in each]
        assert len(together) == len(set(together)), together


def test_every_fix_is_for_a_bug() -> None:
    """The catalogue of fixes knows the bugs by the marks in the code."""
    assert {fix.bug for fix in CATALOGUE.values()} == {bug.mark for bug in BUGS}


def test_a_card_names_a_place_where_the_mark_is() -> None:
    """Each place of a bug names its file, and functions of it that hold the mark."""
    for bug in BUGS:
        for manager, where in bug.where.items():
            file, *names = re.findall(r"`([^`#]+\.py|\w+\(\))`", where)
            text = (ROOT / file).read_text(encoding="utf-8")
            held = {name for name, body in functions(text) if f"BUG({bug.mark})" in body}
            assert {name.removesuffix("()") for name in names} == held, (bug.key, manager)


def functions(text: str) -> list[tuple[str, str]]:
    """The methods of a module, each with its text."""
    return re.findall(r"^    def (\w+)(.*?)(?=^    def |\Z)", text, re.DOTALL | re.MULTILINE)
