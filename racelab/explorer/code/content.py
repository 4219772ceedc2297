"""Where the content of an object is looked at: by an operator, a test, an unpacking, a format.

The hook looks when all operands are known, immediately before the operator does. What is looked at earlier may have
changed by then: evaluating the other operand may stop the task.
"""

from __future__ import annotations

import ast
from typing import Final

from .emitter import load, located, parameters
from .shared_names import SharedNames

PLAIN: Final = (ast.Constant, ast.JoinedStr, ast.Lambda, ast.Compare, ast.BinOp)
"""Expressions whose value no other task can have."""
PLAIN_CALLS: Final = frozenset({"len", "int", "float", "bool", "id", "hash", "ord", "chr", "isinstance", "issubclass"})
"""Builtins whose answer is a plain value."""


class Content(SharedNames):
    """See the module."""

    def is_plain(self, node: ast.expr) -> bool:
        """Whether a look at the value is no access to something shared."""
        if isinstance(node, ast.UnaryOp):
            return isinstance(node.op, ast.Not) or self.is_plain(node.operand)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            return node.func.id in PLAIN_CALLS and self._scopes.is_builtin(node.func.id)
        return isinstance(node, PLAIN)

    def is_quiet(self, node: ast.expr) -> bool:
        """Whether the task cannot be stopped while this is evaluated."""
        if isinstance(node, ast.Name):
            return self.shared_in(node.id) is None
        return isinstance(node, (ast.Constant, ast.Lambda))

    def look(self, at: ast.expr, value: ast.expr, op: str) -> ast.Call:
        """A value whose content is looked at.

        Args:
            at: what the author wrote for it.
            value: the same, rewritten.
            op: by what: `b` a test, `c` a comparison, `i` an iteration, `n` membership, `o` an operator,
                `m` the operator `%`, `s` text, `u` unpacking, `?` anything.
        """
        return self.hook(at, "look", value, self.site(at, "content"), ast.Constant(op))

    def operand(self, node: ast.expr, op: str) -> ast.expr:
        """An expression, rewritten, whose content is looked at unless it is plain."""
        plain = self.is_plain(node)
        value: ast.expr = self.visit(node)
        return value if plain else self.look(node, value, op)

    def truth(self, node: ast.expr) -> ast.expr:
        """An expression that is tested: what `and`, `or` and `not` in it test is looked at, and no more."""
        if isinstance(node, ast.BoolOp):
            node.values = [self.truth(value) for value in node.values]
            return node
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
            node.operand = self.truth(node.operand)
            return node
        return self.operand(node, "b")

    def pair(self, left: ast.expr, right: ast.expr, op: str) -> tuple[ast.expr, ast.expr, list[ast.expr]]:
        """Both operands of an operator, and what to give to `with_operands`."""
        if self.is_plain(left) or self.is_quiet(right):
            return self.operand(left, op), self.operand(right, op), []
        plain = self.is_plain(right)
        given = self.each([left, right])
        first, second = located(load("_lab_left"), left), located(load("_lab_right"), right)
        return self.look(left, first, op), second if plain else self.look(right, second, op), given

    def with_operands(self, operation: ast.expr, given: list[ast.expr]) -> ast.expr:
        """The operation; inside of a function of its own if its operands are evaluated before the looks at them."""
        if not given:
            return operation
        arguments = parameters("_lab_left", "_lab_right")
        return located(ast.Call(located(ast.Lambda(arguments, operation), operation), given, []), operation)
