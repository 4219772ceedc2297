"""The snippets: short, of no need of the lab, and shown in the documentation as they are."""

from __future__ import annotations

import re

from racelab.home import ROOT
from tests.grading.served import SNIPPETS

MOST = 20
PAGE = ROOT / "docs" / "check.md"


def code(text: str) -> list[str]:
    """The lines of code: neither empty, nor a comment, nor in the text at the top."""
    text = re.sub(r'^""".*?"""\n', "", text, flags=re.DOTALL)
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith(("#", "//"))]


def test_each_snippet_has_twenty_lines_at_most() -> None:
    """There are four, each is short, and none imports the lab."""
    snippets = {path.name: path.read_text(encoding="utf-8") for path in SNIPPETS.glob("*_routes.*")}
    assert snippets.keys() == {"flask_routes.py", "django_routes.py", "fastapi_routes.py", "express_routes.js"}
    assert {name: len(code(text)) for name, text in snippets.items() if len(code(text)) > MOST} == {}
    assert [name for name, text in snippets.items() if "racelab" in text] == []


def test_the_page_shows_each_snippet_as_it_is() -> None:
    """What a reader copies from docs/check.md is what the tests run."""
    shown = re.findall(
        r"^```(?:python|javascript)\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE
    )
    for path in SNIPPETS.glob("*_routes.*"):
        assert path.read_text(encoding="utf-8") in shown, path.name
