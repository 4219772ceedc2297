"""The records of the survey: complete, true to the files beside them, and pinned."""

from __future__ import annotations

import json
import re

import pytest

from racelab.grading.check import COLUMNS
from racelab.grading.survey.environments import NODE, PINS
from racelab.grading.survey.rows import ADAPTERS, NAMES, Row, rows

ISSUE = re.compile(r"[\w.-]+/[\w.-]+#\d+")
EVERY_ROW = pytest.mark.parametrize("row", rows().values(), ids=lambda row: row.name)


def test_the_records_and_the_rows_are_the_same() -> None:
    """Every record in the folder is a row, and every app there serves one."""
    assert {file.stem for file in ADAPTERS.glob("*.toml")} == set(NAMES)
    apps = {file.stem for file in ADAPTERS.iterdir() if file.suffix in (".py", ".js")}
    assert apps == {row.app for row in rows().values()}


@EVERY_ROW
def test_each_cause_is_told_with_what_helps(row: Row) -> None:
    """A cause is a sentence, names known columns once, and says what helps."""
    named = [column for cause in row.causes for column in cause.columns]
    assert sorted(named) == sorted(set(named) & set(COLUMNS))
    assert not [cause for cause in row.causes if not (cause.cause.endswith(".") and cause.help.endswith("."))]
    assert not set(named) & set(row.untested)


@EVERY_ROW
def test_each_issue_is_a_place_on_github(row: Row) -> None:
    """An issue is written `owner/repository#number`."""
    assert not [issue for cause in row.causes for issue in cause.issues if not ISSUE.fullmatch(issue)]


@EVERY_ROW
def test_each_package_whose_version_is_told_is_pinned(row: Row) -> None:
    """The pins of a row's environment have its packages, each with a hash."""
    if row.is_own:
        return
    if row.environment == NODE:
        locked = json.loads((PINS / NODE / "package-lock.json").read_text())["packages"]
        assert all("integrity" in locked[f"node_modules/{package}"] for package in row.packages)
        return
    pins = (PINS / f"{row.environment}.txt").read_text()
    hashed = re.findall(r"^([\w-]+)==\S+.*\\\n +--hash=", pins, re.MULTILINE)
    assert set(row.packages) <= set(hashed)


def test_a_row_knows_the_cause_of_a_column() -> None:
    """The cause of a column is found, and that of another column is not taken for it."""
    row = rows()["flask-session-redis"]
    cause = row.cause_of("keys_while_reading")
    assert cause is not None
    assert "SESSION_REFRESH_EACH_REQUEST" in cause.help
    assert row.cause_of("rows") is None


def test_every_app_of_others_runs_without_the_lab() -> None:
    """No app but the project's own imports anything of the project."""
    apps = [file for file in ADAPTERS.glob("*.py") if file.stem != "racelab_app"]
    of_the_project = re.compile(r"^(from|import) (racelab|session_manager)", re.MULTILINE)
    assert not [app.name for app in apps if of_the_project.search(app.read_text())]
