"""Functions, lambdas, classes and comprehensions: what makes a scope."""

# ruff: noqa: N802, N815 - methods have the names of the nodes
from __future__ import annotations

import ast
from typing import Final

from .bindings import Comprehension, Function, type_parameters
from .emitter import HOOK, assign, load, located, parameters, store
from .expressions import Expressions
from .scopes import Scope

CALLED: Final = f"{HOOK}called"


class Functions(Expressions):
    """See the module."""

    # Functions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.stmt:
        """Default values and decorators belong to the code around it; annotations stay as they are."""
        self._around(node)
        scope = self._scopes.of[node]
        with self.inside(scope):
            documented = 1 if is_documentation(node.body[0]) else 0
            first = next((each for each in node.body[documented:] if not declares(each)), node.body[0])
            entry: list[ast.stmt] = [located(ast.Expr(self.hook(first, "enter")), first)]
            if scope.shared:
                entry.append(assign(store(self.variables(scope)), self.hook(first, "variables"), first))
            node.body[documented:] = [*entry, *self.block(node.body[documented:])]
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.stmt:
        """No verdict any more once it runs, so that what it does need not be seen."""
        self._around(node)
        place = 1 if is_documentation(node.body[0]) else 0
        first = node.body[min(place, len(node.body) - 1)]
        refused = self.not_modelled(ast.Constant(None), f"async def {node.name}", node)
        node.body.insert(place, located(ast.Expr(located(refused, first)), first))
        return node

    def _around(self, node: Function) -> None:
        node.decorator_list = self.decorators(node)
        node.args.defaults = self.each(node.args.defaults)
        node.args.kw_defaults = self.each(node.args.kw_defaults)

    def decorators(self, node: Function | ast.ClassDef) -> list[ast.expr]:
        """Those of a definition, and after each call a hook. The outermost records a shared name, with its value."""
        given = self.each(node.decorator_list)
        if self.scope.runs_later:
            given = [each for one in given for each in (located(load(CALLED), one), one)]
            if isinstance(node, ast.ClassDef):  # to make a class is a call as well
                given.append(located(load(CALLED), node))
        if self.scope.runs_later and self.shared_in(node.name):
            at = given[0] if given else node
            recorded = self.written(node.name, located(load("_lab_value"), at), node)
            given.insert(0, located(ast.Lambda(parameters("_lab_value"), recorded), at))
        return given

    def visit_Lambda(self, node: ast.Lambda) -> ast.expr:
        """`hook() or body`: the hook returns None."""
        node.args.defaults = self.each(node.args.defaults)
        node.args.kw_defaults = self.each(node.args.kw_defaults)
        scope = self._scopes.of[node]
        with self.inside(scope):
            entry: ast.expr = self.hook(node.body, "enter")
            body = self.visit(node.body)
            if scope.shared:
                made = ast.NamedExpr(store(self.variables(scope)), self.hook(node.body, "variables"))
                body = located(
                    ast.BoolOp(ast.And(), [located(ast.List([made], ast.Load()), node.body), body]), node.body
                )
            node.body = located(ast.BoolOp(ast.Or(), [entry, body]), node.body)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.stmt:
        """Its body runs at once."""
        node.decorator_list, in_function = self.decorators(node), self.scope.runs_later
        scope = self._scopes.of[node]
        with self.inside(scope.parent if type_parameters(node) else None):
            node.bases = self.each(node.bases)
            for keyword in node.keywords:
                keyword.value = self.visit(keyword.value)
        documented = 1 if is_documentation(node.body[0]) else 0
        with self.inside(scope):
            first, node.body = node.body[0], self.block(node.body)
        if in_function:
            first = next((each for each in node.body[documented:] if not declares(each)), first)
            node.body.insert(documented, located(ast.Expr(self.hook(first, "enter")), first))
        return node

    # Comprehensions

    def visit_ListComp(self, node: Comprehension) -> ast.expr:
        """What it goes over first is evaluated outside of it."""
        first, scope = node.generators[0], self._scopes.of[node]
        first.iter = self.visit(first.iter)
        with self.inside(scope):
            clauses: list[ast.comprehension] = []
            if scope.shared:
                clauses.append(self._with_variables(first, scope))
            for clause in node.generators:
                if clause is not first:
                    clause.iter = self.visit(clause.iter)
                clauses += self._clause(clause, clause is first)
            node.generators = clauses
            if isinstance(node, ast.DictComp):
                node.key, node.value = self.visit(node.key), self.visit(node.value)
            else:
                node.elt = self.visit(node.elt)
        return node

    visit_SetComp = visit_ListComp
    visit_DictComp = visit_ListComp
    visit_GeneratorExp = visit_ListComp

    def _with_variables(self, first: ast.comprehension, scope: Scope) -> ast.comprehension:
        """A first clause that makes the identity of what the comprehension shares with functions inside of it."""
        source = self.new_name("source")
        target = ast.Tuple([store(self.variables(scope)), store(source)], ast.Store())
        both = ast.Tuple([self.hook(first.iter, "variables"), first.iter], ast.Load())
        made = ast.comprehension(located(target, first.target), one(both, first.iter), [], 0)
        first.iter = located(load(source), first.iter)
        return made

    def _clause(self, clause: ast.comprehension, first: bool) -> list[ast.comprehension]:
        """One `for ... in ... if ...`, as several if its target is bound step by step."""
        if not self.scope.runs_later:
            clause.target, clause.ifs = self.visit(clause.target), self.each(clause.ifs)
            return [clause]
        if clause.is_async:
            clause.iter = self.not_modelled(clause.iter, "async for", clause.iter)
        else:
            clause.iter = self.iterated(clause.iter, begins=first)
        clauses = [clause]
        if self.is_simple(clause.target):
            clause.target = self.visit(clause.target)
        else:
            name = self.new_name("element")
            steps, _ = self.bindings(clause.target, located(load(name), clause.target), clause.target)
            clauses += [ast.comprehension(target, one(value, clause.iter), [], 0) for target, value in steps]
            clause.target = located(store(name), clause.target)
        conditions, clause.ifs = [self.truth(condition) for condition in clause.ifs], []
        clauses[-1].ifs = conditions
        return clauses

    def iterated(self, value: ast.expr, begins: bool = False) -> ast.expr:
        """What a loop goes over, rewritten already: it is looked at when its iterator is made, and in each round.

        Args:
            begins: whether a function begins between the two: a comprehension, or a generator expression.
        """
        more = [ast.Constant(True)] if begins else []
        return self.hook(value, "iterate", value, self.site(value, "iterate"), *more)


def one(value: ast.expr, at: ast.expr) -> ast.expr:
    """`(value,)`: a loop over it is an assignment, to Python's compiler too."""
    return located(ast.Tuple([value], ast.Load()), at)


def declares(statement: ast.stmt) -> bool:
    """Whether it only says whose names are, so that nothing runs on its line."""
    return isinstance(statement, (ast.Global, ast.Nonlocal))


def is_documentation(statement: ast.stmt) -> bool:
    """Whether a first statement is the text that documents its function."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
