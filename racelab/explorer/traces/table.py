"""A trace as a table for a terminal: a column for each task, and what is shared after each step."""

from __future__ import annotations

import linecache
import re
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from .places import ROOT, Place
from .shared import SHORT, Change, Shared, Thing, Where, alike, changes
from .trace import Step, Trace

NARROWEST, ROOMY = 20, 46
"""A cell of a table. In the wide one hardly a line of source has to be wrapped."""
WIDE = 150
"""Columns of a table that does not go to a terminal."""
NUMBER = 4
MOST_GUARDED = 4
"""Values behind locks that one step may show."""
_JOINTS = re.compile(r"(?<=[.(\[=])(?=\w)")


def table(trace: Trace, columns: int | None = None) -> list[str]:
    """The lines of the table, for a terminal of so many columns; as wide as is comfortable if that is not known."""
    room = ((columns or WIDE) - NUMBER) // (len(trace.standing) + 1) - 2
    width = max(NARROWEST, min(room, ROOMY))
    names = [standing.task for standing in trace.standing]
    heads = [f"{standing.task}: {standing.role}" for standing in trace.standing]
    lines = _rows("step", [*heads, "shared afterwards"], width)
    begun = _beginning(trace.before) if _keeps_sessions(trace) else _behind_locks(trace.before)
    lines += _rows("", [*[""] * len(names), "\n".join(begun)], width)
    for number, step in enumerate(trace.steps, 1):
        cells = ["\n".join(_did(step)) if step.task == name else "" for name in names]
        lines += _rows(str(number), [*cells, _or_nothing(_lines(step.changes))], width)
    if trace.afterwards is not None:
        happened = f"Then {trace.scenario.afterwards}:\n{_or_nothing(_left(trace.last, trace.afterwards))}"
        lines += _rows("end", [*[""] * len(names), happened], width)
    return lines


def _beginning(shared: Shared) -> list[str]:
    """Everything there is; sessions that are alike share a line. What locks guard is told when it changes."""
    told = [f"store {', '.join(names)}: {how}" for how, names in alike(shared.store).items()]
    told += [f"row {', '.join(names)}: {how}" for how, names in alike(shared.database).items()]
    rest = [one for one in changes(Shared(), shared) if one.thing.where not in (Where.STORE, Where.ROW)]
    told.append(str(Change(Thing(Where.STATISTICS), None, shared.active)))
    return told + [str(one) for one in rest if one.thing.where is not Where.STATISTICS]


def _keeps_sessions(trace: Trace) -> bool:
    """Whether it ever holds one, or counts one. A reader's class need not."""
    return any(
        one.store or one.database or one.active for one in (trace.before, *(step.shared for step in trace.steps))
    )


def _behind_locks(shared: Shared) -> list[str]:
    """What the locks guard when the tasks begin, but for the lab's database, which has no row."""
    told = [(one.lock, one.value.text(SHORT)) for one in shared.guarded]
    return [f"{lock}: {value}" for lock, value in told if (lock, value) != ("database", "{}")][:MOST_GUARDED]


def _lines(changed: Sequence[Change]) -> list[str]:
    """A line for each thing, but no more than a few for what locks guard. A version alone is told as well."""
    news = any(one.thing.where not in (Where.GUARDED, Where.LOCK) or not one.told for one in changed)
    guarded = [one for one in changed if one.thing.where is Where.GUARDED and _is_told(one, news)]
    shown = [one for one in changed if one.thing.where is not Where.GUARDED or one in guarded[:MOST_GUARDED]]
    more = len(guarded) - MOST_GUARDED
    return [*map(str, shown), *([f"and {more} more values behind locks"] if more > 0 else [])]


def _is_told(guarded: Change, news: bool) -> bool:
    """What another line says is not said twice; but a version that changes with nothing else is in no other line."""
    return not guarded.told or (not news and guarded.thing.name.endswith(".version"))


def _left(before: Shared, after: Shared) -> list[str]:
    """The same, and what waits for cleanup as it did."""
    still = [f"queue: still {', '.join(after.queue)}"] if after.queue and after.queue == before.queue else []
    return _lines(changes(before, after)) + still


def _or_nothing(lines: Sequence[str]) -> str:
    return "\n".join(lines) or "as before"


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
            yield "  the answer arrives" if step.access.call else "  goes on"
        now = step.still_in
        if step.kind == "database" and now is not None and now.line == place.line:
            yield "  read; the answer is under way"
        yield from (f"  {name} = {value}" for name, value in step.learnt)
    yield from (f"  -> {one.call}: {one.answer}" for one in step.answered)


def _where(place: Place) -> str:
    return f"{PurePath(place.file).name}:{place.line} {place.function}"


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
