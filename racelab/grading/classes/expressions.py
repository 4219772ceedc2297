"""The expressions of a program as functions of the object: rewritten as the reader's code is, and evaluated in it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import CodeType, FunctionType, ModuleType
from typing import Final

from racelab.explorer.code.kept import Kept
from racelab.explorer.code.rewriter import rewrite
from racelab.explorer.kernel.calls import CannotDecide

from .call_source import call_source

MOST: Final = 1_000
"""Expressions that stay compiled, because many programs share their calls."""
BAD = "{!r} is not Python: {}. Write an expression in which `it` is the object, such as it.get('a')."


class Expressions:
    """Compiles each once: what counts as one place in the source has to be one in every execution.

    Args:
        kept: modules that serve again. So do the functions that were made for them.
    """

    def __init__(self, kept: Kept) -> None:
        self._kept = kept
        self._functions: dict[tuple[str, ...], tuple[ModuleType, FunctionType, str]] = {}

    def function(
        self, text: str, where: str, module: ModuleType, names: dict[str, object]
    ) -> Callable[[object], object]:
        """The expression, or the statement, as a function of the object.

        Args:
            text: of it.
            where: who evaluates it: 'client A'.
            module: in which it is evaluated.
            names: what earlier calls of the same thread have assigned; the name that this one assigns is entered.

        Raises:
            CannotDecide: it is not Python.
        """
        key = text, where, module.__name__, *names
        known = self._functions.get(key)
        if known is not None and known[0] is module:
            _, function, assigns = known
        else:
            code, assigns = _compiled(*key)
            function = FunctionType(code, module.__dict__)
            if self._kept.modules.get(module.__name__) is module:  # any other one has to end with its execution
                self._functions[key] = module, function, assigns
        if assigns:
            names.setdefault(assigns, None)
        return lambda it: function(it, names)


@lru_cache(MOST)
def _compiled(text: str, where: str, module: str, *known: str) -> tuple[CodeType, str]:
    try:
        source = call_source(text, known)
        code = rewrite(source.text, f"<{where}>", module).code
    except SyntaxError as error:
        raise CannotDecide(BAD.format(text, error.msg)) from None
    return next(part for part in code.co_consts if isinstance(part, CodeType)), source.assigns
