"""What is at each place that was touched, by what the author writes: `self.x['k']` may be another object by now.

No code of the author's runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from racelab.explorer.kernel.cells import WHOLE, Attribute, Key
from racelab.explorer.traces.values import freeze

from .object_paths import KEYS, ObjectPaths, Unknown, is_a, slots_of

NOT_THERE: Final = object()
LONGEST: Final = 400
"""Characters of a content."""
MOST: Final = 100
"""Places that are watched: all of them are looked at after each change."""

Left = tuple[str, str | None, str | None]
"""A place, what was there, and what is there now."""


class Watched:
    """Keeps what was at each place when it was looked at last.

    Args:
        paths: where the names lead.
    """

    def __init__(self, paths: ObjectPaths) -> None:
        self._paths = paths
        self._places: dict[str, tuple[str, Any]] = {}
        self._texts: dict[str, str | None] = {}

    def watch(self, place: str, path: str, key: Any) -> None:
        """Begin with a place: that key of the object that a name leads to."""
        if place in self._places or not place or not path or len(self._places) >= MOST:
            return
        found = self._now(path)
        if found is not None:
            self._places[place] = path, key
            self._texts[place] = _content(found, key)

    def is_astray(self, value: object) -> bool:
        """Whether its name leads to something else by now."""
        path = self._paths.of(value)
        found = self._now(path) if path else None
        return found is not None and all(one is not value for one in found)

    def changed(self) -> Iterator[Left]:
        """The places at which there is something else than before."""
        found: dict[str, list[object] | None] = {}
        for place, (path, key) in self._places.items():
            if path not in found:
                found[path] = self._now(path)
            there = found[path]
            if there is None:
                continue
            before, after = self._texts[place], _content(there, key)
            if before != after:
                self._texts[place] = after
                yield place, before, after

    def _now(self, path: str) -> list[object] | None:
        try:
            return self._paths.now(path)
        except Unknown:
            return None


def _content(found: list[object], key: Any) -> str | None:
    """Of the first of them; None if there is none, or nothing at that key."""
    if not found:
        return None
    part = found[0] if key is WHOLE else look(found[0], key)
    return None if part is NOT_THERE else text_of(part)


def look(value: Any, key: Any) -> Any:
    """What is at a key, without running anybody's code."""
    if is_a(key, Attribute):
        return next((part for name, part in slots_of(value) if name == key.name), NOT_THERE)
    if is_a(value, dict):
        found = dict.get(value, key, NOT_THERE) if type(key) in KEYS else _found(value, key)
        if found is not NOT_THERE:
            return found
    if is_a(value, type):
        return vars(value).get(key, NOT_THERE) if type(key) is str else NOT_THERE
    return next((part for name, part in slots_of(value) if name == key), NOT_THERE)


def _found(value: dict[Any, Any], key: Any) -> Any:
    """What is there, under a key that may have code of the author's beside it."""
    if is_a(key, Key):
        return next((part for one, part in dict.items(value) if one is key.object), NOT_THERE)
    return next((part for one, part in dict.items(value) if type(one) is type(key) and one == key), NOT_THERE)


def text_of(value: object) -> str:
    """Long enough to tell two contents apart; a table shows less of it."""
    return freeze(value).text(LONGEST)
