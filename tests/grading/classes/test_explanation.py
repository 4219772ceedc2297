"""The paragraph on a finding: what happened, whose value was lost, and what to do."""

from __future__ import annotations

import pytest

from racelab.grading.classes.explanation import STORIES, paragraph
from racelab.grading.classes.moments import state
from racelab.grading.classes.names import NAMES
from racelab.grading.classes.naming import cause_of
from racelab.grading.classes.result import ANSWERS, DEADLOCK, LEFT, RAISES
from racelab.grading.classes.telling import tell
from racelab.grading.classes.trace import Primitive, Trace, Wait

from .test_trace import found
from .traces import trace
from .zoo.table import WRONG


def explained(told: Trace, kind: str = LEFT) -> str:
    """Its paragraph."""
    return paragraph(told, cause_of(told, kind))


def of_zoo(module: str) -> str:
    """The paragraph on a class of the zoo."""
    return tell(found(next(sample for sample in WRONG if sample.module == module))).paragraph()


def test_a_lost_update_says_whose_value_is_lost_and_where_to_lock() -> None:
    """From the read to the write."""
    text = explained(
        trace("A reads o.n 0 write @3", "B reads o.n 0 write @3", "B writes o.n 0 1 @5", "A writes o.n 1 1 @5")
    )
    assert text.startswith("Lost update. A read o.n (0) in line 3. Then B changed o.n from 0 to 1 in line 5.")
    assert "what B had written is lost" in text
    assert "Hold one lock from line 3 to line 5 of call()" in text


def test_no_change_between_the_test_and_the_act_is_skipped() -> None:
    """A limit of two: who changed the value before the last one did is told, and what the act made of it."""
    test, act = "A reads o.n 0 test @3", ("A reads o.n {0} write @6", "A writes o.n {0} {1} @6")
    tests_of_others = ("B reads o.n 0 test @3", "B reads o.n 0 write @6", "B writes o.n 0 1 @6")
    last = ("C reads o.n 1 test @3", "C reads o.n 1 write @6", "C writes o.n 1 2 @6")
    both = explained(trace(test, *tests_of_others, *last, *(one.format(2, 3) for one in act)))
    assert both.startswith(
        "Check-then-act. A tested o.n (0) in line 3. Then B changed o.n to 1, and after that C changed o.n from 1 to 2 "
        "in line 6. A still went by what it had seen before: in line 6 it changed o.n from 2 to 3."
    )
    one = explained(trace(test, *tests_of_others, *(one.format(1, 2) for one in act)))
    assert "Then B changed o.n from 0 to 1 in line 6. A still went by" in one
    assert "in line 6 it changed o.n from 1 to 2." in one


def test_the_lock_that_the_class_has_is_named() -> None:
    """It need not make another one."""
    lock = Primitive("lock 1", "lock", "o.lock")
    accesses = ("A reads o.n 0 write @3", "B writes o.n 0 1 @5", "A writes o.n 1 1 @5")
    assert "Hold o.lock from line 3 to line 5" in explained(trace(*accesses, primitives=[lock]))


def test_the_lock_of_another_object_is_not_proposed() -> None:
    """It guards the insides of that object."""
    lock = Primitive("lock 1", "lock", "o.pool.lock")
    accesses = ("A reads o.n 0 write @3", "B writes o.n 0 1 @5", "A writes o.n 1 1 @5")
    assert "Hold one lock from line 3 to line 5" in explained(trace(*accesses, primitives=[lock]))


def test_a_lock_that_is_taken_inside_is_not_proposed_as_it_is() -> None:
    """To take it around that would be a deadlock."""
    text = of_zoo("balance_property")
    assert "Hold self._lock over line 22 of deposit()" in text
    assert "make it an RLock, because it is taken there already" in text


def test_a_deadlock_says_in_which_order() -> None:
    """Both locks, and who holds them."""
    text = of_zoo("ledger")
    assert "A waits for self._audit_lock, which B holds" in text
    assert "Take self._audit_lock and self._entries_lock in one order everywhere" in text


def test_a_wait_while_holding_a_lock_is_not_about_order() -> None:
    """One of them waits for a queue."""
    assert "Do not wait while holding a lock" in of_zoo("full_queue")


def test_a_stolen_wake_up_asks_for_while() -> None:
    """In the line of the test."""
    told = trace(
        "A reads mail [] test @7",
        "C appends mail [] [1] @5",
        "B pops mail [1] [] @9",
        "A waits condition 1",
        "A pops mail [] [] @9",
    )
    assert "Use while instead of if in line 7" in explained(told, RAISES)


def test_an_unsafe_publication_says_to_store_last() -> None:
    """And what the other one has seen."""
    text = of_zoo("early_instance")
    assert "before it was complete" in text
    assert "read Rules._instance.limit in line 26: None" in text
    assert "store it in Rules._instance as the last step" in text


def test_a_lost_wake_up_of_an_event_says_to_clear_before_the_test() -> None:
    """The signal that was missed is told with its step."""
    text = of_zoo("event_mailbox")
    assert "Clear self._arrived before the test" in text


def test_a_lost_wake_up_of_a_condition_says_to_test_under_its_lock() -> None:
    """The signal came before the wait."""
    told = trace(
        *("A reads gate.open False test @7", "B writes gate.open False True @5", "B signals condition 1"),
        primitives=[Primitive("condition 1", "condition", "self._changed")],
        waits=[Wait("A", "wait for", "condition 1")],
    )
    text = explained(told, DEADLOCK)
    assert "did not test again before it waited" in text
    assert "while holding self._changed" in text


def test_a_signal_to_the_wrong_waiter_asks_for_notify_all() -> None:
    """It waited already, and another was woken."""
    assert "Use notify_all()" in of_zoo("wrong_waiter")


def test_two_locks_are_named_both() -> None:
    """And one of them is to be used everywhere."""
    text = of_zoo("two_guards")
    assert "self._read_lock" in text
    assert "self._write_lock" in text
    assert "Use one lock for self._samples everywhere" in text


def test_a_torn_read_names_both_places() -> None:
    """The old one and the new one."""
    told = trace(
        "A writes o.low 0 3 @1", "B reads o.low 3 answer @8", "B reads o.high 0 answer @9", "A writes o.high 0 5 @2"
    )
    text = explained(told, ANSWERS)
    assert "read o.high as it was before (0, line 9) and o.low as it is afterwards (3, line 8)" in text


def test_an_exception_without_a_shape_is_told_as_it_is() -> None:
    """Which call has raised what."""
    text = explained(trace("A reads o.n 0 @1", raised={"A": "no"}), RAISES)
    assert "A's it.call() raised ValueError (no)." in text


def test_a_database_is_not_locked_by_a_lock_of_python() -> None:
    """Other processes have the same rows."""
    text = of_zoo("sqlite_counter")
    assert "Use one transaction from line 15 to line 16 of visit(), begun with BEGIN IMMEDIATE" in text
    assert "one lock" not in text


def test_a_self_deadlock_asks_for_an_rlock() -> None:
    """It waits for itself."""
    lock = Primitive("lock 1", "lock", "self._lock")
    told = trace("A reads o.n 0 @1", primitives=[lock], waits=[Wait("A", "take", "lock 1", ("A",))])
    text = explained(told, DEADLOCK)
    assert "A waits for self._lock, which it holds itself" in text
    assert "RLock" in text


@pytest.mark.parametrize(
    ("thing", "noted", "said"),
    [
        ("event 1", "(True, 0)", "set"),
        ("event 1", "(False, 0)", "not set"),
        ("semaphore 2", "(3, 0)", "3 left"),
        ("bounded B1", "(0, 0)", "0 left"),
        ("queue 1", "((('int', 1),), 0, False)", "another state"),
    ],
)
def test_the_state_of_a_primitive_is_told_in_words(thing: str, noted: str, said: str) -> None:
    """And not as the engine keeps it."""
    assert state(thing, noted) == said


@pytest.mark.parametrize("name", NAMES)
def test_every_name_has_a_story(name: str) -> None:
    """No finding goes without a paragraph."""
    assert name in STORIES
