"""The specification: each method's effect, each answer that it allows, and each that it does not."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest

from racelab.checker import Operation, SessionView, State, refusal_of, step
from racelab.checker.history import OF_NO_SESSION, UNSPECIFIED
from racelab.checker.specification import EFFECTS, READS, hopeless
from session_manager import buggy, fixed
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.model import Manager, SessionData, SessionError, SessionStats
from session_manager.state import State as Tables
from session_manager.sync import ThreadRuntime
from tests.checker.histories import (
    FRESH,
    ON_ALL,
    ON_SESSIONS,
    ONE_OPEN,
    USERS,
    Book,
    Play,
    allowed,
    counted,
    fresh,
    opened,
)

BOB = USERS[1]
BUSY = replace(State.of({"odd": counted(2, of="odd"), "s1": counted(4, theme="dark")}), removable=2, stuck=1)


def ok(method: str, *arguments: str, value: object = None) -> Operation:
    """A call that ended well."""
    return Book().done("A", method, *arguments, value=value)


def test_a_change_changes_one_session() -> None:
    """A change leaves every other session, and the rows, as they were."""
    for operation, name, after in (
        (ok("create_session", *BOB, value="new"), "new", fresh("new", BOB)),
        (ok("update_session", "odd", "k", "v"), "odd", counted(3, of="odd", k="v")),
        (ok("update_session", "s1", "theme", "l"), "s1", counted(5, theme="l")),
        (ok("increment_access", "odd", value=3), "odd", counted(3, of="odd")),
        (ok("revoke_session", "odd"), "odd", counted(2, False, of="odd")),
    ):
        sessions = State.of({**dict(BUSY.sessions), name: after}).sessions
        assert step(BUSY, operation) == (replace(BUSY, sessions=sessions),), operation


def test_a_delete_leaves_a_row_that_cleanup_can_remove_or_cannot() -> None:
    """The length of its id decides whether the row of a deleted session is stuck."""
    (left,) = step(BUSY, ok("delete_session", "s1"))
    assert left == State((("odd", counted(2, of="odd")),), removable=3, stuck=1)
    (empty,) = step(left, ok("delete_session", "odd"))
    assert empty == State(removable=3, stuck=2)


def test_a_read_changes_nothing() -> None:
    """The same object comes back; of the queue's size only the bounds are specified."""
    for operation in (
        ok("get_session", "s1", value=counted(4, theme="dark")),
        ok("refresh_from_database", "s1"),
        ok("get_active_count", value=2),
        ok("get_stats", value=2),
        ok("get_stats", value=SessionStats(total_sessions=9, active_sessions=2, cache_hits=5)),
        *(ok("get_cleanup_queue_size", value=size) for size in range(4)),
        ok("run_cleanup", value=0),
    ):
        assert [after is BUSY for after in step(BUSY, operation)] == [True], operation


def test_a_wrong_answer_is_not_allowed() -> None:
    """No state follows an answer that contradicts the state."""
    for operation in (
        ok("create_session", "u", "n", value="s1"),
        ok("create_session", "u", "n"),
        ok("get_session", "s1", value=counted(4)),
        ok("get_session", "s1", value=counted(4, theme="dark")._replace(user_id="user_bob")),
        ok("get_session", "s1", value=counted(4, theme="dark", of="odd")),
        ok("get_session", "gone", value=FRESH),
        ok("get_session", "s1"),
        ok("update_session", "gone", "k", "v"),
        ok("increment_access", "s1", value=4),
        ok("increment_access", "s1", value=6),
        ok("increment_access", "gone", value=1),
        ok("delete_session", "gone"),
        ok("refresh_from_database", "gone"),
        ok("revoke_session", "gone"),
        ok("run_cleanup", value=3),
        ok("run_cleanup", value=-1),
        ok("run_cleanup"),
        ok("get_active_count", value=3),
        ok("get_stats", value=SessionStats(active_sessions=3)),
        ok("get_cleanup_queue_size", value=4),
        ok("get_cleanup_queue_size", value=-1),
    ):
        assert step(BUSY, operation) == (), operation


def test_cleanup_removes_as_many_as_it_says() -> None:
    """A row that one cleanup has removed is not removed by the next."""
    (left,) = step(BUSY, ok("run_cleanup", value=2))
    assert left == replace(BUSY, removable=0)
    assert step(left, ok("run_cleanup", value=1)) == ()


ON_ONE = sorted(EFFECTS.keys() - set(OF_NO_SESSION))


def test_methods_for_a_manager_at_rest_change_nothing_but_clear_which_empties_it() -> None:
    """`clear` ends all sessions, and `recover`, `counts` and the like change none."""
    for method in UNSPECIFIED:
        assert step(BUSY, ok(method, value=object())) == (BUSY,), method
    assert step(BUSY, ok("clear")) == (State(),)


def arguments_of(method: str, session_id: str) -> tuple[str, ...]:
    """As many as the method takes."""
    return (session_id, "k", "v") if method == "update_session" else (session_id,)


def test_a_manager_may_deny_a_session_only_if_it_is_gone() -> None:
    """Every other definite refusal is allowed at any time, and changes nothing."""
    for method in ON_ONE:
        for session_id, error, fine in (
            ("gone", "SessionNotFound", True),
            ("s1", "SessionNotFound", False),
            ("s1", "RowChangedElsewhere", True),
            ("gone", "TooManyKeys", True),
        ):
            refused = Book().call("A", method, *arguments_of(method, session_id)).refuses(error)
            assert step(BUSY, refused) == ((BUSY,) if fine else ()), refused


def test_an_unknown_outcome_allows_no_effect_and_the_effect() -> None:
    """A call of unknown outcome has its effect or none; on no session it has none."""
    for method in ON_ONE:
        doubtful = Book().failed("A", method, *arguments_of(method, "s1"))
        value = {"increment_access": 5, "get_session": counted(4, theme="dark")}.get(method)
        effect = step(BUSY, replace(doubtful, answer="ok", value=value))
        assert set(step(BUSY, doubtful)) == {BUSY, *effect}, method
        assert step(BUSY, Book().failed("A", method, *arguments_of(method, "gone"))) == (BUSY,), method


def test_an_opening_of_unknown_outcome_may_count_and_may_leave_a_row() -> None:
    """A create of unknown outcome left a session, a row for cleanup, or nothing."""
    states = step(BUSY, Book().failed("A", "create_session", "u", "n"))
    assert states == (BUSY, replace(BUSY, removable=3), replace(BUSY, unnamed=1))
    assert [bool(step(state, ok("get_active_count", value=3))) for state in states] == [False, False, True]


def test_a_call_about_all_sessions_that_said_nothing_tells_nothing() -> None:
    """What a cleanup that died has removed is not known: the bounds stay."""
    for method in ("run_cleanup", "get_stats", "get_active_count", "get_cleanup_queue_size"):
        assert step(BUSY, Book().failed("A", method)) == (BUSY,), method


def test_a_method_that_is_not_specified_is_an_error() -> None:
    """The error for an unknown method says which methods there are."""
    with pytest.raises(ValueError, match=r"no method 'get_sesion'. It has: create_session"):
        step(BUSY, ok("get_sesion", "s1"))


def test_what_is_called_a_read_never_changes_anything() -> None:
    """Exactly the methods that are called reads have no effect."""
    for method, arguments in [*((m, arguments_of(m, "s1")) for m in ON_ONE), *((m, ()) for m in ON_ALL)]:
        changed = len(step(BUSY, Book().failed("A", method, *arguments))) > 1
        assert changed == (method not in (*READS, "run_cleanup")), method


def test_a_count_that_was_passed_never_comes_back() -> None:
    """Only an answer with a count that was passed has no hope."""
    assert hopeless(BUSY, ok("increment_access", "s1", value=4))
    assert hopeless(BUSY, ok("get_session", "s1", value=counted(3)))
    assert not hopeless(BUSY, ok("increment_access", "s1", value=5))
    assert not hopeless(BUSY, ok("get_session", "s1", value=counted(4)))
    assert not hopeless(BUSY, ok("get_session", "gone", value=counted(4)))
    assert not hopeless(BUSY, ok("get_active_count", value=0))
    assert not hopeless(ONE_OPEN, Book().call("A", "get_session", "s1").refuses())


def test_it_follows_a_plain_model_call_by_call() -> None:
    """The specification allows what a plain model, written without it, answers."""
    for seed in range(200):
        play = Play(Random(seed), (*ON_SESSIONS, *ON_ALL), clients=1, calls=12, doubt=0.0)
        assert allowed(play.play(), opened("s1", "s2x"))


def as_told(manager: Manager, method: str, arguments: tuple[str, ...]) -> tuple[str, object]:
    """How a call of a real manager ends."""
    try:
        value = getattr(manager, method)(*arguments)
    except SessionError as error:
        return "refused", refusal_of(error)
    return "ok", SessionView.of(value) if isinstance(value, SessionData) else value


def test_it_follows_the_real_managers_called_one_at_a_time() -> None:
    """Called one at a time, the buggy manager makes no mistake either."""
    runtime = ThreadRuntime()
    database = MemoryDatabase(runtime, DatabaseDials(latency=0.0))
    assert follows(fixed.SessionManager(database, runtime, backoff=0.0)), "fixed"
    database = MemoryDatabase(runtime, DatabaseDials(latency=0.0))
    assert follows(buggy.SessionManager(database, Tables.private(runtime), runtime)), "buggy"


def follows(manager: Manager) -> bool:
    """Whether the specification allows three hundred calls of a manager, one after another."""
    chance, book, ids = Random(5), Book(), ["never-there"]
    for _ in range(300):
        method = chance.choice([name for name in (*ON_SESSIONS, *ON_ALL, *ON_ALL) if hasattr(manager, name)])
        arguments = USERS[0] if method == "create_session" else arguments_of(method, chance.choice(ids))
        called = () if method in ON_ALL[1:] else arguments
        answer, value = as_told(manager, method, called)
        running = book.call("A", method, *called)
        running.returns(value) if answer == "ok" else running.refuses(str(value))
        if method == "create_session":
            ids.append(str(value))
    return allowed(book.history, State())
