"""How the object is made: the constructor's arguments, with limits as low as it takes; or a function that makes it."""

from __future__ import annotations

import inspect
import itertools
from dataclasses import replace
from types import FunctionType
from typing import Any, Final

from ..target import TargetError
from .resolve import Resolved
from .signatures import arguments, guesses, lowered, parameters, written
from .trial import Trial, Tried

SAY_IT = "Say how with --new, such as --new '{}(...)'; the names of its module can be used."

DATABASE: Final = "MemoryDatabase(ThreadRuntime(), DatabaseDials())"
KNOWN: Final = {
    **dict.fromkeys(("database", "db"), DATABASE),
    "runtime": "ThreadRuntime()",
    **dict.fromkeys(("ttl", "cache_ttl", "session_ttl", "timeout", "max_age"), "60.0"),
    **dict.fromkeys(("limit", "capacity", "maxsize", "max_sessions"), "100"),
    **dict.fromkeys(("attempts", "max_attempts", "retries", "max_retries"), "3"),
}
"""Arguments of a session manager's constructor. The first two are the lab's own, if its module has those names."""


def constructor(resolved: Resolved, trial: Trial) -> str:
    """An expression that makes an object of the class.

    Raises:
        TargetError: none was found.
    """
    kind, name, module = resolved.value, resolved.name, resolved.module
    given = parameters(kind, module, bound=False)
    if given is None:
        given = []
    limits = lowered(kind, module)
    tried = Tried("misfits")
    for extra in (limits, []) if limits else ([],):
        both = [*given, *extra]
        for texts in itertools.chain(arguments(both), guesses(both)):
            text = f"{name}({written(both, texts)})"
            tried = trial.make(text)
            if tried.outcome == "returns":
                return text
            if trial.over() or tried.outcome == "blocks":
                break
    raise TargetError(not_made(name, f"{name}({', '.join(p.name for p, _ in given)})", tried))


def plain(resolved: Resolved, trial: Trial) -> str:
    """The same for a session manager: high limits stay as they are, and some arguments are known by their names.

    Returns:
        The expression; empty if none of them makes an object.
    """
    given = parameters(resolved.value, resolved.module, bound=False) or []
    known = [
        (each, replace(values, texts=(KNOWN[each.name], *values.texts), sure=True) if each.name in KNOWN else values)
        for each, values in given
    ]
    for texts in itertools.chain(arguments(known), guesses(known)):
        text = f"{resolved.name}({written(known, texts)})"
        if trial.make(text).outcome == "returns":
            return text
        if trial.over():
            break
    return ""


def factory(resolved: Resolved, trial: Trial) -> str:
    """A call of the function if it makes a new object each time; empty if it works on the state of its module."""
    given = parameters(resolved.value, resolved.module, bound=False)
    if given is None:
        return ""
    for texts in arguments(given):
        text = f"{resolved.name}({written(given, texts)})"
        first, second = trial.make(text), trial.make(text)
        if first.outcome != "returns" or second.outcome != "returns":
            continue
        made = first.value
        return text if made is not second.value and _has_methods(made) else ""
    return ""


def not_made(name: str, text: str, tried: Tried) -> str:
    """Why there is no object, and what to do."""
    why = {
        "blocks": "it does not return within a quarter of a second",
        "refused": f"it reaches out of the process, which no schedule controls: {tried.detail}",
    }.get(tried.outcome, tried.detail)
    return f"No object could be made with {text}: {why}. {SAY_IT.format(name or 'Class')}"


def _has_methods(made: Any) -> bool:
    kind = type(made)
    if kind.__module__ == "builtins" or isinstance(made, type | FunctionType) or text_like(made):
        return False
    return any(
        isinstance(inspect.unwrap(part), FunctionType) and not part.__name__.startswith("__")
        for base in kind.__mro__
        for part in vars(base).values()
        if callable(part) and hasattr(part, "__name__")
    )


def text_like(made: object) -> bool:
    """Whether it is a plain value with methods, such as a subclass of str."""
    return isinstance(made, str | bytes | int | float | BaseException)
