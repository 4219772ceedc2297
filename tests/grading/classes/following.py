"""Does what the advice on a finding says, and nothing else: its lines come under the lock that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Sequence

from racelab.grading.classes.spans import Hold, Span

NEW = "one_lock_for_all"
"""What a new lock is called."""


def followed(source: str, advice: Hold) -> str:
    """The source of the class with the advice followed.

    Args:
        source: of one file, in which all spans are.
        advice: which lock, and where.
    """
    own = advice.lock.rpartition(".")[2]
    if advice.inside:
        source = re.sub(rf"\b{own} = (threading\.)?Lock\(\)", f"{own} = __import__('threading').RLock()", source)
    lines = source.splitlines()
    lock = advice.lock or NEW
    for span in sorted(advice.spans, key=lambda one: -one.first):
        statements = _statements(ast.parse("\n".join(lines)), span)
        first, last = statements[0].lineno, statements[-1].end_lineno or statements[-1].lineno
        indent = " " * statements[0].col_offset
        inner = ["    " + line if line else line for line in lines[first - 1 : last]]
        lines[first - 1 : last] = [f"{indent}with {lock}:", *inner]
    made = [] if advice.lock else ["import threading as threads_of_the_lock", f"{NEW} = threads_of_the_lock.RLock()"]
    after = max((node.end_lineno or 0 for node in ast.parse(source).body if _comes_first(node)), default=0)
    return "\n".join([*lines[:after], *made, *lines[after:]]) + "\n"


def _comes_first(node: ast.stmt) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__")


def _statements(tree: ast.Module, span: Span) -> Sequence[ast.stmt]:
    """The fewest whole statements of one block that the lines are in."""
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == span.function]
    function = next(node for node in functions if node.lineno <= span.first <= (node.end_lineno or 0))
    best: Sequence[ast.stmt] = function.body
    for block in _blocks(function):
        inside = [node for node in block if node.lineno <= span.last and (node.end_lineno or 0) >= span.first]
        if inside and inside[0].lineno <= span.first and (inside[-1].end_lineno or 0) >= span.last:
            best = min(best, inside, key=lambda nodes: (nodes[-1].end_lineno or 0) - nodes[0].lineno)
    return best


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for one in ast.walk(node):
        for name in ("body", "orelse", "finalbody"):
            block = getattr(one, name, None)
            if isinstance(block, list) and block:
                yield block
