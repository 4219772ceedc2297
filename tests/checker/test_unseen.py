"""Updates whose value no read can see: which they are, and that the search may exchange them."""

from __future__ import annotations

from random import Random

from racelab.checker import Operation, SessionView, check
from racelab.checker.unseen import unseen_updates
from tests.checker.histories import FRESH, ONE_OPEN, Book, Play, counted, explainable, mutated

MANY_WRITES = ("update_session",) * 6 + ("get_session", "get_session", "increment_access", "delete_session")


def test_an_update_is_unseen_if_another_one_certainly_comes_before_every_read() -> None:
    """An update is unseen if another one of its key precedes each read after it."""
    book = Book()
    book.done("B", "get_session", "s1", value=FRESH)
    first = book.done("A", "update_session", "s1", "k", "1")
    long = book.call("C", "update_session", "s1", "k", "2")
    book.done("A", "update_session", "s1", "other", "3")
    second = book.done("A", "update_session", "s1", "k", "4")
    assert unseen_updates(book.history) == {one.called for one in book.history[1:]}, "no read follows"
    book.done("B", "get_session", "s1", value=counted(4, k="4", other="3"))
    long.returns()
    assert unseen_updates(book.history) == {first.called}
    assert second.called not in unseen_updates(book.history), "the update that overlaps it may come before it"


def test_a_read_that_overlaps_and_an_overwrite_in_doubt_leave_an_update_seen() -> None:
    """Only certain overwrites count; reads of other sessions and refused ones do not."""
    book = Book()
    read = book.call("B", "get_session", "s1")
    book.done("A", "update_session", "s1", "k", "1")
    read.returns(FRESH)
    overwritten = book.done("A", "update_session", "s1", "k", "2")
    book.failed("A", "update_session", "s1", "k", "3")
    assert unseen_updates(book.history) == {overwritten.called}
    book.done("B", "get_session", "s2", value=FRESH)
    book.call("B", "get_session", "s1").refuses()
    assert unseen_updates(book.history) == {overwritten.called}
    book.done("B", "get_session", "s1", value=FRESH)
    assert unseen_updates(book.history) == set()


def played(seed: int) -> tuple[list[Operation], list[Operation]]:
    """A history of one session, mostly updates of few keys; and the same with an answer changed."""
    chance = Random(seed)
    play = Play(chance, MANY_WRITES, clients=3, calls=chance.choice([5, 6]), doubt=0.1, keys="k", sessions=["s1"])
    right = play.play()
    if seed % 2:
        final = play.model.sessions.get("s1")
        last = 1 + max(one.returned or one.called for one in right)
        right.append(_read(last, final if seed % 4 == 1 else counted(chance.randrange(5), k=chance.choice("xyz"))))
    return right, mutated(chance, right)


def _read(position: int, view: SessionView | None) -> Operation:
    answer, value = ("refused", "SessionNotFound") if view is None else ("ok", view)
    return Operation("end", "get_session", ("s1",), position, position + 1, answer, value)  # type: ignore[arg-type]


def test_the_search_that_exchanges_them_agrees_with_all_permutations() -> None:
    """On histories full of unseen updates the search says what all permutations say."""
    answers, exchanged = [], 0
    for seed in range(400):
        for history in played(seed):
            told = check(history, ONE_OPEN).answer
            assert (told == "linearizable") == explainable(history, ONE_OPEN), (seed, history)
            answers.append(told)
            exchanged += len(unseen_updates(history)) > 1
    assert min(answers.count("linearizable"), answers.count("not linearizable"), exchanged) > 100


def test_updates_that_no_read_sees_are_tried_in_one_order() -> None:
    """Ten updates at one time and a wrong number need few configurations."""
    book = Book()
    running = [book.call(f"client {n}", "update_session", "s1", "k", str(n)) for n in range(10)]
    for call in running:
        call.returns()
    wrong = book.done("A", "increment_access", "s1", value=10)
    verdict = check(book.history, ONE_OPEN)
    assert (verdict.answer, verdict.stuck, verdict.configurations) == ("not linearizable", (wrong,), 10)
