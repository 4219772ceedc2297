"""On the fixed manager a logout wins over whatever is in flight, and a database that refuses changes nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from session_manager.databases import DatabaseUnavailable
from session_manager.model import Row, RowChangedElsewhere, SessionNotFound
from tests.subject.cases import Cases
from tests.subject.scripted import Outcome, Point, Script, everywhere
from tests.subject.visitors import IN_FLIGHT, Call
from tests.subject.worlds import Failing, Manager, World

CHANGES = {name: IN_FLIGHT[name] for name in ("update", "increment")}


def logout(manager: Manager, session_id: str) -> None:
    """The visitor leaves."""
    manager.delete_session(session_id)


def race(first: Call, second: Call) -> tuple[World, Script, Callable[[], object], Callable[[], object]]:
    """Two operations on an old session, so that reading it fetches."""
    world = World("fixed")
    session_id = world.create()
    world.script.clock += 61
    return world, world.script, lambda: first(world.manager, session_id), lambda: second(world.manager, session_id)


def assert_closed(world: World, outcome: Outcome) -> None:
    """The session is closed everywhere, once, and will be cleaned up."""
    census = world.manager.census()
    assert census.sessions == {}, outcome
    assert len(census.queue) == 1, outcome
    assert world.three_counts() == (0, 0, 0), outcome
    (row,) = world.database.rows()
    assert row.deleted, outcome
    assert world.manager.run_cleanup() == 1, outcome
    assert world.database.count() == 0, outcome


def test_a_logout_wins_over_what_it_comes_in_between() -> None:
    """The operation in flight was finished before the logout, or finds no session."""
    with Cases() as cases:
        for name, call in IN_FLIGHT.items():
            with cases.case(name):
                a_logout_comes_in_between(call)


def a_logout_comes_in_between(call: Call) -> None:
    """The logout at each point of the operation."""
    ends = set()
    for world, outcome in everywhere(lambda: race(call, logout)):
        assert outcome.second is None, outcome
        assert not isinstance(outcome.first, Exception) or isinstance(outcome.first, SessionNotFound), outcome
        (row,) = world.database.rows()
        changed = row.data.access_count > 0
        assert changed == (call in CHANGES.values() and not isinstance(outcome.first, SessionNotFound)), outcome
        ends.add(type(outcome.first))
        assert_closed(world, outcome)
    assert SessionNotFound in ends
    assert len(ends) == 2


def test_a_logout_wins_over_what_comes_in_between_it() -> None:
    """An operation that starts during the logout comes before it, or finds no session."""
    with Cases() as cases:
        for name, call in IN_FLIGHT.items():
            with cases.case(name):
                comes_in_between_a_logout(call)


def comes_in_between_a_logout(call: Call) -> None:
    """The operation at each point of the logout."""
    waited = False
    for world, outcome in everywhere(lambda: race(logout, call)):
        assert outcome.first is None, outcome
        assert not isinstance(outcome.second, Exception) or isinstance(outcome.second, SessionNotFound), outcome
        waited |= outcome.waited
        assert_closed(world, outcome)
    assert waited


def test_a_session_that_is_closed_before_it_is_copied_out_is_not_handed_out() -> None:
    """A session closed before its copy is not returned, and counts no hit."""
    world = World("fixed")
    session_id = world.create()
    outcome = world.script.interleave(
        lambda: world.manager.get_session(session_id),
        lambda: world.manager.delete_session(session_id),
        Point("before", "session"),
    )
    assert isinstance(outcome.first, SessionNotFound)
    assert world.manager.get_stats().cache_hits == 0
    assert_closed(world, outcome)


def test_an_operation_on_one_session_does_not_hold_up_another() -> None:
    """Operations on another session never wait for one on this session."""
    for first in (*IN_FLIGHT.values(), logout):

        def build(first: Call = first) -> tuple[World, Script, Callable[[], object], Callable[[], object]]:
            world, script, operation, _ = race(first, logout)
            other = world.create()

            def use() -> int:
                world.manager.update_session(other, "b", "2")
                return world.manager.increment_access(other)

            return world, script, operation, use

        for _, outcome in everywhere(build):
            assert (outcome.second, outcome.waited) == (2, False), outcome


def stolen(world: World, session_id: str) -> None:
    """Another process changes the row."""
    row = world.database.row(session_id)
    assert row is not None
    row.version += 1
    row.data.metadata["theirs"] = "1"
    assert world.database.save(row)


def test_a_row_that_another_process_changed_is_not_overwritten() -> None:
    """The caller gets an error, no row changes, and the next call succeeds."""
    with Cases() as cases:
        for name, call in CHANGES.items():
            with cases.case(name):
                is_not_overwritten(call)


def is_not_overwritten(call: Call) -> None:
    """The change twice, after another process wrote the row."""
    world = World("fixed")
    session_id = world.create()
    stolen(world, session_id)
    before = list(world.database.rows())
    with pytest.raises(RowChangedElsewhere) as error:
        call(world.manager, session_id)
    assert error.value.definite
    assert list(world.database.rows()) == before
    call(world.manager, session_id)
    row = world.database.row(session_id)
    assert row == Row(world.data(session_id), version=3)
    assert row.data.metadata["theirs"] == "1"


FAILURES: dict[str, tuple[str, Call]] = {
    "create": ("insert", lambda manager, _: manager.create_session("user_bob", "bob")),
    "update": ("save", IN_FLIGHT["update"]),
    "increment": ("save_access", IN_FLIGHT["increment"]),
    "delete": ("mark_deleted", logout),
    "refresh": ("read", IN_FLIGHT["refresh"]),
}


def test_a_database_that_refuses_has_changed_nothing_in_memory() -> None:
    """Memory is as it was, and the same call succeeds when the database answers again."""
    with Cases() as cases:
        for name, (method, call) in FAILURES.items():
            world = World("fixed")
            session_id = world.create()
            before = world.manager.census()
            with cases.case(name):
                with Failing(world, method, after=False), pytest.raises(DatabaseUnavailable):
                    call(world.manager, session_id)
                assert world.manager.census() == before
                assert world.three_counts() == (1, 1, 1)
                call(world.manager, session_id)


def test_a_change_whose_answer_got_lost_does_not_spoil_the_session() -> None:
    """The change took effect; a caller that reads and tries again succeeds."""
    with Cases() as cases:
        for name in CHANGES:
            method, call = FAILURES[name]
            world = World("fixed")
            session_id = world.create()
            with cases.case(name):
                with Failing(world, method, after=True), pytest.raises(DatabaseUnavailable):
                    call(world.manager, session_id)
                with pytest.raises(RowChangedElsewhere):
                    call(world.manager, session_id)
                assert world.manager.get_session(session_id).access_count == 1
                call(world.manager, session_id)
                assert world.data(session_id).access_count == 2


def test_a_logout_whose_answer_got_lost_can_be_repeated() -> None:
    """A logout of unknown outcome can be repeated, and then succeeds."""
    world = World("fixed")
    session_id = world.create()
    with Failing(world, "mark_deleted", after=True), pytest.raises(DatabaseUnavailable):
        world.manager.delete_session(session_id)
    world.manager.delete_session(session_id)
    assert_closed(world, Outcome())


def test_a_login_whose_answer_got_lost_leaves_no_row() -> None:
    """A login of unknown outcome leaves no row, because no client has its id."""
    world = World("fixed")
    with Failing(world, "insert", after=True), pytest.raises(DatabaseUnavailable):
        world.create()
    assert world.three_counts() == (0, 0, 0)
    assert not list(world.database.rows())


def test_a_login_that_cannot_even_be_taken_back_is_left_to_cleanup() -> None:
    """Cleanup removes the row of a login that the database could not undo."""
    world = World("fixed")
    with (
        Failing(world, "insert", after=True),
        Failing(world, "purge", after=False),
        pytest.raises(DatabaseUnavailable),
    ):
        world.create()
    assert world.database.count() == 1
    world.manager.run_cleanup()
    assert world.database.count() == world.manager.get_cleanup_queue_size() == 0


def test_a_database_that_cannot_be_cleared_leaves_everything_as_it_was() -> None:
    """Rows are forgotten first, memory second."""
    with Cases() as cases:
        for variant in ("buggy", "fixed"):
            world = World(variant)
            world.create()
            before = world.manager.census()
            with cases.case(variant):
                with Failing(world, "clear", after=False), pytest.raises(DatabaseUnavailable):
                    world.manager.clear()
                assert world.manager.census() == before
                world.manager.clear()
                assert world.three_counts() == (0, 0, 0)
