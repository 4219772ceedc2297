"""The store in memory, step by step: every interleaving of two requests, and its twin that reads and writes apart.

The specification of the explorer knows the methods of a manager and not those of a web session. So the store is
explored behind requests that note what they were answered, and rules say what must hold of that.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.runtime import DatabaseSide
from racelab.explorer.pytest_plugin import explore
from session_manager.databases import Database, DatabaseDials, MemoryDatabase
from session_manager.model import Census, SessionData, SessionStats
from session_manager.sessions.contract import Changes
from session_manager.sessions.memory import WebSessions
from session_manager.sync import Runtime
from session_manager.tables import LiveSession

__all__ = ["explore"]
FOR_EVER = 1e6


class Requests:
    """What requests do with one session, which is open at the beginning and holds a word.

    Attributes:
        told: what each was answered.
    """

    def __init__(self, kind: type[WebSessions], lifetime: float, runtime: Any) -> None:
        side: Any = DatabaseSide(runtime)  # each call of the database is one step
        self.rows = MemoryDatabase(side, DatabaseDials(0.0))
        self.store = kind(self.rows, runtime, lifetime=lifetime)
        self.told = runtime.lock("told", dict[str, object]())
        self.session_id = self.store.create_session("user", "name")
        self.store.update_session(self.session_id, "once", "word")

    def put(self, key: str, value: str) -> None:
        """`session[key] = value`."""
        self.store.change_session(self.session_id, Changes({key: value}))
        self.tell(key, value)

    def swap(self, key: str, value: str) -> None:
        """`if key not in session: session[key] = value`, of which the first half is done."""
        self.store.change_session(self.session_id, Changes({key: value}, (), {key: None}))
        self.tell(value, value)

    def count(self, name: str) -> None:
        """`session.add("n")`."""
        self.tell(name, self.store.add(self.session_id, "n", 1))

    def pop(self, name: str) -> None:
        """`session.take("once")`."""
        self.tell(name, self.store.take(self.session_id, "once"))

    def look(self, name: str) -> None:
        """A read."""
        self.tell(name, self.store.get_session(self.session_id).metadata)

    def end(self) -> None:
        """`session.regenerate()`, which needs the last data."""
        self.tell("closed", self.store.close_session(self.session_id).metadata)

    def clean(self) -> None:
        """A cleanup cycle."""
        self.store.run_cleanup()

    def tell(self, what: str, answer: object) -> None:
        """Note an answer."""
        with self.told as told:
            told[what] = answer

    def keys(self) -> dict[str, str]:
        """What the session holds, or what it held when it was closed."""
        data, told = self.store.peek(self.session_id), self.told.peek()
        found: Any = told.get("closed", {}) if data is None else data.metadata
        return {key: text for key, text in found.items() if key != "once"}

    def census(self) -> Census:
        """Nothing that the explorer's own specification would judge."""
        return Census({}, [], [], SessionStats())


class InTwoSections(WebSessions):
    """The same, except that the lock is released between reading and writing."""

    def change_session(self, session_id: str, changes: Changes) -> None:
        """See `WebSessions`."""
        self._put(session_id, {**self._read(session_id).metadata, **changes.values})

    def add(self, session_id: str, key: str, amount: int) -> int:
        """See `WebSessions`."""
        metadata = self._read(session_id).metadata
        total = int(metadata.get(key, "0")) + amount
        self._put(session_id, {**metadata, key: str(total)})
        return total

    def take(self, session_id: str, key: str) -> str | None:
        """See `WebSessions`."""
        metadata = self._read(session_id).metadata
        text = metadata.pop(key, None)
        self._put(session_id, metadata)
        return text

    def close_session(self, session_id: str) -> SessionData:
        """See `WebSessions`."""
        data = self._read(session_id)
        self.delete_session(session_id)
        return data

    def _read(self, session_id: str) -> SessionData:
        with self._find(session_id) as session:
            self._check_open(session)
            return session.data.copy()

    def _put(self, session_id: str, metadata: dict[str, str]) -> None:
        with self._find(session_id) as session:
            self._check_open(session)
            self._write(session, metadata, self._runtime.now())


class RenewsWhatHasExpired(WebSessions):
    """Does not look at the expiry."""

    def _expired(self, session: LiveSession, now: datetime) -> bool:
        return False


def over(kind: type[WebSessions], lifetime: float = FOR_EVER) -> Any:
    """Requests over a store of a kind. The time moves on by a second before the program begins."""

    def requests(database: Database, runtime: Runtime) -> Requests:
        return Requests(kind, lifetime, runtime)

    return requests


def every_key_is_there(requests: Requests) -> bool:
    """What was acknowledged is in the session, or in what its close has returned."""
    told = {key: value for key, value in requests.told.peek().items() if key != "closed"}
    return told.items() <= requests.keys().items()


def one_swap_was_made(requests: Requests) -> bool:
    """One of the two swaps is acknowledged, and its value is the one that is stored."""
    return list(requests.told.peek().values()) == list(requests.keys().values())


def counted_twice(requests: Requests) -> bool:
    """Two callers have got two numbers, and the last one is stored."""
    return set(requests.told.peek().values()) == {1, 2} and requests.keys() == {"n": "2"}


def one_has_taken_it(requests: Requests) -> bool:
    """One caller has got the value, and the other None."""
    return sorted(map(str, requests.told.peek().values())) == ["None", "word"]


Rule = Callable[[Requests], bool]
PROGRAMS: dict[str, tuple[list[str], Rule]] = {
    "two keys": (["put a 1", "put b 2"], every_key_is_there),
    "a close and a change": (["end", "put a 1"], every_key_is_there),
    "a conflict": (["swap k 1", "swap k 2"], one_swap_was_made),
    "two counts": (["count a", "count b"], counted_twice),
    "two takes": (["pop a", "pop b"], one_has_taken_it),
}


@pytest.mark.parametrize("name", PROGRAMS)
def test_every_interleaving_of_two_requests_is_right(explore: Explorer, name: str) -> None:
    """No schedule loses a change, counts twice, or takes twice."""
    program, rule = PROGRAMS[name]
    explore.must_survive(program, over(WebSessions), sessions=(), at_rest=rule)


@pytest.mark.parametrize("name", PROGRAMS)
def test_in_two_sections_each_of_them_is_found(explore: Explorer, name: str) -> None:
    """The same programs find the store that reads in one section and writes in another."""
    program, rule = PROGRAMS[name]
    found = explore.must_find(program, over(InTwoSections), sessions=(), at_rest=rule)
    assert rule.__name__.replace("_", "-") in found.ending.names


def nothing_is_left(requests: Requests) -> bool:
    """Nobody was told anything of the session, or changed it."""
    return not requests.told.peek() and requests.keys() == {}


TOO_LATE = [["put a 1; clean", "put b 2"], ["look a", "clean"], ["pop a", "clean"]]


@pytest.mark.parametrize("program", TOO_LATE)
def test_what_has_expired_is_never_seen_again(explore: Explorer, program: list[str]) -> None:
    """Nobody renews an expired session, whoever comes first; a store that forgets to look is found."""
    explore.must_survive(program, over(WebSessions, 0.5), sessions=(), at_rest=nothing_is_left)
    explore.must_find(program, over(RenewsWhatHasExpired, 0.5), "nothing-is-left", sessions=(), at_rest=nothing_is_left)


def no_row_is_left(requests: Requests) -> bool:
    """Cleanup has removed the row, after the session was closed and before it was used up."""
    requests.store.queued()
    return requests.rows.count() == len(requests.store.queued())


def test_a_cleanup_beside_a_close_leaves_no_row_without_a_place_in_the_queue(explore: Explorer) -> None:
    """The row of a closed session waits for cleanup or is gone."""
    explore.must_survive(["end", "clean"], over(WebSessions), sessions=(), at_rest=no_row_is_left)
