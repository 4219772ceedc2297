"""Logouts: one is acknowledged while another request of the visitor is in flight, and must stay a logout."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from threading import Event

from ....bugs import Verdict
from ..bench import LATE, Bench
from ..judge import unacknowledged
from ..odds import odds
from ..report import Column
from ..rounds import cut
from ..settings import ColumnKey
from ..site import Answer, Visitor

ROUNDS = 30
MOST_ROUNDS = 120
"""Some do not count: the logout has to be answered while the other request is in flight."""
WITHOUT_HOLD = 4000
"""The same where requests cannot be told to wait, so that an overlap is luck."""
AT_ONCE = 4
"""Rounds, each with a visitor of its own."""
HOLD = 40
"""Milliseconds that the request in flight waits; the logout is sent in the middle."""
LONGEST = 20.0
"""Seconds for all rounds of a column."""
A_SECOND = 1.0
LEAST = 10


@dataclass(frozen=True, slots=True)
class Round:
    """One logout.

    Attributes:
        counts: it was acknowledged while the other request was in flight.
        waited: it was sent while the other was in flight, and answered afterwards.
        undone: the visitor is logged in afterwards.
        again: looks once more whether it is; None where that says nothing.
        failed: the requests that were not acknowledged, by what became of them.
    """

    counts: bool = False
    waited: bool = False
    undone: bool = False
    again: Callable[[], bool] | None = None
    refused: int = 0
    unknown: int = 0


def column(bench: Bench, key: ColumnKey) -> Column:
    """Fill the column of a read in flight, or that of a write."""
    rounds: list[Round] = []
    began = time.monotonic()
    deadline = began + LONGEST
    most = MOST_ROUNDS if bench.site.holds else WITHOUT_HOLD
    while sum(each.counts for each in rounds) < ROUNDS and len(rounds) < most and not bench.over(deadline):
        rounds += _some(bench, writes=key == "logout_write")
        counted = sum(each.counts for each in rounds)
        bench.progress(f"{key}: {counted} logouts, {sum(each.undone for each in rounds)} undone")
    return _judged(key, _later(bench, rounds), cut(bench), round(time.monotonic() - began, 2))


def _some(bench: Bench, writes: bool) -> list[Round]:
    """Some rounds at one time, in three steps: all log in, all log out, all look."""
    visitors = [(bench.site.visitor(), bench.token()) for _ in range(AT_ONCE)]
    logins = bench.at_once([partial(visitor.log_in, own) for visitor, own in visitors])
    ready = [pair for pair, login in zip(visitors, logins, strict=True) if login.good]
    failed = [_failures(login) for login in logins if not login.good]
    kept = [visitor.copy() for visitor, _ in ready]
    jobs: list[Callable[[], Answer]] = []
    for visitor, own in ready:
        sent = Event()
        jobs += [partial(_in_flight, visitor, own, sent, writes), partial(_log_out, bench, visitor, sent)]
    answers = bench.at_once(jobs)
    looks = [partial(_look, visitor, old) for (visitor, _), old in zip(ready, kept, strict=True)]
    seen = bench.at_once(looks)
    return failed + [
        _round(
            own, answers[2 * number], answers[2 * number + 1], seen[number], partial(_is_in, visitor, kept[number], own)
        )
        for number, (visitor, own) in enumerate(ready)
    ]


def _later(bench: Bench, rounds: list[Round]) -> list[Round]:
    """The rounds after another look: a server may store a session anew some time after it has answered."""
    looks = [each.again for each in rounds if each.again is not None]
    if not looks or bench.site.wire.ended:
        return rounds
    time.sleep(LATE)
    seen = iter([undone for at in range(0, len(looks), AT_ONCE) for undone in bench.at_once(looks[at : at + AT_ONCE])])
    return [each if each.again is None else replace(each, undone=next(seen) or each.undone) for each in rounds]


def _in_flight(visitor: Visitor, own: str, sent: Event, writes: bool) -> Answer:
    sent.set()
    return visitor.set("late", own, HOLD) if writes else visitor.read(HOLD)


def _log_out(bench: Bench, visitor: Visitor, sent: Event) -> Answer:
    sent.wait(A_SECOND)
    if bench.site.holds:
        time.sleep(HOLD / 2000)
    return visitor.log_out()


def _look(visitor: Visitor, old: Visitor) -> tuple[Answer, Answer]:
    """What somebody sees who kept the old cookie, and what the browser sees that logged out."""
    return old.read(), visitor.read()


def _is_in(visitor: Visitor, old: Visitor, own: str) -> bool:
    return any(answer.good and answer.user == own for answer in _look(visitor, old))


def _round(own: str, flight: Answer, logout: Answer, seen: tuple[Answer, Answer], again: Callable[[], bool]) -> Round:
    told = all(answer.fate in ("acknowledged", "refused") for answer in seen)
    during = flight.began < logout.began < flight.ended
    done = logout.good and during and told
    counts = done and logout.ended < flight.ended
    undone = counts and any(answer.user == own for answer in seen)
    failed = _failures(flight, logout, *(each for each in seen if each.fate == "unknown"))
    return Round(counts, done and not counts, undone, again if counts else None, failed.refused, failed.unknown)


def _failures(*answers: Answer) -> Round:
    fates = [answer.fate for answer in answers]
    return Round(refused=fates.count("refused"), unknown=fates.count("unknown"))


def _judged(key: ColumnKey, rounds: list[Round], ended: str, seconds: float) -> Column:
    tested, wrong = sum(each.counts for each in rounds), sum(each.undone for each in rounds)
    waited = sum(each.waited for each in rounds)
    what = "write" if key == "logout_write" else "read"
    if wrong:
        verdict = Verdict.DISAGREE
        said = f"{wrong} of {tested} acknowledged logouts were undone by a {what} in flight: logged in again."
    elif tested < LEAST:
        verdict, said = Verdict.CANNOT_TELL, _too_few(tested, len(rounds), waited, what)
    elif ended:
        verdict, said = Verdict.CANNOT_TELL, f"None of {tested} logouts was undone by a {what} in flight."
    else:
        verdict, said = Verdict.AGREE, f"None of {tested} logouts was undone by a {what} in flight."
    refused, unknown = sum(each.refused for each in rounds), sum(each.unknown for each in rounds)
    conditions = {"rounds": len(rounds), "hold_ms": HOLD, "at_once": AT_ONCE, "seconds": seconds}
    sentence = " ".join(filter(None, [said, unacknowledged(refused, unknown), ended]))
    bound = odds(wrong, tested)
    return Column(key, verdict, tested, wrong, refused, unknown, sentence, bound, conditions)


def _too_few(tested: int, tried: int, waited: int, what: str) -> str:
    said = f"In {tested} of {tried} rounds a logout was answered while a {what} was in flight; {LEAST} are needed."
    if waited > tried / 2:
        said += (
            f" In {waited} of them the logout waited for the {what}: the server answers one request of a session at a"
            " time."
        )
    return said
