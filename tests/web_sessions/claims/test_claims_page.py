"""docs/session-claims.md names the tests that there are, and counts its own rows."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from tests.pages import ROOT

PAGE = ROOT / "docs" / "session-claims.md"
HERE = Path(__file__).parent


def names_here() -> Counter[str]:
    """The names of the tests of claims."""
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in HERE.glob("test_flask*.py")]
    return Counter(
        node.name
        for tree in trees
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and node.name[:5] == "test_"
    )


def rows(heading: str) -> list[list[str]]:
    """The cells of each row of the table under a heading."""
    part = PAGE.read_text(encoding="utf-8").partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in part.splitlines() if line.startswith("|")][2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


HEADINGS = [f"{name}: what {word}" for name in ("Flask", "Flask-Session") for word in ("holds", "differs on purpose")]


def named(row: list[str]) -> list[str]:
    """The tests that a row names, in its last cell."""
    return re.findall(r"`(\w+)`", row[-1])


def test_each_row_names_tests_that_exist() -> None:
    """Each claim has a test, under the name that the page gives."""
    there = names_here()
    claimed = [row for heading in HEADINGS for row in rows(heading)]
    assert len(claimed) > 40
    assert not [row[0] for row in claimed if not named(row)]
    assert not [name for row in claimed for name in named(row) if name not in there]


def test_each_test_of_a_claim_is_named() -> None:
    """The page names every test of a claim, and no two tests have one name."""
    there = names_here()
    told = {name for heading in HEADINGS for row in rows(heading) for name in named(row)}
    assert set(there) == told
    assert set(there.values()) == {1}


def test_the_page_counts_its_rows() -> None:
    """The numbers at the top are the numbers of rows."""
    text = PAGE.read_text(encoding="utf-8")
    for name in ("Flask", "Flask-Session"):
        hold, differ = len(rows(f"{name}: what holds")), len(rows(f"{name}: what differs on purpose"))
        assert f"| {name} | {hold + differ} | {hold} | {differ} |" in text


def test_what_differs_says_why() -> None:
    """Each row of what differs has a reason."""
    different = [row for heading in HEADINGS[1::2] for row in rows(heading)]
    assert all(len(row[2]) > 40 for row in different)
