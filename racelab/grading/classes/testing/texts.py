"""Calls as a test writes them, `put('a', 1)`, become those that are run: `it.put('a', 1)`."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable
from typing import Any, Final

from ..choosing.texts import calls_in, checked

IT: Final = "it"


class Texts:
    """See the module. A name without `it.` is the object's if its class has it, or if nothing else has that name.

    Args:
        target: the class, or the function that makes the object or is called. A word says nothing about names.
    """

    def __init__(self, target: Callable[..., object] | str) -> None:
        module = sys.modules.get("" if isinstance(target, str) else target.__module__)
        self._known = {*vars(builtins), *(vars(module) if module is not None else ())}
        self._assigned: set[str] = set()
        self._kind: Any = target if isinstance(target, type) else None

    def calls(self, text: str) -> tuple[str, ...]:
        """What one thread calls: `put('a', 1); get('a')` are two. What comes after knows the names that one assigns.

        Raises:
            TargetError: that is not Python, or has no call.
        """
        calls = []
        for each in calls_in(text):
            calls.append(self.expression(each))
            stored = (node for node in ast.walk(ast.parse(each)) if isinstance(node, ast.Name))
            self._assigned |= {node.id for node in stored if isinstance(node.ctx, ast.Store)}
        return tuple(calls)

    def expression(self, text: str) -> str:
        """One call, or an expression over the object.

        Raises:
            TargetError: that is not Python.
        """
        text = checked(text)
        tree = ast.parse(text)
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        if any(node.id == IT for node in names):
            return text
        own = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        own |= {node.id for node in names if isinstance(node.ctx, ast.Store)}
        foreign = {node.id for node in names} - own - self._assigned
        mine = {name for name in foreign if self._is_of_the_object(name)}
        return ast.unparse(_OfTheObject(mine).visit(tree)) if mine else text

    def _is_of_the_object(self, name: str) -> bool:
        return name not in self._known or (self._kind is not None and hasattr(self._kind, name))


class _OfTheObject(ast.NodeTransformer):
    """Puts `it.` before names."""

    def __init__(self, names: set[str]) -> None:
        self._names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """One name."""
        return ast.Attribute(ast.Name(IT, ast.Load()), node.id, node.ctx) if node.id in self._names else node
