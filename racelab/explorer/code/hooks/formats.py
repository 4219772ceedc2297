"""`"{0.items[k]}".format(thing)`: the fields of a format look up attributes and items."""

from __future__ import annotations

import _string  # type: ignore[import-not-found] # in C, below `string`
import string
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import attributes, interrupted, items
from .looking import look

NAMES: Final = frozenset({"format", "format_map"})
"""The methods of `str` that do so."""


def looks_inside(text: Any, method: str) -> bool:
    """Whether a method of a text follows fields that lead to an attribute or an item of what is given."""
    return method in NAMES and issubclass(type(text), str) and _leads_on(text)


def _leads_on(text: str) -> bool:
    try:
        fields = [(name, spec) for _, name, spec, _ in _string.formatter_parser(text) if name is not None]
    except ValueError:
        return False  # the call fails
    return any("." in name or "[" in name or (spec and _leads_on(spec)) for name, spec in fields)


def call(memory: Memory, task: Thread, function: Any, site: int, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """Make the text field by field, as Python does, with each look recorded."""
    fields = _Fields(memory, task, site)
    if function.__name__ == "format_map" and len(args) == 1 and not kwargs:
        value = fields.vformat(function.__self__, (), args[0])
    else:
        value = fields.vformat(function.__self__, args, kwargs)
    interrupted.switchable(task)
    return value


class _Fields(string.Formatter):
    def __init__(self, memory: Memory, task: Thread, site: int) -> None:
        self._memory, self._task, self._site = memory, task, site
        self._numbered = 0

    def parse(self, format_string: str) -> Iterator[Any]:
        """Its fields. One without a number or name gets the next number."""
        for before, name, spec, conversion in super().parse(format_string):
            numbered = name
            if name is not None and name[:1] in ("", ".", "["):
                numbered, self._numbered = f"{self._numbered}{name}", self._numbered + 1
            yield before, numbered, spec, conversion

    def get_field(self, field_name: str, args: Any, kwargs: Any) -> Any:
        """What a field stands for."""
        first, rest = _string.formatter_field_name_split(field_name)
        found = self.get_value(first, args, kwargs)
        for is_attribute, key in rest:
            read = attributes.read if is_attribute else items.read
            found = read(found, key, self._site)
        return found, first

    def convert_field(self, value: Any, conversion: Any) -> Any:
        """`!r` and its like."""
        if conversion is not None:
            self._look(value)
        return super().convert_field(value, conversion)

    def format_field(self, value: Any, format_spec: str) -> Any:
        """Its text."""
        self._look(value)
        return super().format_field(value, format_spec)

    def _look(self, value: Any) -> None:
        if type(value) not in ATOMS:
            self._memory.gate(self._task, self._site)
            look(self._memory, self._task, value, self._site, "s")
