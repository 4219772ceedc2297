"""Distinct keys: many requests set keys of their own in one session at once; and one writer among readers."""

from __future__ import annotations

from functools import partial
from threading import Event

from ..bench import Bench
from ..judge import changes
from ..report import Column
from ..rounds import played
from ..site import Answer, Visitor
from ..tally import Tally, of_keys

EACH_ROUND = 96
"""Keys of one session; the six routes of the original take a hundred."""
WRITTEN = 48
"""Keys of one writer."""

Sent = list[tuple[str, str, Answer]]


def column(bench: Bench) -> Column:
    """Fill the column of many writers."""
    total, cut, conditions = played(bench, "keys", play)
    return changes("keys", total, "keys", cut, conditions)


def column_while_reading(bench: Bench) -> Column:
    """Fill the column of one writer, who waits for each answer, while the other clients only read."""
    total, cut, conditions = played(bench, "keys_while_reading", play_while_reading)
    return changes("keys_while_reading", total, "keys", cut, conditions)


def play(bench: Bench, deadline: float) -> Tally:
    """One session of many writers."""
    visitor, own = bench.site.visitor(), bench.token()
    if not visitor.log_in(own).good:
        return Tally(unread=1)
    clients = bench.settings.clients
    each = max(1, EACH_ROUND // clients)
    jobs = [
        partial(_write, bench, visitor, own, range(client * each, (client + 1) * each), bench.settings.hold, deadline)
        for client in range(clients)
    ]
    return _judged(bench, visitor, own, [entry for sent in bench.at_once(jobs) for entry in sent])


def play_while_reading(bench: Bench, deadline: float) -> Tally:
    """One session of one writer."""
    visitor, own = bench.site.visitor(), bench.token()
    if not visitor.log_in(own).good:
        return Tally(unread=1)
    written = Event()

    def write() -> Sent:
        try:
            return _write(bench, visitor, own, range(WRITTEN), 0, deadline)
        finally:
            written.set()

    def read() -> Sent:
        while not written.is_set() and not bench.over(deadline):
            bench.strange(visitor.read(bench.settings.hold), own)
        return []

    sent, *_ = bench.at_once([write, *[read] * (bench.settings.clients - 1)])
    return _judged(bench, visitor, own, sent)


def _write(bench: Bench, visitor: Visitor, own: str, numbers: range, hold: int, deadline: float) -> Sent:
    sent: Sent = []
    for number in numbers:
        if bench.over(deadline):
            break
        key, value = f"k{number}", f"{own}-{number}"
        sent.append((key, value, visitor.set(key, value, hold)))
    return sent


def _judged(bench: Bench, visitor: Visitor, own: str, sent: Sent) -> Tally:
    fates = [answer.fate for _, _, answer in sent]
    tally = bench.judged(visitor, own, lambda end: of_keys(sent, end.keys), fates.count("unknown"))
    return tally or Tally(refused=fates.count("refused"), unknown=fates.count("unknown"), unread=1)
