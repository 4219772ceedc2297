"""A trace in words: the table, and one paragraph that says why it came out as it did.

The paragraph argues in the manner of Elle (Kingsbury and Alvaro, "Elle: inferring isolation anomalies from experimental
observations", VLDB 2020): who read before whom wrote, and what that makes of the write that came after.
"""

from __future__ import annotations

import textwrap
from collections import Counter
from itertools import pairwise

from .table import changes, states, table
from .trace import Shared, Step, Trace
from .watches import WATCHES

OVERWRITTEN = {"lost-update", "duplicate-answer", "stale-overwrite", "still-authenticated"}
"""Anomalies that one write makes of another's."""
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
    cause = _overwriting(trace) if OVERWRITTEN & names else ""
    moments = [_moment(trace, name) for name in COUNTS if name in names]
    told = [anomaly.sentence for anomaly in trace.ending.anomalies if not (any(moments) and anomaly.name in WATCHES)]
    return " ".join(dict.fromkeys(filter(None, [cause, *moments, afterwards, *told])))


def _overwriting(trace: Trace) -> str:
    """The write that put something old in the place of something new, and why it was old."""
    for number, step in enumerate(trace.steps):
        read = _reading(trace, number)
        if step.kind not in ("write", "lock") or read is None:
            continue
        others = [n for n in range(number) if trace.steps[n].task != step.task and _wrote(trace, n)]
        between = next((n for n in others if n > read), None)
        if between is not None:
            return f"{_what_was_read(trace, read, between)} {_what_was_put_back(trace, number)}"
        if others and trace.steps[read].kind == "database" and _is_older(trace, number):
            return f"{_row_behind(trace, read, others[-1])} {_what_was_put_back(trace, number)}"
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
    """The step in which this operation read what it now writes."""
    step = trace.steps[number]
    for earlier in range(number - 1, -1, -1):
        other = trace.steps[earlier]
        if (other.task, other.operation) == (step.task, step.operation) and other.kind in ("read", "database"):
            return earlier
    return None


def _wrote(trace: Trace, number: int) -> list[str]:
    """What a step changed in the store."""
    told = changes(states(trace)[number], trace.steps[number].shared)
    return [fact.removeprefix("store ") for fact in told if fact.startswith("store ")]


def _is_older(trace: Trace, number: int) -> bool:
    """Whether a step put something older into the store: fewer accesses, fewer keys, or trust that was withdrawn."""
    before, after = states(trace)[number], trace.steps[number].shared
    old = {session.session_id: session for session in before.store}
    return any(
        session.count < old[session.session_id].count
        or len(session.keys) < len(old[session.session_id].keys)
        or session.authenticated > old[session.session_id].authenticated
        for session in after.store
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
    return len(shared.store), shared.active, len(shared.database) - len(shared.queue) - len(shared.dead_letters)


def _why_not_wrong(trace: Trace) -> str:
    """What this order did not do."""
    good = "Nothing is wrong: every change that was confirmed is there, and the counts agree."
    turns = [name for name, following in pairwise([*(step.task for step in trace.steps), ""]) if name != following]
    if len(turns) > len(set(turns)):
        return f"{good} Nobody wrote between another's reading and its writing of what it had read."
    first, *others = turns
    if not others:
        return f"{good} {first} was alone."
    return f"{good} {first} had finished before {' and '.join(others)} began.{_what_to_try(trace)}"


def _what_to_try(trace: Trace) -> str:
    """After tasks that ran one after another: who could have come in between whose steps."""
    steps = Counter(step.task for step in trace.steps)
    (first, *others), (last, *_) = steps, reversed(steps)
    if steps[first] > 1:
        return f" Go back, and let {' and '.join(others)} run between two of {first}'s steps."
    return f" Go back, and let {first} run between two of {last}'s steps." if steps[last] > 1 else ""
