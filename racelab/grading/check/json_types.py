"""A report as it is written to a file."""

from __future__ import annotations

from typing import Final, TypedDict

SCHEMA: Final = "racelab-check/1"
"""The format, and its version: it goes up when what reads a report has to change."""


class ColumnJson(TypedDict):
    """One column; `counts` says what `wrong` counts, `conditions` are names and numbers."""

    counts: str
    verdict: str
    tested: int
    wrong: int
    refused: int
    unknown: int
    odds: str
    sentence: str
    conditions: dict[str, float]


class ReportJson(TypedDict):
    """The whole; `columns` by their keys, in the order of the table."""

    schema: str
    url: str
    protocol: str
    verdict: str
    sentence: str
    columns: dict[str, ColumnJson]
    notes: list[str]
    conditions: dict[str, str | float]
