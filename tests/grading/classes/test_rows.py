"""What the table of a finding must not leave out, and must not say."""

from __future__ import annotations

from collections import Counter

import pytest

from racelab.grading.classes.causes import Cause
from racelab.grading.classes.rows import Rows
from racelab.grading.classes.telling import Told, tell

from .sample import Sample
from .test_trace import found
from .traces import trace
from .zoo.table import WRONG


def told(module: str) -> Told:
    """What is told of a class of the zoo."""
    return tell(found(next(sample for sample in WRONG if sample.module == module)))


@pytest.mark.parametrize("sample", WRONG, ids=str)
def test_each_lock_that_is_taken_is_released_in_the_rows(sample: Sample) -> None:
    """Nobody releases what nobody took, and what is held at the end is held."""
    story = tell(found(sample))
    locks = {story.trace.title(one.name) for one in story.trace.primitives if one.kind in ("lock", "rlock", "RLock")}
    held: Counter[tuple[str, str]] = Counter()
    for row in Rows(story.trace, story.cause).all():
        for word in row.words:
            verb, _, title = word.replace("is woken by", "takes").partition(" ")
            if title in locks and verb in ("takes", "releases"):
                held[row.task, title] += 1 if verb == "takes" else -1
                assert held[row.task, title] in (0, 1), row
    last = Counter((task, story.trace.title(lock)) for task, lock in story.trace.steps[-1].holds)
    assert +held == last


@pytest.mark.parametrize("sample", WRONG, ids=str)
def test_nothing_that_the_finding_names_is_left_out(sample: Sample) -> None:
    """Accesses to its places, and where the calls begin and end."""
    story = tell(found(sample))
    text = " ".join(" ".join(line.split()) for line in story.table())
    for row in Rows(story.trace, story.cause).all():
        if row.weight == 3:
            assert all(" ".join(part.split())[:20] in text for part in row.words), row


def test_a_lock_that_is_taken_and_released_in_one_step_is_told_as_both() -> None:
    """The release comes after the last access under it."""
    assert any(
        line.endswith("reads self._balance: 0; releases self._lock") for line in told("balance_property").table()
    )


def test_a_timeout_that_ends_is_not_told_as_taking() -> None:
    """It goes on without."""
    assert "gives up waiting for self._free" in "\n".join(told("unchecked_acquire").table())


def test_a_notification_and_a_wait_stand_in_their_own_lines() -> None:
    """The wait comes after the test, and gives the lock back."""
    lines = told("if_not_while").table()
    at = next(number for number, line in enumerate(lines) if "if not self._idle:" in line and " B " in line)
    assert "self._changed.wait()" in lines[at + 1]
    assert lines[at + 1].endswith("releases self._changed;")
    assert lines[at + 2].strip() == "waits for a notification of self._changed"


def test_an_event_that_is_cleared_is_not_left_out() -> None:
    """The clear is what loses the job."""
    assert any("clears self._wake" in line for line in told("clear_after_work").table())


def test_a_changed_place_is_known_by_its_name_in_a_new_object() -> None:
    """The list that is appended to is another one than before."""
    assert any("self._jobs: [] -> [2]" in line for line in told("clear_after_work").table())


def test_a_change_inside_of_what_is_shown_is_shown() -> None:
    """No value comes from nowhere; what lies elsewhere, and nobody else sees, is left out."""
    inside = "A appends o.d['k'] [] [1] @2"
    lines = ("A reads o.d {} test @1", inside, "A appends o.db [] [1] @3", "B writes o.d {k:[1]} {} @5")
    rows = Rows(trace(*lines), Cause("lost update")).all()
    words = [word for row in rows for word in row.words]
    assert "o.d['k']: [] -> [1]" in words
    assert not any("o.db" in word for word in words)
