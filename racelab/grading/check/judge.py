"""From counts to a verdict and a sentence: for one column, and for the server."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...bugs import Verdict
from .odds import odds
from .report import Column
from .settings import ColumnKey
from .tally import Tally

LEAST = 30
"""Acknowledged changes that a column needs before it agrees."""


def cannot(key: ColumnKey, sentence: str) -> Column:
    """A column of which nothing can be said, and why."""
    return Column(key, Verdict.CANNOT_TELL, sentence=sentence)


def changes(key: ColumnKey, tally: Tally, noun: str, cut: str, conditions: Mapping[str, float]) -> Column:
    """The column of a tally.

    Args:
        noun: what was acknowledged, in the plural.
        cut: why the load ended before its time; empty if it did not.
    """
    if tally.wrong:
        verdict, said = Verdict.DISAGREE, _wrong(tally, noun)
    elif cut or tally.tested < LEAST:
        verdict = Verdict.CANNOT_TELL
        said = f"{tally.tested:,} acknowledged {noun} could be judged, none of them is missing."
        said += "" if cut else f" At least {LEAST} are needed."
    else:
        verdict, said = Verdict.AGREE, f"All {tally.tested:,} acknowledged {noun} are stored."
    parts = [said, unacknowledged(tally.refused, tally.unknown) or "No request failed.", _unjudged(tally), cut]
    bound = odds(tally.wrong, tally.tested)
    sentence = " ".join(filter(None, parts))
    rounds = {"rounds": tally.rounds, **conditions}
    return Column(key, verdict, tally.tested, tally.wrong, tally.refused, tally.unknown, sentence, bound, rounds)


def unacknowledged(refused: int, unknown: int) -> str:
    """The other requests: a refusal is the right answer to many of them, and is not called a failure.

    Args:
        refused, unknown: see `Column`.
    """
    said = []
    if refused:
        said.append(f"{refused:,} {'request was' if refused == 1 else 'requests were'} refused.")
    if unknown:
        have = (
            "request has an unknown outcome, and counts"
            if unknown == 1
            else "requests have an unknown outcome, and count"
        )
        said.append(f"{unknown:,} {have} as neither lost nor kept.")
    return " ".join(said)


def _wrong(tally: Tally, noun: str) -> str:
    said = []
    if tally.lost:
        said.append(f"{tally.lost:,} of {tally.tested:,} acknowledged {noun} are missing.")
    if tally.surplus:
        said.append(f"{tally.surplus:,} {noun} are stored that were refused or never sent.")
    return " ".join(said)


def _unjudged(tally: Tally) -> str:
    said = []
    if tally.vanished:
        said.append(
            f"Not judged: {tally.vanished:,} rounds. A session that was left alone had gone at their end: sessions"
            " expire too soon for this check, or the store evicts them."
        )
    if tally.unread:
        said.append(f"Not judged: {tally.unread:,} rounds whose session could not be read at the end.")
    return " ".join(said)


def overall(columns: Sequence[Column], optional: frozenset[ColumnKey]) -> tuple[Verdict, str]:
    """The verdict on the server, and its sentence.

    Args:
        optional: columns that nobody asked for by name and that the server has no route for.
    """
    wrong = [column for column in columns if column.verdict is Verdict.DISAGREE]
    unsure = [column for column in columns if column.verdict is Verdict.CANNOT_TELL and column.key not in optional]
    untested = [column.key for column in columns if column.key in optional]
    rest = f" Not tested: {', '.join(untested)}." if untested else ""
    if wrong:
        more = f" Cannot tell: {_names(unsure)}." if unsure else ""
        return Verdict.DISAGREE, f"The store does not keep what it acknowledges: {_names(wrong)}.{more}{rest}"
    if unsure or len(untested) == len(columns):
        agree = [column for column in columns if column.verdict is Verdict.AGREE]
        good = f" No anomaly in {_names(agree)}." if agree else ""
        return Verdict.CANNOT_TELL, f"Cannot tell: {_names(unsure) or 'nothing was tested'}.{good}{rest}"
    number = len(columns) - len(untested)
    return Verdict.AGREE, f"No anomaly was observed in {number} column{'s' if number > 1 else ''}.{rest}"


def _names(columns: Sequence[Column]) -> str:
    return ", ".join(column.key for column in columns)
