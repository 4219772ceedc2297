"""How the object is made: the constructor's arguments, with limits as low as it takes; or a function that makes it."""

from __future__ import annotations

import inspect
import itertools
from types import FunctionType
from typing import Any

from ..target import TargetError
from .resolve import Resolved
from .signatures import arguments, guesses, lowered, parameters, written
from .trial import Trial, Tried

SAY_IT = "Say how with --new, such as --new '{}(...)'; the names of its module can be used."


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
