"""What a check has found: one result for each column, and one for the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ...bugs import Verdict
from .json_types import SCHEMA, ColumnJson, ReportJson
from .settings import COLUMNS, ColumnKey


@dataclass(frozen=True, slots=True)
class Column:
    """What was found about one column.

    Attributes:
        tested: acknowledged changes, logouts, reads or rows that could be judged.
        wrong: those of them that are not as acknowledged, and changes that nobody was told of.
        refused: requests that the server refused (4xx): nothing may have changed.
        unknown: requests that may have changed something or not: 5xx, time-outs, broken connections.
        sentence: what was seen, or why nothing can be said.
        odds: see `odds`.
        conditions: under which it was counted, as names and numbers.
    """

    key: ColumnKey
    verdict: Verdict
    tested: int = 0
    wrong: int = 0
    refused: int = 0
    unknown: int = 0
    sentence: str = ""
    odds: str = ""
    conditions: Mapping[str, float] = field(default_factory=dict)

    def as_json(self) -> ColumnJson:
        """The same as data for JSON."""
        return {
            "counts": COLUMNS[self.key],
            "verdict": self.verdict.value,
            "tested": self.tested,
            "wrong": self.wrong,
            "refused": self.refused,
            "unknown": self.unknown,
            "odds": self.odds,
            "sentence": self.sentence,
            "conditions": dict(self.conditions),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What was found about one server.

    Attributes:
        url: the address that the routes are under.
        protocol: `routes`, `module`, or an empty text if the server speaks neither.
        sentence: the verdict in words.
        columns: one for each that was wanted, in the order of `COLUMNS`; and `other_visitor` if that was seen.
        notes: what else a reader should know, such as how many processes answered.
        conditions: clients, seconds, hold, and what ran the check.
    """

    url: str
    protocol: str
    verdict: Verdict
    sentence: str
    columns: tuple[Column, ...]
    notes: tuple[str, ...] = ()
    conditions: Mapping[str, str | float] = field(default_factory=dict)

    def as_json(self) -> ReportJson:
        """The same as data for JSON."""
        return {
            "schema": SCHEMA,
            "url": self.url,
            "protocol": self.protocol,
            "verdict": self.verdict.value,
            "sentence": self.sentence,
            "columns": {column.key: column.as_json() for column in self.columns},
            "notes": list(self.notes),
            "conditions": dict(self.conditions),
        }
