"""The expressions of a program as functions of the object: rewritten as the reader's code is, and evaluated in it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import CodeType, FunctionType, ModuleType

from racelab.explorer.code.rewriter import rewrite
from racelab.explorer.kernel.calls import CannotDecide

from .call_source import call_source

BAD = "{!r} is not Python: {}. Write an expression in which `it` is the object, such as it.get('a')."


class Expressions:
    """Compiles each once: what counts as one place in the source has to be one in every execution."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, ...], tuple[CodeType, str]] = {}

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
        compiled = self._codes.get(key)
        if compiled is None:
            compiled = self._codes[key] = _compiled(text, where, module.__name__, names)
        code, assigns = compiled
        if assigns:
            names.setdefault(assigns, None)
        function = FunctionType(code, module.__dict__)
        return lambda it: function(it, names)


def _compiled(text: str, where: str, module: str, known: Collection[str]) -> tuple[CodeType, str]:
    try:
        source = call_source(text, known)
        code = rewrite(source.text, f"<{where}>", module).code
    except SyntaxError as error:
        raise CannotDecide(BAD.format(text, error.msg)) from None
    return next(part for part in code.co_consts if isinstance(part, CodeType)), source.assigns
