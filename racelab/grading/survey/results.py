"""Merges what several runs found about a store into one row of the table."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence

from racelab.bugs import Verdict
from racelab.home import ROOT

from ..check import COLUMNS, Column
from ..check.odds import odds
from .json_types import Answer, CauseJson, CellJson, ConditionsJson, EnvironmentJson, RowJson, RunJson, SurveyJson
from .rows import Row, rows
from .serving import SERVED_BY

KEPT = ROOT / "docs" / "survey.json"
ANSWERS: Mapping[str, Answer] = {Verdict.DISAGREE: "yes", Verdict.AGREE: "no", Verdict.CANNOT_TELL: "cannot tell"}

Run = Mapping[str, Column]
"""What one run found, by column."""


def row_of(
    row: Row,
    runs: Sequence[Run],
    versions: dict[str, str],
    environment: EnvironmentJson,
    conditions: ConditionsJson,
) -> RowJson:
    """The row of a store, from its runs."""
    cells: dict[str, CellJson] = {key: _cell(row, key, [run[key] for run in runs if key in run]) for key in COLUMNS}
    return {
        "name": row.name,
        "title": row.title,
        "framework": row.framework,
        "store": row.store,
        "note": row.note,
        "own": row.is_own,
        "server": SERVED_BY[row.server],
        "settings": row.settings,
        "versions": versions,
        "environment": environment,
        "conditions": conditions,
        "cells": cells,
        "causes": list(_causes(row, [key for key, cell in cells.items() if cell["answer"] == "yes"])),
    }


def merged(kept: SurveyJson | None, measured: Iterable[RowJson]) -> SurveyJson:
    """The table with the rows that were measured anew. The others stay, but what is said of them is said anew, too."""
    found = {each["name"]: each for each in [*(kept["rows"] if kept else []), *measured]}
    return {
        "columns": dict(COLUMNS.items()),
        "rows": [_retold(row, found[row.name]) for row in rows().values() if row.name in found],
    }


def kept() -> SurveyJson | None:
    """The table in the documents, or None if there is none yet."""
    if not KEPT.exists():
        return None
    found: SurveyJson = json.loads(KEPT.read_text(encoding="utf-8"))
    return found


def _cell(row: Row, key: str, columns: Sequence[Column]) -> CellJson:
    """One answer if all runs have the same, else *cannot tell* with the counts of each."""
    if key in row.untested:
        return {"answer": "not asked", "odds": "", "why": row.untested[key], "runs": []}
    runs = [_run(column) for column in columns]
    answers = {ANSWERS[each["verdict"]] for each in runs}
    answer: Answer = answers.pop() if len(answers) == 1 else "cannot tell"
    return {"answer": answer, "odds": _odds(runs), "why": _why(runs) if answer == "cannot tell" else "", "runs": runs}


def _run(column: Column) -> RunJson:
    return {
        "verdict": column.verdict.value,
        "tested": column.tested,
        "wrong": column.wrong,
        "refused": column.refused,
        "unknown": column.unknown,
        "sentence": column.sentence,
    }


def _odds(runs: Sequence[RunJson]) -> str:
    return odds(sum(each["wrong"] for each in runs), sum(each["tested"] for each in runs))


def _why(runs: Sequence[RunJson]) -> str:
    """Why several runs give no one answer."""
    if not runs:
        return "It was not measured."
    if len({each["verdict"] for each in runs}) == 1:
        return runs[0]["sentence"]
    counts = ", ".join(f"{each['wrong']:,} of {each['tested']:,}" for each in runs)
    seen = sum(each["verdict"] == Verdict.DISAGREE for each in runs)
    return f"It was seen in {seen} of {len(runs)} runs: {counts}." if seen else f"Some runs cannot tell: {counts}."


def _retold(row: Row, measured: RowJson) -> RowJson:
    """A row with the words of its record as they are now, and as it was measured."""
    yes = [key for key, cell in measured["cells"].items() if cell["answer"] == "yes"]
    told: RowJson = {**measured, "title": row.title, "framework": row.framework, "store": row.store, "note": row.note}
    told["causes"] = list(_causes(row, yes))
    return told


def _causes(row: Row, yes: Sequence[str]) -> Iterable[CauseJson]:
    for cause in row.causes:
        if columns := [key for key in yes if row.cause_of(key) is cause]:
            yield {"columns": columns, "cause": cause.cause, "help": cause.help, "issues": list(cause.issues)}
