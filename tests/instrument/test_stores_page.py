"""The page of session stores: it says what the survey found, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from flask.testing import FlaskClient

from racelab.grading.survey.json_types import SurveyJson
from racelab.grading.survey.rows import rows
from racelab.web import stores

COLUMNS = {"increments": "increments that are missing", "rows": "rows left"}
Show = Callable[[SurveyJson | None], str]


def row(name: str, increments: dict[str, Any], rows_left: dict[str, Any]) -> Any:
    """A store with two columns."""
    record = rows()[name]
    asked = {"clients": 8, "seconds": 1.0, "hold": 5, "runs": 2, "rows_lifetime": 1}
    return {
        **{key: getattr(record, key) for key in ("name", "title", "framework", "store", "server", "settings", "note")},
        "own": record.is_own,
        "versions": {"flask": "3.1.3"},
        "environment": {},
        "conditions": asked,
        "cells": {"increments": increments, "rows": rows_left},
        "causes": [],
    }


def cell(answer: str, wrong: int, odds: str = "", why: str = "") -> dict[str, Any]:
    """What two runs of forty found."""
    runs = [{"tested": 40, "wrong": wrong}] * 2
    return {"answer": answer, "odds": odds, "why": why, "runs": runs}


@pytest.fixture
def show(client: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> Show:
    """The page of a survey."""

    def page(survey: SurveyJson | None) -> str:
        monkeypatch.setattr(stores, "kept", lambda: survey)
        return unescape(client.get("/stores").text)

    return page


def cells(page: str, name: str) -> list[tuple[str, str]]:
    """Of one row: the tone of each cell, and its sentence."""
    found = re.search(rf'<tr data-row="{name}".*?</tr>', page, re.DOTALL)
    assert found, name
    return re.findall(r'data-tone="(\w+)" title="([^"]*)"', found[0])


def test_each_cell_says_what_the_survey_found(show: Show) -> None:
    """Yes with its share, no with its bound, and why there is no answer."""
    told: Any = {
        "columns": COLUMNS,
        "rows": [
            row("flask-session-redis", cell("yes", 30, "75 %"), cell("no", 0, "under 1 in 26 (95 %)")),
            row("flask-cookie", cell("cannot tell", 1, why="The runs differ."), cell("not asked", 0, why="No rows.")),
        ],
    }
    page = show(told)
    redis, cookie = rows()["flask-session-redis"].title, rows()["flask-cookie"].title
    assert cells(page, "flask-session-redis") == [
        ("bad", f"{redis}, increments lost: yes, 60 of 80."),
        ("good", f"{redis}, rows left: not observed, 0 of 80; under 1 in 26 (95 %)."),
    ]
    assert cells(page, "flask-cookie") == [
        ("none", f"{cookie}, increments lost: cannot tell. The runs differ."),
        ("beside", f"{cookie}, rows left: not asked. No rows."),
    ]
    assert "yes in 1 of 2" in page
    assert "<strong>1 of 2</strong> stores" in page


def test_a_cause_is_shown_as_text_with_its_reports(show: Show) -> None:
    """What a record says is never taken for markup, but for its code."""
    store = row("django-db", cell("yes", 30, "75 %"), cell("no", 0))
    cause = {"columns": ["increments"], "cause": "`save` <b>wins</b>.", "help": "None.", "issues": ["a/b#7"]}
    told: Any = {"columns": COLUMNS, "rows": [{**store, "causes": [cause]}]}
    page = show(told)
    assert "<code>save</code> <b>wins</b>." in page  # as it reads: the test has decoded it
    assert '<a href="https://github.com/a/b/issues/7" rel="noreferrer">a/b#7</a>' in page


def test_markup_in_a_record_stays_text(client: FlaskClient, show: Show) -> None:
    """The same page, not decoded."""
    store = row("django-db", cell("yes", 30, "75 %"), cell("no", 0))
    cause = {"columns": ["increments"], "cause": "<b>bold</b>", "help": "None.", "issues": []}
    told: Any = {"columns": COLUMNS, "rows": [{**store, "causes": [cause]}]}
    show(told)
    assert "<b>bold" not in client.get("/stores").text
    assert "&lt;b&gt;bold" in client.get("/stores").text


def test_without_a_survey_nothing_is_claimed(show: Show) -> None:
    """The page is there, and says what to do."""
    page = show(None)
    assert "No store has been measured yet" in page
    assert "data-row" not in page


def test_the_survey_that_is_kept_has_each_store(client: FlaskClient) -> None:
    """Each store that can be asked has its row and its card."""
    page = client.get("/stores").text
    for name in rows():
        assert f'data-row="{name}"' in page
        assert f'id="{name}"' in page
