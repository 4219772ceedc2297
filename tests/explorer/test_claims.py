"""Every step that a paragraph speaks of is what it says, whatever the scenario, the manager and the schedule."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from itertools import chain, starmap

import pytest

from racelab.catalogue.variants import VARIANTS
from racelab.explorer.fixture import Explorer
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.traces.explanation import paragraph
from racelab.explorer.traces.trace import Trace

READ = re.compile(r"(\w) read the (session|row) in step (\d+), before (\w) wrote in step (\d+)")
WROTE_STALE = re.compile(r"In step (\d+) (\w) (?:wrote a |overwrote it)")
OVERLAPPED = re.compile(
    r"conflict: (\w) wrote in step (\d+), after (\w) had read in step (\d+) and before (\w) wrote in step (\d+)"
)
IN_THE_MIDDLE = re.compile(r"(\w) wrote in step (\d+), in the middle of (\w)'s (\w+)")
ROW = re.compile(r"(\w) wrote the row in step (\d+)")


def drawn(explore: Explorer, variant: str, many: int) -> Iterator[Trace]:
    """Traces of every scenario under random schedules, always the same ones."""
    draw = random.Random(f"words of {variant}")
    for scenario in SCENARIOS:
        for _ in range(many):
            trace = explore.replay(scenario, variant, " ".join(draw.choices("AB", k=draw.randint(0, 12))))
            if not trace.diverged:
                yield trace


def changed(trace: Trace, number: int, where: str) -> dict[str, object]:
    """What a step changed in the store or in the database: the sessions, with what there is of them now."""
    before = trace.steps[number - 2].shared if number > 1 else trace.before
    after = trace.steps[number - 1].shared
    old, new = ({one.session_id: one for one in getattr(shared, where)} for shared in (before, after))
    return {name: new.get(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def tasks(trace: Trace, *numbers: str) -> list[str]:
    """Which task took each of these steps."""
    return [trace.steps[int(number) - 1].task for number in numbers]


def read_before(trace: Trace, reader: str, what: str, read: str, writer: str, wrote: str) -> bool:
    in_order = tasks(trace, read, wrote) == [reader, writer] and int(read) < int(wrote)
    kind = trace.steps[int(read) - 1].kind == {"session": "read", "row": "database"}[what]
    return in_order and kind and bool(changed(trace, int(wrote), "store"))


def wrote_a_stale_value(trace: Trace, number: str, writer: str) -> bool:
    told = paragraph(trace)
    where = "database" if "overwrote it" in told else "store"
    wrote = "an identical value, computed" in told or bool(changed(trace, int(number), where))
    return wrote and tasks(trace, number) == [writer]


def wrote_between(trace: Trace, writer: str, wrote: str, reader: str, read: str, again: str, number: str) -> bool:
    in_order = tasks(trace, wrote, read, number) == [writer, reader, again] and int(read) < int(wrote) < int(number)
    both = changed(trace, int(wrote), "store").keys() & changed(trace, int(number), "store").keys()
    return in_order and reader == again and bool(both)


def wrote_in_the_middle(trace: Trace, writer: str, number: str, other: str, _: str) -> bool:
    return tasks(trace, number) == [writer] != [other] and bool(trace.steps[int(number) - 1].wrote)


def wrote_the_row(trace: Trace, writer: str, number: str) -> bool:
    return tasks(trace, number) == [writer] and bool(changed(trace, int(number), "database"))


SENTENCES: dict[re.Pattern[str], Callable[..., bool]] = {
    READ: read_before,
    WROTE_STALE: wrote_a_stale_value,
    OVERLAPPED: wrote_between,
    IN_THE_MIDDLE: wrote_in_the_middle,
    ROW: wrote_the_row,
}
"""What a paragraph may say of a step, and whether that is true."""


NAMED = {
    # The saves arrive the wrong way round.
    ("lost-increment", "buggy", "A2 B3 A1"): "B wrote the row in step 5 (s1: count=2). In step 6 A overwrote it",
    # A key of the row is gone, and another is there: as many as before.
    ("other-process", "compare-and-set", "B3 A1 B8"): "In step 12 B overwrote it with its own copy: s1: count=2",
    # Between the two writes a write lock is taken by which no session changes, that of the statistics.
    ("stale-read", "compare-and-set", "A1 B1 A1 B3 A1 B3"): "In step 9 B wrote a value computed from that stale read",
    # The second read sees the same; what is written is computed from the first.
    ("lost-increment", "check-twice", "A2 B4 A2"): "A read the session in step 1, before B wrote in step 5",
    # The stale copy was in the store for a while, and the end is right.
    ("stale-then-saved", "drop-after-n", "A1 B2 A2 B1 A1 B1 A2"): "conflict: A wrote in step 4",
}
"""Traces in which another step looks like the cause, and what their paragraphs say."""


@pytest.mark.exhaustive
def test_what_a_paragraph_says_of_a_step_is_true(explore: Explorer) -> None:
    """A paragraph names the task, the order and the kind of each step correctly."""
    offenders, met = [], set()
    traces = chain(*(drawn(explore, variant, 3) for variant in VARIANTS), starmap(explore.replay, NAMED))
    for trace in traces:
        told = paragraph(trace)
        for sentence, is_true in SENTENCES.items():
            for found in sentence.findall(told):
                met.add(sentence)
                if not is_true(trace, *found):
                    offenders.append(f"{trace.scenario.name} on {trace.variant}, {trace.schedule}: {told}")
    assert not offenders
    assert met == SENTENCES.keys()


def interrupted(trace: Trace) -> bool:
    """Whether between the first step of an operation and its last another task changed the store."""
    operations: dict[tuple[str, int], list[int]] = {}
    for number, step in enumerate(trace.steps, 1):
        operations.setdefault((step.task, step.operation), []).append(number)
    for (task, _), numbers in operations.items():
        others = [n for n in range(numbers[0], numbers[-1]) if trace.steps[n - 1].task != task]
        if any(changed(trace, n, "store") for n in others):
            return True
    return False


def test_that_no_task_wrote_in_between_is_said_only_if_it_is_true(explore: Explorer) -> None:
    """Where a paragraph says that no write came in between, none did."""
    offenders, said = [], dict.fromkeys(("buggy", "fixed", "atomic-counter"), 0)
    for variant in said:
        for trace in drawn(explore, variant, 10):
            if "No task wrote in the middle of another task's operation." in paragraph(trace):
                said[variant] += 1
                if interrupted(trace):
                    offenders.append(f"{trace.scenario.name} on {variant}, {trace.schedule}")
    assert not offenders
    assert min(said.values()) > 5


def test_the_step_that_caused_it_is_named(explore: Explorer) -> None:
    """A paragraph names the step that caused the anomaly, and not a similar one."""
    told = [(said, paragraph(explore.replay(*which))) for which, said in NAMED.items()]
    assert not [(said, words) for said, words in told if said not in words]
