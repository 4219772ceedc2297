"""Every step that a paragraph speaks of is what it says, whatever the scenario, the manager and the order."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator

import pytest

from racelab.catalogue.variants import VARIANTS
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.pytest_plugin import Explorer
from racelab.explorer.traces.explanation import paragraph
from racelab.explorer.traces.shared import Change, Where
from racelab.explorer.traces.trace import Trace

READ = re.compile(r"(\w) read the (session|row) in step (\d+), before (\w) wrote in step (\d+)")
WROTE_STALE = re.compile(r"In step (\d+) (\w) (?:wrote (?:a|an) |saved over)")
OVERLAPPED = re.compile(
    r"conflict: (\w) wrote in step (\d+), after (\w) had read in step (\d+) and before (\w) wrote in step (\d+)"
)
IN_THE_MIDDLE = re.compile(r"(\w) wrote in step (\d+), in the middle of (\w)'s (\w+)")
ROW = re.compile(r"(\w) wrote the row in step (\d+)")


def drawn(explore: Explorer, variant: str, many: int) -> Iterator[Trace]:
    """Traces of every scenario by chance, always the same ones."""
    chance = random.Random(f"words of {variant}")
    for scenario in SCENARIOS:
        for _ in range(many):
            trace = explore.replay(scenario, variant, " ".join(chance.choices("AB", k=chance.randint(0, 12))))
            if not trace.diverged:
                yield trace


def changed(trace: Trace, number: int, where: str) -> dict[str, object]:
    """What a step changed in the store or in the database: the sessions, with what there is of them now."""
    before = trace.steps[number - 2].shared if number > 1 else trace.before
    after = trace.steps[number - 1].shared
    old, new = ({one.session_id: one for one in getattr(shared, where)} for shared in (before, after))
    return {name: new.get(name) for name in old.keys() | new.keys() if old.get(name) != new.get(name)}


def behind_locks(trace: Trace, number: int) -> list[Change]:
    """What a step changed behind locks that guard something else than sessions."""
    return [one for one in trace.steps[number - 1].changes if one.thing.where is Where.GUARDED and not one.told]


@pytest.mark.parametrize("variant", VARIANTS)
def test_what_a_paragraph_says_of_a_step_is_so(explore: Explorer, variant: str) -> None:
    """Who, in which order, and that it was a reading or a writing; on every scenario, in orders drawn by chance."""
    for trace in drawn(explore, variant, 5):
        told = paragraph(trace)
        who = {number: step.task for number, step in enumerate(trace.steps, 1)}
        for reader, what, read, writer, wrote in READ.findall(told):
            assert (who[int(read)], who[int(wrote)]) == (reader, writer), told
            assert int(read) < int(wrote), told
            assert trace.steps[int(read) - 1].kind == {"session": "read", "row": "database"}[what], told
            assert changed(trace, int(wrote), "store"), told
        for number, writer in WROTE_STALE.findall(told):
            assert who[int(number)] == writer, told
            where = "database" if "saved over" in told else "store"
            assert changed(trace, int(number), where) or "an identical, stale value" in told, told
        for writer, wrote, reader, read, again, number in OVERLAPPED.findall(told):
            assert [who[int(n)] for n in (wrote, read, number)] == [writer, reader, again], told
            assert reader == again, told
            assert int(read) < int(wrote) < int(number), told
            assert changed(trace, int(wrote), "store").keys() & changed(trace, int(number), "store").keys(), told
        for writer, number, other, _ in IN_THE_MIDDLE.findall(told):
            assert who[int(number)] == writer != other, told
            assert changed(trace, int(number), "store") or behind_locks(trace, int(number)), told
        for writer, number in ROW.findall(told):
            assert who[int(number)] == writer, told
            assert changed(trace, int(number), "database"), told


@pytest.mark.parametrize("variant", ["buggy", "fixed", "atomic-counter"])
def test_that_nobody_came_between_is_said_only_if_it_is_so(explore: Explorer, variant: str) -> None:
    """Between the first step of an operation and its last no other task changed the store."""
    said = 0
    for trace in drawn(explore, variant, 20):
        if "No task wrote in the middle of another task's operation." not in paragraph(trace):
            continue
        said += 1
        operations: dict[tuple[str, int], list[int]] = {}
        for number, step in enumerate(trace.steps, 1):
            operations.setdefault((step.task, step.operation), []).append(number)
        for (task, _), numbers in operations.items():
            others = [n for n in range(numbers[0], numbers[-1]) if trace.steps[n - 1].task != task]
            assert not any(changed(trace, n, "store") for n in others), paragraph(trace)
    assert said > 5


@pytest.mark.parametrize(
    ("scenario", "variant", "schedule", "said"),
    [
        # The saves arrive the wrong way round.
        ("lost-increment", "buggy", "A2 B3 A1", "B wrote the row in step 5 (s1: count=2). In step 6 A saved over it"),
        # A key of the row is gone, and another is there: as many as before.
        ("other-process", "compare-and-set", "B3 A1 B8", "In step 12 B saved over it what it had: s1: count=2, lang"),
        # Between the two writes a write lock is taken by which no session changes, that of the statistics.
        (
            "stale-read",
            "compare-and-set",
            "A1 B1 A1 B3 A1 B3",
            "In step 9 B wrote a value computed from that stale read: s1",
        ),
        # The second look sees the same; what is written was read at the first.
        ("lost-increment", "check-twice", "A2 B4 A2", "A read the session in step 1, before B wrote in step 5"),
        # The stale copy was in the store for a while, and the end is right.
        ("stale-then-saved", "drop-after-n", "A1 B2 A2 B1 A1 B1 A2", "conflict: A wrote in step 4"),
    ],
)
def test_the_step_that_did_it_is_named(
    explore: Explorer, scenario: str, variant: str, schedule: str, said: str
) -> None:
    """And not one beside it that looks alike."""
    assert said in paragraph(explore.replay(scenario, variant, schedule))
