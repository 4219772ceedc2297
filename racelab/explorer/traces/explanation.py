"""A trace in words: the table, and one paragraph that says why it came out as it did.

The paragraph argues in the manner of Elle (Kingsbury and Alvaro, "Elle: inferring isolation anomalies from experimental
observations", VLDB 2020): who read before whom wrote, and what that makes of the write that came after. How that is
found is in `overlaps`.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from ..programs.rules import rule_broken, rule_name
from .overlaps import Overlap, goes_back, overlaps, rows_saved_over
from .shared import Change, Where
from .table import table
from .trace import Step, Trace

OVERWRITTEN = {"lost-update", "duplicate-answer", "stale-overwrite", "still-authenticated"}
"""Anomalies that one write makes of another's."""
SAVED_OVER = {"lost-update", "memory-and-row-differ"}
"""Anomalies that one save makes of another's."""
COUNTS = {"counts-differ": 2, "uncounted-session": 2, "three-counts": 3}
"""What is watched in the counts, and how many different ones that takes."""
MOST_TOLD = 3
"""Changes of one step that a sentence lists."""


def plural(number: int, noun: str) -> str:
    """'1 preemption', '2 preemptions'."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def share(some: int, schedules: int, of: str = "") -> str:
    """'1 of 3 schedules ends', '2 of 3 schedules of this program end'."""
    return f"{some:,} of {plural(schedules, 'schedule')}{of} {'ends' if some == 1 else 'end'}"


def text(trace: Trace, columns: int | None = None) -> str:
    """The whole trace: a column for each task, the values it holds, what is shared after each step, and why.

    Args:
        trace: of what.
        columns: of the terminal, if it goes to one.
    """
    head = [f"{trace.scenario.name} on {trace.variant}: {trace.schedule or 'no step'}", trace.scenario.title]
    if trace.given != trace.schedule:
        told = f"The schedule ends after {trace.given}; then" if trace.given else "No schedule was given, so"
        head.append(f"{told} each task ran until it ended or had to wait.")
    why = trace.diverged or paragraph(trace)
    rows = ["", *table(trace, columns)] if trace.standing else []
    return "\n".join([*head, *rows, "", *textwrap.wrap(why, min(110, columns or 110))])


def paragraph(trace: Trace) -> str:
    """Why it came out as it did."""
    if trace.ending is None:
        return "Not finished: nothing is decided yet."
    unsure = trace.ending.unsure
    if unsure and not trace.ending.anomalies:
        return f"Cannot tell: {unsure}"
    afterwards = f"After the last step {trace.scenario.afterwards}." if trace.afterwards is not None else ""
    if not trace.ending.anomalies:
        return f"{afterwards} {_why_not_wrong(trace)}".lstrip()
    names = set(trace.ending.names)
    cause = (_overwriting(trace) if OVERWRITTEN & names else "") or (_saved_over(trace) if SAVED_OVER & names else "")
    moments = [*_moments(trace, names)]
    told_already = {name for name, _ in moments}
    told = [anomaly.sentence for anomaly in trace.ending.anomalies if anomaly.name not in told_already]
    rest = f"Cannot tell whether anything else is wrong: {unsure}" if unsure else ""
    return " ".join(dict.fromkeys(filter(None, [cause, *(told for _, told in moments), afterwards, *told, rest])))


def _overwriting(trace: Trace) -> str:
    """The write that put something old in the place of something new, and why it was old."""
    found = [one for one in overlaps(trace) if one.wrote or one.number in _suffered(trace)]
    # Who writes what is stored already changes nothing, nor does who takes a lock and writes nothing: the others first.
    for one in sorted((one for one in found if one.is_stale), key=lambda one: (not one.of_session, not one.wrote)):
        return f"{_what_was_read(trace, one)} {_what_was_written(trace, one)}"
    for one in found:
        if one.reads_row and any(map(goes_back, trace.steps[one.number].wrote)):
            return f"{_row_behind(trace, one)} {_what_was_written(trace, one)}"
    return ""


def _suffered(trace: Trace) -> set[int]:
    """The steps of the calls that show what is wrong; all steps, if none does."""
    assert trace.ending is not None
    calls = {(call.client, call.method) for one in trace.ending.anomalies for call in one.operations}
    methods = {one.task: one.operations for one in trace.standing}
    found = set()
    for number, step in enumerate(trace.steps):
        operations = methods[step.task]
        if step.operation < len(operations) and (step.task, operations[step.operation].method) in calls:
            found.add(number)
    return found or set(range(len(trace.steps)))


def _saved_over(trace: Trace) -> str:
    """The save that put something old in the place of a newer row."""
    for other, number in rows_saved_over(trace):
        first, second = trace.steps[other], trace.steps[number]
        return (
            f"{first.task} wrote the row in step {other + 1} ({_listed(first.wrote_rows)}). In step {number + 1} "
            f"{second.task} overwrote it with its own copy: {_listed(second.wrote_rows)}."
        )
    return ""


def _what_was_read(trace: Trace, one: Overlap) -> str:
    reader, writer = trace.steps[one.read], trace.steps[one.between]
    what = _read_by(reader, one)
    return f"{reader.task} read {what} in step {one.read + 1}, before {_who_wrote(writer, one)}."


def _read_by(reader: Step, one: Overlap) -> str:
    """The row, the session, or what the lock is for, if it guards something else."""
    if one.reads_row:
        return "the row"
    what = "the session" if any(x.thing.where is Where.STORE for x in one.theirs) else f"the {reader.access.name}"
    return f"{what} without its lock" if reader.kind == "look" else what


def _row_behind(trace: Trace, one: Overlap) -> str:
    reader, writer = trace.steps[one.read], trace.steps[one.between]
    return f"{_who_wrote(writer, one)}, and had not saved that when {reader.task} read the row in step {one.read + 1}."


def _who_wrote(writer: Step, one: Overlap) -> str:
    return f"{writer.task} wrote in step {one.between + 1} ({_listed(one.theirs)})"


def _what_was_written(trace: Trace, one: Overlap) -> str:
    who = f"In step {one.number + 1} {trace.steps[one.number].task} wrote"
    if not one.wrote:
        return f"{who} an identical value, computed from that stale read."
    return f"{who} a value computed from that stale read: {_listed(one.mine)}."


def _listed(changed: Sequence[Change]) -> str:
    """'s1: count=1', or a path and its values."""
    told = [f"{one.thing.name}: {one.words()}" for one in changed]
    return ", ".join([*told[:MOST_TOLD], *([f"and {len(told) - MOST_TOLD} more"] if len(told) > MOST_TOLD else [])])


def _moments(trace: Trace, names: Collection[str]) -> Iterator[tuple[str, str]]:
    """Of each invariant that is looked at after every step: its name, and when it first did not hold."""
    for name in COUNTS:
        if name in names and (told := _moment(trace, name)):
            yield name, told
    for number, step in enumerate(trace.steps, 1):
        for rule in step.broke:
            yield rule_name(rule), f"After step {number} {rule_broken(rule)}"


def _moment(trace: Trace, name: str) -> str:
    """When the counts first differed."""
    for number, step in enumerate(trace.steps, 1):
        store, active, rows = counts = step.shared.counts()
        if name == "uncounted-session" and store == active:
            continue
        if len(set(counts)) >= COUNTS[name]:
            told = f"After step {number}, {_between(step)}, the store holds {store}, the statistics say {active}"
            in_rows = f", and the database has {rows} that do not wait for cleanup" if step.shared.has_rows else ""
            return f"{told}{in_rows}."
    return ""


def _between(step: Step) -> str:
    return "at the end of an operation" if step.now is None else f"while {step.task} is between two of its steps"


def _why_not_wrong(trace: Trace) -> str:
    """What this order did not do."""
    good = "Nothing is wrong: every acknowledged change is stored, and the counts agree."
    turns = [name for name, following in pairwise([*(step.task for step in trace.steps), ""]) if name != following]
    if len(turns) > len(set(turns)):
        return f"{good} {_how_they_overlapped(trace)}"
    first, *others = turns or ["No task"]
    if not others:
        return f"{good} {first} ran alone." if turns else f"{good} No task took a step."
    return f"{good} {first} had finished before {' and '.join(others)} began.{_what_to_try(trace)}"


def _how_they_overlapped(trace: Trace) -> str:
    """Whether a task wrote between another's reading and its writing, or in the middle of an operation."""
    good = "The operations overlapped without conflict"
    for one in overlaps(trace):
        if one.is_stale and one.wrote:
            task, other = trace.steps[one.number].task, trace.steps[one.between].task
            return (
                f"{good}: {other} wrote in step {one.between + 1}, after {task} had read in step {one.read + 1} and "
                f"before {task} wrote in step {one.number + 1}."
            )
    operations = {standing.task: standing.operations for standing in trace.standing}
    for task, operation in dict.fromkeys((step.task, step.operation) for step in trace.steps):
        own = [n for n, step in enumerate(trace.steps) if (step.task, step.operation) == (task, operation)]
        for n in range(own[0], own[-1]):
            if trace.steps[n].task != task and trace.steps[n].wrote:
                does = operations[task][operation].method
                return f"{good}: {trace.steps[n].task} wrote in step {n + 1}, in the middle of {task}'s {does}."
    return "No task wrote in the middle of another task's operation."


def _what_to_try(trace: Trace) -> str:
    """After tasks that ran one after another: who could have come in between whose steps."""
    steps = Counter(step.task for step in trace.steps)
    (first, *others), (last, *_) = steps, reversed(steps)
    if steps[first] > 1:
        return f" Try to run {' and '.join(others)} between two of {first}'s steps."
    return f" Try to run {first} between two of {last}'s steps." if steps[last] > 1 else ""
