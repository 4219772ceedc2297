"""Builds the calls of hooks, and knows in which scope the code is that is being rewritten."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from .scopes import Scope, Scopes
from .sites import new_site

Located = ast.expr | ast.stmt | ast.pattern
Some = TypeVar("Some", bound=ast.AST)
HOOK: Final = "_lab_"
"""Before the name of each hook, and of each variable that is not the author's."""
OWN_RULES: Final = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef, ast.AnnAssign),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
)
"""What is treated by itself also in code that runs at import. The rest of that is left as it is."""


def load(name: str) -> ast.Name:
    """A name that is read."""
    return ast.Name(name, ast.Load())


def store(name: str) -> ast.Name:
    """A name that is bound."""
    return ast.Name(name, ast.Store())


def located(new: Some, at: ast.AST) -> Some:
    """A new node where another one stands: lines and columns stay the author's."""
    return ast.copy_location(new, at)


def assign(target: ast.expr, value: ast.expr, at: ast.AST) -> ast.stmt:
    """`target = value`."""
    return located(ast.Assign([target], value), at)


def parameters(*names: str) -> ast.arguments:
    """Those of a little function of ours."""
    return ast.arguments(
        posonlyargs=[ast.arg(name) for name in names], args=[], kwonlyargs=[], kw_defaults=[], defaults=[]
    )


def forget(names: Iterable[str], at: ast.AST) -> list[ast.stmt]:
    """`del` for variables of ours, so that they keep nothing alive."""
    targets: list[ast.expr] = [ast.Name(name, ast.Del()) for name in names]
    return [located(ast.Delete(targets), at)] if targets else []


class Emitter(ast.NodeTransformer):
    """See the module.

    Args:
        file: the path of the source, for the sites.
        module: the module's name, for what is said of its code.
        scopes: of the whole module.

    Attributes:
        scope: the innermost scope around what is being visited.
    """

    def __init__(self, file: str, module: str, scopes: Scopes) -> None:
        self._file, self._module, self._scopes = file, module, scopes
        self.scope = scopes.module
        self._made = 0

    def visit(self, node: ast.AST) -> Any:
        """Rewrite what runs later. What runs at import runs alone, and is entered only to find what does not."""
        if type(node).__name__ == "TypeAlias":  # Python 3.12's `type` statement: evaluated when somebody asks
            return node
        if self.scope.runs_later or isinstance(node, OWN_RULES):
            return super().visit(node)
        return self.generic_visit(node)

    @contextmanager
    def inside(self, scope: Scope | None) -> Iterator[None]:
        """Visit in this scope. None: in the same as before."""
        outer, self.scope = self.scope, scope or self.scope
        yield
        self.scope = outer

    def block(self, statements: Iterable[ast.stmt]) -> list[ast.stmt]:
        """Statements, rewritten: each may become several."""
        rewritten: list[ast.stmt] = []
        for statement in statements:
            new = self.visit(statement)
            rewritten += new if isinstance(new, list) else [new]
        return rewritten

    def each(self, nodes: Iterable[ast.expr | None]) -> list[Any]:
        """Expressions, rewritten in their order."""
        return [None if node is None else self.visit(node) for node in nodes]

    def hook(self, at: ast.AST, name: str, *args: ast.expr) -> ast.Call:
        """A call of a hook."""
        return located(ast.Call(load(HOOK + name), list(args), []), at)

    def site(self, node: Located, what: str) -> ast.Constant:
        """The index of a new site, as code."""
        return ast.Constant(new_site(self._file, node, what))

    def not_modelled(self, value: ast.expr, what: str, at: Located) -> ast.Call:
        """The same value; and when the code comes here, there is no verdict any more."""
        return self.hook(at, "not_modelled", value, ast.Constant(f"{what}, line {at.lineno} of {self._module}"))

    def new_name(self, purpose: str) -> str:
        """A variable that the author cannot have."""
        self._made += 1
        return f"{HOOK}{purpose}_{self._made}"
