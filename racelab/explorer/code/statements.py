"""Statements: assignments, loops, tests, `with`, and all that binds a name."""

# ruff: noqa: N802, N815 - methods have the names of the nodes
from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from .bindings import bound_by_import
from .emitter import assign, forget, load, located, store
from .matching import Matching
from .patterns import Patterns, captures
from .scopes import Kind


class Statements(Matching):
    """See the module."""

    # Assignments

    def visit_Assign(self, node: ast.Assign) -> list[ast.stmt]:
        """The value first, then each target from left to right."""
        written, value = node.value, self.visit(node.value)
        if len(node.targets) == 1:
            return self.bind(node.targets[0], value, written, node)
        if all(self.is_simple(target) for target in node.targets):
            node.value, node.targets = value, self.each(node.targets)
            return [node]
        name = self.new_name("value")
        statements = [assign(store(name), value, node)]
        for target in node.targets:
            statements += self.bind(target, located(load(name), target), written, node)
        return [*statements, *forget([name], node)]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        """Its annotation stays as it is: it may become text. Without a value nothing is bound."""
        if node.value is not None:
            node.value = self.visit(node.value)
            if self.scope.runs_later and isinstance(node.target, ast.Name):
                node.value = self.written(node.target.id, node.value, node.target)
            else:
                node.target = self.visit(node.target)
        elif isinstance(node.target, ast.Attribute):
            node.target.value = self.visit(node.target.value)
        elif isinstance(node.target, ast.Subscript):
            node.target.value, node.target.slice = self.visit(node.target.value), self.visit(node.target.slice)
        return node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.stmt | list[ast.stmt]:
        """Looks at the target, evaluates the value, changes what it found, and stores that."""
        if isinstance(node.target, ast.Name):
            return self._change_name(node, node.target)
        quiet, value = self.is_quiet(node.value), self.visit(node.value)
        target = self.visit(node.target)
        if quiet:
            target.value.args.append(ast.Constant(True))
            node.target, node.value = target, value
            return node
        name = self.new_name("slot")
        found = located(ast.Attribute(load(name), "v", ast.Load()), node.target)
        stored = located(ast.Attribute(load(name), "v", ast.Store()), node.target)
        changed = self._changed(node, found, value)
        return [assign(store(name), target.value, node), assign(stored, changed, node), *forget([name], node)]

    def _change_name(self, node: ast.AugAssign, target: ast.Name) -> ast.stmt:
        """A shared name is read and written by hooks; in another only the object may be shared that it stands for."""
        value: ast.expr = self.visit(node.value)
        here = located(load(target.id), target)
        if self.shared_in(target.id) is None:
            node.value = self.hook(node, "change", here, value, self.site(node, "change"))
            return node
        changed = self._changed(node, self.visit(here), value)
        return assign(target, self.written(target.id, changed, target), node)

    def _changed(self, node: ast.AugAssign, found: ast.expr, value: ast.expr) -> ast.expr:
        op = ast.Constant(type(node.op).__name__)
        return self.hook(node, "in_place", op, found, value, self.site(node, "change"))

    def visit_Delete(self, node: ast.Delete) -> list[ast.stmt]:
        """Each target by itself."""
        statements: list[ast.stmt] = []
        for target in flat(node.targets):
            if isinstance(target, ast.Name):
                statements += self.deleted(target, node)
            statements.append(located(ast.Delete([self.visit(target)]), node))
        return statements

    # Definitions of names by import

    def visit_Import(self, node: ast.Import | ast.ImportFrom) -> ast.stmt | list[ast.stmt]:
        """A shared name gets what was imported from a variable of ours."""
        if not any(self.shared_in(bound_by_import(alias)) for alias in node.names):
            return node
        statements: list[ast.stmt] = []
        for alias in node.names:
            statements += self._import_one(node, alias)
        return statements

    visit_ImportFrom = visit_Import

    def _import_one(self, node: ast.Import | ast.ImportFrom, alias: ast.alias) -> list[ast.stmt]:
        bound, name = bound_by_import(alias), self.new_name("imported")
        one: ast.stmt
        if isinstance(node, ast.ImportFrom):
            one = ast.ImportFrom(node.module, [located(ast.alias(alias.name, name), alias)], node.level)
        elif alias.asname is None and "." in alias.name:  # binds the outermost package
            outermost = located(ast.Call(load("__import__"), [ast.Constant(alias.name)], []), node)
            one = ast.Assign([store(name)], outermost)
        else:
            one = ast.Import([located(ast.alias(alias.name, name), alias)])
        return [located(one, node), *self.from_variable(located(store(bound), node), name, node)]

    # Tests and loops

    def visit_If(self, node: ast.If) -> ast.stmt:
        """Tests its condition."""
        node.test = self.truth(node.test)
        node.body, node.orelse = self.block(node.body), self.block(node.orelse)
        return node

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        """Likewise."""
        node.test, node.msg = self.truth(node.test), node.msg and self.visit(node.msg)
        return node

    def visit_While(self, node: ast.While) -> list[ast.stmt]:
        """Goes back from the second round on: before the test in Python 3.14, after it in those before.

        In a class's body the flag would become an attribute: there the loop is its maker's alone, and stays as it is.
        """
        test, first = self.truth(node.test), node.body[0]
        body, node.orelse = self.block(node.body), self.block(node.orelse)
        if self.scope.kind is Kind.CLASS:
            node.test, node.body = test, body
            return [node]
        again = self.new_name("again")
        back = located(ast.Expr(self.hook(first, "again", load(again))), first)
        node.test = located(ast.BoolOp(ast.Or(), [self.hook(test, "again", load(again)), test]), test)
        node.body = [back, assign(store(again), ast.Constant(True), node), *body]
        return [assign(store(again), ast.Constant(False), node), node]

    def visit_For(self, node: ast.For) -> ast.stmt:
        """Its target is bound before the body begins."""
        node.iter = self.iterated(self.visit(node.iter))
        before: list[ast.stmt] = []
        if self.is_simple(node.target):
            node.target = self.visit(node.target)
        else:
            node.target, before = self._in_steps(node.target, "element")
        node.body, node.orelse = [*before, *self.block(node.body)], self.block(node.orelse)
        return node

    def _in_steps(self, target: ast.expr, purpose: str) -> tuple[ast.expr, list[ast.stmt]]:
        """A variable of ours as the target, and how its content gets into the author's."""
        name = self.new_name(purpose)
        return located(store(name), target), self.from_variable(target, name, located(ast.Pass(), target))

    # With, try, match

    def visit_With(self, node: ast.With) -> ast.stmt:
        """Several items are several statements, as far as an item binds step by step."""
        for place, item in enumerate(node.items):
            expression, target = item.context_expr, item.optional_vars
            item.context_expr = self.hook(expression, "with", self.visit(expression), self.site(expression, "with"))
            if target is None or self.is_simple(target):
                item.optional_vars = target and self.visit(target)
                continue
            item.optional_vars, before = self._in_steps(target, "entered")
            rest, node.items = node.items[place + 1 :], node.items[: place + 1]
            if rest:
                inner = self.visit_With(located(ast.With(rest, node.body), node))
                node.body = [*before, inner]
            else:
                node.body = [*before, *self.block(node.body)]
            return node
        node.body = self.block(node.body)
        return node

    def visit_ExceptHandler(self, node: ast.ExceptHandler) -> ast.excepthandler:
        """The name of the exception is deleted at the end, however that comes."""
        node.type = node.type and self.visit(node.type)
        body = self.block(node.body)
        if node.name is None or self.shared_in(node.name) is None:
            node.body = body
            return node
        at = node.body[0]
        target, name = located(store(node.name), at), self.new_name("exception")
        bound = self.from_variable(target, name, at)
        deletion = located(ast.Delete([located(ast.Name(node.name, ast.Del()), at)]), at)
        cleared = self.bind(target, located(ast.Constant(None), at), target, at)
        end = [*cleared, *self.visit_Delete(deletion)]
        node.name, node.body = name, [*bound, located(ast.Try(body, [], [], end), at)]
        return node

    def visit_Match(self, node: ast.Match) -> ast.stmt | list[ast.stmt]:
        """Names are bound before the guard is tested. In a class's body variables of ours would become attributes."""
        patterns, known = Patterns(self.scope, self._scopes), [case.pattern for case in node.cases]
        plain = all(map(patterns.is_seen_whole, known))
        if not plain and self.scope.kind is not Kind.CLASS and all(map(patterns.can_be_split, known)):
            return self.match_by_parts(node)
        subject = self.operand(node.subject, "?")
        node.subject = subject if plain else self.not_modelled(subject, "match with such patterns", node)
        for case in node.cases:
            guard = None if case.guard is None else self.truth(case.guard)
            bound = self._rename_captures(case.pattern)
            case.guard = guard if not bound else self._binding_guard(bound, guard, subject)
            case.body = self.block(case.body)
        return node

    def _rename_captures(self, pattern: ast.pattern) -> dict[str, str]:
        """Let a pattern capture into variables of ours what it would into shared names."""
        renamed: dict[str, str] = {}
        for node, field in captures(pattern):
            name = getattr(node, field)
            if self.shared_in(name) is not None:
                renamed.setdefault(name, self.new_name("captured"))
                setattr(node, field, renamed[name])
        return renamed

    def _binding_guard(self, bound: dict[str, str], guard: ast.expr | None, at: ast.expr) -> ast.expr:
        """`[name := captured, ...] and guard`: the list is true."""
        made: list[ast.expr] = []
        for name, captured in bound.items():
            target = located(store(name), at)
            made.append(located(ast.NamedExpr(target, self.written(name, located(load(captured), at), at)), at))
        names = located(ast.List(made, ast.Load()), at)
        return names if guard is None else located(ast.BoolOp(ast.And(), [names, guard]), at)


def flat(targets: Iterable[ast.expr]) -> Iterator[ast.expr]:
    """Targets without the parentheses and brackets around several."""
    for target in targets:
        if isinstance(target, (ast.Tuple, ast.List)):
            yield from flat(target.elts)
        else:
            yield target
