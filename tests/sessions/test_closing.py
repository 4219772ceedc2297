"""Web sessions that are closed while others write: nothing acknowledged is missing in their last data."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count

from session_manager.model import SessionNotFound
from session_manager.sessions.contract import Changes, WebSessions
from tests.sessions.places import data, login, refusal
from tests.subject.threads import run_together

ROUNDS = 15


class Race:
    """Four threads set a key each, one counts, one takes what it has put there, and two close the session.

    Args:
        workers: the sessions of each thread.
        after: so many acknowledged changes the session is closed.

    Attributes:
        acknowledged: what the session must hold.
        closed: what those who have closed it were given.
    """

    def __init__(self, workers: list[WebSessions], after: int) -> None:
        self._workers = workers
        self._after = after
        self.session_id = login(workers[0])
        self.acknowledged: dict[str, str] = {}
        self.closed: list[dict[str, str]] = []
        self.changes = 0

    def run(self) -> None:
        """Until each thread has been told that the session is gone, or has closed it."""
        acts: list[Callable[[int], None]] = [self.set, self.set, self.set, self.set, self.add, self.take]
        run_together(partial(act, number) for number, act in enumerate([*acts, self.close, self.close]))

    def set(self, number: int) -> None:
        """Set one key to higher and higher numbers."""
        with suppress(SessionNotFound):
            for value in count(1):
                self._workers[number].change_session(self.session_id, Changes({str(number): str(value)}))
                self.acknowledged[str(number)] = str(value)
                self.changes += 1

    def add(self, number: int) -> None:
        """Count."""
        with suppress(SessionNotFound):
            while True:
                self.acknowledged["n"] = str(self._workers[number].add(self.session_id, "n", 1))

    def take(self, number: int) -> None:
        """Put a value there, and take it."""
        with suppress(SessionNotFound):
            while True:
                self._workers[number].change_session(self.session_id, Changes({"once": "x"}))
                self.acknowledged["once"] = "x"
                assert self._workers[number].take(self.session_id, "once") == "x"
                del self.acknowledged["once"]

    def close(self, number: int) -> None:
        """Close it in the middle of the others' work."""
        while self.changes < self._after:
            """They are at it."""
        with suppress(SessionNotFound):
            self.closed.append(self._workers[number].close_session(self.session_id).metadata)


def test_closing_misses_nothing_that_was_acknowledged(workers: list[WebSessions]) -> None:
    """The last data is exactly what was acknowledged, one of two gets it, and nothing is made after it."""
    for after in range(ROUNDS):
        race = Race(workers, after)
        race.run()
        assert race.closed == [race.acknowledged]
        assert isinstance(refusal(partial(workers[1].get_session, race.session_id)), SessionNotFound)
    one = workers[0]
    held = one.counts()
    assert (held.store, held.statistics, held.queue) == (0, 0, ROUNDS)
    assert one.census().sessions == {}
    assert one.sessions_of("user_ann") == []
    assert one.run_cleanup() == ROUNDS


def test_a_session_that_is_deleted_is_not_made_anew(workers: list[WebSessions]) -> None:
    """The same for a delete, which tells no data; another session of the user keeps its own."""
    kept = login(workers[0], k="1")
    for after in range(ROUNDS):
        race = Race(workers, after)
        delete = partial(workers[7].delete_session, race.session_id)
        jobs = [partial(race.set, number) for number in range(4)] + [partial(race.add, 4), partial(race.take, 5)]
        run_together([*jobs, delete])
        assert isinstance(refusal(partial(workers[0].get_session, race.session_id)), SessionNotFound)
    one = workers[0]
    assert (one.counts().store, one.counts().queue) == (1, ROUNDS)
    assert one.sessions_of("user_ann") == [kept]
    assert set(one.census().sessions) == {kept}
    assert data(one, kept) == {"k": "1"}
