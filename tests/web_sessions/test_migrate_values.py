"""The table of values in docs/migrate.md: what each store makes of a value, found out and not typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from markupsafe import Markup

from tests.pages import ROOT
from tests.web_sessions.claims.sites import FLASK, FLASK_SESSION, Build, Visitor, builder, put

KINDS = [*FLASK_SESSION, FLASK, "memory"]
"""In the order of the table's columns."""
WORDS: dict[type[Any], str] = {list: "a list", str: "text", dict: "a dictionary"}


@dataclass
class Address:
    town: str


class Colour(Enum):
    RED = "red"


class Basket:
    """An object of an app's own."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Basket)

    __hash__ = None  # type: ignore[assignment]


SUMMER = timezone(timedelta(hours=2))
VALUES: dict[str, Any] = {
    "text, numbers, `True`, `None`, lists": ["a", 1, 2.5, True, None],
    "a dictionary, with its order": {"tea": 1, "cup": 2},
    "a dictionary whose keys are numbers": {7: 1, 3: 2},
    "bytes": b"\xff",
    "a tuple": (1, 2),
    "a UUID": UUID(int=7),
    "markup": Markup("<b>"),
    "a datetime in UTC, in whole seconds": datetime(2026, 11, 26, 13, 0, tzinfo=UTC),
    "a datetime of another zone, or with a fraction of a second": datetime(2026, 7, 1, 12, 0, 0, 5000, tzinfo=SUMMER),
    "a datetime without a zone": datetime(2026, 7, 1, 12, 0),  # noqa: DTZ001 - this is the claim
    "a date": date(2026, 7, 1),
    "a `Decimal`": Decimal("4.50"),
    "a dataclass": Address("Bath"),
    "a set": {1, 2},
    "an enum": Colour.RED,
    "a timedelta": timedelta(days=1),
    "another object": Basket(),
}


def outcome(value: Any, build: Build) -> str:
    """What the next request gets, in the table's words."""
    visit = Visitor(build())
    try:
        visit(put(value=value))
    except TypeError:
        return "an error"
    back = visit(lambda session: session["value"]).answer
    if type(back) is not type(value):
        return WORDS[type(back)]
    if back != value:
        return "its keys are text" if isinstance(value, dict) else "to the second, in UTC"
    return "its order is lost" if isinstance(value, dict) and list(back) != list(value) else "unchanged"


def rows() -> dict[str, list[str]]:
    """The cells of the page's table, by value."""
    part = (ROOT / "docs" / "migrate.md").read_text(encoding="utf-8").partition("\n### Values\n")[2].partition("\n#")[0]
    lines = [line.strip("|").split("|") for line in part.splitlines() if line.startswith("|")][2:]
    return {cells[0].strip(): [cell.strip() for cell in cells[1:]] for cells in lines}


@pytest.mark.parametrize("kind", KINDS)
def test_a_value_becomes_what_the_page_says(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Each kind of value comes back from each kind of session as the table has it."""
    told = {name: cells[KINDS.index(kind)] for name, cells in rows().items()}
    with builder(kind, request, tmp_path) as build:
        assert {name: outcome(value, build) for name, value in VALUES.items()} == told
