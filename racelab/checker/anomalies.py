"""What can be wrong with a run, by name, and what the field calls it. Only names live here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .history import Operation

TERMS: Final[Mapping[str, str]] = {
    "wrong-user": "session mix-up",
    "still-authenticated": "lost revocation",
    "stale-overwrite": "stale overwrite",
    "lost-update": "lost update",
    "duplicate-answer": "duplicate answer",
    "double-delete": "double delete",
    "resurrected": "resurrected session",
    "orphan-row": "orphan row",
    "row-lost": "lost row",
    "queued-twice": "duplicate entry",
    "cleanup-leak": "resource leak",
    "memory-and-row-differ": "cache inconsistency",
    "counts-differ": "phantom session",
    "unknown-outcome": "indeterminate outcome",
    "not-linearizable": "linearizability violation",
}
"""The field's name for each anomaly, the most specific first.

First promises to callers that were broken, by cause; then what is wrong at rest; then counts that differ, which follows
from other things; then answers that say nothing; last what has no known cause: no order of the calls explains it.
"""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """One thing that is wrong.

    Attributes:
        name: as on command lines and in JSON; one of `TERMS`.
        term: what the field calls it.
        sentence: what was seen, with the values.
        operations: the calls that show it, those that suffered first.
    """

    name: str
    term: str
    sentence: str
    operations: tuple[Operation, ...] = ()


def anomaly(name: str, sentence: str, operations: Iterable[Operation] = ()) -> Anomaly:
    """The anomaly of that name."""
    return Anomaly(name, TERMS[name], sentence, tuple(operations))


def by_severity(found: Iterable[Anomaly]) -> tuple[Anomaly, ...]:
    """The same in the order of `TERMS`."""
    order = list(TERMS)
    return tuple(sorted(found, key=lambda anomaly: order.index(anomaly.name)))
