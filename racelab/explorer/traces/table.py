"""A trace as a table for a terminal: a column for each task, and what is shared after each step."""

from __future__ import annotations

import linecache
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from .trace import ROOT, Place, Session, Shared, Step, Trace

NARROWEST, ROOMY = 20, 46
"""A cell of a table. In the wide one hardly a line of source has to be wrapped."""
NUMBER = 4
_JOINTS = re.compile(r"(?<=[.(\[=])(?=\w)")


def table(trace: Trace, columns: int | None = None) -> list[str]:
    """The lines of the table, for a terminal of so many columns; as wide as is comfortable if that is not known."""
    room = ROOMY if columns is None else (columns - NUMBER) // (len(trace.standing) + 1) - 2
    width = max(NARROWEST, min(room, ROOMY))
    names = [standing.task for standing in trace.standing]
    visitors = dict(zip(names[: len(trace.scenario.tasks)], trace.scenario.roles, strict=False))
    roles = [
        f"{name}: {visitors.get(name, 'a visitor' if place < len(trace.scenario.tasks) else 'a thread')}"
        for place, name in enumerate(names)
    ]
    lines = _rows("step", [*roles, "shared afterwards"], width)
    lines += _rows("", [*[""] * len(names), "\n".join(_beginning(trace.before))], width)
    for number, (before, step) in enumerate(zip(states(trace), trace.steps, strict=False), 1):
        cells = ["\n".join(_did(step)) if step.task == name else "" for name in names]
        lines += _rows(str(number), [*cells, _changed(before, step.shared)], width)
    if trace.afterwards is not None:
        happened = f"Then {trace.scenario.afterwards}:\n{_left(states(trace)[-1], trace.afterwards)}"
        lines += _rows("end", [*[""] * len(names), happened], width)
    return lines


def _beginning(shared: Shared) -> list[str]:
    """The same as `facts`, with sessions of which the same is told in one line."""
    together: dict[tuple[str, str], list[str]] = {}
    for fact in facts(shared):
        thing, _, told = fact.partition(": ")
        where, _, session = thing.partition(" ")
        together.setdefault((where, told), []).append(session)
    return [f"{where} {', '.join(names)}".strip() + f": {told}" for (where, told), names in together.items()]


def states(trace: Trace) -> list[Shared]:
    """What was shared before each step, and at the end."""
    return [trace.before, *(step.shared for step in trace.steps)]


def facts(shared: Shared) -> list[str]:
    """Everything that is shared, a line for each thing."""
    told = [_session("store", session) for session in shared.store]
    told += [_session("row", session) for session in shared.database]
    told.append(f"statistics: {shared.active} active")
    told += [f"queue: {', '.join(shared.queue)}"] if shared.queue else []
    told += [f"dead letters: {', '.join(shared.dead_letters)}"] if shared.dead_letters else []
    return told + [f"{lock}: {task} holds its {how} lock" for lock, task, how in shared.held]


def changes(before: Shared, after: Shared) -> list[str]:
    """What is new, and what is gone."""
    old, new = facts(before), facts(after)
    gone = {fact.partition(":")[0] for fact in old} - {fact.partition(":")[0] for fact in new}
    released = {lock for lock, _, _ in before.held}
    return [fact for fact in new if fact not in old] + [
        f"{what}: {'released' if what in released else 'gone'}" for what in sorted(gone)
    ]


def _changed(before: Shared, after: Shared) -> str:
    return "\n".join(changes(before, after)) or "as before"


def _left(before: Shared, after: Shared) -> str:
    """The same, and what waits for cleanup as it did."""
    still = f"queue: still {', '.join(after.queue)}" if after.queue and after.queue == before.queue else ""
    return "\n".join(filter(None, [*changes(before, after), still])) or "as before"


def _session(where: str, session: Session) -> str:
    keys = "".join(f", {key}={value}" for key, value in session.keys)
    marks = ("" if session.authenticated else ", not authenticated") + (", deleted" if session.deleted else "")
    return f"{where} {session.session_id}: count={session.count}{keys}{marks}"


def _did(step: Step) -> Iterator[str]:
    """The source line, the values afterwards, the answers."""
    place = step.place
    if place is None:
        yield step.did
    else:
        yield _where(place)
        yield from (f"  called from {_where(caller)}" for caller in place.callers)
        yield f"  {linecache.getline(str(ROOT / place.file), place.line).strip()}"
        if step.kind == "sleep":
            yield "  the answer arrives"
        now = _still_in(step)
        if step.kind == "database" and now is not None and now.line == place.line:
            yield "  read; the answer is under way"
        if now is not None:
            known = dict(place.values)
            yield from (f"  {name} = {value}" for name, value in now.values if known.get(name) != value)
    yield from (f"  -> {answer}" for answer in step.answered)


def _where(place: Place) -> str:
    return f"{PurePath(place.file).name}:{place.line} {place.function}"


def _still_in(step: Step) -> Place | None:
    """The function that a step began in, as it stands afterwards, if it has not returned."""
    if step.place is None or step.now is None:
        return None
    return next((place for place in (step.now, *step.now.callers) if place.code is step.place.code), None)


def _rows(number: str, cells: Sequence[str], width: int) -> list[str]:
    wrapped = [[part for line in cell.splitlines() for part in _wrapped(line, width)] for cell in cells]
    height = max(map(len, wrapped), default=0)
    rows = []
    for line in range(height):
        parts = [f"{cell[line] if line < len(cell) else '':<{width}}" for cell in wrapped]
        rows.append(f"{number if line == 0 else '':>{NUMBER}}  {'  '.join(parts)}".rstrip())
    return rows


def _wrapped(line: str, width: int) -> list[str]:
    indent = line[: len(line) - len(line.lstrip())]
    return Wrapper(width, subsequent_indent=indent + "  ").wrap(line) or [""]


class Wrapper(textwrap.TextWrapper):
    """Breaks a word that is too long for a line after a dot or a bracket, not in the middle of a name."""

    def _split(self, text: str) -> list[str]:
        room = self.width - len(self.subsequent_indent)
        parts = ([word] if len(word) <= room else _JOINTS.split(word) for word in super()._split(text))
        return [part for word in parts for part in word]
