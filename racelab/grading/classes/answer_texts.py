"""Answers as a reader would type them: the other way round from `answers`, which makes them comparable."""

from __future__ import annotations

from typing import Any, Final

from .answers import BY_REPR, CONTENT, Identity
from .result import Answer
from .trace import Answered

REPRS: Final = frozenset(kind.__name__ for kind in BY_REPR)
BRACKETS: Final = {"list": "[]", "tuple": "()", "set": "{}", "frozenset": "{}", "dict": "{}"}
MEMBER: Final = 3
"""Parts of a member of an enumeration: what it is, of which, and its name."""


def answered(call: str, answer: Answer) -> Answered:
    """A call and what it came to."""
    return Answered(call, text_of(answer.value, of_error=answer.how == "raises"), answer.how == "raises")


def text_of(value: Any, of_error: bool = False) -> str:
    """A comparable value as text; `of_error` says that it is the name of an exception's class."""
    if of_error or type(value) is not tuple or not value:
        return str(value) if of_error else repr(value)
    kind, parts = value[0], list(value[1:])
    if kind in REPRS and len(parts) == 1:
        return str(parts[0])
    if kind == "exception":
        return str(parts[0])
    if kind == "member" and len(value) == MEMBER:
        return f"{parts[0]}.{parts[1]}"
    if kind in ("again", "..."):
        return "…"
    if kind in BRACKETS:
        return _container(kind, parts)
    return f"{kind}({', '.join(_attribute(part) for part in parts if not _is_identity(part))})"


def _container(kind: str, parts: list[Any]) -> str:
    first, last = BRACKETS[kind][0], BRACKETS[kind][1]
    if kind == "dict":
        items = [f"{text_of(item[0])}: {text_of(item[1])}" for item in parts]
        return f"{{{', '.join(items)}}}"
    if kind in ("set", "frozenset"):
        inside = ", ".join(sorted(text_of(one) for one in parts[1]))
        return f"{first}{inside}{last}" if inside else "set()"
    inside = ", ".join(map(text_of, parts))
    return f"{first}{inside}{',' if kind == 'tuple' and len(parts) == 1 else ''}{last}"


def _attribute(part: Any) -> str:
    if type(part) is tuple and len(part) == len(("name", "value")) and type(part[0]) is str:
        if part[0] == CONTENT:
            return str(part[1])
        return f"{part[0]}={text_of(part[1])}"
    return text_of(part)


def _is_identity(part: Any) -> bool:
    """Which of the objects it is."""
    return type(part) is Identity or (type(part) is tuple and part[:1] == ("object",) and type(part[-1]) is int)
