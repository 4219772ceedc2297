"""The pages around a replay: which can be chosen, what leads to one, and verdicts that are read and not typed."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from racelab.bugs import BUGS
from racelab.catalogue import matrix
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.web.fixes import TITLES
from session_manager.fixes import CATALOGUE


def test_every_scenario_can_be_chosen(client: FlaskClient) -> None:
    """And every manager that is for its bug."""
    page = client.get("/replay").text
    for scenario in SCENARIOS:
        assert f"/replay?scenario={scenario}&amp;" in page
    for fix in CATALOGUE.values():
        assert (f'data-choice="{fix.name}"' in page) == (fix.bug == "lost_update")
    assert {scenario.bug for scenario in SCENARIOS.values()} <= TITLES.keys()


@pytest.mark.parametrize("asked", ["scenario=nothing", "variant=nobody"])
def test_a_page_of_nothing_is_not_found(client: FlaskClient, asked: str) -> None:
    """A person is told so on a page."""
    answer = client.get(f"/replay?{asked}", headers={"Accept": "text/html"})
    assert answer.status_code == 404
    assert "There is no" in answer.text


def test_an_address_with_a_bad_schedule_is_told_and_not_repeated(client: FlaskClient) -> None:
    """The page begins with no step taken."""
    page = client.get("/replay?schedule=<script>").text
    assert "is no turn" in page
    assert "<script>." not in page.lower()
    assert 'data-schedule=""' in page


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.key)
def test_each_card_of_the_dashboard_leads_to_a_fitting_scenario(client: FlaskClient, bug: Any) -> None:
    """One that shows this bug on buggy."""
    card = client.get("/").text.partition(f'id="bug-{bug.key}"')[2]
    link = re.search(r'href="/replay\?scenario=([\w-]+)&amp;variant=buggy"', card)
    assert link
    assert bug.key.startswith(SCENARIOS[link[1]].bug)


def test_every_cell_of_the_matrix_leads_to_its_replay(client: FlaskClient) -> None:
    """With the schedule that was found, or with none."""
    page = client.get("/fixes").text
    kept = matrix.kept()
    for variant, row in kept["cells"].items():
        for scenario, cell in row.items():
            assert f'href="/replay?scenario={scenario}&amp;variant={variant}' in page
            if cell["witness"]:
                schedule = cell["witness"].replace(" ", "+")
                assert f"scenario={scenario}&amp;variant={variant}&amp;schedule={schedule}" in page


def test_verdicts_are_read_and_not_typed(client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Another file, another page."""
    kept = matrix.kept()
    kept["verdicts"]["one-write-lock"] = {**kept["verdicts"]["atomic-counter"], "verdict": "partial fix"}
    (tmp_path / "matrix.json").write_text(json.dumps(kept), encoding="utf-8")
    before = re.search(r'data-fix="one-write-lock" data-worth="([\w ]+)"', client.get("/fixes").text)
    monkeypatch.setattr(matrix, "KEPT", tmp_path / "matrix.json")
    after = re.search(r'data-fix="one-write-lock" data-worth="([\w ]+)"', client.get("/fixes").text)
    assert before
    assert after
    assert (before[1], after[1]) == ("fixes it", "partial fix")


def test_without_a_matrix_nothing_is_claimed(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The pages are there, and say what to do."""
    monkeypatch.setattr(matrix, "KEPT", tmp_path / "none.json")
    page = client.get("/fixes").text
    assert "Nothing has been explored yet" in page
    assert page.count("not explored yet") == len(CATALOGUE)
    assert client.get("/replay").status_code == 200
