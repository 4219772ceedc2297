"""What the explorer must not pass: managers that are wrong or unknown in one way, with right twins."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, cast

import pytest
from _pytest.outcomes import Failed

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.subject import Maker
from session_manager.model import (
    SessionError,
    SessionNotFound,
)
from tests.explorer.rights import Right, a_lock, always, right, with_init
from tests.explorer.toys import INCREMENTS

CREATES = ["create_session u1 ada", "create_session u2 bob"]


def verdicts(explore: Explorer, program: Any, makers: dict[str, Maker], **options: Any) -> dict[str, str]:
    """The verdict on each manager."""
    return {name: explore(program, maker, **options).verdict for name, maker in makers.items()}


def test_an_operation_that_meets_no_point_cannot_be_judged(explore: Explorer) -> None:
    """A counter beside all locks is never a pass; behind a lock, or peeked at, it is."""

    def beside(self: Any) -> int:
        return cast(int, self.own_count)

    def behind(self: Any) -> int:
        with self.own as own:
            return cast(int, own[0])

    def peeked(self: Any) -> int:
        return len(self.own.peek())

    told = explore(["queue_length"], with_init(lambda self: setattr(self, "own_count", 0), queue_length=beside))
    assert told.verdict == "cannot tell"
    assert "queue_length took nothing that could be observed" in told.unsure
    makers = {name: with_init(a_lock, queue_length=read) for name, read in (("lock", behind), ("peek", peeked))}
    assert set(verdicts(explore, ["queue_length"], makers, at_rest=always).values()) == {"none"}


def test_a_lock_that_is_still_held_at_the_end_is_found(explore: Explorer) -> None:
    """A refused call that keeps its lock is found, and with a release it passes."""

    def keeps(self: Any) -> int:
        self.own.__enter__()
        return 0

    def releases(self: Any) -> int:
        with self.own:
            return 0

    explore.must_find(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=keeps), "lock-held")
    explore.must_survive(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=releases))


def test_a_second_release_is_a_crash(explore: Explorer) -> None:
    """Real locks raise RuntimeError where one is released that is not held."""

    def twice(self: Any) -> int:
        with self.own:
            self.own.__exit__(None, None, None)
        return 0

    def once(self: Any) -> int:
        with self.own:
            return 0

    explore.must_find(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=twice), "crash")
    explore.must_survive(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=once))


def test_set_up_and_the_end_really_wait(explore: Explorer) -> None:
    """A lock taken twice in set-up or at the end deadlocks, unless reentrant."""

    def prepared(kind: str) -> Callable[[Any], None]:
        return lambda self: setattr(self, "own", getattr(self._runtime, kind)("own", None))

    def create_session(self: Any, user_id: str, username: str) -> str:
        with self.own, self.own:
            return Right.create_session(self, user_id, username)

    def run_cleanup(self: Any) -> int:
        with self.own, self.own:
            return Right.run_cleanup(self)

    for method in (create_session, run_cleanup):
        members = {method.__name__: method}
        found = explore(["delete_session s1"], with_init(prepared("lock"), **members), cycles=3)
        assert set(found.witnesses) == {"deadlock"}, method.__name__
        assert found.witness is not None
        assert "its own lock of the own" in found.witness.ending.anomalies[0].sentence
        explore.must_survive(["delete_session s1"], with_init(prepared("rlock"), **members), cycles=3)


def test_a_thread_that_never_ends_and_is_waited_for_is_a_deadlock(explore: Explorer) -> None:
    """A join waits for the thread; one that ends lets it go on."""

    def joins(sets: bool) -> Maker:
        def get_cleanup_queue_size(self: Any) -> int:
            signal = self._runtime.signal()
            thread = self._runtime.start("helper", signal.wait)
            if sets:
                signal.set()
            thread.join()
            return 0

        return right(get_cleanup_queue_size=get_cleanup_queue_size)

    explore.must_find(["get_cleanup_queue_size"], joins(sets=False), "deadlock")
    explore.must_survive(["get_cleanup_queue_size"], joins(sets=True))


def kept_in_python(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A place that no look at the author's own modules finds: a module of Python's."""
    monkeypatch.setattr(sys, "_of_this_test", {}, raising=False)
    return cast(dict[str, Any], vars(sys)["_of_this_test"])


def test_what_belongs_to_an_ended_execution_is_never_used_again(
    explore: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A lock kept in a module is cannot tell in every exploration."""
    kept_in_python(monkeypatch)

    def kept(self: Any) -> None:
        self.own = vars(sys)["_of_this_test"].setdefault("lock", self._runtime.lock("kept", [0]))

    def reads(self: Any) -> int:
        with self.own as own:
            return cast(int, own[0])

    for _ in range(3):
        told = explore(["get_cleanup_queue_size"], with_init(kept, get_cleanup_queue_size=reads))
        assert told.verdict == "cannot tell"
        assert "an execution that is over" in told.unsure
    explore.must_survive(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=reads))


def test_a_witness_that_does_not_repeat_is_not_reported(explore: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """A witness that does not repeat is cannot tell; one that repeats is found."""
    kept_in_python(monkeypatch)

    def counts_on(self: Any, session_id: str) -> int:
        counted = vars(sys)["_of_this_test"]
        with self.own:
            counted["calls"] = counted.get("calls", 0) + 1
            return cast(int, counted["calls"])

    told = explore(["increment_access s1"], with_init(a_lock, increment_access=counts_on))
    assert told.verdict == "cannot tell"
    assert "led elsewhere the second time" in told.unsure
    assert not told.witnesses

    def loses(self: Any, session_id: str) -> int:
        with self._find(session_id) as session:
            count = session.data.access_count + 1
        with self._find(session_id) as session:
            session.data.access_count = count
        return cast(int, count)

    assert explore(INCREMENTS, right(increment_access=loses)).verdict == "found"


def test_an_unknown_outcome_without_a_fault_is_found(explore: Explorer) -> None:
    """An unknown outcome without a fault is found; a definite refusal passes."""

    class Shrug(SessionError):
        definite = False

    class Refusal(SessionError):
        pass

    def raising(error: type[SessionError]) -> Maker:
        def revoke_session(self: Any, session_id: str) -> None:
            with self._find(session_id):
                raise error

        return right(revoke_session=revoke_session)

    program = ["revoke_session s1", "increment_access s1"]
    explore.must_find(program, raising(Shrug), "unknown-outcome")
    explore.must_survive(program, raising(Refusal))


def test_errors_are_what_they_inherit_from(explore: Explorer) -> None:
    """A session that is there must not be denied, whatever the error is called."""

    class Expired(SessionNotFound):
        pass

    class Busy(SessionError):
        pass

    def denies(error: type[SessionError]) -> Maker:
        def revoke_session(self: Any, session_id: str) -> None:
            with self._find(session_id):
                raise error(session_id)

        return right(revoke_session=revoke_session)

    program = ["revoke_session s1", "increment_access s1"]
    explore.must_find(program, denies(Expired), "not-linearizable")
    explore.must_survive(program, denies(Busy))


def test_cleanup_must_not_claim_a_row_that_cannot_be_removed(explore: Explorer) -> None:
    """Of a row of odd length cleanup says that it removed none; one more is found."""
    claims = right(run_cleanup=lambda self: Right.run_cleanup(self) + 1)
    for closed in (("odd",), ("odd", "c2")):
        world: dict[str, Any] = {"sessions": ("s1", *closed), "closed": closed}
        explore.must_survive(["run_cleanup"], right(), **world)
        explore.must_find(["run_cleanup"], claims, "not-linearizable", **world)


def test_a_session_belongs_to_the_user_who_opened_it(explore: Explorer) -> None:
    """Two logins that exchange their users are found, and correct ones pass."""

    def mixing(mixes: bool) -> Maker:
        def create_session(self: Any, user_id: str, username: str) -> str:
            with self.own as own:
                own[:] = [user_id, username]
            with self.own as own:
                user_id, username = own if mixes else (user_id, username)
            return Right.create_session(self, user_id, username)

        return with_init(a_lock, create_session=create_session)

    explore.must_find(CREATES, mixing(mixes=True), "wrong-user")
    explore.must_survive(CREATES, mixing(mixes=False))


def test_no_error_leaves_the_fixture_raw(explore: Explorer) -> None:
    """An operation that ends with a BaseException has crashed."""

    class Cancelled(BaseException):
        pass

    def cancelled(self: Any) -> int:
        with self.own:
            raise Cancelled

    explore.must_find(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=cancelled), "crash")


def test_states_are_merged_only_where_nothing_changes_beside_the_locks(explore: Explorer) -> None:
    """A manager that writes beside its locks is explored without merging."""

    def counts_beside(self: Any) -> int:
        with self.own:
            self.last = "get_active_count"
        return Right.get_active_count(self)

    program = ["get_active_count", "refresh_from_database s1"]
    beside = explore(program, with_init(a_lock, get_active_count=counts_beside), reduce=True)
    behind = explore(program, with_init(a_lock), reduce=True)
    assert "changes 'last' beside its locks" in beside.not_merged
    assert beside.executions == beside.schedules
    assert not behind.not_merged
    assert behind.executions < behind.schedules


def test_a_class_attribute_that_set_up_puts_back_is_no_state_to_merge(explore: Explorer) -> None:
    """A class attribute that set-up resets stops the merging of states."""

    def made(self: Any, database: Any, runtime: Any) -> None:
        Right.__init__(self, database, runtime)
        a_lock(self)
        type(self).calls = 0

    def beside(self: Any) -> int:
        with self.own:
            number = type(self).calls
        with self.own:
            type(self).calls = number + 1
        return 1

    def both_counted(manager: Any) -> bool:
        return bool(type(manager).calls == 2)

    maker = right(__init__=made, calls=0, add=beside)
    for reduce in (False, True):
        found = explore(["add", "add"], maker, reduce=reduce, at_rest=both_counted)
        assert set(found.witnesses) == {"both-counted"}, reduce
    assert "'calls', an attribute of the class Mine, changes during an execution" in found.not_merged


def test_a_pass_of_the_lab_needs_an_acknowledged_call(explore: Explorer) -> None:
    """`must_survive` fails with a reason if every call was refused or unobserved."""
    with pytest.raises(Failed, match="took nothing that could be observed"):
        explore.must_survive(["idle"], right(idle=lambda self: None), at_rest=always)
