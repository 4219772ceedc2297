"""What must hold between a manager and its rows: each rule found broken and found kept, and what is never promised."""

from __future__ import annotations

from racelab.checker import RowView
from tests.checker.histories import FRESH, USERS, Book, counted, fresh, opened
from tests.checker.worlds import at_rest, deleted, found, names

DELETED = RowView(fresh("s1"), deleted=True)
DEAD = RowView(fresh("s1"), deleted=True, dead=True)
UNMARKED = RowView(fresh("s1"))


def test_a_row_that_nothing_will_clean_up_is_an_orphan() -> None:
    """The row of a delete that died half-way, or was acknowledged, is an orphan."""
    book = Book()
    died = book.failed("A", "delete_session", "s1")
    anomalies = found(book, at_rest({}, rows={"s1": UNMARKED}))
    assert [anomaly.name for anomaly in anomalies] == ["orphan-row", "counts-differ"]
    assert anomalies[0].operations == (died,)
    book.call("A", "delete_session", "s1").refuses("RowChangedElsewhere")
    assert found(book, at_rest({}, rows={"s1": UNMARKED}))[0].operations == (died,)
    assert "orphan-row" in names(deleted("s1"), at_rest({}, rows={"s1": DELETED}))


def test_an_open_session_without_a_row_is_named() -> None:
    """A session without a row would not survive a restart."""
    assert names(Book(), at_rest({"s1": FRESH}, rows={})) == ["row-lost", "counts-differ"]


def incremented(*answers: str) -> Book:
    """Increments one after another that ended so."""
    book = Book()
    for number, answer in enumerate(answers, start=1):
        call = book.call("A", "increment_access", "s1")
        call.returns(number) if answer == "ok" else call.fails()
    return book


def test_a_session_and_its_row_that_differ_are_named() -> None:
    """The sentence says which of the two is behind."""
    for memory, row, who in (
        (counted(2), counted(1), "The database is behind."),
        (counted(2), counted(3), "Memory is behind."),
        (counted(2), counted(2, False), "They count the same accesses."),
    ):
        (anomaly,) = found(incremented("ok", "ok"), at_rest({"s1": memory}, rows={"s1": RowView(row)}))
        assert anomaly.name == "memory-and-row-differ"
        assert anomaly.sentence == f"Session 's1': memory has {memory}; the row has {row}. {who}"


def test_every_field_of_a_session_is_compared_with_its_row() -> None:
    """A row that differs in one field alone is named."""
    for field, value in (
        ("session_id", "s2"),
        ("user_id", "user_bob"),
        ("username", "bob"),
        ("access_count", 1),
        ("metadata", (("k", "v"),)),
        ("is_authenticated", False),
    ):
        row = RowView(FRESH._replace(**{field: value}))  # type: ignore[arg-type]
        assert "memory-and-row-differ" in names(Book(), at_rest({"s1": FRESH}, rows={"s1": row})), field
    assert names(Book(), at_rest({"s1": FRESH}, rows={"s1": RowView(FRESH)})) == []


def test_a_row_may_differ_by_what_calls_of_unknown_outcome_can_have_done_to_it() -> None:
    """Each may have counted one access, set its own key, or revoked; no more."""
    book = incremented("unknown", "ok")
    book.failed("A", "update_session", "s1", "k", "v")
    book.failed("A", "revoke_session", "s1")
    for row, explained in (
        (counted(3), True),
        (counted(4, False, k="v"), True),
        (counted(5), False),
        (counted(2, k="x"), False),
        (counted(2, other="v"), False),
        (counted(2)._replace(username="bob"), False),
    ):
        told = names(book, at_rest({"s1": counted(2)}, rows={"s1": RowView(row)}))
        assert ("memory-and-row-differ" not in told) == explained, row
    for row in (counted(3, k="v"), counted(2, False)):
        assert names(incremented("unknown", "ok"), at_rest({"s1": counted(2)}, rows={"s1": RowView(row)})), row


def test_the_row_of_an_open_session_has_no_mark() -> None:
    """Only a delete of unknown outcome explains a mark."""
    doubtful = Book()
    doubtful.failed("A", "delete_session", "s1")
    for row, mark in ((DELETED, "deleted"), (DEAD, "dead"), (RowView(FRESH, dead=True), "dead")):
        (anomaly,) = found(Book(), at_rest({"s1": FRESH}, rows={"s1": row}))
        assert anomaly.name == "memory-and-row-differ"
        assert anomaly.sentence == f"Session 's1' is open, and its row is marked as {mark}."
        assert names(doubtful, at_rest({"s1": FRESH}, rows={"s1": row})) == []


def test_a_dead_letter_has_a_row() -> None:
    """A dead letter without a row is named, unless a cleanup died."""
    rest = at_rest({}, rows={}, dead_letters=["s1"])
    (anomaly,) = found(deleted("s1"), rest)
    assert (anomaly.name, anomaly.sentence) == ("row-lost", "Dead letter 's1' has no row.")
    died = deleted("s1")
    died.failed("A", "run_cleanup")
    assert names(died, rest) == []


def test_marks_are_compared_where_a_manager_keeps_them() -> None:
    """A mark is missed or too many only if some row bears that mark."""
    both = opened("s1", "s2")
    closed = deleted("s1", "s2")
    other_dead = {"s2": RowView(fresh("s2"), deleted=True, dead=True)}
    other_deleted = {"s2": RowView(fresh("s2"), deleted=True)}
    for sentence, rest in (
        (
            "Session 's1' is a dead letter, and its row is not marked as dead.",
            at_rest({}, rows={"s1": DELETED, **other_dead}, dead_letters=["s1", "s2"]),
        ),
        (
            "Session 's1' waits for cleanup, and its row is marked as dead.",
            at_rest({}, rows={"s1": DEAD, **other_deleted}, queue=["s1", "s2"]),
        ),
        (
            "Session 's1' waits for cleanup, and its row is not marked as deleted.",
            at_rest({}, rows={"s1": UNMARKED, **other_deleted}, queue=["s1", "s2"]),
        ),
    ):
        (anomaly,) = found(closed, rest, both)
        assert (anomaly.name, anomaly.sentence) == ("memory-and-row-differ", sentence)


def test_a_manager_that_keeps_no_marks_is_not_accused_of_it() -> None:
    """Queue and dead letters may be in memory alone, as in the buggy manager."""
    unmarked = {"s1": UNMARKED, "s2": RowView(fresh("s2"))}
    deleted_only = {name: row._replace(deleted=True) for name, row in unmarked.items()}
    for rest in (
        at_rest({}, rows=unmarked, queue=["s1", "s2"]),
        at_rest({}, rows=unmarked, queue=["s1"], dead_letters=["s2"]),
        at_rest({}, rows=deleted_only, queue=["s1"], dead_letters=["s2"]),
    ):
        assert names(deleted("s1", "s2"), rest, opened("s1", "s2")) == []


def test_calls_of_unknown_outcome_explain_marks() -> None:
    """A cleanup, a delete or a create that died may have left a mark half done."""
    dead_and_queued = at_rest({}, rows={"s1": DEAD}, queue=["s1"])
    unmarked = at_rest({}, rows={"s1": UNMARKED, "s2": RowView(fresh("s2"), deleted=True)}, queue=["s1", "s2"])
    cleanup = deleted("s1")
    cleanup.failed("A", "run_cleanup")
    delete = deleted("s2")
    delete.failed("A", "delete_session", "s1")
    create = deleted("s2")
    create.failed("A", "create_session", *USERS[0])
    assert names(cleanup, dead_and_queued) == []
    assert names(delete, unmarked, opened("s1", "s2")) == []
    assert names(create, unmarked, opened("s2")) == []
