"""Rewrites the source of a module so that each access to something that tasks may share calls a hook.

The hooks are builtins of the module. Nothing else changes: without an exploration the module does what it did before,
in the same order. Lines and columns stay. Code that runs at import runs alone, and stays as it is.
"""

from __future__ import annotations

import ast
import sys
from dataclasses import dataclass
from types import CodeType
from typing import Final

from .bindings import find_scopes
from .statements import Statements

DEEP: Final = 10_000
"""Frames that a visit may take. A sum of hundreds of parts is as deep as it has parts, and Python compiles it."""


@dataclass(frozen=True, slots=True)
class Rewritten:
    """A module, rewritten.

    Attributes:
        code: what to execute in its namespace, which must have the hooks among its builtins.
        globals: the global names that its functions may rebind. Their reads and writes are recorded.
    """

    code: CodeType
    globals: frozenset[str]


def rewrite(source: str, file: str, module: str) -> Rewritten:
    """A module's source with hooks.

    Args:
        source: as text.
        file: its path, for sites and tracebacks.
        module: its full name, for what is said of it.

    Raises:
        SyntaxError: Python cannot read the source.
    """
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(max(limit, DEEP))
    try:
        tree = ast.parse(source, file)
        scopes = find_scopes(tree)
        rewritten = ast.fix_missing_locations(Statements(file, module, scopes).visit(tree))
        return Rewritten(compile(rewritten, file, "exec", dont_inherit=True), scopes.rebound)
    finally:
        sys.setrecursionlimit(limit)
