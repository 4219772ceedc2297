"""Invariants of the reader's own: functions of the manager."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Iterator
from inspect import iscoroutinefunction, isgeneratorfunction
from types import CoroutineType
from typing import Any

from ..kernel.calls import CannotDecide
from .given import BadProgram, takes

Rule = Callable[[Any], object]
"""It fails if it returns something false (None is not) or raises an AssertionError."""


def rule_name(rule: Rule) -> str:
    """What to call it: 'at-most-two'."""
    return getattr(rule, "__name__", "invariant").strip("<>_").replace("_", "-")


def rule_broken(rule: Rule) -> str:
    """'the invariant at-most-two does not hold: At most two clients are inside.', from its name and its docstring."""
    says = (rule.__doc__ or "").strip().partition("\n")[0]
    return f"the invariant {rule_name(rule)} does not hold{': ' if says else '.'}{says}"


def says_no(rule: Rule, answer: object) -> bool:
    """Whether an invariant does not hold, by what it has returned. None is what one returns that only asserts.

    Raises:
        CannotDecide: it has returned something that has run nothing yet, or that is neither true nor false.
    """
    if isinstance(answer, CoroutineType):
        answer.close()  # or Python warns that nobody has awaited it
    if answer is NotImplemented or isinstance(answer, (Awaitable, AsyncIterable, Iterator)) or callable(answer):
        raise CannotDecide(
            f"The invariant {rule_name(rule)} returned {type(answer).__name__}, which is neither true nor false. "
            "Return whether it holds."
        )
    return answer is not None and not answer


def rules(option: str, given: object) -> tuple[Rule, ...]:
    """One invariant or several."""
    found = (given,) if callable(given) or not isinstance(given, Iterable) else tuple(given)
    for rule in found:
        if not callable(rule):
            raise BadProgram(f"{option}: {rule!r} is no invariant. Give a function of the manager, or several.")
        if iscoroutinefunction(rule) or isgeneratorfunction(rule):
            raise BadProgram(f"{option}: {rule!r} is no invariant: calling a coroutine or a generator runs none of it.")
        takes(f"{option}: the invariant", rule, "the manager")
    return found
