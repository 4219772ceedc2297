"""Does what the advice on a finding says, to the letter: the lines that it names come under the lock that it names."""

from __future__ import annotations

import ast
import re

from racelab.grading.classes.spans import Hold

NEW = "one_lock_for_all"
"""What a new lock is called."""


def followed(source: str, advice: Hold) -> str:
    """The source of the class with the advice followed.

    Args:
        source: of one file, in which all spans are.
        advice: which lock, and where.
    """
    own = advice.lock.rpartition(".")[2]
    kind = "RLock" if advice.inside or advice.nested else "Lock"
    if kind == "RLock":
        source = re.sub(rf"\b{own} = (threading\.)?Lock\(\)", f"{own} = __import__('threading').RLock()", source)
    lines = source.splitlines()
    lock = advice.lock or NEW
    for span in sorted(advice.spans, key=lambda one: -one.first):
        mine = lines[span.first - 1 : span.last]
        indent = mine[0][: len(mine[0]) - len(mine[0].lstrip())]
        inner = ["    " + line if line else line for line in mine]
        lines[span.first - 1 : span.last] = [f"{indent}with {lock}:", *inner]
    made = [] if advice.lock else ["import threading as threads_of_the_lock", f"{NEW} = threads_of_the_lock.{kind}()"]
    after = max((node.end_lineno or 0 for node in ast.parse(source).body if _comes_first(node)), default=0)
    return "\n".join([*lines[:after], *made, *lines[after:]]) + "\n"


def _comes_first(node: ast.stmt) -> bool:
    docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return docstring or (isinstance(node, ast.ImportFrom) and node.module == "__future__")
