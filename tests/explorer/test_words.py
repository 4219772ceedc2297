"""A trace in words: its numbers and names are those of the trace."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from racelab.explorer.fixture import Explorer
from racelab.explorer.traces.explanation import paragraph, share, text
from racelab.explorer.traces.trace import Step, Trace
from tests.explorer.cells import OF_THE_PAIR, explored
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
    """A lost increment is explained by A's read, B's write and A's write."""
    trace = explore.replay("lost-increment", "buggy", "A1 B3 A2")
    told = paragraph(trace)
    (read,), (theirs,), (mine,) = steps(trace, "A", "read"), steps(trace, "B", "write"), steps(trace, "A", "write")
    assert mentioned(told) == {read, theirs, mine} == {1, 3, 5}
    assert "count=1" in told
    assert re.search(r"same number, 1\b", told)
    assert told.index("A read") < told.index("before B wrote")


def test_the_other_way_round_the_names_change_places(explore: Explorer) -> None:
    """With A and B exchanged in a schedule, they are exchanged in its paragraph."""
    one, other = (paragraph(explore.replay("lost-increment", "buggy", which)) for which in ("A1 B3 A2", "B1 A3 B2"))
    swapped = re.sub(r"\b[AB]\b", lambda name: "B" if name[0] == "A" else "A", one)
    assert mentioned(one) == mentioned(other)
    assert swapped.partition(" Session")[0] == other.partition(" Session")[0]


def test_a_stale_overwrite_is_told_with_what_was_overwritten(explore: Explorer) -> None:
    """A stale overwrite is explained by A's write, B's read of the row and B's write."""
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
    """A lost revocation is explained by both writes, though no count differs."""
    trace = explore.replay("revoked-still-in", "buggy", "A2 B4 A1")
    (wrote,), (put_back,) = steps(trace, "A", "write"), steps(trace, "B", "write")
    assert {wrote, put_back} <= mentioned(paragraph(trace))


def test_three_counts_are_told_with_the_step_after_which_they_differ(explore: Explorer) -> None:
    """The paragraph names the first step after which all three counts differ."""
    offenders = []
    for schedule in ("A1 B3 A2", "B1 A3 B2", "A1 B2 A1 B1 A1"):
        trace = explore.replay("three-counts", "buggy", schedule)
        told = paragraph(trace)
        first = next(number for number, step in enumerate(trace.steps, 1) if len(set(counts(step))) == 3)
        numbers = {int(found) for found in re.findall(r"\b\d+\b", told)}
        if mentioned(told) != {first} or not set(counts(trace.steps[first - 1])) <= numbers:
            offenders.append((schedule, told))
    assert not offenders


def test_of_a_serial_order_it_says_which_task_had_finished_first(explore: Explorer) -> None:
    """A serial schedule is explained by the task that had finished first."""
    offenders = []
    for variant in ("buggy", "fixed"):
        for schedule, first, second in (("A3 B3", "A", "B"), ("B3 A3", "B", "A")):
            trace = explore.replay("lost-increment", variant, schedule)
            said = re.search(rf"\b{first} had finished before {second} began", paragraph(trace))
            if trace.ending is None or trace.ending.names or not said:
                offenders.append((variant, schedule))
    assert not offenders


def test_of_a_serial_order_it_says_which_task_could_run_in_between(explore: Explorer) -> None:
    """A serial schedule's paragraph suggests an interleaving, if there is one."""
    assert paragraph(explore.replay("lost-increment", "buggy", "A3 B3")).endswith(
        "Try to run B between two of A's steps."
    )
    after_one_step = paragraph(explore.replay("refresh-arrives", "buggy", "A1 B4"))
    assert "Try to run A between two of B's steps" in after_one_step
    assert "Try to run" not in paragraph(explore.replay(["increment_access s1"], "buggy", ""))


def test_what_a_schedule_leaves_open_is_told(explore: Explorer) -> None:
    """A trace says which of its turns were given, unless all were."""
    for schedule in ("", "A1", "B2 A1"):
        trace = explore.replay("lost-increment", "buggy", schedule)
        told = f"The schedule ends after {schedule}; then" if schedule else "No schedule was given, so"
        assert f"{told} each task ran until it ended or had to wait." in text(trace), schedule
        assert "each task ran" not in text(explore.replay("lost-increment", "buggy", trace.schedule)), schedule


def test_what_happens_when_all_have_ended_is_a_row_of_its_own(explore: Explorer) -> None:
    """A trace's last row shows what is left after cleanup."""
    stuck, corrected = (explore.replay("cleanup-leak", variant, "") for variant in ("buggy", "fixed"))
    assert stuck.steps[-1].shared == stuck.afterwards
    assert corrected.steps[-1].shared.queue == ("odd",)
    assert corrected.afterwards is not None
    assert (corrected.afterwards.queue, corrected.afterwards.dead_letters) == ((), ("odd",))
    for trace, left in ((stuck, "queue: still odd"), (corrected, "dead letters: odd")):
        end = " ".join(text(trace).partition("\n end ")[2].split())
        assert "Then cleanup ran until its queue was empty, at most 20 times:" in end
        assert left in end
        assert "After the last step cleanup ran until its queue was empty, at most 20 times." in paragraph(trace)


def test_what_did_not_happen_is_not_shown(explore: Explorer) -> None:
    """Without anything after the last step, a trace has no row for it."""
    offenders = []
    for scenario, schedule, to_the_end in [
        ("cleanup-leak", "A1", False),  # not all tasks have ended
        ("lost-increment", "A1 B3 A2", True),  # the scenario does nothing then
        ("cleanup-leak", "A9", True),  # the schedule cannot be followed
    ]:
        trace = explore.replay(scenario, "buggy", schedule, to_the_end=to_the_end)
        if trace.afterwards is not None or "\n end " in text(trace):
            offenders.append((scenario, schedule))
    assert not offenders


def test_an_answer_that_is_under_way_can_be_told_from_one_that_is_there(explore: Explorer) -> None:
    """A row's read is told apart from the arrival of its answer."""
    shown = text(explore.replay("stale-overwrite", "buggy", "B3 A3 B1"))
    assert shown.index("read; the answer is under way") < shown.index("the answer arrives")
    assert "under way" not in text(explore.replay("lost-increment", "buggy", "A1 B3 A2"))


def test_a_line_is_never_broken_in_the_middle_of_a_name(explore: Explorer) -> None:
    """In the narrowest terminal every name of the source is whole."""
    shown = text(explore.replay("lost-increment", "buggy", "A1 B3 A2"), 70)
    for name in ("increment_access", "_database", "save_access", "session_id", "sessions"):
        assert re.search(rf"\b{name}\b", shown)


def test_what_was_read_before_a_helper_was_called_is_shown(explore: Explorer) -> None:
    """A step that ends in a helper shows the values of the function it began in."""
    shown = text(explore.replay("lost-increment", "check-twice", "A2 B4 A2"))
    first = shown.partition("\n   2  ")[0]
    assert "data = count=1" in first
    assert "seen = 1" in first


def test_sessions_that_are_alike_share_a_line_at_the_beginning(explore: Explorer) -> None:
    """Ten equal sessions take one line for the store and one for the rows."""
    before = text(explore.replay("three-counts", "buggy", "")).partition("\n   1  ")[0]
    assert before.count("count=0") == 2
    assert "s1, s2, k0" in before


def test_nothing_is_said_before_it_is_decided(explore: Explorer) -> None:
    """The paragraph of a prefix has no verdict."""
    told = paragraph(explore.replay("lost-increment", "buggy", "A1 B3", to_the_end=False))
    assert "decided" in told
    assert not mentioned(told)


def test_a_deadlock_and_a_limit_are_told(explore: Explorer) -> None:
    """A paragraph names a deadlock's waiting task, and the limit of steps."""
    stuck = toy(get_active_count=lambda self: self._runtime.signal().wait())
    assert "A waits for" in paragraph(explore.replay(["get_active_count"], stuck, ""))

    def spins(self: object) -> int:
        while True:
            self._runtime.nap(1)  # type: ignore[attr-defined]

    assert "400 steps" in paragraph(explore.replay(["get_active_count"], toy(get_active_count=spins), ""))


def missing(trace: Trace) -> Iterator[str]:
    """What the text of a trace leaves out, or says too wide to be pasted."""
    shown = text(trace)
    if re.findall(r"^ *(\d+)  ", shown, re.MULTILINE) != [str(n) for n in range(1, len(trace.steps) + 1)]:
        yield "the steps"
    places = [step.place for step in trace.steps if step.place is not None]
    lines = [f"{Path(place.file).name}:{place.line} {place.function}" for place in places]
    yield from (line for line in lines if line not in shown)
    if shown.count("-> ") != sum(len(step.answered) for step in trace.steps):
        yield "the answers"
    if max(map(len, shown.splitlines())) >= 220:
        yield "a narrow table"
    if paragraph(trace).split()[-1] not in shown:
        yield "the paragraph"


def test_the_text_has_every_step_with_its_line_and_every_answer(explore: Explorer) -> None:
    """A trace's text has each step, line and answer, in fewer than 220 columns."""
    offenders = {}
    for variant, scenario in OF_THE_PAIR:
        witness = explored(variant, scenario).witness
        trace = explore.replay(scenario, variant, witness.schedule if witness else "")
        if left_out := [*missing(trace)]:
            offenders[variant, scenario] = left_out
    assert not offenders


def test_the_text_names_the_roles_and_the_schedule(explore: Explorer) -> None:
    """A trace's text names the roles, the schedule, the scenario and the variant."""
    shown = text(explore.replay("stale-overwrite", "buggy", "A2 B4 A1"))
    assert all(words in shown for words in ("A: user A", "B: a refresh", "A2 B4 A1", "stale-overwrite on buggy"))


def test_what_cannot_be_followed_is_in_the_text(explore: Explorer) -> None:
    """The text of a schedule that cannot be followed says at which step."""
    trace = explore.replay(INCREMENTS, "buggy", "A1 C1")
    assert "Step 2: there is no task C" in text(trace)


def test_the_text_fits_into_its_terminal_and_leaves_nothing_out(explore: Explorer) -> None:
    """In a narrow terminal a trace has the same characters in more lines."""
    trace = explore.replay("lost-increment", "buggy", "A1 B3 A2")
    for columns in (80, 100, 200):
        fitting = text(trace, columns)
        assert max(map(len, fitting.splitlines())) <= columns, columns
        assert sorted("".join(fitting.split())) == sorted("".join(text(trace).split())), columns


def test_a_version_that_changes_alone_is_told_and_no_other_is(explore: Explorer) -> None:
    """A step that only raises a version is not "as before"; one that changes more says that once."""
    alone = text(explore.replay("lost-increment", "check-twice", "A2 B4 A2"))
    assert "store['s1'].version: 2 -> 3" in alone
    assert ".version: 1 -> 2" not in alone, "the count has changed with it"
    assert ".version" not in text(explore.replay("lost-increment", "buggy", "A1 B3 A2"))


def test_one_schedule_ends_and_several_end() -> None:
    """Counts of schedules are sentences."""
    told = [share(1, 3), share(2, 3, " of this program"), share(1, 1), share(1_200, 4_000)]
    assert told[:2] == ["1 of 3 schedules ends", "2 of 3 schedules of this program end"]
    assert told[2:] == ["1 of 1 schedule ends", "1,200 of 4,000 schedules end"]
