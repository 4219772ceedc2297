"""A trace in words: the numbers and the names in it are those of the trace."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.pytest_plugin import Explorer
from racelab.explorer.traces.explanation import paragraph, text
from racelab.explorer.traces.trace import Step, Trace
from tests.explorer.toys import INCREMENTS, toy


def steps(trace: Trace, task: str, kind: str) -> list[int]:
    """The numbers of the steps in which a task did that."""
    return [number for number, step in enumerate(trace.steps, 1) if (step.task, step.kind) == (task, kind)]


def mentioned(told: str) -> set[int]:
    """The steps that a text speaks of."""
    return {int(number) for number in re.findall(r"step (\d+)", told)}


def counts(step: Step) -> tuple[int, int, int]:
    """Of the store, the statistics and the database, after that step."""
    shared = step.shared
    return len(shared.store), shared.active, len(shared.database) - len(shared.queue)


def test_a_lost_increment_is_told_by_who_read_before_whom_wrote(explore: Explorer) -> None:
    """A's read, B's write and A's write, each with its step; and the number that both were told."""
    trace = explore.replay("lost-increment", "buggy", "A1 B3 A2")
    told = paragraph(trace)
    (read,), (theirs,), (mine,) = steps(trace, "A", "read"), steps(trace, "B", "write"), steps(trace, "A", "write")
    assert mentioned(told) == {read, theirs, mine} == {1, 3, 5}
    assert "count=1" in told
    assert re.search(r"same number, 1\b", told)
    assert told.index("A read") < told.index("before B wrote")


def test_the_other_way_round_the_names_change_places(explore: Explorer) -> None:
    """Nothing in it is written for one order."""
    one, other = (paragraph(explore.replay("lost-increment", "buggy", which)) for which in ("A1 B3 A2", "B1 A3 B2"))
    swapped = re.sub(r"\b[AB]\b", lambda name: "B" if name[0] == "A" else "A", one)
    assert mentioned(one) == mentioned(other)
    assert swapped.partition(" Session")[0] == other.partition(" Session")[0]


def test_a_stale_overwrite_is_told_with_what_was_overwritten(explore: Explorer) -> None:
    """A's write in memory, B's reading of the row that did not have it, and B's write."""
    trace = explore.replay("stale-overwrite", "buggy", "A2 B4 A1")
    told = paragraph(trace)
    (wrote,), (read,), (put_back,) = (
        steps(trace, "A", "write"),
        steps(trace, "B", "database"),
        steps(trace, "B", "write"),
    )
    assert {wrote, read, put_back} <= mentioned(told)
    assert "theme=dark" in told
    assert "count=0" in told


def test_a_revocation_that_was_lost_is_told_in_the_same_way(explore: Explorer) -> None:
    """Neither count nor keys differ, and the session is trusted again."""
    trace = explore.replay("revoked-still-in", "buggy", "A2 B4 A1")
    (wrote,), (put_back,) = steps(trace, "A", "write"), steps(trace, "B", "write")
    assert {wrote, put_back} <= mentioned(paragraph(trace))


@pytest.mark.parametrize("schedule", ["A1 B3 A2", "B1 A3 B2", "A1 B2 A1 B1 A1"])
def test_three_counts_are_told_with_the_step_after_which_they_differ(explore: Explorer, schedule: str) -> None:
    """The seed's 10, 9, 8, as the trace has them after that step and not before."""
    trace = explore.replay("three-counts", "buggy", schedule)
    told = paragraph(trace)
    (number,) = mentioned(told)
    differing = [place for place, step in enumerate(trace.steps, 1) if len(set(counts(step))) == 3]
    assert number == differing[0]
    assert set(counts(trace.steps[number - 1])) <= {int(found) for found in re.findall(r"\b\d+\b", told)}


@pytest.mark.parametrize(("schedule", "first", "second"), [("A3 B3", "A", "B"), ("B3 A3", "B", "A")])
@pytest.mark.parametrize("variant", ["buggy", "fixed"])
def test_of_a_serial_order_it_says_who_had_finished_before_whom(
    explore: Explorer, variant: str, schedule: str, first: str, second: str
) -> None:
    """Which is why nothing is wrong with it."""
    trace = explore.replay("lost-increment", variant, schedule)
    assert trace.ending is not None
    assert not trace.ending.names
    assert re.search(rf"\b{first} had finished before {second} began", paragraph(trace))


def test_of_a_serial_order_it_says_who_could_come_between_whose_steps(explore: Explorer) -> None:
    """Not the other serial order, which is as good."""
    assert paragraph(explore.replay("lost-increment", "buggy", "A3 B3")).endswith(
        "Go back, and see whether B can run between two of A's steps."
    )
    after_one_step = paragraph(explore.replay("refresh-arrives", "buggy", "A1 B4"))
    assert "see whether A can run between two of B's steps" in after_one_step
    assert "Go back" not in paragraph(explore.replay(["increment_access s1"], "buggy", ""))


@pytest.mark.parametrize("schedule", ["", "A1", "B2 A1"])
def test_what_a_schedule_leaves_open_is_told(explore: Explorer, schedule: str) -> None:
    """Who reads a trace has to know which of its turns were asked for."""
    trace = explore.replay("lost-increment", "buggy", schedule)
    told = f"The schedule says {schedule}; from there" if schedule else "No schedule was given, so"
    assert f"{told} each went on as long as it could." in text(trace)
    assert "each went on" not in text(explore.replay("lost-increment", "buggy", trace.schedule))


def test_what_happens_when_all_have_ended_is_a_row_of_its_own(explore: Explorer) -> None:
    """Cleanup has run, and what is left is shown: on buggy the same as before, on fixed a dead letter."""
    stuck, mended = (explore.replay("cleanup-leak", variant, "") for variant in ("buggy", "fixed"))
    assert stuck.steps[-1].shared == stuck.afterwards
    assert mended.steps[-1].shared.queue == ("odd",)
    assert mended.afterwards is not None
    assert (mended.afterwards.queue, mended.afterwards.dead_letters) == ((), ("odd",))
    for trace, left in ((stuck, "queue: still odd"), (mended, "dead letters: odd")):
        end = " ".join(text(trace).partition("\n end ")[2].split())
        assert "Then cleanup ran until its queue was empty, at most 20 times:" in end
        assert left in end
        assert "After the last step cleanup ran until its queue was empty, at most 20 times." in paragraph(trace)


@pytest.mark.parametrize(
    ("scenario", "schedule", "to_the_end"),
    [("cleanup-leak", "A1", False), ("lost-increment", "A1 B3 A2", True), ("cleanup-leak", "A9", True)],
)
def test_what_did_not_happen_is_not_shown(explore: Explorer, scenario: str, schedule: str, to_the_end: bool) -> None:
    """Not before all have ended, nor in a scenario that does nothing then."""
    trace = explore.replay(scenario, "buggy", schedule, to_the_end=to_the_end)
    assert trace.afterwards is None
    assert "\n end " not in text(trace)


def test_an_answer_that_is_under_way_can_be_told_from_one_that_is_there(explore: Explorer) -> None:
    """The same line twice: the database reads, and answers later. A save is one step."""
    shown = text(explore.replay("stale-overwrite", "buggy", "B3 A3 B1"))
    assert shown.index("read; the answer is under way") < shown.index("the answer arrives")
    assert "under way" not in text(explore.replay("lost-increment", "buggy", "A1 B3 A2"))


def test_a_line_is_never_broken_in_the_middle_of_a_name(explore: Explorer) -> None:
    """Not even in the narrowest terminal: every name of the source is there whole."""
    shown = text(explore.replay("lost-increment", "buggy", "A1 B3 A2"), 70)
    for name in ("increment_access", "_database", "save_access", "session_id", "sessions"):
        assert re.search(rf"\b{name}\b", shown)


def test_what_was_read_before_a_helper_was_called_is_shown(explore: Explorer) -> None:
    """The step ends inside the helper; the values are those of the function that it began in."""
    shown = text(explore.replay("lost-increment", "check-twice", "A2 B4 A2"))
    first = shown.partition("\n   2  ")[0]
    assert "data = count=1" in first
    assert "seen = 1" in first


def test_sessions_that_are_alike_share_a_line_at_the_beginning(explore: Explorer) -> None:
    """Ten of them, in the store and as rows."""
    before = text(explore.replay("three-counts", "buggy", "")).partition("\n   1  ")[0]
    assert before.count("count=0") == 2
    assert "s1, s2, k0" in before


def test_nothing_is_said_before_it_is_decided(explore: Explorer) -> None:
    """Half a schedule has no verdict."""
    told = paragraph(explore.replay("lost-increment", "buggy", "A1 B3", to_the_end=False))
    assert "decided" in told
    assert not mentioned(told)


def test_a_deadlock_and_a_limit_are_told(explore: Explorer) -> None:
    """Who waits for whom; and after how many steps it was broken off."""
    stuck = toy(get_active_count=lambda self: self._runtime.signal().wait())
    assert "A waits for" in paragraph(explore.replay(["get_active_count"], stuck, ""))

    def spins(self: object) -> int:
        while True:
            self._runtime.nap(1)  # type: ignore[attr-defined]

    assert "400 steps" in paragraph(explore.replay(["get_active_count"], toy(get_active_count=spins), ""))


@pytest.mark.parametrize("variant", ["buggy", "fixed"])
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_the_text_has_every_step_with_its_line_and_every_answer(explore: Explorer, variant: str, scenario: str) -> None:
    """Of the first anomaly if there is one: nothing of the trace is left out, and no line is too wide to paste."""
    findings = explore(scenario, variant)
    schedule = findings.witness.schedule if findings.witness else ""
    trace = explore.replay(scenario, variant, schedule)
    shown = text(trace)
    numbers = [int(found) for found in re.findall(r"^ *(\d+)  ", shown, re.MULTILINE)]
    assert numbers == list(range(1, len(trace.steps) + 1))
    for step in trace.steps:
        place = step.place
        assert place is None or f"{Path(place.file).name}:{place.line} {place.function}" in shown
    assert shown.count("-> ") == sum(len(step.answered) for step in trace.steps)
    assert max(map(len, shown.splitlines())) < 220
    assert paragraph(trace).split()[-1] in shown


def test_the_text_names_the_roles_and_the_schedule(explore: Explorer) -> None:
    """So that it can be understood without the command that made it."""
    shown = text(explore.replay("stale-overwrite", "buggy", "A2 B4 A1"))
    assert all(words in shown for words in ("A: visitor A", "B: a refresh", "A2 B4 A1", "stale-overwrite on buggy"))


def test_what_cannot_be_followed_is_in_the_text(explore: Explorer) -> None:
    """After the steps that could."""
    trace = explore.replay(INCREMENTS, "buggy", "A1 C1")
    assert "Step 2: there is no task C" in text(trace)


@pytest.mark.parametrize("columns", [80, 100, 200])
def test_the_text_fits_into_its_terminal_and_leaves_nothing_out(explore: Explorer, columns: int) -> None:
    """Narrower cells have more lines, and the same words."""
    trace = explore.replay("lost-increment", "buggy", "A1 B3 A2")
    fitting, roomy = text(trace, columns), text(trace)
    assert max(map(len, fitting.splitlines())) <= columns
    assert sorted("".join(fitting.split())) == sorted("".join(roomy.split()))
