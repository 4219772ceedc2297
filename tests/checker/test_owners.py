"""Whose session is whose: each place where a session can be another user's, and what is no mix-up."""

from __future__ import annotations

from racelab.checker import RowView, State
from tests.checker.histories import ONE_OPEN, USERS, Book, counted, fresh
from tests.checker.worlds import at_rest, found, names

ANN, BOB = USERS
ANNS, BOBS = fresh("new", ANN), fresh("new", BOB)


def opened_for_ann() -> Book:
    """A history in which Ann was told the id of her new session."""
    book = Book()
    book.done("A", "create_session", *ANN, value="new")
    return book


def test_a_session_of_another_user_is_a_mix_up_wherever_it_is_seen() -> None:
    """The store, the row and an answer are each held against the create."""
    asked = opened_for_ann()
    asked.done("B", "get_session", "new", value=BOBS)
    other = opened_for_ann()
    other.done("B", "get_session", "new", value=fresh("s1"))
    right, row = at_rest({"new": ANNS}), {"new": RowView(BOBS)}
    for where, book, rest in (
        ("the store", opened_for_ann(), at_rest({"new": BOBS}, rows={"new": RowView(ANNS)})),
        ("the row", opened_for_ann(), at_rest({"new": ANNS}, rows=row)),
        ("the answer", asked, right),
        ("the answer, with another session", other, right),
    ):
        anomaly = found(book, rest, State())[0]
        assert (anomaly.name, anomaly.term) == ("wrong-user", "session mix-up"), where
        assert anomaly.operations == tuple(book.history), where
    assert names(opened_for_ann(), right, State()) == []


def test_a_mix_up_says_who_was_promised_what_and_what_was_seen() -> None:
    """Store and row that agree on the wrong user are one finding."""
    (anomaly,) = found(opened_for_ann(), at_rest({"new": BOBS}), State())
    assert anomaly.sentence == (
        "A's create_session opened session 'new' of user 'user_ann' (ann); "
        "the store holds session 'new' of user 'user_bob' (bob); the row holds session 'new' of user 'user_bob' (bob)."
    )


def test_a_session_keeps_the_user_that_it_had_at_the_beginning() -> None:
    """A session of the initial state needs no create to be held against."""
    begin = State.of({"s1": fresh("s1", BOB)})
    assert names(Book(), at_rest({"s1": fresh("s1", BOB)}), begin) == []
    assert names(Book(), at_rest({"s1": fresh("s1", ANN)}), begin) == ["wrong-user"]


def test_an_id_that_two_creates_were_answered_with_is_a_mix_up_for_one_of_them() -> None:
    """One session cannot belong to two users."""
    book = opened_for_ann()
    bobs = book.done("B", "create_session", *BOB, value="new")
    (anomaly,) = found(book, at_rest({"new": ANNS}), State())
    assert (anomaly.name, anomaly.operations) == ("wrong-user", (bobs,))


def test_memory_and_row_of_two_users_differ() -> None:
    """A session and its row that name two users are named as that too."""
    told = found(Book(), at_rest({"s1": fresh("s1")}, rows={"s1": RowView(fresh("s1", BOB))}))
    assert [one.name for one in told] == ["wrong-user", "memory-and-row-differ"]
    assert told[1].sentence == (
        "Session 's1': memory has session 's1' of user 'user_ann' (ann); "
        "the row has session 's1' of user 'user_bob' (bob)."
    )


def test_what_nobody_was_promised_is_no_mix_up() -> None:
    """A create of unknown outcome and the row of a closed session promise no user."""
    doubtful = Book()
    doubtful.failed("A", "create_session", *ANN)
    assert names(doubtful, at_rest({"new": BOBS}), State()) == []
    closed = Book()
    closed.done("A", "delete_session", "s1")
    emptied = counted(0)._replace(user_id="", username="")
    assert names(closed, at_rest({}, rows={"s1": RowView(emptied, deleted=True)}, queue=["s1"]), ONE_OPEN) == []
