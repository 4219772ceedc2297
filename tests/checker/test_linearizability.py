"""The search for an order that explains every answer, against an oracle that tries all of them."""

from __future__ import annotations

from random import Random

import pytest

from racelab.checker import Operation, Verdict, check
from tests.checker.histories import (
    FRESH,
    ON_ALL,
    ON_SESSIONS,
    ONE_OPEN,
    SESSIONS,
    Book,
    Play,
    allowed,
    counted,
    explainable,
    in_time,
    mutated,
    opened,
)

BOTH_OPEN = opened(*SESSIONS)


def small_histories(seeds: range) -> list[list[Operation]]:
    """Right ones, and the same with an answer changed; half of them with answers about all sessions."""
    found = []
    for seed in seeds:
        chance = Random(seed)
        methods = ON_SESSIONS if seed % 2 else (*ON_SESSIONS, *ON_ALL)
        right = Play(chance, methods, clients=chance.choice([2, 3]), calls=chance.choice([4, 5, 6])).play()
        found += [right, mutated(chance, right)]
    return found


SMALL = small_histories(range(500))


def stands(verdict: Verdict, history: list[Operation]) -> bool:
    """Whether what the verdict shows is so: its order can be, and nothing that it calls stuck fits after it."""
    order, placed = verdict.order, {operation.called for operation in verdict.order}
    if len(placed) < len(order) or not in_time(order) or not allowed(order, BOTH_OPEN):
        return False
    if verdict.answer == "linearizable":
        return all(one.answer == "unknown" for one in history if one.called not in placed)
    doubtful = any(one.answer == "unknown" for one in order)  # then `allowed` knows two states where the search had one
    return bool(verdict.stuck) and (doubtful or not any(allowed((*order, one), BOTH_OPEN) for one in verdict.stuck))


def test_what_was_played_one_by_one_is_linearizable() -> None:
    """A history in which each call took effect at one moment is linearizable."""
    for history in SMALL[::2]:
        assert check(history, BOTH_OPEN).answer == "linearizable"


def test_the_search_agrees_with_all_permutations() -> None:
    """The search agrees with all permutations, and shows an order that holds."""
    answers = []
    for history in SMALL:
        verdict = check(history, BOTH_OPEN)
        assert (verdict.answer == "linearizable") == explainable(history, BOTH_OPEN), history
        assert stands(verdict, history), history
        answers.append(verdict.answer)
    assert min(answers.count("linearizable"), answers.count("not linearizable")) > 100


def test_real_time_decides_some_of_these() -> None:
    """Some of these histories have an order, but none in real time."""
    assert sum(explainable(h, BOTH_OPEN, real_time=False) and not explainable(h, BOTH_OPEN) for h in SMALL) >= 5


def test_sequentially_consistent_is_not_enough() -> None:
    """A read of the old value after the update was over has no order in real time."""
    book = Book()
    update = book.done("A", "update_session", "s1", "theme", "dark")
    read = book.done("B", "get_session", "s1", value=FRESH)
    assert explainable(book.history, ONE_OPEN, real_time=False)
    verdict = check(book.history, ONE_OPEN)
    assert (verdict.answer, verdict.order, verdict.stuck) == ("not linearizable", (update,), (read,))


def test_calls_that_overlap_may_take_effect_in_either_order() -> None:
    """A read during an update may see the old value or the new one."""
    for seen in (FRESH, counted(1, theme="dark")):
        book = Book()
        update = book.call("A", "update_session", "s1", "theme", "dark")
        read = book.done("B", "get_session", "s1", value=seen)
        ended = update.returns()
        order = (read, ended) if seen is FRESH else (ended, read)
        assert check(book.history, ONE_OPEN).order == order


def reads(*counts: int) -> Book:
    """An increment of unknown outcome, then reads one after another."""
    book = Book()
    book.failed("A", "increment_access", "s1")
    for count in counts:
        book.done("B", "get_session", "s1", value=counted(count))
    return book


def test_an_unknown_outcome_takes_effect_once_at_any_later_time_or_never() -> None:
    """An unknown outcome is not undone and not repeated; its effect is in the order."""
    for counts, fine in (((0, 0), True), ((1, 1), True), ((0, 1), True), ((1, 0), False), ((0, 2), False)):
        verdict = check(reads(*counts).history, ONE_OPEN)
        assert (verdict.answer == "linearizable") == fine, counts
        if fine:
            assert [one.method for one in verdict.order].count("increment_access") == max(counts), counts


def test_a_call_that_was_never_answered_takes_no_effect_before_it_began() -> None:
    """A call without an answer explains no earlier read, and need not take effect."""
    book = Book()
    book.done("B", "get_session", "s1", value=counted(1))
    book.call("A", "increment_access", "s1").never_returns()
    assert check(book.history, ONE_OPEN).answer == "not linearizable"
    assert check(book.history[1:], ONE_OPEN).order == ()


def test_of_two_calls_in_doubt_either_may_have_taken_effect() -> None:
    """Calls of unknown outcome with other arguments do not stand for each other."""
    for seen, answer in (("dark", "linearizable"), ("light", "linearizable"), ("blue", "not linearizable")):
        book = Book()
        book.failed("A", "update_session", "s1", "theme", "dark")
        book.failed("B", "update_session", "s1", "theme", "light")
        book.done("C", "get_session", "s1", value=counted(1, theme=seen))
        assert check(book.history, ONE_OPEN).answer == answer, seen


def test_of_two_increments_that_were_told_the_same_one_is_stuck() -> None:
    """The evidence is the shortest: an order, and the one call that does not fit."""
    book = Book()
    first, second = book.call("A", "increment_access", "s1"), book.call("B", "increment_access", "s1")
    a, b = first.returns(1), second.returns(1)
    for number in range(2, 30):
        book.done("C", "increment_access", "s1", value=number)
    verdict = check(book.history, ONE_OPEN)
    assert (verdict.answer, verdict.order, verdict.stuck) == ("not linearizable", (a,), (b,))


def unexplained_updates(clients: int) -> Book:
    """Updates all at one time, and then a key that none of them wrote: every order has to be tried."""
    book = Book()
    running = [book.call(f"client {n}", "update_session", "s1", "k", str(n)) for n in range(clients)]
    for call in running:
        call.returns()
    book.done("end", "get_session", "s1", value=counted(clients, k="nobody's"))
    return book


def test_an_exhausted_budget_says_cannot_tell() -> None:
    """A search with too small a budget cannot tell; with a larger one it can."""
    book = unexplained_updates(6)
    verdict = check(book.history, ONE_OPEN, budget=50)
    assert (verdict.answer, verdict.configurations, verdict.stuck) == ("cannot tell", 50, ())
    assert check(book.history, ONE_OPEN, budget=5_000).answer == "not linearizable"


def test_a_contradiction_in_a_small_part_is_found_before_the_budget_is_spent_on_a_large_one() -> None:
    """Sessions are searched one by one, the one with the fewest calls first."""
    book = unexplained_updates(6)
    wrong = book.done("A", "increment_access", "s2x", value=7)
    verdict = check(book.history, BOTH_OPEN, budget=50)
    assert (verdict.answer, verdict.stuck) == ("not linearizable", (wrong,))


def test_the_budget_is_shared_by_all_parts() -> None:
    """Two sessions with ten calls each take twenty configurations."""
    book = Book()
    for number in range(1, 11):
        book.done("A", "increment_access", "s1", value=number)
        book.done("A", "increment_access", "s2x", value=number)
    assert check(book.history, BOTH_OPEN, budget=20).configurations == 20
    assert check(book.history, BOTH_OPEN, budget=19).answer == "cannot tell"


def test_answers_about_all_sessions_are_held_against_all_of_them() -> None:
    """Sessions that are right one by one can contradict a count together."""
    book = Book()
    book.done("A", "delete_session", "s1")
    book.done("A", "delete_session", "s2x")
    assert check(book.history, BOTH_OPEN).answer == "linearizable"
    count = book.done("B", "get_active_count", value=1)
    assert check(book.history, BOTH_OPEN).stuck == (count,)


def test_the_order_of_several_sessions_is_one_order() -> None:
    """The order keeps to real time across sessions."""
    play = Play(Random(7), ON_SESSIONS, clients=4, calls=60)
    verdict = check(play.play(), BOTH_OPEN)
    assert len({one.arguments[0] for one in verdict.order}) == 2
    assert stands(verdict, play.history)


def test_the_sequence_in_which_a_history_is_given_means_nothing() -> None:
    """Only positions say what came before what."""
    history = Play(Random(3), ON_SESSIONS, calls=30).play()
    shuffled = Random(4).sample(history, len(history))
    assert check(shuffled, BOTH_OPEN).order == check(history, BOTH_OPEN).order


def test_nothing_called_is_linearizable() -> None:
    """An empty history is linearizable without a search."""
    assert check([], ONE_OPEN) == Verdict("linearizable", ())


def test_a_history_that_nobody_can_have_recorded_is_an_error() -> None:
    """An impossible history is an error and no answer."""
    with pytest.raises(ValueError, match="never returned"):
        check([Operation("A", "get_stats", (), 1, None, "ok")], ONE_OPEN)


def test_a_long_history_needs_no_deep_recursion() -> None:
    """Three thousand calls take as many configurations and no recursion."""
    book = Book()
    for number in range(1, 3001):
        book.done("A", "increment_access", "s1", value=number)
    assert check(book.history, ONE_OPEN).configurations == 3000
