"""The page of session stores: each finding of `check` has its causes there."""

from __future__ import annotations

import re

from app import create_app
from racelab.grading.check import COLUMNS
from racelab.grading.survey.results import kept
from racelab.home import ROOT
from racelab.web.stores import LINES, SQLITE


def test_every_finding_has_its_causes() -> None:
    """A report links each column to the place of that name, which tells every cause of it once, and all its stores."""
    client = create_app({"TESTING": True, "SESSION_MANAGER_DATABASE": "memory://"}).test_client()
    page = client.get("/stores").text
    told = dict(re.findall(r'<details class="store" id="why-(\w+)">(.*?)</details>', page, re.DOTALL))
    assert list(told) == list(COLUMNS)
    assert f'data-known="{" ".join(COLUMNS)}"' in client.get("/").text
    survey = kept()
    assert survey is not None
    for key, text in told.items():
        causes = [(row["name"], one) for row in survey["rows"] for one in row["causes"] if key in one["columns"]]
        assert text.count("What helps:") == len({(one["cause"], one["help"]) for _, one in causes})
        ours = {"replace"} if any(name.startswith("flask-") for name, _ in causes) else set()
        assert set(re.findall(r'href="#([\w-]+)"', text)) == {name for name, _ in causes} | ours
    assert "no cause is known here" in told["other_visitor"]


def test_the_replacement_is_as_the_document_has_it() -> None:
    """The lines of docs/migrate.md, and each column of our row with its counts, on the page of the losses."""
    document = (ROOT / "docs/migrate.md").read_text(encoding="utf-8")
    assert "\n".join(LINES) in document
    assert SQLITE in document
    client = create_app({"TESTING": True, "SESSION_MANAGER_DATABASE": "memory://"}).test_client()
    part = re.search(r'<section id="replace".*?</section>', client.get("/stores").text, re.DOTALL)
    assert part is not None
    assert part[0].count("not observed, 0 of ") == len(COLUMNS)
