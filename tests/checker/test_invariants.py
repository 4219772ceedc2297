"""What must hold at rest: each invariant found broken, and found kept."""

from __future__ import annotations

import pytest

from racelab.checker import AtRest, SessionView
from tests.checker.histories import FRESH, ONE_OPEN, Book, counted, fresh, opened
from tests.checker.worlds import at_rest, found, names


def deleted(*session_ids: str) -> Book:
    """A history in which these were deleted one after another."""
    book = Book()
    for session_id in session_ids:
        book.done("A", "delete_session", session_id)
    return book


@pytest.mark.parametrize(
    ("book", "rest"),
    [
        (Book(), at_rest({"s1": FRESH})),
        (deleted("s1"), at_rest({}, queue=["s1"])),
        (deleted("s1"), at_rest({}, dead_letters=["s1"])),
        (deleted("s1"), at_rest({})),
    ],
    ids=["open", "queued", "dead", "cleaned"],
)
def test_a_world_in_order_breaks_nothing(book: Book, rest: AtRest) -> None:
    """An open session; a closed one at each stage of its cleanup."""
    assert found(book, rest) == ()


@pytest.mark.parametrize(
    ("active", "rows", "sentence"),
    [
        (2, ["s1"], "statistics 2, database 1. The statistics differ."),
        (2, ["s1", "s2"], "statistics 2, database 2. The store differs."),
        (1, ["s1", "s2"], "statistics 1, database 2. The database differs."),
        (3, ["s1", "s2"], "statistics 3, database 2. All three differ."),
    ],
)
def test_counts_that_differ_are_named(active: int, rows: list[str], sentence: str) -> None:
    """It is said which one stands alone."""
    rest = at_rest({"s1": FRESH}, rows=dict.fromkeys(rows, (FRESH, False)), active=active)
    anomaly = found(Book(), rest)[-1]
    assert anomaly.name == "counts-differ"
    assert anomaly.sentence == f"Open sessions: store 1, {sentence}"


def test_a_create_that_died_half_way_shows_in_the_counts() -> None:
    """It is the first piece of evidence, though nobody knows its id."""
    book = Book()
    died = book.failed("A", "create_session", "user_ann", "ann")
    (anomaly,) = found(book, at_rest({"s1": FRESH, "new": fresh("new")}, active=1))
    assert (anomaly.name, anomaly.term, anomaly.operations) == ("counts-differ", "phantom session", (died,))


def test_a_row_that_nothing_will_clean_up_is_an_orphan() -> None:
    """Of a delete that died half-way, or of one that was acknowledged."""
    book = Book()
    died = book.failed("A", "delete_session", "s1")
    anomalies = found(book, at_rest({}, rows={"s1": (FRESH, False)}))
    assert [anomaly.name for anomaly in anomalies] == ["orphan-row", "counts-differ"]
    assert anomalies[0].operations == (died,)
    book.call("A", "delete_session", "s1").refuses("RowChangedElsewhere")
    assert found(book, at_rest({}, rows={"s1": (FRESH, False)}))[0].operations == (died,)
    assert "orphan-row" in names(deleted("s1"), at_rest({}, rows={"s1": (FRESH, True)}))


def test_an_open_session_without_a_row_is_named() -> None:
    """It would not survive a restart."""
    assert names(Book(), at_rest({"s1": FRESH}, rows={})) == ["row-lost", "counts-differ"]


def test_a_deleted_session_that_is_in_the_store_is_named() -> None:
    """If its delete was acknowledged. One of unknown outcome may have had no effect."""
    assert names(deleted("s1"), at_rest({"s1": FRESH})) == ["resurrected"]
    book = Book()
    book.failed("A", "delete_session", "s1")
    assert names(book, at_rest({"s1": FRESH})) == []


def test_a_session_is_deleted_once() -> None:
    """Two acknowledged deletes are one too many; one refused, or of unknown outcome, is not."""
    book = Book()
    first, second = book.call("A", "delete_session", "s1"), book.call("B", "delete_session", "s1")
    both = first.returns(), second.returns()
    (anomaly,) = found(book, at_rest({}))
    assert (anomaly.name, anomaly.operations) == ("double-delete", both)
    for ending in ("refuses", "fails"):
        book = Book()
        first, second = book.call("A", "delete_session", "s1"), book.call("B", "delete_session", "s1")
        first.returns()
        getattr(second, ending)()
        assert names(book, at_rest({})) == []


def test_the_queue_holds_an_id_once() -> None:
    """Twice is named, and does not count twice."""
    assert names(deleted("s1"), at_rest({}, queue=["s1", "s1"])) == ["queued-twice"]


def test_the_queue_is_empty_once_cleanup_has_run_its_course() -> None:
    """Before that it need not be; a dead letter is no leak."""
    rest = at_rest({}, queue=["s1"])
    assert names(deleted("s1"), rest) == []
    (anomaly,) = found(deleted("s1"), rest, drained=True)
    assert anomaly.name == "cleanup-leak"
    assert anomaly.sentence == "Cleanup has run its course and left in its queue: s1."
    assert names(deleted("s1"), at_rest({}, dead_letters=["s1"]), drained=True) == []
    many = [f"id-{number:02}" for number in range(12)]
    initial = opened(*many)
    (anomaly,) = found(deleted(*many), at_rest({}, queue=many), initial, drained=True)
    assert anomaly.sentence.endswith("id-08, id-09 and 2 more.")


def incremented(*answers: str) -> Book:
    """Increments one after another that ended so."""
    book = Book()
    for number, answer in enumerate(answers, start=1):
        call = book.call("A", "increment_access", "s1")
        call.returns(number) if answer == "ok" else call.fails()
    return book


@pytest.mark.parametrize(
    ("memory", "row", "who"),
    [
        (counted(2), counted(1), "The database is behind."),
        (counted(2), counted(3), "Old data is in memory."),
        (counted(2), counted(2, False), "They count the same accesses."),
    ],
)
def test_a_session_and_its_row_that_differ_are_named(memory: SessionView, row: SessionView, who: str) -> None:
    """It is said which of them is behind."""
    (anomaly,) = found(incremented("ok", "ok"), at_rest({"s1": memory}, rows={"s1": (row, False)}))
    assert anomaly.name == "memory-and-row-differ"
    assert anomaly.sentence == f"Session 's1': memory has {memory}; the row has {row}. {who}"


def test_a_row_may_differ_by_what_calls_of_unknown_outcome_can_have_done_to_it() -> None:
    """And by nothing else: each counts one access, sets its own key, or revokes."""
    book = incremented("unknown", "ok")
    memory = counted(2)
    assert names(book, at_rest({"s1": memory}, rows={"s1": (counted(3), False)})) == []
    assert names(book, at_rest({"s1": memory}, rows={"s1": (counted(4), False)})) == ["memory-and-row-differ"]
    assert names(book, at_rest({"s1": memory}, rows={"s1": (counted(2, k="v"), False)})) == ["memory-and-row-differ"]
    assert names(book, at_rest({"s1": memory}, rows={"s1": (counted(2, False), False)})) == ["memory-and-row-differ"]
    book.failed("A", "update_session", "s1", "k", "v")
    book.failed("A", "revoke_session", "s1")
    assert names(book, at_rest({"s1": memory}, rows={"s1": (counted(3, False, k="v"), False)})) == []


def test_the_row_of_an_open_session_is_not_marked_as_deleted() -> None:
    """Unless a delete of unknown outcome can have got so far."""
    rest = at_rest({"s1": FRESH}, rows={"s1": (FRESH, True)})
    assert names(Book(), rest) == ["memory-and-row-differ"]
    book = Book()
    book.failed("A", "delete_session", "s1")
    assert names(book, rest, ONE_OPEN) == []
