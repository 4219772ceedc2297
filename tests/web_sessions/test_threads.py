"""Sessions behind a real server, with a thread for each request: what merges, what wins, and who gets a 409.

The views wait for each other with barriers and events, so that each request is where it has to be.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from session_manager.model import SessionNotFound
from session_manager.sessions.contract import Changes
from session_manager.web import session
from tests.web_sessions.sites import PATIENCE, Browser, Site, argument, at_once, served

STORES = {
    "memory": "memory:",
    "sqlite": "sqlite:///{folder}/sessions.sqlite",
    "redis": "redis_server",
    "postgres": "postgres_server",
}
"""The URL of each kind of store, or the fixture that starts its server."""


class Pages:
    """An app behind a server, whose views can be made to wait.

    Attributes:
        meet: what each request waits for between reading and writing.
    """

    def __init__(self, url: str) -> None:
        self.site = Site(SESSION_STORE=url, SESSION_KEY_PREFIX=f"w{os.getpid()}:")
        self.meet: Callable[[], object] = lambda: None
        app = self.site.app
        app.add_url_rule("/set", view_func=self.set)
        app.add_url_rule("/count", view_func=self.count)
        app.add_url_rule("/add", view_func=self.add)
        app.add_url_rule("/take", view_func=self.take)
        app.add_url_rule("/read", view_func=self.read)
        app.add_url_rule("/logout", view_func=self.logout)

    def set(self) -> str:
        """Assign one key, after reading another."""
        session.get("any")
        self.meet()
        session[argument("key")] = 1
        return "set"

    def count(self) -> str:
        """Count as most apps do."""
        n = session.get("n", 0)
        self.meet()
        session["n"] = n + 1
        return str(n + 1)

    def add(self) -> str:
        """Count in one step."""
        session.get("n")
        self.meet()
        return str(session.add("n"))

    def take(self) -> str:
        """A value that one request gets."""
        self.meet()
        return str(session.take("word"))

    def read(self) -> str:
        """Everything."""
        found = dict(session)
        self.meet()
        return " ".join(f"{key}={value}" for key, value in sorted(found.items()))

    def logout(self) -> str:
        """The end."""
        session.clear()
        return "bye"


@pytest.fixture(params=STORES)
def pages(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pages]:
    """An app over each kind of store."""
    where = STORES[request.param]
    url = where.format(folder=tmp_path) if ":" in where else request.getfixturevalue(where).url
    made = Pages(str(url))
    yield made
    made.site.sessions.clear()
    made.site.store.stop()


@pytest.fixture
def tab(pages: Pages) -> Iterator[Browser]:
    """A browser that has a session with a number and a word."""
    with served(pages.site.app) as address:
        found = Browser(address)
        found.get("/count")
        pages.site.sessions.change_session(found.cookie, Changes({"word": '"x"'}))
        yield found


def test_distinct_keys_of_requests_at_once_are_all_kept(pages: Pages, tab: Browser) -> None:
    """Eight requests have read the session before any of them writes."""
    pages.meet = threading.Barrier(8, timeout=PATIENCE).wait
    answers = at_once(*[lambda number=number: tab.get(f"/set?key=k{number}") for number in range(8)])
    assert {answer.status for answer in answers} == {200}
    assert set(pages.site.sessions.get_session(tab.cookie).metadata) == {"n", "word", *(f"k{n}" for n in range(8))}


def test_one_of_the_increments_at_once_is_kept_and_the_others_know(pages: Pages, tab: Browser) -> None:
    """All have read the same number: one is acknowledged, and seven get a 409."""
    pages.meet = threading.Barrier(8, timeout=PATIENCE).wait
    answers = at_once(*[lambda: tab.get("/count")] * 8)
    assert sorted(answer.status for answer in answers) == [200] + [409] * 7
    pages.meet = lambda: None
    assert tab.get("/count").data == b"3"


def test_counting_in_one_step_loses_nothing_and_refuses_nothing(pages: Pages, tab: Browser) -> None:
    """Each of the requests gets a number of its own."""
    pages.meet = threading.Barrier(8, timeout=PATIENCE).wait
    answers = at_once(*[lambda: tab.get("/add")] * 8)
    assert sorted(int(answer.data) for answer in answers) == list(range(2, 10))


def test_a_value_is_taken_by_one_request(pages: Pages, tab: Browser) -> None:
    """All others get nothing."""
    pages.meet = threading.Barrier(8, timeout=PATIENCE).wait
    answers = at_once(*[lambda: tab.get("/take")] * 8)
    assert sorted(answer.data for answer in answers) == [b"None"] * 7 + [b"x"]


@pytest.mark.parametrize(("path", "status"), [("/set?key=late", 409), ("/count", 409), ("/read", 200), ("/add", 409)])
def test_a_logout_wins_over_a_request_in_flight(pages: Pages, tab: Browser, path: str, status: int) -> None:
    """It is between reading and writing when the logout is acknowledged: nothing brings the session back."""
    inside, go_on = threading.Event(), threading.Event()
    old = tab.cookie

    def meet() -> None:
        inside.set()
        assert go_on.wait(PATIENCE)

    def log_out() -> None:
        assert inside.wait(PATIENCE)
        other = Browser(tab._address)
        other.cookie = old
        assert other.get("/logout").status == 200
        assert other.cookie == ""
        go_on.set()

    pages.meet = meet
    answer, _ = at_once(lambda: tab.get(path), log_out)
    assert answer.status == status
    assert status == 200 or "Set-Cookie" not in answer.headers
    assert pages.site.sessions.counts().store == 0
    with pytest.raises(SessionNotFound):
        pages.site.sessions.get_session(old)


def test_every_acknowledged_increment_is_counted(pages: Pages, tab: Browser) -> None:
    """Four clients count as fast as they can: those that get a 409 have counted nothing, all others once."""

    def count() -> int:
        return sum(tab.get("/count").status == 200 for _ in range(25))

    acknowledged = sum(at_once(count, count, count, count))
    assert tab.get("/count").data == str(acknowledged + 2).encode()


def test_a_writer_beside_readers_loses_nothing(pages: Pages, tab: Browser) -> None:
    """Fifty keys, written one after another, while three others only read."""
    done = threading.Event()

    def write() -> None:
        try:
            for number in range(50):
                assert tab.get(f"/set?key=k{number}").status == 200
        finally:
            done.set()

    def read() -> None:
        while not done.is_set():
            assert tab.get("/read").status == 200

    at_once(write, read, read, read)
    assert len(pages.site.sessions.get_session(tab.cookie).metadata) == 52
