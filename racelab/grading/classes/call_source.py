"""What a reader writes for one call, as the source of a function. A thread's next calls know the names it assigns."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CallSource:
    """See the module.

    Attributes:
        text: the source of a function `call` of the object, `it`, and of the names that its thread has assigned.
        assigns: the name that it assigns; empty if it assigns none. What is assigned is the call's answer.
    """

    text: str
    assigns: str = ""


def call_source(text: str, known: Collection[str]) -> CallSource:
    """An expression, `name = expression`, or a statement.

    Args:
        text: as it was written.
        known: the names that the thread's earlier calls have assigned.

    Raises:
        SyntaxError: it is not Python.
    """
    text = text.strip()
    try:
        ast.parse(text, mode="eval")
        source, assigns = f"def call(it, names): return ({text}\n)", ""  # it may end in a comment
    except SyntaxError:
        assigns, value = assignment(text)
        if assigns:
            source = f"def call(it, names): names[{assigns!r}] = ({value}\n); return names[{assigns!r}]"
        else:
            source = f"def call(it, names):\n {text}"  # on a line of its own, where `with` can begin
    tree = ast.parse(source)
    if known:
        source = ast.unparse(_Known(known).visit(tree))
    return CallSource(source, assigns)


def assignment(text: str) -> tuple[str, str]:
    """The name and the value of `name = value`, of which other calls know; nothing if it is anything else."""
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return "", ""
    if len(body) == 1 and isinstance(body[0], ast.Assign) and len(body[0].targets) == 1:
        target = body[0].targets[0]
        if isinstance(target, ast.Name) and target.id != "it":
            return target.id, ast.unparse(body[0].value)
    return "", ""


class _Known(ast.NodeTransformer):
    def __init__(self, known: Collection[str]) -> None:
        self._known = known

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name that the thread has assigned is looked up among those."""
        if node.id not in self._known or not isinstance(node.ctx, ast.Load):
            return node
        names = ast.Name("names", ast.Load())
        return ast.copy_location(ast.Subscript(names, ast.Constant(node.id), ast.Load()), node)
