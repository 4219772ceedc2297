"""Answers as Python shows them: the other way round from `answers`, which makes them comparable."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, time, timedelta, tzinfo
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

CONTENT: Final = "is"
"""Comes before the text of what it is made from."""
BY_REPR: Final = (
    *(bool, float, complex, range, date, time, timedelta, tzinfo, Decimal, UUID, slice),
    *(re.Pattern, re.Match),
)
REPRS: Final = frozenset(kind.__name__ for kind in BY_REPR) | {"datetime", "timezone", "ZoneInfo"}
ROWS: Final = {
    "list": "[{}]",
    "deque": "deque([{}])",
    "dict_keys": "dict_keys([{}])",
    "dict_values": "dict_values([{}])",
    "dict_items": "dict_items([{}])",
}
MAPS: Final = {
    "dict": "{}",
    "mappingproxy": "mappingproxy({})",
    "OrderedDict": "OrderedDict({})",
    "Counter": "Counter({})",
}
SETS: Final = {"set": "{}", "frozenset": "frozenset({})"}
NAMED: Final = {
    **dict.fromkeys(("type", "ABCMeta", "EnumMeta", "EnumType"), "<class '{}'>"),
    "function": "<function {}>",
    "builtin_function_or_method": "<built-in function {}>",
    "module": "<module '{}'>",
}
MEMBER: Final = 3
"""Parts of a member of an enumeration: what it is, of which, and its name."""


class Identity(str):
    """The name of an object in one execution."""

    __slots__ = ()


def raised(name: object, detail: str = "", line: str = "") -> str:
    """An exception: `ValueError: no query (pool.py:27)`."""
    return f"{name}{': ' * bool(detail)}{detail}{f' ({line})' if line else ''}"


def text_of(value: Any) -> str:
    """A comparable value as text."""
    if type(value) is not tuple or not value:
        return repr(value)
    kind, parts = value[0], list(value[1:])
    if kind in REPRS and len(parts) == 1:
        return str(parts[0])
    if kind == "exception":
        return str(parts[0])
    if kind == "member" and len(value) == MEMBER:
        return f"{parts[0]}.{parts[1]}"
    if kind in ("again", "..."):
        return "…"
    return _known(kind, parts) or _object(kind, parts)


def _known(kind: str, parts: list[Any]) -> str:
    """Of a class of Python's; empty of another one."""
    if kind in NAMED and len(parts) == 1:
        return NAMED[kind].format(parts[0])
    if kind in ROWS:
        return ROWS[kind].format(_joined(parts))
    if kind == "tuple":
        return f"({_joined(parts)}{',' if len(parts) == 1 else ''})"
    if kind in SETS:
        return SETS[kind].format(f"{{{', '.join(sorted(map(text_of, parts[1])))}}}") if parts[1] else f"{kind}()"
    if kind in MAPS:
        return MAPS[kind].format(_items(parts))
    if kind == "defaultdict":
        return f"defaultdict({text_of(parts[-1][1])}, {_items(parts[:-1])})"
    return ""


def _object(kind: str, parts: list[Any]) -> str:
    if len(parts) == 1 and type(parts[0]) is tuple and str(parts[0][-1]).startswith(f"{kind}("):
        return str(parts[0][-1])
    return f"{kind}({', '.join(_attribute(part) for part in parts if not _is_identity(part))})"


def _items(pairs: Sequence[Any]) -> str:
    return f"{{{', '.join(f'{text_of(key)}: {text_of(item)}' for key, item in pairs)}}}"


def _joined(parts: Sequence[Any]) -> str:
    return ", ".join(map(text_of, parts))


def _attribute(part: Any) -> str:
    if type(part) is tuple and len(part) == len(("name", "value")) and type(part[0]) is str:
        if part[0] == CONTENT:
            return str(part[1])
        return f"{part[0]}={text_of(part[1])}"
    return text_of(part)


def _is_identity(part: Any) -> bool:
    """Which of the objects it is."""
    return type(part) is Identity or (type(part) is tuple and part[:1] == ("object",) and type(part[-1]) is int)
