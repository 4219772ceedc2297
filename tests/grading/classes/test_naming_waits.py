"""The names that come from locks, objects, loops and waits: the right one, and not for what only looks like it."""

from __future__ import annotations

from dataclasses import replace

from racelab.grading.classes import names
from racelab.grading.classes.naming import cause_of
from racelab.grading.classes.result import ANSWERS, DEADLOCK, LEFT, RAISES
from racelab.grading.classes.trace import Primitive, Trace, Wait

from .test_naming import name
from .traces import trace

LOCKS = (Primitive("lock 1", "lock", "self._lock"), Primitive("lock 2", "lock", "self._other"))
OWN_LOCKS = (Primitive("lock A1", "lock", "", "A"), Primitive("lock B1", "lock", "", "B"))


def test_a_test_that_another_has_made_false_before_the_wait_is_check_then_act() -> None:
    """It waits for ever for what it was sure to get."""
    told = trace(
        *("A reads items [1] test @1", "B pops items [1] [] @9"),
        primitives=[Primitive("semaphore 1", "semaphore", "self._slots")],
        waits=[Wait("A", "take", "semaphore 1")],
    )
    assert name(told, DEADLOCK) == names.CHECK_THEN_ACT


def test_a_test_that_still_holds_does_not_explain_a_wait() -> None:
    """Nothing of what it had tested has changed."""
    told = trace(
        *("A reads items [1] test @1", "B reads items [1] answer @9"),
        primitives=[Primitive("semaphore 1", "semaphore", "self._slots")],
        waits=[Wait("A", "take", "semaphore 1")],
    )
    assert name(told, DEADLOCK) == names.DEADLOCK


def test_two_locks_of_set_up_for_one_place_are_a_wrong_lock() -> None:
    """Reader and writer lock, each another one."""
    told = trace(
        *("A reads o.n 0 write @1 +lock 1", "B writes o.n 0 1 @9 +lock 2", "A writes o.n 1 1 @2 +lock 1"),
        primitives=LOCKS,
    )
    told = _locked(told, "lock 1", "lock 2")
    cause = cause_of(told, LEFT)
    assert (cause.name, cause.locks) == (names.WRONG_LOCK, ("lock 1", "lock 2"))


def test_locks_that_the_calls_have_made_are_a_lock_per_copy() -> None:
    """Each call has its own."""
    told = trace(
        *("A reads o.n 0 write @1", "B writes o.n 0 1 @9", "A writes o.n 1 1 @2"),
        primitives=OWN_LOCKS,
    )
    assert name(_locked(told, "lock A1", "lock B1")) == names.LOCK_PER_COPY


def test_one_lock_that_was_released_between_is_no_wrong_lock() -> None:
    """It is the same lock, held twice for a moment."""
    told = trace(*("A reads o.n 0 write @1", "B writes o.n 0 1 @9", "A writes o.n 1 1 @2"), primitives=LOCKS)
    assert name(_locked(told, "lock 1", "lock 1")) == names.LOST_UPDATE


def test_an_object_that_is_used_before_it_is_complete_is_published_unsafely() -> None:
    """Stored, read by another, and only then completed."""
    told = trace("A writes o.it None A1 is=A1 @1", "B reads A1.ready None answer @9", "A writes A1.ready None True @2")
    assert name(told, RAISES) == names.UNSAFE_PUBLICATION


def test_an_object_that_is_complete_when_it_is_stored_is_published_safely() -> None:
    """Nothing of it is set afterwards."""
    told = trace("A writes A1.ready None True @2", "A writes o.it None A1 is=A1 @1", "B reads A1.ready True answer @9")
    assert name(told, RAISES) == names.CRASH


def test_an_object_that_is_read_when_it_is_complete_is_published_safely() -> None:
    """It was stored too early, but nobody has looked."""
    told = trace("A writes o.it None A1 is=A1 @1", "A writes A1.ready None True @2", "B reads A1.ready True answer @9")
    assert name(told, RAISES) == names.CRASH


def test_a_loop_that_python_has_ended_is_an_iteration_over_a_changing_container() -> None:
    """Python says so itself."""
    told = trace(
        *("B appends d {} {1} @9", "A reads d {1} iterate @1"),
        raised={"A": "dictionary changed size during iteration"},
    )
    assert name(told, RAISES) == names.ITERATION


def test_another_exception_in_a_loop_is_a_crash() -> None:
    """The change came before the loop had begun."""
    told = trace(*("B appends d {} {1} @9", "A reads d {1} iterate @1"), raised={"A": "no such user"})
    assert name(told, RAISES) == names.CRASH


def test_a_list_that_grows_under_a_loop_is_an_iteration_too() -> None:
    """Python says nothing, but the loop meets the change."""
    told = trace("A reads items [1] iterate @1", "B appends items [1] [1,2] @9", "A reads items [1,2] iterate @1")
    assert name(told, ANSWERS) == names.ITERATION


def test_acting_after_a_wait_without_a_new_test_is_a_stolen_wake_up() -> None:
    """`if` where `while` belongs."""
    told = trace(
        "A reads mail [] test @1",
        "C appends mail [] [1] @5",
        "B pops mail [1] [] @3",
        "A waits condition 1",
        "A pops mail [] [] @3",
    )
    assert name(told, RAISES) == names.STOLEN_WAKE_UP


def test_a_new_test_after_a_wait_is_no_stolen_wake_up() -> None:
    """The loop comes back to the same line."""
    told = trace(
        "A reads mail [] test @1",
        "C appends mail [] [1] @5",
        "A waits condition 1",
        "A reads mail [1] test @1",
        "A pops mail [1] [] @3",
    )
    assert name(told, RAISES) == names.CRASH


def test_locks_in_two_orders_are_a_deadlock() -> None:
    """The ring is what is told."""
    ring = (Wait("A", "take", "lock 2", ("B",)), Wait("B", "take", "lock 1", ("A",)))
    cause = cause_of(
        trace("A reads o.n 0 @1", "B reads o.n 0 @1", waits=(*ring, Wait("C", "take", "lock 1", ("A",)))), DEADLOCK
    )
    assert (cause.name, set(cause.waits)) == (names.DEADLOCK, set(ring))


def test_a_lock_that_the_waiter_holds_is_a_self_deadlock() -> None:
    """It waits for itself."""
    told = trace("A reads o.n 0 @1", waits=[Wait("A", "take", "lock 1", ("A",))])
    assert name(told, DEADLOCK) == names.SELF_DEADLOCK


def test_a_signal_between_test_and_wait_is_a_lost_wake_up() -> None:
    """What was tested has changed, and the signal is gone."""
    told = trace(
        *("A reads mail [] test @1", "B appends mail [] [1] @5", "B signals event 1"),
        primitives=[Primitive("event 1", "event", "self._came")],
        waits=[Wait("A", "wait for", "event 1")],
    )
    assert name(told, DEADLOCK) == names.LOST_WAKE_UP


def test_a_signal_that_nothing_remembers_is_a_missed_signal() -> None:
    """The waiter had tested nothing."""
    told = trace(
        *("A reads o.n 0 @1", "B signals condition 1"),
        primitives=[Primitive("condition 1", "condition", "self._changed")],
        waits=[Wait("A", "wait for", "condition 1")],
    )
    assert name(told, DEADLOCK) == names.MISSED_SIGNAL


def test_a_signal_before_the_call_had_begun_is_not_missed() -> None:
    """It came too early for everybody."""
    told = trace(
        *("B signals condition 1", "A reads o.n 0 @1"),
        primitives=[Primitive("condition 1", "condition", "self._changed")],
        waits=[Wait("A", "wait for", "condition 1")],
    )
    assert name(told, DEADLOCK) == names.DEADLOCK


def test_a_signal_while_it_waits_that_helps_it_nothing_is_a_lost_wake_up() -> None:
    """It has been woken once, and waits again."""
    told = trace(
        *("A reads o.n 0 @1", "B signals condition 1", "A waits condition 1", "B signals condition 1"),
        primitives=[Primitive("condition 1", "condition", "self._changed")],
        waits=[Wait("A", "wait for", "condition 1")],
    )
    assert name(told, DEADLOCK) == names.LOST_WAKE_UP


def test_asking_a_queue_and_then_taking_from_it_is_check_then_act() -> None:
    """Another was quicker, and it waits for ever."""
    told = trace(
        *("A reads queue (1,) test @1", "B pops queue (1,) () @9"),
        primitives=[Primitive("queue", "queue", "self._queue")],
        waits=[Wait("A", "get from", "queue")],
    )
    assert name(told, DEADLOCK) == names.CHECK_THEN_ACT


def test_a_wait_without_any_signal_is_a_deadlock() -> None:
    """Nobody has given one."""
    told = trace(
        *("A reads o.n 0 @1", "B reads o.n 0 @1"),
        primitives=[Primitive("condition 1", "condition", "self._changed")],
        waits=[Wait("A", "wait for", "condition 1")],
    )
    assert name(told, DEADLOCK) == names.DEADLOCK


def _locked(told: Trace, mine: str, theirs: str) -> Trace:
    """With the locks that A and B held at each access."""
    steps = [
        replace(step, touches=tuple(replace(one, held=(mine if one.task == "A" else theirs,)) for one in step.touches))
        for step in told.steps
    ]
    return replace(told, steps=tuple(steps))
