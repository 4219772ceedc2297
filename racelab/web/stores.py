"""The page of session stores: which of them lose what, from docs/survey.json."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from flask import render_template
from markupsafe import Markup, escape

from ..grading.survey.json_types import Answer, CauseJson, CellJson, RowJson
from ..grading.survey.markdown import SHORT, link_of
from ..grading.survey.results import kept

TONES: dict[Answer, str] = {"yes": "bad", "no": "good", "cannot tell": "none", "not asked": "beside"}


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one store.

    Attributes:
        tone: `bad`, `good`, `none` (cannot tell) or `beside` (it cannot be asked).
        word: the percentage of a *yes*, else few letters.
        sentence: the same with the numbers.
    """

    tone: str
    word: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a store does what it does: the columns by name, the links of the reports, whether ours may replace it."""

    columns: str
    told: CauseJson
    links: tuple[tuple[str, str], ...]
    replaced: bool


@dataclass(frozen=True, slots=True)
class Store:
    """One store.

    Attributes:
        told: what was found.
        cells: in the order of the columns.
        faults: how many columns say *yes*.
        causes: of those.
        unclear: the columns without an answer, each with the reason.
    """

    told: RowJson
    cells: tuple[Cell, ...]
    faults: int
    causes: tuple[Cause, ...]
    unclear: tuple[tuple[str, str], ...]

    @property
    def named(self) -> list[tuple[str, str]]:
        """Each column and its answer, in words."""
        told = self.told["title"]
        return [
            (SHORT[key], one.sentence.removeprefix(f"{told}, {SHORT[key]}: "))
            for key, one in zip(self.told["cells"], self.cells, strict=True)
        ]


@dataclass(frozen=True, slots=True)
class Reason:
    """One cause, the stores that have it, and whether our store may replace one of them."""

    told: CauseJson
    stores: tuple[Store, ...]
    replaced: bool


@dataclass(frozen=True, slots=True)
class Finding:
    """A column that *do not agree* leads to: its key in a report of `check`, its name, and what causes it where."""

    key: str
    name: str
    counts: str
    reasons: tuple[Reason, ...]


LINES = (
    "-from flask_session import Session",
    "+from session_manager.web import Session",
    '-app.config["SESSION_TYPE"] = "redis"',
    '-app.config["SESSION_REDIS"] = redis.from_url(os.environ["REDIS_URL"])',
    '+app.config["SESSION_STORE"] = os.environ["REDIS_URL"]',
)
"""What docs/migrate.md changes for Redis."""
SQLITE = 'app.config["SESSION_STORE"] = "sqlite:///{instance}/sessions.db"'
OWN = "racelab-redis"
"""The row of the store that those lines bring."""


def stores_page() -> str:
    """The page."""
    survey = kept()
    stores = [_store(row) for row in survey["rows"]] if survey else []
    groups: dict[str, list[Store]] = {}
    for store in stores:
        groups.setdefault("This project" if store.told["own"] else store.told["framework"], []).append(store)
    return render_template(
        "stores.html",
        stores=stores,
        groups=groups.items(),
        columns=[(SHORT[key], counts) for key, counts in survey["columns"].items()] if survey else [],
        others=[store for store in stores if not store.told["own"]],
        findings=[_finding(key, counts, stores) for key, counts in survey["columns"].items()] if survey else [],
        prose=_prose,
        own=next((store for store in stores if store.told["name"] == OWN and not store.faults), None),
        lines=LINES,
        sqlite=SQLITE,
        measured=sum(
            run["tested"] for store in stores for cell in store.told["cells"].values() for run in cell["runs"]
        ),
    )


def _finding(key: str, counts: str, stores: list[Store]) -> Finding:
    """What several stores say in the same words is told once."""
    found: dict[tuple[str, str], list[tuple[CauseJson, Store]]] = {}
    for store in stores:
        for cause in store.told["causes"]:
            if key in cause["columns"]:
                found.setdefault((cause["cause"], cause["help"]), []).append((cause, store))
    reasons = tuple(
        Reason(same[0][0], tuple(store for _, store in same), any(_replaced(store.told) for _, store in same))
        for same in found.values()
    )
    name = SHORT[key]
    return Finding(key, name[0].upper() + name[1:], counts, reasons)


def _prose(text: str) -> Markup:
    """Its `code` as such; all else is plain text."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


def _store(row: RowJson) -> Store:
    cells = row["cells"]
    return Store(
        row,
        tuple(_cell(row["title"], SHORT[key], cell) for key, cell in cells.items()),
        sum(cell["answer"] == "yes" for cell in cells.values()),
        tuple(_causes(row)),
        tuple(
            (SHORT[key], cell["why"]) for key, cell in cells.items() if cell["answer"] in ("cannot tell", "not asked")
        ),
    )


def _causes(row: RowJson) -> Iterator[Cause]:
    for cause in row["causes"]:
        names = ", ".join(SHORT[key] for key in cause["columns"])
        links = tuple((issue, link_of(issue)) for issue in cause["issues"])
        yield Cause(names[0].upper() + names[1:], cause, links, _replaced(row))


def _replaced(row: RowJson) -> bool:
    """Whether docs/migrate.md is about it: Flask-Session, and Flask's own cookie."""
    return row["name"].startswith("flask-")


def _cell(store: str, column: str, cell: CellJson) -> Cell:
    answer = cell["answer"]
    wrong, tested = (sum(run[key] for run in cell["runs"]) for key in ("wrong", "tested"))
    if answer == "yes":
        return Cell(TONES[answer], cell["odds"], f"{store}, {column}: yes, {wrong:,} of {tested:,}.")
    if answer == "no":
        return Cell(TONES[answer], "", f"{store}, {column}: not observed, 0 of {tested:,}; {cell['odds']}.")
    return Cell(TONES[answer], "" if answer == "cannot tell" else "–", f"{store}, {column}: {answer}. {cell['why']}")
