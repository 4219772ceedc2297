"""The page of fixes: the verdict on each, and every manager on every scenario, from docs/matrix.json."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask import render_template, url_for

from session_manager.fixes import CATALOGUE, Fix

from ..bugs import BUGS
from ..catalogue import matrix
from ..explorer.programs.scenarios import SCENARIOS
from ..explorer.search.findings import CANNOT_TELL, FOUND
from .hints import WAYS, Way

TITLES: dict[str, str] = {
    **{bug.mark: bug.title for bug in BUGS},
    "other_process": "Another process",
    "lazy": "A lazy global",
}
"""Of each thing that scenarios are about: the bugs first."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One manager on one scenario.

    Attributes:
        tone: `good`, `bad`, `new` (wrong in a way that the buggy manager is not) or `none` (cannot tell).
        word, more: the same in few letters; and those of them that can be spared where there is little room.
        sentence: the same with the numbers.
        link: to its replay.
        own: whether the manager is meant for this scenario at all.
    """

    tone: str
    word: str
    more: str
    sentence: str
    link: str
    own: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One manager; `fix` is empty for buggy and fixed."""

    name: str
    fix: Fix | None
    cells: tuple[Cell, ...]


def matrix_page() -> str:
    """The page."""
    kept = _kept()
    cells = kept["cells"]
    bugs = [(bug, title, fixes) for bug, title in TITLES.items() if (fixes := _fixes_for(bug))]
    groups = [
        ("", [_row("buggy", cells)]),
        *((title, [_row(fix.name, cells) for fix in fixes]) for _, title, fixes in bugs),
        ("", [_row("fixed", cells)]),
    ]
    return render_template(
        "fixes.html",
        bugs=bugs,
        verdicts={fix: _verdict(fix, told) for fix, told in kept["verdicts"].items()},
        tally=Counter(told["verdict"] for told in kept["verdicts"].values()),
        first_of={bug: matrix.of_bug(bug)[0].name for bug, _, _ in bugs},
        columns=[(title, matrix.of_bug(bug)) for bug, title in TITLES.items()],
        groups=groups if cells else [],
        tried=sum(cell["schedules"] for row in cells.values() for cell in row.values()),
        explored=sum(len(row) for row in cells.values()),
        replay_link=_link,
        known=to_judge(),
    )


def cell_of(variant: str, scenario: str) -> dict[str, Any] | None:
    """The stored result of one manager on one scenario; None if it is not explored."""
    cell: dict[str, Any] | None = _kept()["cells"].get(variant, {}).get(scenario)
    return cell


def verdict_on(fix: str) -> dict[str, Any] | None:
    """The verdict on a fix; None if there is none, or no such fix."""
    told = _kept()["verdicts"].get(fix)
    return None if told is None else _verdict(fix, told)


def to_judge() -> dict[str, Any]:
    """What a reader's progress is counted over: the scenarios, those that fail on no manager, and the verdicts."""
    kept = _kept()
    rows = kept["cells"].values()
    never = [name for name in SCENARIOS if rows and not any(row.get(name, {}).get("losing") for row in rows)]
    verdicts = {fix: told["verdict"] for fix, told in kept["verdicts"].items()}
    return {"scenarios": list(SCENARIOS), "never": never, "verdicts": verdicts}


def way_for(scenario: str) -> Way | None:
    """A failing schedule of a scenario: described in words if possible, on buggy if it fails there."""
    if scenario in WAYS:
        return WAYS[scenario]
    rows = _kept()["cells"].items()
    found = ((name, row[scenario]["witness"]) for name, row in rows if row.get(scenario, {}).get("witness"))
    return next((Way("", schedule, name) for name, schedule in found), None)


def _kept() -> dict[str, Any]:
    try:
        return matrix.kept()
    except FileNotFoundError:
        return {"cells": {}, "verdicts": {}}


def _fixes_for(bug: str) -> list[Fix]:
    return [fix for fix in CATALOGUE.values() if fix.bug == bug]


def _row(name: str, cells: matrix.Cells) -> Row:
    return Row(name, CATALOGUE.get(name), tuple(_cells(name, cells)))


def _cells(name: str, cells: matrix.Cells) -> Iterator[Cell]:
    fix = CATALOGUE.get(name)
    for bug in TITLES:
        for scenario in matrix.of_bug(bug):
            told = cells.get(name, {}).get(scenario.name)
            beyond = set(cells.get("buggy", {}).get(scenario.name, {}).get("anomalies", ()))
            yield _cell(name, scenario.name, told, fix is None or fix.bug == bug, beyond)


def _cell(name: str, scenario: str, told: matrix.Cell | None, own: bool, known: set[str]) -> Cell:
    if told is None:
        return Cell("none", "?", "", f"{name} on {scenario}: not explored yet.", _link(scenario, name), own)
    interleavings = f"{told['schedules']:,} interleavings"
    link = _link(scenario, name, told["witness"])
    if told["verdict"] == FOUND:
        new = sorted(set(told["anomalies"]) - known) if name != "buggy" else []
        words = f"{name} on {scenario}: {told['losing']:,} of {interleavings} fail."
        also = f" Not on buggy: {', '.join(new)}." if new else ""
        return Cell("new" if new else "bad", _share(told), " %", words + also, link, own)
    if told["verdict"] == CANNOT_TELL:
        return Cell("none", "?", "", f"{name} on {scenario}: cannot tell.", link, own)
    return Cell("good", "", "none", f"{name} on {scenario}: none of {interleavings} fails.", link, own)


def _share(told: matrix.Cell) -> str:
    """The percentage of failing interleavings; 0 and 100 mean exactly none and all."""
    share = round(100 * told["losing"] / told["schedules"])
    if 0 < share < 100 or told["losing"] == told["schedules"]:
        return str(share)
    return "< 1" if share == 0 else "> 99"


def _verdict(fix: str, told: dict[str, Any]) -> dict[str, Any]:
    """The verdict on a fix, and the link to its failing schedule."""
    broken = told["scenario"] is not None
    return {
        "words": told["verdict"],
        "scenario": told["scenario"],
        "schedule": told["schedule"],
        "anomaly": told.get("anomaly"),
        "link": _link(told["scenario"], fix, told["schedule"]) if broken else None,
    }


def _link(scenario: str, variant: str, schedule: str | None = None) -> str:
    return url_for("replay.replay_page", scenario=scenario, variant=variant, schedule=schedule)
