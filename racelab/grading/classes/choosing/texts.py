"""Calls as they are typed: split at `;`, and looked at before anything runs."""

from __future__ import annotations

import ast

from ..target import TargetError


def calls_in(text: str) -> tuple[str, ...]:
    """The calls of one thread: 'it.put("a", 1); it.get("a")' are two.

    Raises:
        TargetError: that is not Python, or has no call.
    """
    tree = _parsed(text)
    if not tree.body:
        raise TargetError(f"{text!r} has no call. Write what the thread does, such as 'it.put(1); it.get()'.")
    return tuple(ast.get_source_segment(text.strip(), each) or text for each in tree.body)


def checked(text: str) -> str:
    """A call or an expression.

    Raises:
        TargetError: it is not Python.
    """
    _parsed(text)
    return text.strip()


def _parsed(text: str) -> ast.Module:
    try:
        return ast.parse(text.strip())
    except (SyntaxError, ValueError) as error:
        why = getattr(error, "msg", str(error))
        raise TargetError(f"{text!r} is not Python: {why}. `it` is the object, as in it.get('a').") from None
