"""Every variant on every scenario, and what that makes of each fix: found by exploring, never typed.

The matrix is kept in docs/matrix.json, where the pages read it; `verify` explores anew and says which cells differ.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from racelab.explorer.programs.scenario import Scenario
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.explore import explore
from racelab.explorer.search.findings import CANNOT_TELL, FOUND, Findings
from racelab.home import ROOT
from session_manager.fixes import CATALOGUE

from .variants import SUBJECTS

KEPT = ROOT / "docs" / "matrix.json"
OTHER_PROCESS = "other_process"
FIXES, PARTIAL, BREAKS = "fixes it", "partial fix", "breaks something else"

Cell = dict[str, Any]
Cells = dict[str, dict[str, Cell]]
Progress = Callable[[str, str], None]


def compute(progress: Progress | None = None) -> dict[str, Any]:
    """Explore every cell.

    Args:
        progress: is told the variant and the scenario before each.
    """
    cells: Cells = {}
    for variant, subject in SUBJECTS.items():
        for scenario in SCENARIOS.values():
            if progress is not None:
                progress(variant, scenario.name)
            cells.setdefault(variant, {})[scenario.name] = cell_of(explore(scenario, subject))
    return {"cells": cells, "verdicts": {name: verdict_on(name, cells) for name in CATALOGUE}}


def cell_of(findings: Findings) -> Cell:
    """What is kept of an exploration: nothing that depends on the machine."""
    witness = findings.witness
    return {
        "verdict": findings.verdict,
        "schedules": findings.schedules,
        "losing": findings.losing,
        "run": findings.executions,
        "states": findings.states,
        "fingerprint": findings.fingerprint(),
        "witness": witness.schedule if witness else None,
        "anomalies": {name: found.schedule for name, found in sorted(findings.witnesses.items())},
    }


def verdict_on(fix: str, cells: Cells) -> dict[str, Any]:
    """What a fix is worth: it breaks something that buggy does not, or fixes a part of it, or fixes its bug."""
    mine, buggy, bug = cells[fix], cells["buggy"], CATALOGUE[fix].bug
    if any(cell["verdict"] == CANNOT_TELL for cell in mine.values()):
        return {"verdict": CANNOT_TELL, "scenario": None, "schedule": None, "anomaly": None}
    for name, cell in mine.items():
        if SCENARIOS[name].bug == OTHER_PROCESS:
            continue  # the module was made for one process, and so are its fixes
        for anomaly, schedule in cell["anomalies"].items():
            if anomaly not in buggy[name]["anomalies"]:
                return {"verdict": BREAKS, "scenario": name, "schedule": schedule, "anomaly": anomaly}
    for scenario in of_bug(bug):
        if (cell := mine[scenario.name])["verdict"] == FOUND:
            anomaly = min(cell["anomalies"], key=lambda each: cell["anomalies"][each] != cell["witness"])
            return {"verdict": PARTIAL, "scenario": scenario.name, "schedule": cell["witness"], "anomaly": anomaly}
    return {"verdict": FIXES, "scenario": None, "schedule": None, "anomaly": None}


def of_bug(bug: str) -> list[Scenario]:
    """The scenarios that show a bug."""
    return [scenario for scenario in SCENARIOS.values() if scenario.bug == bug]


def kept() -> dict[str, Any]:
    """The matrix as the repository documents it."""
    return json.loads(KEPT.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def differences(found: dict[str, Any], documented: dict[str, Any]) -> Iterator[str]:
    """Each cell and each verdict that is not what is documented, in words."""
    for part in ("cells", "verdicts"):
        for name in sorted({*found[part], *documented.get(part, {})}):
            new, old = found[part].get(name), documented.get(part, {}).get(name)
            if part == "verdicts" or new is None or old is None:
                if new != old:
                    yield f"{name}: documented {_short(old)}, found {_short(new)}"
                continue
            for scenario in sorted({*new, *old}):
                if new.get(scenario) != old.get(scenario):
                    was, now = _short(old.get(scenario)), _short(new.get(scenario))
                    yield f"{name} on {scenario}: documented {was}; found {now}"


def _short(cell: Cell | None) -> str:
    if cell is None:
        return "nothing"
    if "scenario" in cell:
        return f"{cell['verdict']} ({cell['scenario']}: {cell['schedule']})" if cell["scenario"] else cell["verdict"]
    return f"{cell['verdict']}, {cell['losing']} of {cell['schedules']} ({cell['run']} run), {cell['anomalies']}"
