"""What must hold at rest, rows aside: each invariant found broken, and found kept."""

from __future__ import annotations

from racelab.checker import RowView
from tests.checker.histories import FRESH, Book, counted, fresh, opened
from tests.checker.worlds import at_rest, deleted, found, names, without_rows


def test_a_world_in_order_breaks_nothing() -> None:
    """An open session and a closed one at each stage of its cleanup are in order."""
    for stage, book, rest in (
        ("open", Book(), at_rest({"s1": FRESH})),
        ("queued", deleted("s1"), at_rest({}, queue=["s1"])),
        ("dead", deleted("s1"), at_rest({}, dead_letters=["s1"])),
        ("cleaned", deleted("s1"), at_rest({})),
    ):
        assert found(book, rest) == (), stage


def test_counts_that_differ_are_named() -> None:
    """Of three counts the one that differs from the other two is named."""
    for active, rows, sentence in (
        (2, ["s1"], "statistics 2, database 1. The statistics differ."),
        (2, ["s1", "s2"], "statistics 2, database 2. The store differs."),
        (1, ["s1", "s2"], "statistics 1, database 2. The database differs."),
        (3, ["s1", "s2"], "statistics 3, database 2. All three differ."),
    ):
        rest = at_rest({"s1": FRESH}, rows=dict.fromkeys(rows, RowView(FRESH)), active=active)
        anomaly = found(Book(), rest)[-1]
        assert (anomaly.name, anomaly.sentence) == ("counts-differ", f"Open sessions: store 1, {sentence}")


def test_a_create_that_died_half_way_shows_in_the_counts() -> None:
    """A create of unknown outcome is the first piece of evidence, whatever its id."""
    book = Book()
    died = book.failed("A", "create_session", "user_ann", "ann")
    (anomaly,) = found(book, at_rest({"s1": FRESH, "new": fresh("new")}, active=1))
    assert (anomaly.name, anomaly.term, anomaly.operations) == ("counts-differ", "phantom session", (died,))


def test_a_manager_without_rows_is_held_to_what_it_promises() -> None:
    """Without rows nothing is said of rows, and two counts are compared."""
    assert names(Book(), without_rows({"s1": FRESH})) == []
    assert names(deleted("s1"), without_rows({}, queue=["s1"])) == []
    assert names(deleted("s1"), without_rows({}, dead_letters=["s1"])) == []
    (anomaly,) = found(Book(), without_rows({"s1": FRESH}, active=2))
    assert (anomaly.name, anomaly.sentence) == ("counts-differ", "Open sessions: store 1, statistics 2.")
    book = Book()
    book.done("A", "increment_access", "s1", value=1)
    assert names(book, without_rows({"s1": FRESH})) == ["lost-update"]
    assert names(book, without_rows({"s1": counted(1)._replace(username="bob")})) == ["wrong-user"]
    assert names(deleted("s1"), without_rows({}, queue=["s1", "s1"]), drained=True) == ["queued-twice", "cleanup-leak"]


def test_a_deleted_session_that_is_in_the_store_is_named() -> None:
    """Only an acknowledged delete promises that the session is gone."""
    assert names(deleted("s1"), at_rest({"s1": FRESH})) == ["resurrected"]
    book = Book()
    book.failed("A", "delete_session", "s1")
    assert names(book, at_rest({"s1": FRESH})) == []


def test_a_session_that_cleanup_has_is_not_open() -> None:
    """An open session in the queue or among the dead letters is named."""
    queued = without_rows({"s1": FRESH}, queue=["s1"])
    dead = without_rows({"s1": FRESH}, dead_letters=["s1"])
    doubtful = Book()
    doubtful.failed("A", "delete_session", "s1")
    for rest, where in ((queued, "waits for cleanup"), (dead, "is a dead letter")):
        (anomaly,) = found(Book(), rest)
        assert anomaly.name == "resurrected"
        assert anomaly.sentence == f"Session 's1' {where}, and it is in the store."
        assert names(deleted("s1"), rest) == ["resurrected"], "told once"
        assert names(doubtful, rest) == [], "a delete of unknown outcome may be half done"


def test_a_session_is_deleted_once() -> None:
    """Two acknowledged deletes are one too many; other endings are not."""
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
        assert names(book, at_rest({})) == [], ending


def test_an_id_waits_once_and_in_one_place() -> None:
    """An id twice in the queue, twice dead, or in both places is named once."""
    for rest, where in (
        (at_rest({}, queue=["s1", "s1"]), "in the cleanup queue 2 times"),
        (at_rest({}, dead_letters=["s1", "s1"]), "among the dead letters 2 times"),
        (at_rest({}, queue=["s1"], dead_letters=["s1"]), "in the cleanup queue and among the dead letters"),
    ):
        (anomaly,) = found(deleted("s1"), rest)
        assert (anomaly.name, anomaly.sentence) == ("queued-twice", f"Session 's1' is {where}.")
    died = deleted("s1")
    died.failed("A", "run_cleanup")
    assert names(died, at_rest({}, queue=["s1"], dead_letters=["s1"])) == [], "a cleanup may have died between the two"


def test_the_queue_is_empty_once_cleanup_has_run_its_course() -> None:
    """What waits after enough cleanup is a leak; a dead letter is none."""
    rest = at_rest({}, queue=["s1"])
    assert names(deleted("s1"), rest) == []
    (anomaly,) = found(deleted("s1"), rest, drained=True)
    assert anomaly.name == "cleanup-leak"
    assert anomaly.sentence == "Still queued after the last cleanup cycle: s1."
    assert names(deleted("s1"), at_rest({}, dead_letters=["s1"]), drained=True) == []
    many = [f"id-{number:02}" for number in range(12)]
    (anomaly,) = found(deleted(*many), at_rest({}, queue=many), opened(*many), drained=True)
    assert anomaly.sentence.endswith("id-08, id-09 and 2 more.")
