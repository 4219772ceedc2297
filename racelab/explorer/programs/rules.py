"""Invariants of the reader's own: functions of the manager."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from inspect import iscoroutinefunction, isgeneratorfunction
from typing import Any

from .given import BadProgram

Rule = Callable[[Any], object]
"""It fails if it returns something false (None is not) or raises an AssertionError."""


def rule_name(rule: Rule) -> str:
    """What to call it: 'at-most-two'."""
    return getattr(rule, "__name__", "invariant").strip("<>_").replace("_", "-")


def rule_broken(rule: Rule) -> str:
    """'the invariant at-most-two does not hold: At most two clients are inside.', from its name and its docstring."""
    says = (rule.__doc__ or "").strip().partition("\n")[0]
    return f"the invariant {rule_name(rule)} does not hold{': ' if says else '.'}{says}"


def rules(option: str, given: object) -> tuple[Rule, ...]:
    """One invariant or several."""
    found = (given,) if callable(given) or not isinstance(given, Iterable) else tuple(given)
    for rule in found:
        if not callable(rule):
            raise BadProgram(f"{option}: {rule!r} is no invariant. Give a function of the manager, or several.")
        if iscoroutinefunction(rule) or isgeneratorfunction(rule):
            raise BadProgram(f"{option}: {rule!r} is no invariant: calling a coroutine or a generator runs none of it.")
    return found
