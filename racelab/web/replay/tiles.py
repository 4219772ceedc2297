"""The tiles of the replay page: what the tasks share, and what the last step changed in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from ...explorer.traces.shared import Change, Session, Shared, Where
from ...explorer.traces.trace import Trace
from .json_types import FactJson, Mark, TileJson

TILES: Final = (
    ("store", "Store", "in memory"),
    ("active", "Statistics", "active"),
    ("database", "Database", "rows in use"),
    ("queue", "Cleanup", "rows to remove"),
    ("held", "Locks", "held now"),
)
"""The key of each, its title, and what it counts."""
TITLES: Final = {key: title for key, title, _ in TILES}


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of a tile. Its key is the same after each step."""

    key: tuple[str, ...]
    name: str
    text: str


def tiles(trace: Trace) -> list[TileJson]:
    """All of them, with what the last step changed together with what the scenario does when all tasks have ended."""
    now = trace.afterwards or trace.last
    before = trace.steps[-2].shared if len(trace.steps) > 1 else trace.before
    behind = [one for one in trace.steps[-1].changes if one.thing.where is Where.GUARDED] if trace.steps else []
    guarded = [_guarded(one) for one in behind if not one.told]
    return [
        _tile("store", (len(before.store), len(now.store)), _store(before), _store(now), "no session"),
        _tile("active", (before.active, now.active), (), (), ""),
        _tile("database", (before.counts()[2], now.counts()[2]), _rows(before), _rows(now), "no row"),
        _tile("queue", (_waiting(before), _waiting(now)), _queue(before), _queue(now), "nothing waits"),
        _tile("held", (len(before.held), len(now.held)), _held(before), _held(now), "all are free", guarded),
    ]


def _tile(
    key: str,
    figures: tuple[int, int],
    before: Iterable[Fact],
    now: Iterable[Fact],
    none: str,
    more: Iterable[FactJson] = (),
) -> TileJson:
    was, figure = figures
    facts = [*_compared({one.key: one for one in before}, {one.key: one for one in now}), *more]
    changed = was != figure or any(one["change"] for one in facts)
    return {
        "key": key,
        "figure": figure,
        "was": was if was != figure else None,
        "changed": changed,
        "facts": facts,
        "none": none,
    }


def _compared(before: dict[tuple[str, ...], Fact], now: dict[tuple[str, ...], Fact]) -> Iterator[FactJson]:
    """The facts of now with what became of them, and after them those that are gone."""
    for key, fact in now.items():
        mark: Mark = "new" if key not in before else "changed" if before[key].text != fact.text else ""
        yield {"name": fact.name, "text": fact.text, "change": mark}
    for key, fact in before.items():
        if key not in now:
            yield {"name": fact.name, "text": fact.text, "change": "gone"}


def _store(shared: Shared) -> Iterator[Fact]:
    return (_session(one) for one in shared.store)


def _rows(shared: Shared) -> Iterator[Fact]:
    return (_session(one, _note(shared, one)) for one in shared.database)


def _session(session: Session, note: str = "") -> Fact:
    keys = [f"{key}={value}" for key, value in session.keys]
    marks = ["" if session.authenticated else "not authenticated", note]
    text = ", ".join(filter(None, [f"count {session.count}", *keys, *marks]))
    return Fact((session.session_id,), session.session_id, text)


def _note(shared: Shared, row: Session) -> str:
    if row.session_id in shared.dead_letters:
        return "dead letter"
    return "waits for cleanup" if row.session_id in shared.queue or row.deleted else ""


def _waiting(shared: Shared) -> int:
    return len(shared.queue) + len(shared.dead_letters)


def _queue(shared: Shared) -> Iterator[Fact]:
    seen: Counter[str] = Counter()
    for name in shared.queue:
        seen[name] += 1
        yield Fact((name, str(seen[name])), name, "in the queue")
    yield from (Fact(("dead", name), name, "dead letter") for name in shared.dead_letters)


def _held(shared: Shared) -> Iterator[Fact]:
    for one in shared.held:
        yield Fact((one.task, one.label), one.task, f"holds the {one.lock}{', to read' if one.how == 'read' else ''}")


def _guarded(change: Change) -> FactJson:
    mark: Mark = "new" if change.before is None else "gone" if change.after is None else "changed"
    return {"name": change.thing.name, "text": change.words(), "change": mark}
