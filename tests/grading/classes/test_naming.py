"""The field's name for a finding: the right one, and not that one for what only looks like it."""

from __future__ import annotations

import pytest

from racelab.grading.classes import names
from racelab.grading.classes.naming import FIRST, cause_of
from racelab.grading.classes.result import ANSWERS, BROKEN, CRASH, LEFT, RAISES
from racelab.grading.classes.trace import Trace

from .traces import trace


def name(told: Trace, kind: str = LEFT) -> str:
    """Its name."""
    return cause_of(told, kind).name


def test_a_value_made_from_what_was_overwritten_is_a_lost_update() -> None:
    """Read, another's write, write: the other's is lost."""
    told = trace("A reads o.n 0 write @1", "B reads o.n 0 write @1", "B writes o.n 0 1 @2", "A writes o.n 1 1 @2")
    cause = cause_of(told, LEFT)
    assert cause.name == names.LOST_UPDATE
    assert [(event.touch.task, event.touch.how) for event in cause.events] == [
        ("A", "read"),
        ("B", "write"),
        ("A", "write"),
    ]


def test_a_value_made_from_a_default_elsewhere_is_a_lost_update() -> None:
    """A default of the class is read, and both store what comes of it in the object."""
    first, second = "A reads C.n 0 write @1", "A writes o.n 1 1 @2"
    told = trace(first, "B reads C.n 0 write @1", "B writes o.n None 1 @2", second)
    cause = cause_of(told, LEFT)
    assert (cause.name, [event.touch.thing for event in cause.events]) == (names.LOST_UPDATE, ["C", "o", "o"])
    found = trace(
        "A reads o.n None @1", first, "B reads o.n None @1", "B reads C.n 0 @1", "B writes o.n None 1 @2", second
    )
    assert name(found) == names.LOST_UPDATE
    assert name(trace(first, "B writes o.n None 7 @3", second)) != names.LOST_UPDATE
    assert name(trace("A reads C.m 0 write @1", "B writes o.n None 1 @2", second)) != names.LOST_UPDATE


def test_the_size_of_what_a_flag_is_in_is_no_other_work() -> None:
    """That a dictionary grows with the flag is not what was done twice."""
    told = trace(
        "A reads d.k None test @1",
        "B reads d.k None test @1",
        "B writes d.k None 2 @3",
        "B changes d {} {k:2} @3",
        "A writes d.k 2 2 @3",
        "A changes d {k:2} {k:2} @3",
    )
    assert name(told) == names.CHECK_THEN_ACT


def test_a_call_that_looks_again_before_it_writes_loses_nothing() -> None:
    """What was tested was false by then, but the write is made from the new value."""
    told = trace("A reads o.n 5 test @1", "B writes o.n 5 1 @2", "A reads o.n 1 write @2", "A writes o.n 1 -3 @2")
    assert name(told) == names.CHECK_THEN_ACT


def test_calls_one_after_another_have_no_cause() -> None:
    """No call is interrupted, so only the general name is left."""
    told = trace("A reads o.n 0 write @1", "A writes o.n 0 1 @2", "B reads o.n 1 write @1", "B writes o.n 1 2 @2")
    assert name(told) == names.ATOMICITY_VIOLATION


def test_calls_one_after_another_only_differ_from_a_specification() -> None:
    """Where nothing interleaves, no race is named; where something does, one is, specification or not."""
    serial = trace("A reads o.n 0 write @1", "A writes o.n 0 1 @2", "B reads o.n 1 write @1", "B writes o.n 1 2 @2")
    assert [cause_of(serial, kind, specified=True).name for kind in (LEFT, ANSWERS, RAISES)] == [names.WRONG_ALONE] * 3
    assert cause_of(serial, BROKEN, specified=True).name == names.BROKEN_INVARIANT
    mixed = trace("A reads o.n 0 write @1", "B reads o.n 0 write @1", "B writes o.n 0 1 @2", "A writes o.n 1 1 @2")
    assert cause_of(mixed, LEFT, specified=True).name == names.LOST_UPDATE


def test_a_test_and_a_write_of_something_new_is_check_then_act() -> None:
    """Both find no owner, and both write one."""
    told = trace(
        "A reads d.k - test member @1", "B reads d.k - test member @1", "B writes d.k - 1 @2", "A writes d.k 1 2 @2"
    )
    assert name(told, ANSWERS) == names.CHECK_THEN_ACT


def test_a_test_for_an_item_that_is_still_there_is_not_what_went_wrong() -> None:
    """The counter was there before and after: its update is lost."""
    told = trace(
        "A reads d.k 1 test member @1",
        "A reads d.k 1 write @2",
        "B reads d.k 1 write @2",
        "B writes d.k 1 2 @2",
        "A writes d.k 2 2 @2",
    )
    assert name(told) == names.LOST_UPDATE


def test_a_test_before_the_value_is_what_went_wrong_first() -> None:
    """A lock around the subtraction alone would not help: the test was passed before."""
    told = trace("A reads o.n 5 test @1", "A reads o.n 5 write @2", "B writes o.n 5 2 @2", "A writes o.n 2 1 @2")
    assert name(told) == names.CHECK_THEN_ACT


def test_a_test_that_is_acted_on_elsewhere_is_check_then_act() -> None:
    """Closed between the test and the use."""
    told = trace("A reads o.open True test @1", "B writes o.open True False @5", "A appends items [] [1] @2")
    assert name(told) == names.CHECK_THEN_ACT


def test_the_same_flag_and_the_same_work_twice_is_double_execution() -> None:
    """Both find it not started, both start it, both note the same."""
    told = trace(
        "A reads o.on False test @1",
        "B reads o.on False test @1",
        "B appends starts [] [1] @2",
        "B writes o.on False True @3",
        "A appends starts [1] [1,1] @2",
        "A writes o.on True True @3",
    )
    assert name(told) == names.DOUBLE_EXECUTION


def test_different_values_in_the_flag_are_no_double_execution() -> None:
    """Each claims it for itself."""
    told = trace(
        "A reads o.owner None test @1",
        "B reads o.owner None test @1",
        "B appends log [] [1] @2",
        "B writes o.owner None 'b' @3",
        "A appends log [1] [1,1] @2",
        "A writes o.owner 'b' 'a' @3",
    )
    assert name(told) == names.CHECK_THEN_ACT


def test_what_was_put_into_a_list_that_is_replaced_is_lost() -> None:
    """To set the attribute to a new list drops what is in the old one."""
    told = trace("A reads N1 [] write @1", "B appends N1 [] [1] @5", "A writes o.items [1] [] was=N1 is=N2 @2")
    assert name(told) == names.LOST_UPDATE


def test_to_clear_a_dictionary_takes_each_item_away() -> None:
    """What was tested is gone."""
    told = trace("A reads d.k 1 test member @1", "B pops d {'k':1} {} @9", "A reads d.k - answer @2")
    assert name(told, ANSWERS) == names.CHECK_THEN_ACT


def test_another_item_that_comes_changes_nothing_of_this_one() -> None:
    """Only the dictionary as a whole is another one."""
    told = trace("A reads d.k 1 test member @1", "B appends d {'k':1} {'k':1,'j':2} @9", "A reads d.k 1 answer @2")
    assert name(told, ANSWERS) == names.ATOMICITY_VIOLATION


def test_an_item_that_changes_changes_the_whole() -> None:
    """What was tested is the sum over all items."""
    told = trace("A reads d {'k':1} test @1", "B writes d.k 1 2 @9", "A reads d {'k':2} answer @2")
    assert name(told, ANSWERS) == names.CHECK_THEN_ACT


def test_what_was_read_before_a_change_of_its_own_is_not_what_was_lost() -> None:
    """Its second write is made from nothing."""
    told = trace("A reads o.n 0 write @1", "A writes o.n 0 1 @2", "B writes o.n 1 5 @9", "A writes o.n 5 7 @3")
    assert name(told) == names.ATOMICITY_VIOLATION


def test_what_a_thread_did_before_it_rested_belongs_to_other_work() -> None:
    """A thread of the class's own may test in one round and act in the next."""
    accesses = ("C reads o.n 0 test @1", "B writes o.n 0 1 @9", "C waits condition 1", "C appends log [] [1] @2")
    assert name(trace(*accesses, own=["C"])) == names.ATOMICITY_VIOLATION
    assert name(trace(*accesses)) == names.CHECK_THEN_ACT


def test_what_two_calls_have_taken_is_double_execution() -> None:
    """Both answer the item, and both leave nothing."""
    told = trace(
        *("A reads slot.item 'x' answer @1", "B reads slot.item 'x' answer @1"),
        *("B writes slot.item 'x' None @1", "A writes slot.item None None @1"),
    )
    assert name(told, ANSWERS) == names.DOUBLE_EXECUTION


def test_what_was_put_there_unseen_and_overwritten_is_lost() -> None:
    """Each answers what was there and leaves its own: one of them is never seen."""
    told = trace(
        *("A reads slot.item 'x' answer @1", "B reads slot.item 'x' answer @1"),
        *("B writes slot.item 'x' 'b' @1", "A writes slot.item 'b' 'a' @1"),
    )
    assert name(told, ANSWERS) == names.LOST_UPDATE


def test_an_item_that_has_gone_between_two_operations_is_check_then_act() -> None:
    """To read it was a test as well."""
    told = trace("A reads d.k 1 answer @1", "B pops d.k 1 - @9", "A pops d.k - - @2")
    assert name(told, ANSWERS) == names.CHECK_THEN_ACT


def test_an_append_loses_nothing_but_may_be_stale() -> None:
    """The number that it appends was read before the other's append."""
    told = trace("A reads items [] write @1", "B appends items [] [0] @2", "A appends items [0] [0,0] @2")
    assert name(told, ANSWERS) == names.STALE_READ


def test_a_value_that_is_stored_elsewhere_too_late_is_a_stale_read() -> None:
    """The cache gets what the table no longer has."""
    told = trace(
        "A reads table.k 'old' write answer @9", "B writes table.k 'old' 'new' @12", "A writes cache.k - 'old' @24"
    )
    assert name(told) == names.STALE_READ


def test_a_value_that_was_only_answered_is_not_stale() -> None:
    """Its call may have come first."""
    told = trace("A reads table.k 'old' answer @9", "B writes table.k 'old' 'new' @12", "A writes log.n 0 1 @24")
    assert name(told) == names.ATOMICITY_VIOLATION


def test_old_and_new_together_are_a_torn_read() -> None:
    """The reader comes between the two writes."""
    told = trace(
        "A writes o.low 0 3 @1", "B reads o.low 3 answer @9", "B reads o.high 0 answer @9", "A writes o.high 0 5 @2"
    )
    assert name(told, ANSWERS) == names.TORN_READ


def test_two_values_of_one_state_are_not_torn() -> None:
    """Both are old."""
    told = trace(
        "B reads o.low 0 answer @9", "B reads o.high 0 answer @9", "A writes o.low 0 3 @1", "A writes o.high 0 5 @2"
    )
    assert name(told, ANSWERS) == names.ATOMICITY_VIOLATION


def test_a_value_between_two_writes_of_one_place_is_a_dirty_read() -> None:
    """It was there only for the moment."""
    told = trace("A writes o.n 0 -1 @1", "B reads o.n -1 answer @9", "A writes o.n -1 0 @2")
    assert name(told, ANSWERS) == names.DIRTY_READ


def test_a_value_that_is_written_once_more_as_it_is_was_not_dirty() -> None:
    """It was there to stay."""
    told = trace("A writes o.n 0 1 @1", "B reads o.n 1 answer @9", "A writes o.n 1 1 @2")
    assert name(told, ANSWERS) == names.ATOMICITY_VIOLATION


def test_other_work_in_the_same_call_is_no_double_execution() -> None:
    """Both have set the flag, and each has done something else."""
    told = trace(
        *("A reads o.on False test @1", "B reads o.on False test @1", "B appends starts [] [1] @7"),
        *("B writes o.on False True @3", "A appends stops [] [1] @8", "A writes o.on True True @3"),
    )
    assert name(told) == names.CHECK_THEN_ACT


def test_a_length_that_is_used_too_late_is_a_stale_read_if_the_call_fails() -> None:
    """It went by what it had read; without a failure it only looked twice."""
    accesses = ("A reads items [1] write @1", "B pops items [1] [] @9", "A reads items [] answer @2")
    assert name(trace(*accesses, raised={"A": "index out of range"}), RAISES) == names.STALE_READ
    assert name(trace(*accesses), ANSWERS) == names.NON_REPEATABLE


def test_a_value_after_the_last_write_is_not_dirty() -> None:
    """It stays."""
    told = trace("A writes o.n 0 -1 @1", "A writes o.n -1 0 @2", "B reads o.n 0 answer @9")
    assert name(told, ANSWERS) == names.ATOMICITY_VIOLATION


def test_two_looks_with_a_change_between_are_a_non_repeatable_read() -> None:
    """Neither look decides anything."""
    told = trace("A reads o.n 0 answer @1", "B writes o.n 0 1 @9", "A reads o.n 1 answer @2")
    assert name(told, ANSWERS) == names.NON_REPEATABLE


def test_a_loop_that_tests_again_is_no_fault() -> None:
    """The same line looks again, as a wait does."""
    told = trace("A reads o.n 0 test @1", "B writes o.n 0 1 @9", "A reads o.n 1 test @1")
    assert name(told, ANSWERS) == names.ATOMICITY_VIOLATION


def test_what_is_taken_out_as_it_is_now_loses_no_update() -> None:
    """The second access looks as well."""
    told = trace("A reads items [1] write @1", "B pops items [1] [] @9", "A pops items [] [] @2")
    assert name(told, ANSWERS) == names.NON_REPEATABLE


def test_a_reader_that_has_seen_the_new_values_in_the_end_is_not_torn() -> None:
    """It has read one of them twice."""
    told = trace(
        "B reads o.low 0 answer @8",
        "A writes o.low 0 3 @1",
        "A writes o.high 0 5 @2",
        "B reads o.low 3 answer @9",
        "B reads o.high 5 answer @9",
    )
    assert name(told, ANSWERS) == names.NON_REPEATABLE


def test_each_reading_what_the_other_writes_is_write_skew() -> None:
    """They write different places."""
    told = trace(
        "A reads ann.on True test @1",
        "A reads bob.on True test @1",
        "B reads ann.on True test @1",
        "B reads bob.on True test @1",
        "B writes bob.on True False @2",
        "A writes ann.on True False @2",
    )
    assert name(told, ANSWERS) == names.WRITE_SKEW


def test_a_write_before_the_read_is_no_write_skew() -> None:
    """The one sees the other's write."""
    told = trace(
        "A reads bob.on True test @1",
        "A writes ann.on True False @2",
        "B reads ann.on False test @1",
        "B writes bob.on True False @2",
    )
    assert name(told, ANSWERS) != names.WRITE_SKEW


@pytest.mark.parametrize(
    ("kind", "wanted"), [(RAISES, names.CRASH), (CRASH, names.CRASH), (BROKEN, names.BROKEN_INVARIANT)]
)
def test_without_a_shape_the_kind_of_ending_gives_the_name(kind: str, wanted: str) -> None:
    """A general name is better than a wrong one."""
    assert name(trace("A reads o.n 0 @1"), kind) == wanted


def test_the_failing_call_comes_before_others() -> None:
    """What B has lost does not explain what C raises."""
    told = trace(
        "A reads o.n 0 write @1",
        "B writes o.n 0 1 @2",
        "A writes o.n 1 1 @2",
        "C reads o.open True test @7",
        "D writes o.open True False @8",
        "C appends items [] [1] @9",
        raised={"C": "closed"},
    )
    assert name(told, RAISES) == names.CHECK_THEN_ACT
    assert name(told, LEFT) == names.LOST_UPDATE


def test_each_name_has_a_meaning_and_a_source() -> None:
    """No rule gives a name without one."""
    assert {*FIRST} <= {*names.NAMES}
    assert all(one.meaning.endswith(".") and one.source for one in names.NAMES.values())
