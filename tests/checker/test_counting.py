"""The checks that need no search: each finding both ways, and both exact ones against the general search."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from racelab.checker import Finding, Operation, SessionView, State, check, check_increments, check_keys, check_total
from tests.checker.histories import FRESH, ONE_OPEN, Book, Model, Play, counted, mutated

LATER = 10_000
"""A position after everything that is played here."""


def kinds(findings: Sequence[Finding]) -> list[str]:
    return [finding.kind for finding in findings]


def test_increments_as_they_should_be_give_no_finding() -> None:
    """Increments that overlap may be numbered in either order."""
    book = Book()
    first = book.call("A", "increment_access", "s1")
    book.done("B", "increment_access", "s1", value=8)
    first.returns(9)
    assert check_increments(book.history, 7, 9) == []
    assert check_increments(book.history, 7) == []
    assert check_increments([], 7, 7) == []


def test_two_increments_cannot_return_the_same_number() -> None:
    """Two increments with the same number are one finding, which names both."""
    book = Book()
    first, second = book.call("A", "increment_access", "s1"), book.call("B", "increment_access", "s1")
    both = first.returns(1), second.returns(1)
    (finding,) = check_increments(book.history, 0, 1)
    assert (finding.kind, finding.operations) == ("same number", both)
    assert finding.sentence == "A's and B's increments returned the same number, 1."


def test_a_later_increment_cannot_return_a_lower_number() -> None:
    """An increment returns more than each increment that was over when it began."""
    book = Book()
    high = book.done("A", "increment_access", "s1", value=2)
    low = book.done("B", "increment_access", "s1", value=1)
    (finding,) = check_increments(book.history, 0, 2)
    assert (finding.kind, finding.operations) == ("out of order", (high, low))
    assert finding.sentence == "B's increment returned 1 after A's had returned 2."


def test_no_increment_returns_a_number_that_was_never_reached() -> None:
    """An increment returns a number above the first count, up to the final one."""
    for told in (0, 4, None, "2"):
        book = Book()
        wrong = book.done("A", "increment_access", "s1", value=told)
        finding = check_increments(book.history, 0, 3)[0]
        assert (finding.kind, finding.operations) == ("wrong number", (wrong,)), told


def test_a_count_never_goes_down() -> None:
    """A final count below the first is a finding, even if no call returned a number."""
    book = Book()
    book.failed("A", "increment_access", "s1")
    assert kinds(check_increments(book.history, 2, 1)) == ["wrong number"]
    assert check_increments(book.history, 2, 2) == []


def test_a_gap_needs_an_increment_of_unknown_outcome() -> None:
    """An increment of unknown outcome fills one gap in the numbers."""
    book = Book()
    book.done("A", "increment_access", "s1", value=2)
    assert kinds(check_increments(book.history, 0, 2)) == ["missing number"]
    book = Book()
    book.failed("B", "increment_access", "s1")
    book.done("A", "increment_access", "s1", value=2)
    assert check_increments(book.history, 0, 2) == check_increments(book.history, 0) == []
    assert kinds(check_increments(book.history, 0, 3)) == ["missing number"]


def test_a_gap_is_not_filled_by_a_call_that_began_after_it_was_passed() -> None:
    """A call of unknown outcome fills no gap that was passed before it began."""
    book = Book()
    book.done("A", "increment_access", "s1", value=2)
    book.failed("B", "increment_access", "s1")
    assert kinds(check_increments(book.history, 0, 2)) == ["missing number"]
    assert check_increments(book.history, 1, 3) == []


def test_a_number_from_nowhere_costs_no_more_than_any_other() -> None:
    """A gap of a million million numbers is not walked through."""
    book = Book()
    book.done("A", "increment_access", "s1", value=10**12)
    assert kinds(check_increments(book.history, 0, 10**12)) == ["missing number"]


def reading(view: SessionView) -> Operation:
    """What is there in the end."""
    return Operation("end", "get_session", ("s1",), LATER, LATER + 1, "ok", view)


def test_increments_are_checked_exactly() -> None:
    """The check finds something exactly where the general search finds no order."""
    answers = []
    for seed in range(600):
        chance = Random(seed)
        play = Play(chance, ["increment_access"], sessions=["s1"], calls=7, doubt=0.3, model=Model("s1"))
        history = play.play()
        final = play.model.sessions["s1"].access_count + chance.choice([0, 0, 0, 1, -1])
        if seed % 2:
            history = mutated(chance, history)
        if any(one.answer == "refused" for one in history):
            continue
        right = check([*history, reading(counted(final))], ONE_OPEN).answer == "linearizable"
        assert (check_increments(history, 0, final) == []) == right, (history, final)
        right_so_far = check(history, ONE_OPEN).answer == "linearizable"
        assert (check_increments(history, 0) == []) == right_so_far, history
        answers.append(right)
    assert min(answers.count(True), answers.count(False)) > 100


def test_every_acknowledged_change_is_counted_once() -> None:
    """An acknowledged change counts once, one of unknown outcome at most once."""
    book = Book()
    book.done("A", "increment_access", "s1", value=1)
    book.done("A", "update_session", "s1", "k", "v")
    book.failed("A", "increment_access", "s1")
    book.call("B", "update_session", "s1", "k", "v").refuses("TooManyKeys")
    book.done("B", "get_session", "s1", value=counted(2, k="v"))
    found = {final: [(f.kind, f.amount) for f in check_total(book.history, 5, final)] for final in range(5, 11)}
    assert check_total(book.history, 5, 6)[0].sentence == "The count grew by 1 and should have grown by at least 2."
    assert check_total(book.history, 5, 9)[0].sentence == "The count grew by 4 and can have grown by 3 at most."
    assert found == {5: [("short", 2)], 6: [("short", 1)], 7: [], 8: [], 9: [("surplus", 1)], 10: [("surplus", 2)]}


def test_a_key_of_its_own_holds_what_was_saved() -> None:
    """A saved key that is missing, or holds something else, is a finding."""
    book = Book()
    saved = book.done("A", "update_session", "s1", "theme", "dark")
    assert check_keys(book.history, FRESH, counted(1, theme="dark")) == []
    (gone,) = check_keys(book.history, FRESH, FRESH)
    assert (gone.kind, gone.operations) == ("lost key", (saved,))
    assert gone.sentence == "A's key 'theme' was saved as 'dark' and is not stored."
    (other,) = check_keys(book.history, FRESH, counted(1, theme="light"))
    assert other.sentence == "A's key 'theme' was saved as 'dark' and holds 'light'."


def test_a_key_that_nobody_wrote_is_as_it_was() -> None:
    """A key that no call wrote is still missing, or still has its first value."""
    first = counted(0, lang="fr")
    assert check_keys([], first, first) == []
    assert [f.sentence for f in check_keys([], first, counted(0, theme="dark"))] == [
        "Key 'lang' was 'fr' and was never written again; it is not stored.",
        "Key 'theme' was never written; it holds 'dark'.",
    ]


def test_only_the_last_write_of_a_key_counts() -> None:
    """Of several last writes at one time any may be the one that survives."""
    book = Book()
    book.done("A", "update_session", "s1", "k", "old")
    first, second = book.call("A", "update_session", "s1", "k", "a"), book.call("B", "update_session", "s1", "k", "b")
    last = first.returns(), second.returns()
    assert (
        check_keys(book.history, FRESH, counted(3, k="a")) == check_keys(book.history, FRESH, counted(3, k="b")) == []
    )
    (finding,) = check_keys(book.history, FRESH, counted(3, k="old"))
    assert (finding.kind, finding.operations) == ("lost key", last)
    assert finding.sentence == "A's key 'k' was saved as 'a', B's key 'k' was saved as 'b'; it holds 'old'."


def test_a_write_that_ended_just_before_the_next_one_began_is_over() -> None:
    """A write is overwritten by one that began right after it ended."""
    book = Book()
    book.done("A", "update_session", "s1", "k", "old")
    book.done("B", "update_session", "s1", "k", "new")
    assert kinds(check_keys(book.history, FRESH, counted(2, k="old"))) == ["lost key"]
    assert check_keys(book.history, FRESH, counted(2, k="new")) == []


def test_an_update_of_unknown_outcome_may_be_there_or_not() -> None:
    """An update of unknown outcome may survive, even after later updates."""
    book = Book()
    book.failed("A", "update_session", "s1", "k", "doubtful")
    book.done("B", "update_session", "s1", "k", "sure")
    assert check_keys(book.history, FRESH, counted(1, k="sure")) == []
    assert check_keys(book.history, FRESH, counted(2, k="doubtful")) == []
    assert kinds(check_keys(book.history, FRESH, FRESH)) == ["lost key"]
    assert check_keys(book.history[:1], FRESH, FRESH) == []
    assert kinds(check_keys(book.history[:1], FRESH, counted(1, k="sure"))) == ["stray key"]


def test_keys_are_checked_exactly() -> None:
    """The check finds something exactly where no order explains the keys."""
    answers = []
    for seed in range(300):
        chance = Random(seed)
        first = counted(0, k="x")
        model = Model("s1")
        model.sessions["s1"] = first
        play = Play(chance, ["update_session"], sessions=["s1"], calls=6, doubt=0.3, keys="kmn", model=model)
        history = play.play()
        metadata = dict(play.model.sessions["s1"].metadata)
        if seed % 2:
            metadata[chance.choice("kmno")] = chance.choice("xyz")
        if seed % 3 == 0:
            metadata.pop(chance.choice("kmn"), None)
        final = counted(0, True, **metadata)
        begin = State.of({"s1": first})
        right = any(
            check([*history, reading(final._replace(access_count=count))], begin).answer == "linearizable"
            for count in range(7)
        )
        assert (check_keys(history, first, final) == []) == right, (history, final)
        answers.append(right)
    assert min(answers.count(True), answers.count(False)) > 50
