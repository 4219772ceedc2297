"""The judgement: each broken promise by the most specific name that is proved, and nothing of what may be right."""

from __future__ import annotations

import pytest

from racelab.checker import TERMS, CannotTell, Operation, RowView, State, judge
from tests.checker.histories import FRESH, ONE_OPEN, Book, counted, fresh, opened
from tests.checker.worlds import at_rest, found, names

EMPTY = State()


def updates(*others: tuple[str, ...]) -> Book:
    """A's update of a key of its own, and calls of others that run all the while it does."""
    book = Book()
    update = book.call("A", "update_session", "s1", "theme", "dark")
    running = [book.call(client, *call) for client, *call in others]
    update.returns()
    for call in running:
        call.returns()
    return book


BOTH_SAVED = at_rest({"s1": counted(2, lang="fr", theme="dark")})
LOST = at_rest({"s1": FRESH})
B_UPDATES = ("B", "update_session", "s1", "lang", "fr")
B_REFRESHES = ("B", "refresh_from_database", "s1")
C_REFRESHES = ("C", "refresh_from_database", "s1")
B_READS = ("B", "get_session", "s1")


def test_a_lost_update_is_put_down_to_what_it_met() -> None:
    """A refresh is blamed for a lost update only if no other writer met it."""
    others_key = at_rest({"s1": counted(1, lang="fr")})
    both = "B's update_session and C's refresh_from_database ran at the same time, and either may have taken it"
    for others, rest, name, cause in (
        ([B_UPDATES], others_key, "lost-update", "B's update_session ran at the same time"),
        ([B_REFRESHES], LOST, "stale-overwrite", "only B's refresh_from_database ran at the same time"),
        ([B_READS], LOST, "stale-overwrite", "only B's get_session ran at the same time"),
        ([B_UPDATES, C_REFRESHES], others_key, "lost-update", both),
        ([], LOST, "lost-update", "no other call that could have taken it ran at the same time"),
    ):
        book = updates(*others)
        (anomaly,) = found(book, rest)
        told = f"Session 's1': A's key 'theme' was saved as 'dark' and is not stored; {cause}."
        assert (anomaly.name, anomaly.sentence) == (name, told)
        assert anomaly.operations == tuple(book.history), cause


def test_two_writes_of_one_key_that_are_both_gone_cannot_have_taken_each_other() -> None:
    """If both writes of a key are gone, a refresh took the last one."""
    book = Book()
    calls = [book.call(client, "update_session", "s1", "theme", value) for client, value in ("Ax", "By")]
    calls.append(book.call("C", "refresh_from_database", "s1"))
    for call in calls:
        call.returns()
    assert names(book, at_rest({"s1": counted(1)})) == ["stale-overwrite"]


def test_a_key_from_nowhere_is_not_a_lost_update() -> None:
    """A key that no call wrote breaks no promise, but no order explains it."""
    book = updates(B_UPDATES)
    assert names(book, at_rest({"s1": counted(2, lang="fr", theme="dark", stray="x")})) == ["not-linearizable"]


def test_what_came_before_or_after_a_lost_update_is_not_suspected() -> None:
    """Calls that were over, began later or were refused are not suspected."""
    book = Book()
    book.done("B", "update_session", "s1", "lang", "fr")
    update = book.call("A", "update_session", "s1", "theme", "dark")
    refused = book.call("C", "increment_access", "s1")
    refresh = book.call("B", "refresh_from_database", "s1")
    update.returns()
    refused.refuses("RowChangedElsewhere")
    refresh.returns()
    book.done("B", "increment_access", "s1", value=2)
    assert names(book, at_rest({"s1": counted(2, lang="fr")})) == ["stale-overwrite"]


def test_a_write_of_unknown_outcome_is_suspected_as_long_as_it_may_still_come() -> None:
    """Beside a write of unknown outcome a refresh alone cannot be blamed."""
    book = Book()
    book.failed("B", "update_session", "s1", "lang", "fr")
    update = book.call("A", "update_session", "s1", "theme", "dark")
    refresh = book.call("C", "refresh_from_database", "s1")
    update.returns()
    refresh.returns()
    assert names(book, LOST) == ["lost-update"]


def test_updates_that_are_all_there_are_not_lost() -> None:
    """An update that survived is not lost, whatever it met."""
    for others in ([B_UPDATES], [B_REFRESHES], [B_UPDATES, C_REFRESHES], []):
        lang = {"lang": "fr"} if B_UPDATES in others else {}
        rest = at_rest({"s1": counted(1 + len(lang), True, theme="dark", **lang)})
        assert names(updates(*others), rest) == [], others


def test_increments_that_are_not_counted_are_lost() -> None:
    """An increment that is not counted is lost, and a number given twice is named too."""
    book = Book()
    first, second = book.call("A", "increment_access", "s1"), book.call("B", "increment_access", "s1")
    both = first.returns(1), second.returns(1)
    lost, duplicate = found(book, at_rest({"s1": counted(1)}))
    assert (lost.name, duplicate.name) == ("lost-update", "duplicate-answer")
    assert duplicate.operations == lost.operations == both
    assert lost.sentence == (
        "Session 's1': The count grew by 1 and should have grown by 2; "
        "A's increment_access and B's increment_access ran at the same time."
    )
    book = Book()
    first, second = book.call("A", "increment_access", "s1"), book.call("B", "increment_access", "s1")
    first.returns(2)
    second.returns(1)
    assert names(book, at_rest({"s1": counted(2)})) == []


def test_an_increment_lost_to_a_refresh_is_a_stale_overwrite() -> None:
    """An increment that met only a refresh was lost to the refresh."""
    book = Book()
    refresh = book.call("B", "refresh_from_database", "s1")
    book.done("A", "increment_access", "s1", value=1)
    refresh.returns()
    assert names(book, at_rest({"s1": FRESH})) == ["stale-overwrite"]


def test_the_same_loss_is_not_told_twice() -> None:
    """A lost key accounts for its access; only further lost accesses are told."""
    book = updates(B_UPDATES)
    assert names(book, at_rest({"s1": counted(1, lang="fr")})) == ["lost-update"]
    assert names(book, at_rest({"s1": counted(0, lang="fr")})) == ["lost-update", "lost-update"]


def test_what_was_opened_in_the_history_counts_from_nothing() -> None:
    """A new session counts from zero, an older one from its first count."""
    book = Book()
    book.done("A", "create_session", "user_ann", "ann", value="new")
    book.done("A", "increment_access", "new", value=1)
    assert names(book, at_rest({"new": counted(1, of="new")}), EMPTY) == []
    assert names(book, at_rest({"new": fresh("new")}), EMPTY) == ["lost-update"]
    book = Book()
    book.done("A", "increment_access", "s1", value=8)
    begin = State.of({"s1": counted(7, theme="dark")})
    assert names(book, at_rest({"s1": counted(8, theme="dark")}), begin) == []
    assert names(book, at_rest({"s1": counted(7, theme="dark")}), begin) == ["lost-update"]


def test_an_unknown_outcome_is_neither_promised_nor_lost() -> None:
    """A change of unknown outcome may survive or not, but only once."""
    book = Book()
    book.failed("A", "update_session", "s1", "theme", "dark")
    book.call("B", "increment_access", "s1").never_returns()
    for view in (FRESH, counted(1), counted(1, theme="dark"), counted(2, theme="dark")):
        assert names(book, at_rest({"s1": view})) == []
    assert names(book, at_rest({"s1": counted(3)})) == ["not-linearizable"]


def test_an_unknown_outcome_needs_a_fault() -> None:
    """Without a fault each call of unknown outcome is an anomaly of its own."""
    book = Book()
    failed = book.failed("A", "update_session", "s1", "theme", "dark")
    silent = book.call("B", "increment_access", "s1").never_returns()
    assert judge(book.history, LOST, ONE_OPEN) == ()
    told = judge(book.history, LOST, ONE_OPEN, faults=False)
    assert isinstance(told, tuple)
    assert [one.name for one in told] == ["unknown-outcome", "unknown-outcome"]
    assert [one.operations for one in told] == [(failed,), (silent,)]
    assert told[0].sentence == (
        "A's update_session('s1', 'theme', 'dark') failed with an error that does not say whether it took effect, "
        "and no fault was injected."
    )
    assert told[1].sentence == "B's increment_access('s1') was never answered, and no fault was injected."
    assert judge(updates(B_UPDATES).history, BOTH_SAVED, ONE_OPEN, faults=False) == ()


def test_a_session_that_was_closed_is_asked_for_nothing() -> None:
    """A closed session owes no changes; one that survived a delete in doubt does."""
    for ending in ("returns", "fails"):
        book = Book()
        book.done("A", "update_session", "s1", "theme", "dark")
        getattr(book.call("A", "delete_session", "s1"), ending)()
        assert names(book, at_rest({}, queue=["s1"])) == []
    assert names(book, at_rest({"s1": FRESH})) == ["lost-update"]
    book.done("B", "delete_session", "s1")
    assert names(book, at_rest({"s1": FRESH})) == ["resurrected"]


def test_a_revoked_session_that_is_still_authenticated_is_the_first_thing_told() -> None:
    """An acknowledged revocation that is undone is named before a lost update."""
    book = updates(("B", "revoke_session", "s1"))
    assert names(book, at_rest({"s1": counted(1, False, theme="dark")})) == []
    assert names(book, at_rest({"s1": counted(1, theme="dark")})) == ["still-authenticated"]
    assert names(book, at_rest({"s1": counted(1)})) == ["still-authenticated", "lost-update"]
    doubtful = Book()
    doubtful.failed("B", "revoke_session", "s1")
    assert names(doubtful, at_rest({"s1": FRESH})) == []


def test_numbers_out_of_order_have_no_better_name() -> None:
    """Numbers out of order are not linearizable, and the sentence names them."""
    book = Book()
    both = book.done("A", "increment_access", "s1", value=2), book.done("B", "increment_access", "s1", value=1)
    (anomaly,) = found(book, at_rest({"s1": counted(2)}))
    assert (anomaly.name, anomaly.operations) == ("not-linearizable", both)
    assert anomaly.sentence == "Session 's1': B's increment returned 1 after A's had returned 2."


def test_a_stale_read_has_no_better_name() -> None:
    """A stale read is not linearizable, and the sentence says what does not fit."""
    book = Book()
    update = book.done("A", "update_session", "s1", "theme", "dark")
    read = book.done("B", "get_session", "s1", value=FRESH)
    (anomaly,) = found(book, at_rest({"s1": counted(1, theme="dark")}))
    assert (anomaly.name, anomaly.operations) == ("not-linearizable", (read, update))
    assert anomaly.sentence == (
        "No order of the calls explains every answer. Calls that can be put in order: 1; then this does not fit: "
        "B's get_session('s1'), answered with count 0, metadata {}, authenticated."
    )


def test_a_final_state_that_nothing_led_to_is_not_linearizable() -> None:
    """A final state that agrees with itself needs calls that explain it."""
    for what, rest, initial in (
        ("vanished", at_rest({}), ONE_OPEN),
        ("from nowhere", at_rest({"s1": FRESH}), EMPTY),
        ("a surplus access", at_rest({"s1": counted(1)}), ONE_OPEN),
        ("a stray key", at_rest({"s1": counted(0, k="v")}), ONE_OPEN),
        ("revoked by no call", at_rest({"s1": counted(0, False)}), ONE_OPEN),
    ):
        assert names(Book(), rest, initial) == ["not-linearizable"], what


def test_a_session_that_nobody_was_told_of_may_come_from_an_opening_of_unknown_outcome() -> None:
    """A create of unknown outcome explains a session that no call names."""
    book = Book()
    book.failed("A", "create_session", "user_ann", "ann")
    assert names(book, at_rest({"new": fresh("new")}), EMPTY) == names(book, at_rest({}), EMPTY) == []


def test_who_asked_for_an_id_before_it_was_opened_by_a_call_of_unknown_outcome_was_not_lied_to() -> None:
    """A refusal before a create in doubt is right; one after an answer is not."""
    book = Book()
    creates = book.call("A", "create_session", "user_ann", "ann")
    book.call("B", "increment_access", "new").refuses()
    creates.fails()
    assert names(book, at_rest({"new": fresh("new")}), EMPTY) == []
    book.done("B", "increment_access", "s1", value=1)
    book.call("B", "increment_access", "s1").refuses()
    assert names(book, at_rest({"new": fresh("new"), "s1": counted(1)}), ONE_OPEN) == ["not-linearizable"]


def test_the_search_is_the_last_resort() -> None:
    """A named anomaly is told without a search for an order."""
    book = updates(B_UPDATES)
    rest = at_rest({"s1": counted(1, lang="fr")})
    assert [one.name for one in judge(book.history, rest, ONE_OPEN, budget=0) or ()] == ["lost-update"]  # type: ignore[union-attr]


def test_a_budget_that_does_not_suffice_is_said() -> None:
    """A search that runs out of budget says that it cannot tell."""
    told = judge(updates(B_UPDATES).history, BOTH_SAVED, ONE_OPEN, budget=1)
    assert told == CannotTell("No order of the calls was found among the first 1 configurations.")


def test_a_history_that_nobody_can_have_recorded_is_an_error() -> None:
    """An impossible history is an error and no judgement."""
    with pytest.raises(ValueError, match="never returned"):
        judge([Operation("A", "get_stats", (), 1, None, "ok")], at_rest({}, queue=["s1", "s1"]), EMPTY)


def test_the_most_specific_comes_first() -> None:
    """Anomalies come in the order of the table of names."""
    book = updates(B_REFRESHES)
    book.done("A", "delete_session", "s2")
    book.done("B", "delete_session", "s2")
    rest = at_rest({"s1": FRESH}, rows={"s1": RowView(FRESH), "s2": RowView(FRESH, deleted=True)})
    told = names(book, rest, opened("s1", "s2"))
    assert told == ["stale-overwrite", "double-delete", "orphan-row", "counts-differ"]
    assert list(TERMS)[-1] == "not-linearizable"
