"""A web session's change whose answer is lost: its outcome is unknown, and it is made once or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from session_manager.model import SessionError, SessionNotFound
from session_manager.sessions.contract import Changes, WebSessions
from session_manager.sessions.stores import Store
from session_manager.shared.errors import EngineRefused, EngineSilent
from tests.fault_proxy import FaultProxy
from tests.faults import CutAfter, CutAnswer, Ending, Pass, Refuse, Towards
from tests.sessions.places import joined, login, opened

CHANGES: dict[str, Callable[[WebSessions, str], object]] = {
    "change": lambda sessions, one: sessions.change_session(one, Changes({"k": "v"}, ["gone"], {"kept": "1"})),
    "add": lambda sessions, one: sessions.add(one, "n", 5),
    "take": lambda sessions, one: sessions.take(one, "once"),
    "close": lambda sessions, one: sessions.close_session(one),
}
STORED = {"kept": "1", "gone": "1", "once": "x", "n": "1"}
AFTERWARDS: dict[str, dict[str, str] | None] = {
    "change": {"kept": "1", "once": "x", "n": "1", "k": "v"},
    "add": {**STORED, "n": "6"},
    "take": {"kept": "1", "gone": "1", "n": "1"},
    "close": None,
}
"""What is stored if the change was made once."""
SENT = {"redis_server": b"EVAL", "postgres_server": b"UPDATE"}
"""What a change has in it on its way to the server, and a read has not."""
each_change = pytest.mark.parametrize("change", CHANGES)
each_ending = pytest.mark.parametrize("ending", Ending)


class Site:
    """A store whose connections a test can break, and another one on the same server.

    Attributes:
        broken, whole: the two.
        proxy: on the way of the first.
        sent: see `SENT`.
    """

    def __init__(self, broken: Store, whole: Store, proxy: FaultProxy, sent: bytes) -> None:
        self.broken, self.whole, self.proxy, self.sent = broken.sessions, whole.sessions, proxy, sent
        self.session_id = login(self.broken, **STORED)

    def stored(self) -> tuple[dict[str, str] | None, int]:
        """What the session holds, None if it is closed; and how many sessions are open or wait for cleanup."""
        held = self.whole.counts()
        try:
            return self.whole.get_session(self.session_id).metadata, 10 * held.store + held.queue
        except SessionNotFound:
            return None, 10 * held.store + held.queue


def expected(kept: dict[str, str] | None) -> tuple[dict[str, str] | None, int]:
    """What `Site.stored` says then."""
    return kept, 1 if kept is None else 10


@pytest.fixture(params=SENT)
def site(request: pytest.FixtureRequest) -> Iterator[Site]:
    """One on each kind of engine."""
    with a_site(request.getfixturevalue(request.param), SENT[request.param]) as made:
        yield made


@contextmanager
def a_site(server: Any, sent: bytes) -> Iterator[Site]:
    """One on that server."""
    port = urlsplit(server.url).port
    with (
        FaultProxy("127.0.0.1", server.port) as proxy,
        opened(server.url) as whole,
        joined(server.url.replace(f":{port}/", f":{proxy.port}/")) as broken,
    ):
        for change in CHANGES.values():  # so that a Redis has each script: the cut answer is not that it has none
            change(whole.sessions, login(whole.sessions, **STORED))
        whole.sessions.clear()
        yield Site(broken, whole, proxy, sent)


def failure(call: Callable[[], object]) -> SessionError:
    """The error of a call."""
    with pytest.raises(SessionError) as failed:
        call()
    return failed.value


@each_change
@each_ending
def test_a_change_whose_answer_is_lost_is_unknown_and_made_once(ending: Ending, change: str, site: Site) -> None:
    """The error says that nobody knows, and the change is not sent again."""
    site.proxy.switch(CutAnswer(containing=site.sent, ending=ending))
    error = failure(lambda: CHANGES[change](site.broken, site.session_id))
    assert (type(error), error.definite) == (EngineSilent, False)
    assert site.proxy.counters.cuts == 1
    assert site.stored() == expected(AFTERWARDS[change])


@each_change
@each_ending
def test_a_change_that_never_arrived_is_not_made(ending: Ending, change: str, site: Site) -> None:
    """Neither then nor later, and the next call makes it once."""
    site.proxy.switch(CutAfter(Towards.SERVER, 0, ending))
    error = failure(lambda: CHANGES[change](site.broken, site.session_id))
    assert isinstance(error, EngineSilent | EngineRefused)
    site.proxy.switch(Pass())
    assert site.stored() == expected(STORED)
    CHANGES[change](site.broken, site.session_id)
    assert site.stored() == expected(AFTERWARDS[change])


@each_change
def test_a_change_that_cannot_be_sent_is_definite(change: str, site: Site) -> None:
    """A server that nobody reaches has changed nothing."""
    site.proxy.switch(Refuse())
    error = failure(lambda: CHANGES[change](site.broken, site.session_id))
    assert (type(error), error.definite) == (EngineRefused, True)
    site.proxy.switch(Pass())
    assert site.stored() == expected(STORED)


def test_the_sums_after_a_lost_answer_are_still_given_once(site: Site) -> None:
    """The sum of unknown outcome is missing among the answers, and no other."""
    site.proxy.switch(CutAnswer(request=3, containing=site.sent))
    sums: list[int] = []
    for _ in range(6):
        try:
            sums.append(site.broken.add(site.session_id, "sum", 1))
        except EngineSilent:
            continue
    assert sums == [1, 2, 4, 5, 6]
