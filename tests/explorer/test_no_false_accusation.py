"""Whom the explorer must not accuse: right managers of many styles, each with a twin that is wrong and is found."""

from __future__ import annotations

from typing import Any, cast

from racelab.explorer.fixture import Explorer
from session_manager.model import Census, CleanupFailed, Counts, SessionData, SessionNotFound, SessionStats
from session_manager.sync import Runtime
from tests.explorer.rights import Right, a_lock, right, with_init
from tests.explorer.toys import INCREMENTS


def test_what_is_read_before_the_first_lock_is_inside_the_call(explore: Explorer) -> None:
    """A read before the first lock belongs to its call; a stale read is found."""

    def looks_first(self: Any) -> int:
        count = len(self._sessions)
        with self.own:
            return count

    def remembers(self: Any) -> int:
        with self.own as own:
            own[0] = own[0] or len(self._sessions)
            return cast(int, own[0])

    program = ["create_session u1 ada", "get_active_count; get_active_count"]
    explore.must_survive(program, with_init(a_lock, get_active_count=looks_first))
    explore.must_find(program, with_init(a_lock, get_active_count=remembers), "not-linearizable")


def test_a_write_from_elsewhere_that_is_refused_is_no_promise(explore: Explorer) -> None:
    """A refused outside write is no promise; an accepted one must be refreshed."""
    write = "write_elsewhere s1 theme dark"
    for other in ("delete_session s1", "increment_access s1", "update_session s1 language de"):
        for manager in ("fixed", right()):
            explore.must_survive([write, other], manager, refresh_at_end=True)
    deaf = right(refresh_from_database=lambda self, session_id: self._database.read(session_id) and None)
    assert explore([write, "increment_access s1"], deaf, refresh_at_end=True).verdict == "found"


def test_threads_in_the_background_may_wait_for_each_other(explore: Explorer) -> None:
    """Background threads may wait for each other, unless both are stuck."""

    def supervised(self: Any) -> None:
        worker = self._runtime.start("worker", self._runtime.signal().wait)
        self._runtime.start("supervisor", worker.join)

    def crossed(self: Any) -> None:
        threads: list[Any] = []
        for name, other in (("one", 1), ("two", 0)):
            threads.append(self._runtime.start(name, lambda other=other: threads[other].join()))

    explore.must_survive(["get_active_count"], with_init(supervised))
    explore.must_find(["get_active_count"], with_init(crossed), "deadlock")


def test_cleanup_may_wait_for_cleanup_and_a_logout_may_not(explore: Explorer) -> None:
    """A mutex around a whole cycle is judged by who has to wait for it."""

    def run_cleanup(self: Any) -> int:
        with self.own:
            return Right.run_cleanup(self)

    def delete_session(self: Any, session_id: str) -> None:
        with self.own:
            Right.delete_session(self, session_id)

    world: dict[str, Any] = {"sessions": ("s1", "c2", "c4"), "closed": ("c2", "c4"), "watch": ("delete-waits",)}
    mutex = with_init(a_lock, run_cleanup=run_cleanup)
    explore.must_survive(["run_cleanup", "run_cleanup"], mutex, **world)
    explore.must_survive(["delete_session s1", "run_cleanup"], mutex, **world)
    shared = with_init(a_lock, run_cleanup=run_cleanup, delete_session=delete_session)
    explore.must_find(["delete_session s1", "run_cleanup"], shared, "delete-waits", **world)


def test_what_a_task_asked_the_database_before_it_took_a_lock_is_no_wait(explore: Explorer) -> None:
    """Only calls of the database inside of the section make others wait."""

    def shortly(self: Any, session_id: str) -> None:
        with self.own:
            self._runtime.nap(0.01)
        Right.delete_session(self, session_id)

    def long(self: Any, session_id: str) -> None:
        with self.own:
            self._database.read(session_id), self._database.read(session_id)
            self._runtime.nap(0.01)
        Right.delete_session(self, session_id)

    program = ["increment_access s1; increment_access s1; delete_session s1", "delete_session s2"]
    world: dict[str, Any] = {"sessions": ("s1", "s2"), "watch": ("delete-waits",), "bound": 1}
    explore.must_survive(program, with_init(a_lock, delete_session=shortly), **world)
    explore.must_find(program, with_init(a_lock, delete_session=long), "delete-waits", **world)


class Counted:
    """Two numbers behind one lock that change in two steps, and somebody who counts.

    Args:
        looks: whether `counts()` reads without the lock.
    """

    looks = False

    def __init__(self, database: Any, runtime: Runtime) -> None:
        self._runtime, self._numbers = runtime, runtime.lock("numbers", [0, 0])

    def add(self) -> None:
        with self._numbers as numbers:
            numbers[0] += 1
            self._runtime.nap(0.01)
            numbers[1] += 1

    def counts(self) -> Counts:
        if self.looks:
            first, second = self._numbers.peek()
            return Counts(first, second, 0, 0, None)
        with self._numbers as numbers:
            return Counts(numbers[0], numbers[1], 0, 0, None)

    def census(self) -> Census:
        return Census({}, [], [], SessionStats())


class CountedByLooking(Counted):
    looks = True


def test_a_count_that_has_to_wait_does_not_look_into_a_section(explore: Explorer) -> None:
    """Counts read under a lock agree; without a lock they differ between steps."""
    world: dict[str, Any] = {"sessions": (), "watch": ("uncounted-session",), "at_rest": lambda manager: True}
    explore.must_survive(["add"], cast(Any, Counted), **world)
    explore.must_find(["add"], cast(Any, CountedByLooking), "uncounted-session", **world)


def test_a_manager_may_try_ten_times(explore: Explorer) -> None:
    """Cleanup may try ten times, and a row that is retried for ever is a leak."""

    def patient(most: int) -> Any:
        return lambda database, runtime: Right(database, runtime, max_attempts=most, backoff=0.001)

    explore.must_survive("cleanup-leak", patient(10))
    explore.must_find("cleanup-leak", patient(1_000), "cleanup-leak")


def test_a_thread_that_is_started_at_the_end_runs(explore: Explorer) -> None:
    """Cleanup may hand a row to a thread of its own, whether or not it waits for it."""

    def in_a_thread(waits: bool, works: bool) -> Any:
        def remove(self: Any) -> None:
            if works:
                Right.run_cleanup(self)

        def run_cleanup(self: Any) -> int:
            thread = self._runtime.start("cleanup", lambda: remove(self))
            if waits:
                thread.join()
            return 0

        return right(run_cleanup=run_cleanup)

    world: dict[str, Any] = {"sessions": ("s1", "c2"), "closed": ("c2",)}
    for waits, cycles in ((True, 1), (False, 2)):
        explore.must_survive(["delete_session c2"], in_a_thread(waits, works=True), sessions=("c2",), cycles=cycles)
    explore.must_find(["get_active_count"], in_a_thread(True, works=False), "cleanup-leak", cycles=2, **world)


class InMemory:
    """A store without rows: one lock around a dictionary. Sessions expire after `ttl` seconds."""

    ttl = float("inf")
    at_once = True

    def __init__(self, database: Any, runtime: Runtime) -> None:
        self._runtime, self._kept = runtime, runtime.lock("store", dict[str, tuple[float, SessionData]]())

    def create_session(self, user_id: str, username: str) -> str:
        session_id, now = self._runtime.new_id(), self._runtime.now()
        with self._kept as kept:
            kept[session_id] = self._runtime.monotonic(), SessionData(session_id, user_id, username, now, now)
        return session_id

    def increment_access(self, session_id: str) -> int:
        with self._kept as kept:
            data = self._find(kept, session_id)
            count = data.access_count + 1
            if self.at_once:
                data.access_count = count
        if not self.at_once:
            with self._kept as kept:
                self._find(kept, session_id).access_count = count
        return count

    def run_cleanup(self) -> int:
        with self._kept as kept:
            old = [name for name, (opened, _) in kept.items() if self._runtime.monotonic() - opened > self.ttl]
            for name in old:
                del kept[name]
        return 0

    def census(self) -> Census:
        kept = {name: data for name, (_, data) in self._kept.peek().items()}
        return Census(kept, [], [], SessionStats(active_sessions=len(kept)))

    def counts(self) -> Counts:
        return Counts(len(self._kept.peek()), len(self._kept.peek()), 0, 0, None)

    @staticmethod
    def _find(kept: dict[str, tuple[float, SessionData]], session_id: str) -> SessionData:
        if session_id not in kept:
            raise SessionNotFound(session_id)
        return kept[session_id][1]


def test_a_manager_without_rows_is_judged_by_what_it_promises(explore: Explorer) -> None:
    """No row is required of it, and a lost increment is still found."""
    explore.must_survive(INCREMENTS, cast(Any, InMemory), watch=("counts-differ",))
    gap = cast(Any, type("Gap", (InMemory,), {"at_once": False}))
    explore.must_find(INCREMENTS, gap, "lost-update")


def test_sessions_may_expire_while_the_clock_moves(explore: Explorer) -> None:
    """A session that expires at the end is not lost; an earlier loss is found."""
    expiring = cast(Any, type("Expiring", (InMemory,), {"ttl": 1.0}))
    explore.must_survive(INCREMENTS, expiring, cycles=3)
    gap = cast(Any, type("Gap", (InMemory,), {"ttl": 1.0, "at_once": False}))
    explore.must_find(INCREMENTS, gap, "lost-update", cycles=3)


def test_what_a_manager_has_for_its_own_use_may_stand_in_a_program(explore: Explorer) -> None:
    """`recover`, `counts` and the like may stand in a program and change nothing."""
    for program in (["recover; increment_access s1"], ["counts; queued; census", "create_session u ada"]):
        explore.must_survive(program, right())
    explore.must_survive(["increment_access s1; clear"], right())
    broken = right(recover=lambda self: self._tables.__enter__() and 0)
    assert explore(["recover", "increment_access s1"], broken).verdict == "found"


def test_a_row_that_cannot_be_removed_is_not_the_managers_fault(explore: Explorer) -> None:
    """Dead letters are no leak, and an error that cleanup raises is a crash."""
    world: dict[str, Any] = {"sessions": ("odd", "even"), "closed": ("odd",), "cycles": 6}
    explore.must_survive(["increment_access even"], right(), **world)

    def run_cleanup(self: Any) -> int:
        raise CleanupFailed("odd")

    explore.must_find(["increment_access even"], right(run_cleanup=run_cleanup), "crash", **world)
