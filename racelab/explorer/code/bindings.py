"""Finds the scopes of a module, what each binds, and what functions see of the scopes around them.

Annotations, type parameters and `type` statements are not entered: they are not rewritten either.
"""

# ruff: noqa: N815 - methods have the names of the nodes
from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Final

from .scopes import BEFORE_ALL, Kind, Position, Scope, Scopes

Function = ast.FunctionDef | ast.AsyncFunctionDef
Comprehension = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
EATERS: Final = frozenset({"all", "any", "dict", "frozenset", "list", "max", "min", "set", "sorted", "sum", "tuple"})
"""Builtins that use a generator expression up before they return, so that it is no later code."""


def find_scopes(tree: ast.Module) -> Scopes:
    """The scopes of a module."""
    finder = Finder(every_bound_name(tree))
    finder.visit(tree)
    return finder.found()


def every_bound_name(tree: ast.Module) -> frozenset[str]:
    """Every name that is bound anywhere in a module; "*" if it takes names from another that it does not say."""
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, ast.arg):
            names.add(node.arg)
        elif isinstance(node, ast.alias):
            names.add(bound_by_import(node))
        else:
            names.update(named_in(node))
    return frozenset(names)


def named_in(node: ast.AST) -> list[str]:
    """The names that a statement or pattern binds by saying them as plain text."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.ExceptHandler, ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    return []


def bound_by_import(alias: ast.alias) -> str:
    """The name that `import a.b` or `from a import b as c` binds."""
    return alias.asname or alias.name.partition(".")[0]


def type_parameters(node: ast.AST) -> list[ast.AST]:
    """Those of `def f[T]()` and `class C[T]`, which Python 3.11 does not have."""
    return list(getattr(node, "type_params", []))


def begin(node: ast.expr | ast.stmt | ast.excepthandler | ast.pattern) -> Position:
    """Where a node begins."""
    return node.lineno, node.col_offset


def end(node: ast.AST) -> Position:
    """Where a node ends."""
    line, column = getattr(node, "end_lineno", None), getattr(node, "end_col_offset", None)
    return (line, column) if line is not None and column is not None else BEFORE_ALL


class Finder(ast.NodeVisitor):
    """See the module.

    Args:
        bound: every name that the module binds.
    """

    def __init__(self, bound: frozenset[str]) -> None:
        self.module = Scope(Kind.MODULE, None, BEFORE_ALL)
        self._scope = self.module
        self._of: dict[ast.AST, Scope] = {}
        self._bound = bound
        self._uses: set[tuple[Scope, str]] = set()
        self._rebinds: set[tuple[Scope, str]] = set()
        self._in_loop = False
        self._complete: Position | None = None
        self._eaten: set[ast.AST] = set()
        self._sees_all_globals = False

    def found(self) -> Scopes:
        """What there is, once the module has been visited."""
        scopes = [self.module, *self._of.values()]
        rebound = {name for scope in scopes for name in scope.globals_}
        for scope, name in self._rebinds:
            scope.home(name).times[name] += 2
        for scope, name in self._uses | self._rebinds:
            self._note_capture(scope, name)
        if self._sees_all_globals:
            rebound |= set(self.module.times)
        return Scopes(self.module, self._of, frozenset(rebound), self._bound)

    def _note_capture(self, scope: Scope, name: str) -> None:
        """If between a use of a name and the scope that has it lies code that runs later."""
        home = scope.home(name)
        if home.kind is Kind.MODULE:
            return
        outermost: Scope | None = None
        for between in scope.outwards():
            if between is home:
                break
            outermost = between if between.lazy else outermost
        if outermost is not None:
            home.captured[name] = min(home.captured.get(name, outermost.start), outermost.start)

    # What binds

    def bind(self, name: str, complete: Position, scope: Scope | None = None) -> None:
        """A name gets a value here, which it has from there on."""
        scope = scope or self._scope
        name = scope.mangle(name)
        if name in scope.globals_:
            return
        if name in scope.nonlocals:
            self._rebinds.add((scope, name))
            return
        scope.times[name] += 2 if self._in_loop else 1
        scope.last[name] = max(scope.last.get(name, BEFORE_ALL), complete)

    def visit(self, node: ast.AST) -> None:
        """Enter a node; note the names that it binds by saying them as plain text."""
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for name in named_in(node):
                self.bind(name, end(node))
        super().visit(node)

    def visit_Name(self, node: ast.Name) -> None:
        """A use, a binding or a deletion."""
        if isinstance(node.ctx, ast.Load):
            self._uses.add((self._scope, self._scope.mangle(node.id)))
        else:
            self.bind(node.id, self._complete or end(node))

    def visit_NamedExpr(self, node: ast.NamedExpr) -> None:
        """In a comprehension it binds in the function around it."""
        self.visit(node.value)
        scopes = self._scope.outwards()
        scope = next(scope for scope in scopes if scope.kind is not Kind.COMPREHENSION)
        self.bind(node.target.id, self._complete or end(node), scope)

    def visit_Assign(self, node: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        """A name is bound when the whole statement is over: its value may already have started a thread."""
        before, self._complete = self._complete, end(node)
        if isinstance(node, ast.AnnAssign):
            self._each([node.value])
            if node.value is None and isinstance(node.target, ast.Name):
                self._scope.times[self._scope.mangle(node.target.id)] += 0  # local, and not bound yet
            else:
                self.visit(node.target)
        else:
            self.generic_visit(node)
        self._complete = before

    visit_AnnAssign = visit_Assign
    visit_AugAssign = visit_Assign

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> None:
        """Binds a name for each alias."""
        for alias in node.names:
            self.bind(bound_by_import(alias), begin(node))

    visit_ImportFrom = visit_Import

    def visit_Global(self, node: ast.Global) -> None:
        """From here on these are the module's."""
        self._scope.globals_ |= {self._scope.mangle(name) for name in node.names}

    def visit_Nonlocal(self, node: ast.Nonlocal) -> None:
        """From here on these belong to a function further out."""
        self._scope.nonlocals |= {self._scope.mangle(name) for name in node.names}

    # Loops

    def visit_For(self, node: ast.For | ast.AsyncFor) -> None:
        """Its target and its body may happen again."""
        self.visit(node.iter)
        with self._repeated():
            self._each([node.target, *node.body])
        self._each(node.orelse)

    visit_AsyncFor = visit_For

    def visit_While(self, node: ast.While) -> None:
        """Its test and its body may happen again."""
        with self._repeated():
            self._each([node.test, *node.body])
        self._each(node.orelse)

    @contextmanager
    def _repeated(self, value: bool = True) -> Iterator[None]:
        before, self._in_loop = self._in_loop, value
        yield
        self._in_loop = before

    # Scopes

    @contextmanager
    def _inside(self, node: ast.AST, kind: Kind, start: Position, lazy: bool = False) -> Iterator[Scope]:
        outer, complete = self._scope, self._complete
        number = len(self._of) + 1
        scope = self._of[node] = self._scope = Scope(kind, outer, start, lazy, outer.private, number)
        self._complete = None
        with self._repeated(kind is Kind.COMPREHENSION):
            yield scope
        self._scope, self._complete = outer, complete

    @contextmanager
    def _parameters(self, node: ast.stmt) -> Iterator[None]:
        """The type parameters of a generic function or class are a scope around it."""
        own = type_parameters(node)
        if not own:
            yield
            return
        with self._inside(own[0], Kind.PARAMETERS, begin(node)) as scope:
            for parameter in own:
                scope.times[scope.mangle(parameter.name)] += 1  # type: ignore[attr-defined] # Python 3.12's
                scope.last[scope.mangle(parameter.name)] = BEFORE_ALL  # type: ignore[attr-defined]
            yield

    def visit_FunctionDef(self, node: Function) -> None:
        """A function. It is bound before it can be seen, unless a decorator has shown it to somebody."""
        self._each([*node.decorator_list, *node.args.defaults, *node.args.kw_defaults])
        self.bind(node.name, end(node) if node.decorator_list else begin(node))
        with self._parameters(node), self._inside(node, Kind.FUNCTION, begin(node), lazy=True):
            self._bind_arguments(node.args)
            self._each(node.body)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_Lambda(self, node: ast.Lambda) -> None:
        """A function without a name."""
        self._each([*node.args.defaults, *node.args.kw_defaults])
        with self._inside(node, Kind.FUNCTION, begin(node), lazy=True):
            self._bind_arguments(node.args)
            self.visit(node.body)

    def _bind_arguments(self, given: ast.arguments) -> None:
        single = [argument for argument in (given.vararg, given.kwarg) if argument is not None]
        for argument in [*given.posonlyargs, *given.args, *given.kwonlyargs, *single]:
            self.bind(argument.arg, BEFORE_ALL)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        """A class. Its body runs at once."""
        self._each(node.decorator_list)
        self.bind(node.name, end(node) if node.decorator_list else begin(node))
        with self._parameters(node):
            self._each([*node.bases, *[keyword.value for keyword in node.keywords]])
            with self._inside(node, Kind.CLASS, begin(node)) as scope:
                scope.private = node.name.lstrip("_")
                self._each(node.body)

    def visit_ListComp(self, node: Comprehension) -> None:
        """A comprehension. What it goes over first is evaluated outside of it."""
        first, *others = node.generators
        self.visit(first.iter)
        lazy = isinstance(node, ast.GeneratorExp) and node not in self._eaten
        with self._inside(node, Kind.COMPREHENSION, begin(node), lazy):
            self._each([first.target, *first.ifs, *others])
            self._each([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])

    visit_SetComp = visit_ListComp
    visit_DictComp = visit_ListComp
    visit_GeneratorExp = visit_ListComp

    # Calls of builtins that matter here

    def visit_Call(self, node: ast.Call) -> None:
        """`globals()` may lead to every global name; `sum(...)` uses up its generator expression."""
        if isinstance(node.func, ast.Name):
            self._sees_all_globals |= node.func.id == "globals" and self._scope.runs_later
            if node.func.id in EATERS and not self._bound & {node.func.id, "*"}:
                self._eaten |= set(node.args)
        self.generic_visit(node)

    def _each(self, nodes: Iterable[ast.AST | None]) -> None:
        for node in nodes:
            if node is not None:
                self.visit(node)

    def generic_visit(self, node: ast.AST) -> None:
        """All parts but `type` statements and annotations, which are handled above."""
        if type(node).__name__ != "TypeAlias":
            super().generic_visit(node)
