"""One client, one request after another: what any server must do, before anything is said about races."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from . import workers
from .bench import LATE, Bench
from .recognise import SNIPPETS
from .routes import Browser
from .site import Answer, Visitor

EACH = 60
"""Increments, and keys."""
LONG = 150
"""Milliseconds of two holds that must pass at the same time."""
ALONE = 0.7
"""Of a hold, that two of them take longer than one by itself, if the server answers one request at a time."""
TRIES = 3
"""A busy computer may be late once or twice."""
KEPT = 0.9
"""Of a hold; clocks differ a little."""


class ControlFailed(Exception):
    """The server fails a control, so there is nothing to judge; the message says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Controls:
    """What the controls have shown of a server that passed those of the session.

    Attributes:
        logout: why the logout columns cannot be judged, or empty.
        one_at_a_time: the server answers one request at a time, so nothing overlaps.
        holds: a request waits as long as it was told to.
    """

    logout: str
    one_at_a_time: bool
    holds: bool


def run(bench: Bench) -> Controls:
    """All of them.

    Raises:
        ControlFailed: one of the session fails.
    """
    bench.progress("controls")
    _session(bench)
    _two_visitors(bench)
    logout = _logout(bench)
    alone, holds = _at_once(bench)
    return Controls(logout, alone, holds)


def _session(bench: Bench) -> None:
    visitor, own = bench.site.visitor(alone=True), bench.token()
    _must(visitor.log_in(own), "The first request of a visitor failed.")
    for _ in range(EACH):
        bench.workers |= {_must(visitor.count(0), "An increment failed.").worker} - {""}
    counted = _must(visitor.read(), "Reading the session failed.").n  # now: in the six routes, all others count too
    keys = {f"k{number}": f"{own}-{number}" for number in range(EACH)}
    for key, value in keys.items():
        _must(visitor.set(key, value, 0), "Setting a key failed.")
    answer = _must(visitor.read(), "Reading the session failed.")
    missing = _missing(answer, keys)
    if missing or counted != EACH:
        time.sleep(LATE)
        again = visitor.read()
        if again.n == EACH and not _missing(again, keys):
            bench.late = True
            raise ControlFailed(workers.explained(bench))
    workers.spread(bench, visitor)
    if bench.apart or ((missing or counted != EACH) and len(bench.workers) > 1):
        raise ControlFailed(workers.explained(bench))
    if missing or counted != EACH or answer.user != own:
        raise ControlFailed(
            f"One client made {EACH} increments and set {EACH} keys, one request after another. Afterwards the count is"
            f" {counted} and {EACH - missing} keys are there. {_why(visitor)}"
        )


def _missing(answer: Answer, keys: Mapping[str, str]) -> int:
    return sum(answer.keys.get(key) != value for key, value in keys.items())


def _must(answer: Answer, what: str) -> Answer:
    """An answer that was acknowledged.

    Raises:
        ControlFailed: it was not.
    """
    if answer.good:
        return answer
    if answer.status == 403:
        why = "Often that is a protection against CSRF: exempt these routes, as django_routes.py does."
    elif 300 <= answer.status < 400:
        why = "The routes must answer 200 by themselves, before any login page."
    elif answer.status in (404, 405):
        why = f"The routes are not all there. {SNIPPETS}"
    elif answer.status == 429:
        why = "A limit on requests is on. Take it off for the check."
    elif answer.status >= 500:
        why = "Read the server's log."
    else:
        why = "Look whether the server is still running, and what it answers there."
    raise ControlFailed(f"{what} {answer.trouble} {why}")


def _why(visitor: Visitor) -> str:
    """Why a session is not kept, as far as its cookies tell."""
    if isinstance(visitor, Browser) and visitor.jar.refused:
        return f"The server sends a cookie that a browser ignores: {visitor.jar.refused}."
    if isinstance(visitor, Browser) and not visitor.known():
        if len(visitor.jar):
            return "The server's cookie is for another path, so it does not come with requests to these routes."
        return "The server sends no cookie, so it cannot know a visitor again. Is a session middleware installed?"
    return (
        "The session is not kept, or changes are lost without any concurrency: the store drops writes, the session"
        " expires before these requests are through, or another program changes it. Nothing is said about races before"
        " that is corrected."
    )


def _two_visitors(bench: Bench) -> None:
    both = [(bench.site.visitor(), bench.token()) for _ in range(2)]
    for visitor, own in both:
        _must(visitor.log_in(own), "A second visitor cannot log in.")
    for visitor, own in both:
        answer = _must(visitor.read(), "Reading the session failed.")
        if answer.user != own:
            whose = "those of the other one" if bench.foreign(answer, own) else "none"
            raise ControlFailed(
                f"Two visitors logged in one after the other, and one of them sees {whose} of the data instead of its"
                " own. All visitors seem to share a session, or theirs is not kept. The routes must use the session of"
                " the request, and no global variable."
            )


def _logout(bench: Bench) -> str:
    """Why logouts cannot be judged, or nothing."""
    visitor, own = bench.site.visitor(), bench.token()
    _must(visitor.log_in(own), "A visitor cannot log in.")
    old = visitor.copy()
    answer = visitor.log_out()
    if not answer.good:
        return f"A logout with nothing in flight is not acknowledged. {answer.trouble} It must answer 200."
    if visitor.read().user == own:
        return "A logout with nothing in flight does not log out. The route must end the session as the app does."
    if old.read().user == own:
        return (
            "After a logout with nothing in flight the old cookie still logs in, for whoever kept it. So it is when the"
            " cookie itself holds the session (signed cookies): there is nothing on the server that a logout could end."
        )
    return ""


def _at_once(bench: Bench) -> tuple[bool, bool]:
    """Whether the server answers one request at a time, and whether it holds one as long as it is told to."""
    if not bench.site.holds:
        return False, False
    visitors = [bench.site.visitor(alone=True) for _ in range(2)]
    for visitor in visitors:
        visitor.log_in(bench.token())
    alone, together, shortest = [], [], []
    for _ in range(TRIES):
        began = time.monotonic()
        visitors[0].read(LONG)
        between = time.monotonic()  # a slow server, or one far away, takes its time beside the hold
        answers = bench.at_once([partial(visitor.read, LONG) for visitor in visitors])
        alone.append(1000 * (between - began))
        together.append(1000 * (time.monotonic() - between))
        shortest += [1000 * (answer.ended - answer.began) for answer in answers]
        if together[-1] < 2 * KEPT * LONG:  # one after another they take longer, however busy the computer is
            return False, min(shortest) >= KEPT * LONG
    return min(together) - min(alone) > ALONE * LONG, min(shortest) >= KEPT * LONG
