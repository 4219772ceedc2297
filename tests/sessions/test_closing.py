"""Web sessions that are closed while others write: nothing acknowledged is missing in their last data."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count

from session_manager.model import SessionNotFound
from session_manager.sessions.contract import Changes, WebSessions
from session_manager.sessions.stores import Store
from tests.sessions.places import data, login, refusal
from tests.subject.threads import run_together

ROUNDS = 15


class Race:
    """Four threads set a key each, one counts, one takes what it has put there, and two end the session.

    Args:
        workers: the sessions of each thread.
        after: so many acknowledged changes the session is ended.

    Attributes:
        acknowledged: what the session must hold.
        closed: what those who have closed it were given.
        over: whether somebody has been told that it is ended.
    """

    def __init__(self, workers: list[WebSessions], after: int) -> None:
        self._workers = workers
        self._after = after
        self.session_id = login(workers[0])
        self.acknowledged: dict[str, str] = {}
        self.closed: list[dict[str, str]] = []
        self.changes = 0
        self.over = False

    def run(self, end: Callable[[int], None]) -> None:
        """Until each thread has been told that the session is gone, or has ended it."""
        acts = [self.set, self.set, self.set, self.set, self.add, self.take, end, end]
        run_together(partial(act, number) for number, act in enumerate(acts))

    def set(self, number: int) -> None:
        """Set one key to higher and higher numbers."""

        def step(value: int) -> None:
            self._workers[number].change_session(self.session_id, Changes({str(number): str(value)}))
            self.acknowledged[str(number)] = str(value)

        self.go_on(step)

    def add(self, number: int) -> None:
        """Count."""

        def step(_: int) -> None:
            self.acknowledged["n"] = str(self._workers[number].add(self.session_id, "n", 1))

        self.go_on(step)

    def take(self, number: int) -> None:
        """Put a value there, and take it."""

        def step(value: int) -> None:
            if value % 2:
                self._workers[number].change_session(self.session_id, Changes({"once": "x"}))
                self.acknowledged["once"] = "x"
            else:
                assert self._workers[number].take(self.session_id, "once") == "x"
                del self.acknowledged["once"]

        self.go_on(step)

    def go_on(self, step: Callable[[int], None]) -> None:
        """Step by step until the session is gone. A step that begins after somebody has ended it must be refused."""
        for value in count(1):
            was_over = self.over
            try:
                step(value)
            except SessionNotFound:
                return
            assert not was_over
            self.changes += 1

    def close(self, number: int) -> None:
        """Close it in the middle of the others' work."""
        self.wait()
        with suppress(SessionNotFound):
            self.closed.append(self._workers[number].close_session(self.session_id).metadata)
            self.over = True

    def delete(self, number: int) -> None:
        """The same without its data."""
        self.wait()
        with suppress(SessionNotFound):
            self._workers[number].delete_session(self.session_id)
            self.over = True

    def wait(self) -> None:
        """For the changes that come first."""
        while self.changes < self._after:
            """The others are at it."""


def test_closing_misses_nothing_that_was_acknowledged(store: Store, workers: list[WebSessions]) -> None:
    """One of two gets exactly what was acknowledged, and nothing is made after it."""
    closed = set()
    for after in range(ROUNDS):
        race = Race(workers, after)
        race.run(race.close)
        assert race.closed == [race.acknowledged]
        assert isinstance(refusal(partial(workers[1].get_session, race.session_id)), SessionNotFound)
        closed.add(race.session_id)
    held = store.sessions.counts()
    assert (held.store, held.statistics, held.queue) == (0, 0, ROUNDS)
    assert store.sessions.census().sessions == {}
    assert store.sessions.sessions_of("user_ann") == []
    assert (store.records.ids(), store.records.count()) == (closed, ROUNDS)
    assert store.sessions.run_cleanup() == ROUNDS
    assert (store.records.ids(), store.records.count()) == (set(), 0)


def test_a_session_that_is_deleted_is_not_made_anew(store: Store, workers: list[WebSessions]) -> None:
    """Nothing is made after a delete, and another session of the user stays."""
    kept = login(workers[0], k="1")
    for after in range(ROUNDS):
        race = Race(workers, after)
        race.run(race.delete)
        assert isinstance(refusal(partial(workers[0].get_session, race.session_id)), SessionNotFound)
    held = store.sessions.counts()
    assert (held.store, held.queue) == (1, ROUNDS)
    assert store.sessions.sessions_of("user_ann") == [kept]
    assert set(store.sessions.census().sessions) == {kept}
    assert data(store.sessions, kept) == {"k": "1"}
    assert store.sessions.run_cleanup() == ROUNDS
    assert store.records.ids() == {kept}
