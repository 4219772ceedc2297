"""Several runs as one row of the table, and the documents that are made of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from racelab.bugs import Verdict
from racelab.grading.survey import results
from racelab.grading.survey.json_types import RowJson
from racelab.grading.survey.markdown import markdown
from tests.grading.survey_runs import column, row, run

KEPT = results.kept()
needs_the_table = pytest.mark.skipif(KEPT is None, reason="docs/survey.json is not there")


def test_a_cell_says_yes_if_all_runs_do() -> None:
    """All runs wrong is yes, all right is no, and the counts are added up."""
    cells = row("flask-session-redis", run(keys=100), run(keys=50))["cells"]
    assert (cells["keys"]["answer"], cells["keys"]["odds"]) == ("yes", "25 %")
    assert (cells["increments"]["answer"], cells["increments"]["odds"]) == ("no", "under 1 in 200 (95 %)")


def test_a_cell_cannot_tell_if_the_runs_differ() -> None:
    """One run right and one wrong is no answer, and the counts of both are told."""
    cell = row("flask-session-redis", run(), run(keys=2))["cells"]["keys"]
    assert (cell["answer"], cell["why"]) == ("cannot tell", "It was seen in 1 of 2 runs: 0 of 300, 2 of 300.")


def test_a_cell_cannot_tell_if_one_run_cannot() -> None:
    """A run with too little to judge leaves the cell without an answer."""
    unclear = {**run(), "keys": column("keys", verdict=Verdict.CANNOT_TELL, tested=9)}
    cell = row("flask-session-redis", run(), unclear)["cells"]["keys"]
    assert (cell["answer"], cell["why"]) == ("cannot tell", "Some runs cannot tell: 0 of 300, 0 of 9.")


def test_a_cell_cannot_tell_if_no_run_can() -> None:
    """Runs that cannot tell give the sentence of the first."""
    unclear = {**run(), "rows": column("rows", verdict=Verdict.CANNOT_TELL, tested=0)}
    cell = row("django-db", unclear, unclear)["cells"]["rows"]
    assert (cell["answer"], cell["why"]) == ("cannot tell", "0 of 0.")


def test_a_column_that_was_not_measured_is_no_answer() -> None:
    """A column that no run has says so."""
    cells = row("django-db", {"keys": column("keys")})["cells"]
    assert (cells["keys"]["answer"], cells["rows"]["answer"]) == ("no", "cannot tell")
    assert cells["rows"]["why"] == "It was not measured."


def test_a_column_that_cannot_be_asked_says_why() -> None:
    """A store without rows is not asked for them, whatever a run has found."""
    cell = row("flask-cookie", run(rows=5), run(rows=5))["cells"]["rows"]
    assert (cell["answer"], cell["why"]) == ("not asked", "nothing is stored on the server")


def test_only_what_was_seen_is_explained() -> None:
    """A row has the causes of its yes cells, each with those columns only."""
    assert row("flask-session-redis")["causes"] == []
    (cause,) = row("flask-session-redis", run(keys=1))["causes"]
    assert cause["columns"] == ["keys"]
    assert cause["issues"]


def test_rows_that_were_measured_anew_replace_the_old_ones() -> None:
    """A new row replaces the old one, and the others stay, in the table's order."""
    old = results.merged(None, [row("django-db"), row("flask-cookie")])
    new = results.merged(old, [row("django-db", run(keys=3))])
    assert [each["name"] for each in new["rows"]] == ["flask-cookie", "django-db"]
    assert [each["cells"]["keys"]["answer"] for each in new["rows"]] == ["no", "yes"]


def test_the_rows_that_stay_are_told_anew() -> None:
    """The words are those of the record of today; what was measured stays."""
    old = results.merged(None, [row("flask-session-redis", run(keys=5), run(keys=5))])
    of_old: RowJson = {**old["rows"][0], "title": "of old", "note": "of old", "causes": []}
    (told,) = results.merged({**old, "rows": [of_old]}, [])["rows"]
    assert (told["title"], told["note"]) == ("Flask-Session, Redis", "")
    assert [cause["columns"] for cause in told["causes"]] == [["keys"]]
    assert told["cells"] == old["rows"][0]["cells"]


def test_a_row_that_is_none_any_more_goes() -> None:
    """A row in the file that the survey no longer has is dropped."""
    old = results.merged(None, [row("django-db")])
    old["rows"].append({**row("flask-cookie"), "name": "of-old"})
    assert [each["name"] for each in results.merged(old, [])["rows"]] == ["django-db"]


def test_the_document_tells_each_yes_with_its_cause() -> None:
    """A yes has its cause, what helps, and a link to the report if there is one."""
    told = markdown(
        results.merged(None, [row("flask-session-redis", run(keys=9)), row("aiohttp-session-redis", run(keys=9))])
    )
    assert "| [Flask-Session, Redis](#flask-session-redis) | no | **yes** |" in told
    assert "* **Keys lost.** Each request loads" in told
    assert "[pallets-eco/flask-session#71](https://github.com/pallets-eco/flask-session/issues/71)" in told
    assert "no public report was found" in told


def test_the_document_hides_no_anomaly_of_the_own_store() -> None:
    """A yes of the own store, which has no cause on record, stands in the document."""
    told = markdown(results.merged(None, [row("racelab-redis", run(keys=1))]))
    assert "* **Keys lost.** The cause is not known yet." in told
    assert "No anomaly was observed" not in told
    assert "No anomaly was observed" in markdown(results.merged(None, [row("racelab-redis")]))


def test_the_document_says_why_a_cell_is_no_answer() -> None:
    """What cannot be told or asked is explained."""
    told = markdown(results.merged(None, [row("flask-cookie", run(keys=2), run())]))
    assert "* **Keys lost: cannot tell.** It was seen in 1 of 2 runs: 2 of 300, 0 of 300." in told
    assert "* **Rows left: not asked.** Nothing is stored on the server." in told


def test_the_document_tells_what_was_refused() -> None:
    """Requests that were refused are counted beside the odds, if there were any."""
    refused = {**run(), "increments": replace(column("increments"), refused=250, unknown=1)}
    told = markdown(results.merged(None, [row("racelab-redis", refused, refused)]))
    assert (
        "| session_manager.web, Redis | under 1 in 200 (95 %), 500 refused, 2 unknown | under 1 in 200 (95 %) |" in told
    )


def test_the_document_names_rows_measured_under_other_conditions() -> None:
    """A row with other conditions than the first is named with them."""
    other = row("django-db")
    other["conditions"] = {**other["conditions"], "seconds": 2.0}
    told = markdown(results.merged(None, [row("flask-cookie"), other]))
    assert "* Django, db: 8 requests at once, 2 s, hold 5 ms, 2 runs, 2 cores, Linux." in told
    assert "requests at once, 2 s" not in markdown(results.merged(None, [row("flask-cookie"), row("django-db")]))


@needs_the_table
def test_the_document_follows_from_the_table() -> None:
    """docs/survey.md is exactly what docs/survey.json gives."""
    assert KEPT is not None
    assert results.KEPT.with_suffix(".md").read_text(encoding="utf-8") == markdown(KEPT)


@needs_the_table
def test_the_table_says_what_the_records_say() -> None:
    """The words of docs/survey.json are those of the records."""
    assert KEPT is not None
    assert results.merged(KEPT, []) == KEPT


@needs_the_table
def test_each_yes_of_the_table_has_a_cause_and_what_helps() -> None:
    """No yes of docs/survey.json stands without its cause and what helps."""
    assert KEPT is not None
    for each in KEPT["rows"]:
        explained = [column for cause in each["causes"] for column in cause["columns"]]
        assert explained == [*dict.fromkeys(explained)]
        assert {key for key, cell in each["cells"].items() if cell["answer"] == "yes"} == set(explained), each["name"]
        assert all(cause["cause"] and cause["help"] for cause in each["causes"])


@needs_the_table
def test_the_own_store_has_no_yes_in_the_table() -> None:
    """Every cell of the project's own store says no."""
    assert KEPT is not None
    own = {each["name"]: {cell["answer"] for cell in each["cells"].values()} for each in KEPT["rows"] if each["own"]}
    assert own
    assert not {name: answers for name, answers in own.items() if answers != {"no"}}
