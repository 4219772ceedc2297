"""Histories: what may be recorded, what came before what, and how a call reads."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from racelab.checker import Operation, SessionView, precedes, refusal_of, validate
from racelab.checker.history import by_session, meetings, session_of
from session_manager.model import RowChangedElsewhere, SessionData, SessionError, SessionNotFound
from tests.checker.histories import Book, counted

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_what_clients_can_have_done_is_valid() -> None:
    """A history may hold overlaps, unknown outcomes and calls without an answer."""
    book = Book()
    first = book.call("A", "increment_access", "s1")
    book.done("B", "increment_access", "s1", value=1)
    first.returns(2)
    book.failed("A", "delete_session", "s1")
    book.call("A", "get_session", "s1").never_returns()
    validate(book.history)


def test_what_they_cannot_have_done_is_refused_in_words() -> None:
    """No position comes twice, no time runs backwards, no client calls twice at once."""
    stats, cleanup = ("get_stats", ()), ("run_cleanup", ())
    for history, reason in (
        ([Operation("A", *stats, 1, 1, "ok")], "Position 1 is taken twice"),
        ([Operation("A", *stats, 1, 2, "ok"), Operation("B", *stats, 2, 3, "ok")], "taken twice"),
        ([Operation("A", *stats, 2, 1, "ok")], "before its call"),
        ([Operation("A", *stats, 1, None, "ok")], "never returned"),
        ([Operation("A", *stats, 1, 3, "ok"), Operation("A", *cleanup, 2, 4, "ok")], "was running"),
        ([Operation("A", *stats, 1, None, "unknown"), Operation("A", *cleanup, 2, 4, "ok")], "was running"),
    ):
        with pytest.raises(ValueError, match=reason):
            validate(history)


class SessionExpired(SessionNotFound):
    """A manager's own name for the same."""


class Busy(SessionError):
    """An error that the specification does not know."""


def test_an_error_is_known_by_what_it_inherits_from() -> None:
    """A class of a manager's own counts as the nearest class of the model."""
    misnamed = type("SessionNotFound", (Busy,), {})
    for error, name in (
        (SessionNotFound("s1"), "SessionNotFound"),
        (SessionExpired("s1"), "SessionNotFound"),
        (RowChangedElsewhere("s1"), "RowChangedElsewhere"),
        (Busy(), "SessionError"),
        (misnamed(), "SessionError"),
    ):
        assert refusal_of(error) == name, error


def test_only_a_call_that_is_certainly_over_precedes_another() -> None:
    """A call of unknown outcome precedes nothing: it may still take effect."""
    book = Book()
    first = book.call("A", "get_stats")
    during = book.done("B", "get_stats")
    over = first.returns()
    doubtful = book.failed("C", "get_stats")
    last = book.done("A", "get_stats")
    assert precedes(over, last)
    assert not precedes(over, during)
    assert not precedes(during, over)
    assert not precedes(doubtful, last)
    assert precedes(over, doubtful)


def test_calls_meet_if_neither_precedes_the_other() -> None:
    """A call of unknown outcome meets everything that comes after it."""
    book = Book()
    long = book.call("A", "get_stats")
    b = book.done("B", "get_stats")
    a = long.returns()
    doubtful = book.failed("C", "get_stats")
    last = book.done("B", "get_stats")
    assert meetings(book.history) == {
        a.called: [b],
        b.called: [a],
        doubtful.called: [last],
        last.called: [doubtful],
    }


def test_a_create_is_about_the_session_that_it_returned() -> None:
    """A create is about the id that it returned; without an id it is about no session."""
    book = Book()
    assert session_of(book.done("A", "create_session", "user_ann", "ann", value="s1")) == "s1"
    assert session_of(book.failed("A", "create_session", "user_ann", "ann")) is None
    assert session_of(book.call("A", "create_session", "user_ann", "ann").refuses("TooManySessions")) is None
    assert session_of(book.done("A", "run_cleanup", value=0)) is None
    assert session_of(book.done("A", "delete_session", "s1")) == "s1"


def test_a_view_is_what_can_be_seen_of_a_session() -> None:
    """Views are equal if sessions look the same, in whatever order their keys came."""
    data = SessionData("s1", "user_ann", "ann", NOON, NOON, 3, False, {"b": "2", "a": "1"})
    same = replace(data, metadata={"a": "1", "b": "2"})
    assert SessionView.of(data) == SessionView.of(same) == counted(3, False, a="1", b="2")
    for field, value in (("session_id", "s2"), ("user_id", "user_bob"), ("username", "bob"), ("access_count", 4)):
        assert SessionView.of(replace(data, **{field: value})) != SessionView.of(data), field  # type: ignore[arg-type]
    assert str(SessionView.of(data)) == "count 3, metadata {'a': '1', 'b': '2'}, not authenticated"


def test_a_call_reads_as_a_phrase() -> None:
    """A call reads as its client, its method and how it ended."""
    book = Book()
    told = [
        book.done("A", "update_session", "s1", "theme", "dark"),
        book.done("B", "increment_access", "s1", value=3),
        book.call("B", "get_session", "s1").refuses(),
        book.failed("A", "get_stats"),
    ]
    assert list(map(str, told)) == [
        "A's update_session('s1', 'theme', 'dark')",
        "B's increment_access('s1'), answered with 3",
        "B's get_session('s1'), refused with SessionNotFound",
        "A's get_stats(), whose outcome is unknown",
    ]


def test_operations_of_a_session_come_in_the_order_of_their_calls() -> None:
    """Positions decide, and not the sequence in which a history is given."""
    book = Book()
    first = book.done("A", "increment_access", "s1", value=1)
    second = book.done("B", "increment_access", "s1", value=2)
    other = book.done("A", "increment_access", "s2", value=1)
    for history in ([first, second, other], [other, second, first]):
        assert by_session(history) == {"s1": [first, second], "s2": [other]}
