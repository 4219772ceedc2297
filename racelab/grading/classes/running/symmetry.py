"""When two programs are the same: their threads exchanged, or the keys that the grader has chosen itself."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Iterator

Tasks = tuple[tuple[str, ...], ...]


def once(programs: Iterable[Tasks], alike: tuple[str, ...]) -> Iterator[Tasks]:
    """The programs without those that are the same as an earlier one.

    Args:
        alike: texts of values that can be exchanged for each other.
    """
    seen: set[Tasks] = set()
    for tasks in programs:
        key = canonical(tasks, alike)
        if key not in seen:
            seen.add(key)
            yield tasks


def canonical(tasks: Tasks, alike: tuple[str, ...]) -> Tasks:
    """The first of all programs that are the same."""
    return min(tuple(sorted(renamed)) for renamed in _renamings(tasks, alike))


def _renamings(tasks: Tasks, alike: tuple[str, ...]) -> Iterator[Tasks]:
    yield tasks
    if not alike:
        return
    pattern = re.compile("|".join(map(re.escape, alike)))
    for order in itertools.permutations(alike):
        names = dict(zip(alike, order, strict=True))
        if order != alike:
            yield tuple(
                tuple(pattern.sub(lambda found, names=names: names[found[0]], call) for call in task)  # type: ignore[misc]
                for task in tasks
            )
