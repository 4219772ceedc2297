"""A trace in words: the table, and one paragraph that says why it came out as it did.

The paragraph argues in the manner of Elle (Kingsbury and Alvaro, "Elle: inferring isolation anomalies from experimental
observations", VLDB 2020): who read before whom wrote, and what that makes of the write that came after.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise

from ..kernel.tasks import NAMES
from ..programs.invariants import STEP_INVARIANTS
from .table import changes, states, table
from .trace import Session, Shared, Step, Trace

OVERWRITTEN = {"lost-update", "duplicate-answer", "stale-overwrite", "still-authenticated"}
"""Anomalies that one write makes of another's."""
SAVED_OVER = {"lost-update", "memory-and-row-differ"}
"""Anomalies that one save makes of another's."""
COUNTS = {"counts-differ": 2, "uncounted-session": 2, "three-counts": 3}
"""What is watched in the counts, and how many different ones that takes."""


def plural(number: int, noun: str) -> str:
    """'1 preemption', '2 preemptions'."""
    return f"{number:,} {noun}" + ("" if number == 1 else "s")


def text(trace: Trace, columns: int | None = None) -> str:
    """The whole trace: a column for each task, the values it holds, what is shared after each step, and why.

    Args:
        trace: of what.
        columns: of the terminal, if it goes to one.
    """
    head = [f"{trace.scenario.name} on {trace.variant}: {trace.schedule or 'no step'}", trace.scenario.title]
    if trace.given != trace.schedule:
        told = f"The schedule says {trace.given}; from there" if trace.given else "No schedule was given, so"
        head.append(f"{told} each went on as long as it could.")
    why = trace.diverged or paragraph(trace)
    return "\n".join([*head, "", *table(trace, columns), "", *textwrap.wrap(why, min(110, columns or 110))])


def paragraph(trace: Trace) -> str:
    """Why it came out as it did."""
    if trace.ending is None:
        return "Somebody can still go on: nothing is decided yet."
    if trace.ending.unsure:
        return f"It cannot be told: {trace.ending.unsure}"
    afterwards = f"After the last step {trace.scenario.afterwards}." if trace.afterwards is not None else ""
    if not trace.ending.anomalies:
        return f"{afterwards} {_why_not_wrong(trace)}".lstrip()
    names = set(trace.ending.names)
    cause = (_overwriting(trace) if OVERWRITTEN & names else "") or (_saved_over(trace) if SAVED_OVER & names else "")
    moments = [_moment(trace, name) for name in COUNTS if name in names]
    told_already = STEP_INVARIANTS if any(moments) else {}
    told = [anomaly.sentence for anomaly in trace.ending.anomalies if anomaly.name not in told_already]
    return " ".join(dict.fromkeys(filter(None, [cause, *moments, afterwards, *told])))


def _overwriting(trace: Trace) -> str:
    """The write that put something old in the place of something new, and why it was old."""
    overtaken = [(read, n, number) for read, n, number in _overtaken(trace) if n > read]
    # Who puts back what is there already changes nothing; nor does who looks and leaves it. So the others come first.
    for read, between, number in sorted(overtaken, key=lambda found: not _wrote(trace, found[2])):
        return f"{_what_was_read(trace, read, between)} {_what_was_put_back(trace, number)}"
    for read, written, number in _overtaken(trace):
        old, new = states(trace)[number].store, trace.steps[number].shared.store
        if trace.steps[read].kind == "database" and _is_older(old, new):
            return f"{_row_behind(trace, read, written)} {_what_was_put_back(trace, number)}"
    return ""


def _overtaken(trace: Trace) -> Iterator[tuple[int, int, int]]:
    """For each write of something that was read before: the step that read it, another's write of it, and itself.

    Another's write is the first after the reading if there is one, else the last before.
    """
    for number, step in enumerate(trace.steps):
        read = _reading(trace, number)
        if step.kind not in ("write", "lock") or read is None:
            continue
        others = [n for n in range(number) if trace.steps[n].task != step.task and _same(trace, n, number)]
        for last in others[-1:]:
            yield read, next((n for n in others if n > read), last), number


def _same(trace: Trace, earlier: int, later: int) -> bool:
    """Whether two steps wrote the same session; or the later did what the earlier did, and nothing changed by it."""
    mine, theirs = _sessions(trace, later), _sessions(trace, earlier)
    return bool(mine & theirs if mine else theirs and trace.steps[later].did == trace.steps[earlier].did)


def _sessions(trace: Trace, number: int) -> set[str]:
    """Those that a step changed in the store."""
    return {fact.partition(":")[0] for fact in _wrote(trace, number)}


def _saved_over(trace: Trace) -> str:
    """The save that put something old in the place of a newer row."""
    for number, step in enumerate(trace.steps):
        before = states(trace)[number].database
        others = [n for n in range(number) if trace.steps[n].task != step.task and _wrote(trace, n, "row")]
        if others and step.kind == "database" and _is_older(before, step.shared.database):
            writer, wrote = trace.steps[others[-1]].task, ", ".join(_wrote(trace, others[-1], "row"))
            return (
                f"{writer} wrote the row in step {others[-1] + 1} ({wrote}). In step {number + 1} {step.task} saved "
                f"over it what it had: {', '.join(_wrote(trace, number, 'row'))}."
            )
    return ""


def _what_was_read(trace: Trace, read: int, between: int) -> str:
    reader, writer = trace.steps[read], trace.steps[between]
    wrote = ", ".join(_wrote(trace, between))
    what = "the row" if reader.kind == "database" else "the session"
    return f"{reader.task} read {what} in step {read + 1}, before {writer.task} wrote in step {between + 1} ({wrote})."


def _row_behind(trace: Trace, read: int, written: int) -> str:
    reader, writer = trace.steps[read], trace.steps[written]
    return (
        f"{writer.task} wrote in step {written + 1} ({', '.join(_wrote(trace, written))}), and had not saved that when "
        f"{reader.task} read the row in step {read + 1}."
    )


def _what_was_put_back(trace: Trace, number: int) -> str:
    step = trace.steps[number]
    wrote = ", ".join(_wrote(trace, number)) or "the very same values once more"
    return f"In step {number + 1} {step.task} put back what it had made of that: {wrote}."


def _reading(trace: Trace, number: int) -> int | None:
    """The step in which this operation read what it now writes.

    Of several readings between which nobody else wrote it is the first: the others saw the same once more.
    """
    step = trace.steps[number]
    found: int | None = None
    for earlier in range(number - 1, -1, -1):
        other = trace.steps[earlier]
        if found is not None and _wrote(trace, earlier):
            break
        if (other.task, other.operation) != (step.task, step.operation):
            continue
        if other.kind in ("read", "database") and (found is None or other.kind == trace.steps[found].kind):
            found = earlier
    return found


def _wrote(trace: Trace, number: int, where: str = "store") -> list[str]:
    """What a step changed in the store, or of the rows."""
    told = changes(states(trace)[number], trace.steps[number].shared)
    return [fact.removeprefix(f"{where} ") for fact in told if fact.startswith(f"{where} ")]


def _is_older(before: Iterable[Session], after: Iterable[Session]) -> bool:
    """Whether something older was put there: fewer accesses, without a key, or with trust that was withdrawn."""
    old = {session.session_id: session for session in before}
    return any(
        session.count < old[session.session_id].count
        or dict(old[session.session_id].keys).keys() - dict(session.keys).keys()
        or session.authenticated > old[session.session_id].authenticated
        for session in after
        if session.session_id in old
    )


def _moment(trace: Trace, name: str) -> str:
    """When the counts first differed."""
    for number, step in enumerate(trace.steps, 1):
        store, active, rows = counts = _counts(step.shared)
        if name == "uncounted-session" and store == active:
            continue
        if len(set(counts)) >= COUNTS[name]:
            return (
                f"After step {number}, {_between(step)}, the store holds {store}, the statistics say {active}, and the "
                + (f"database has {rows} that do not wait for cleanup.")
            )
    return ""


def _between(step: Step) -> str:
    return "at the end of an operation" if step.now is None else f"while {step.task} is between two of its steps"


def _counts(shared: Shared) -> tuple[int, int, int]:
    rows = {row.session_id for row in shared.database}
    return len(shared.store), shared.active, len(rows - {*shared.queue, *shared.dead_letters})


def _why_not_wrong(trace: Trace) -> str:
    """What this order did not do."""
    good = "Nothing is wrong: every change that was confirmed is there, and the counts agree."
    turns = [name for name, following in pairwise([*(step.task for step in trace.steps), ""]) if name != following]
    if len(turns) > len(set(turns)):
        return f"{good} {_who_came_between(trace)}"
    first, *others = turns
    if not others:
        return f"{good} {first} was alone."
    return f"{good} {first} had finished before {' and '.join(others)} began.{_what_to_try(trace)}"


def _who_came_between(trace: Trace) -> str:
    """Whether somebody wrote between another's reading and its writing, or in the middle, though nothing came of it."""
    for read, between, number in _overtaken(trace):
        if between > read and _wrote(trace, number):
            task, other = trace.steps[number].task, trace.steps[between].task
            return (
                f"And yet {other} wrote in step {between + 1}, after {task} had read in step {read + 1} and before it "
                f"wrote in step {number + 1}. Nothing came of it."
            )
    for task, operation in dict.fromkeys((step.task, step.operation) for step in trace.steps):
        own = [n for n, step in enumerate(trace.steps) if (step.task, step.operation) == (task, operation)]
        for n in range(own[0], own[-1]):
            if trace.steps[n].task != task and _wrote(trace, n):
                does = trace.scenario.tasks[NAMES.index(task)][operation].method
                who = trace.steps[n].task
                return f"{who} wrote in step {n + 1}, in the middle of {task}'s {does}. Nothing came of it."
    return "Nobody wrote in the middle of another's operation."


def _what_to_try(trace: Trace) -> str:
    """After tasks that ran one after another: who could have come in between whose steps."""
    steps = Counter(step.task for step in trace.steps)
    (first, *others), (last, *_) = steps, reversed(steps)
    if steps[first] > 1:
        return f" Go back, and see whether {' and '.join(others)} can run between two of {first}'s steps."
    return f" Go back, and see whether {first} can run between two of {last}'s steps." if steps[last] > 1 else ""
