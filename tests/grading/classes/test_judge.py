"""A concurrent ending has to be one that the calls can have one after another, in an order that was kept."""

from __future__ import annotations

import pytest

from racelab.grading.classes.judge import Judge, compatible
from racelab.grading.classes.program import Program
from racelab.grading.classes.result import Answer, Ending

FIRST_A, FIRST_B = (((0, 0),), ((1, 0),)), (((0, 1),), ((0, 0),))
"""The orders of two calls of two threads: how many of A's and B's had ended when each began."""
OVERLAPPED = (((0, 0),), ((0, 0),))


def ending(*answers: object, then: object = None, **more: tuple[str, ...]) -> Ending:
    """An ending with one call for each thread."""
    told = tuple((Answer("raises", one) if isinstance(one, str) else Answer("ok", one),) for one in answers)
    return Ending(told, () if then is None else (Answer("ok", then),), **more)


def judge(*known: tuple[Ending, tuple[tuple[tuple[int, ...], ...], ...]], ignore: tuple[str, ...] = ()) -> Judge:
    """One that knows these endings, for two threads with a call each."""
    found = Judge(Program("", "m", "C()", (("it.f(1)",), ("it.g()",)), ("it.n",), ignore=ignore))
    for one in known:
        found.add(*one)
    return found


SERIAL = ((ending(1, 2, then=3), FIRST_A), (ending(2, 1, then=3), FIRST_B))


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (ending(1, 2, then=3), ""),
        (ending(1, 1, then=3), "answers"),
        (ending(1, 2, then=2), "left"),
        (ending("KeyError", 2, then=3), "raises"),
        (ending(1, 2, then=3, crashes=("KeyError",)), "crash"),
        (ending(1, 2, then=3, broken=("it.n > 3",)), "broken"),
        (ending(1, 2, stuck=("A",)), "deadlock"),
    ],
)
def test_each_kind_of_ending_is_told(told: Ending, kind: str) -> None:
    """Every way to end badly has its kind, and an ending that is known has none."""
    assert judge(*SERIAL).kind(told, OVERLAPPED) == kind


def test_an_order_that_was_kept_has_to_explain_it() -> None:
    """An ending of the other order is wrong where one call had ended before the other began."""
    told = ending(1, 2, then=3)
    assert judge(*SERIAL).kind(told, FIRST_A) == ""
    assert judge(*SERIAL).kind(told, FIRST_B) == "left"
    assert judge(*SERIAL).kind(told, None) == ""


@pytest.mark.parametrize(
    ("precedence", "order", "fits"),
    [
        (FIRST_A, FIRST_A, True),
        (FIRST_A, FIRST_B, False),
        (FIRST_B, FIRST_A, False),
        (OVERLAPPED, FIRST_A, True),
        (OVERLAPPED, FIRST_B, True),
        ((((0, 0), (1, 0)), ((1, 0),)), (((0, 0), (1, 1)), ((1, 0),)), True),
        ((((0, 0), (1, 0)), ((1, 0),)), (((0, 0), (1, 0)), ((2, 0),)), True),
        ((((0, 0), (1, 0)), ((1, 0),)), (((0, 1), (1, 1)), ((0, 0),)), False),
    ],
)
def test_calls_that_did_not_overlap_keep_their_order(
    precedence: tuple[tuple[tuple[int, ...], ...], ...], order: tuple[tuple[tuple[int, ...], ...], ...], fits: bool
) -> None:
    """An order is compatible if no call comes after one that began when it had ended."""
    assert compatible(precedence, order) is fits


def test_every_thread_that_waits_must_wait_by_itself() -> None:
    """Two threads may wait for ever if each of them does so alone, after the same answers."""
    known = judge((ending(1, 2, then=3), FIRST_A), (ending(1, 2, stuck=("A",)), FIRST_A))
    assert known.kind(ending(1, 2, stuck=("A",)), OVERLAPPED) == ""
    assert known.kind(ending(1, 2, stuck=("A", "B")), OVERLAPPED) == "deadlock"
    assert known.kind(ending(1, 3, stuck=("A",)), OVERLAPPED) == "deadlock"


@pytest.mark.parametrize(
    ("ignored", "told"),
    [
        ("it.n", ending(1, 2, then=9)),
        ("n", ending(1, 2, then=9)),
        ("it.f(1)", ending(7, 2, then=3)),
        ("f", ending(7, 2, then=3)),
        ("KeyError", ending("KeyError", 2, then=3)),
    ],
)
def test_what_is_ignored_does_not_count(ignored: str, told: Ending) -> None:
    """A call, a method, an observation or an exception can be left out, and others still count."""
    assert judge(*SERIAL).kind(told, OVERLAPPED) != ""
    known = judge(*SERIAL, ignore=(ignored,))
    assert known.kind(told, OVERLAPPED) == ""
    assert known.kind(ending(1, 8, then=3), OVERLAPPED) != ""


def test_an_ending_of_every_order_needs_no_order() -> None:
    """Only what comes out in all orders is explained whatever the order was."""
    same = ending(1, 1, then=2)
    known = judge((same, FIRST_A), (same, FIRST_B))
    assert known.explains_in_any_order(same)
    assert known.kind(same, FIRST_A) == known.kind(same, FIRST_B) == ""
    assert not judge(*SERIAL).explains_in_any_order(SERIAL[0][0])


def test_what_is_wrong_even_one_after_another_is_told() -> None:
    """A crash or a broken invariant is bad in whatever order, and waiting for ever is not."""
    known = judge(*SERIAL)
    assert known.wrong_by_itself(ending(1, crashes=("KeyError",))) == "crash"
    assert known.wrong_by_itself(ending(1, broken=("x",))) == "broken"
    assert known.wrong_by_itself(ending(1, stuck=("A",))) == ""


def test_what_is_learnt_later_counts() -> None:
    """An ending that a later order explains is wrong before and right afterwards."""
    known, told = judge(SERIAL[0]), SERIAL[1][0]
    assert known.kind(told, OVERLAPPED) != ""
    known.add(*SERIAL[1])
    assert known.kind(told, OVERLAPPED) == ""


def test_an_exception_that_some_order_raises_is_no_new_one() -> None:
    """Beside another answer it is the answers that are wrong."""
    known = judge((ending("KeyError", 2, then=3), FIRST_A))
    assert known.kind(ending("KeyError", 1, then=3), OVERLAPPED) == "answers"
    assert known.kind(ending("ValueError", 2, then=3), OVERLAPPED) == "raises"


def test_what_is_not_ignored_counts_beside_what_is() -> None:
    """Another answer, another observation and a wait that ended still count."""
    known = judge(*SERIAL, ignore=("f",))
    assert known.kind(ending(7, 2, then=9), OVERLAPPED) != ""
    assert known.kind(ending(7, 8, then=3), OVERLAPPED) != ""
    waits = Ending(((None,), (Answer("ok", 2),)), (), stuck=("A",))
    assert judge((waits, FIRST_A), ignore=("f",)).kind(ending(7, 2), OVERLAPPED) != ""
