"""The expressions of a program as functions of the object: rewritten as the reader's code is, and evaluated in it."""

from __future__ import annotations

import ast
from collections.abc import Callable
from types import CodeType, FunctionType, ModuleType

from racelab.explorer.code.rewriter import rewrite
from racelab.explorer.kernel.calls import CannotDecide

BAD = "{!r} is not Python: {}. Write an expression in which `it` is the object, such as it.get('a')."


class Expressions:
    """Compiles each once: what counts as one place in the source has to be one in every execution."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str, str], CodeType] = {}

    def function(self, text: str, where: str, module: ModuleType) -> Callable[[object], object]:
        """The expression, or the statement, as a function of the object.

        Args:
            text: of it.
            where: who evaluates it: 'client A'.
            module: in which it is evaluated.

        Raises:
            CannotDecide: it is not Python.
        """
        key = text, where, module.__name__
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = _compiled(text, where, module.__name__)
        return FunctionType(code, module.__dict__)


def _compiled(text: str, where: str, module: str) -> CodeType:
    text = text.strip()
    try:
        ast.parse(text, mode="eval")
        source = f"def call(it): return ({text}\n)"  # it may end in a comment
    except SyntaxError:
        source = f"def call(it):\n {text}"  # on a line of its own, where `with` can begin
    try:
        code = rewrite(source, f"<{where}>", module).code
    except SyntaxError as error:
        raise CannotDecide(BAD.format(text, error.msg)) from None
    return next(part for part in code.co_consts if isinstance(part, CodeType))
