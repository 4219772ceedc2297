"""Names in which more than one task may meet, and the order in which several targets are bound.

A read is recorded before the name is looked up: the hook returns None, so `hook() or name` is the name. A write is
recorded when its value is known and before it is stored. Where Python would do both at once, as for `a, b = value`, the
value goes through variables of ours.
"""

# ruff: noqa: N802 - methods have the names of the nodes
from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from .emitter import Emitter, assign, forget, load, located, store
from .scopes import Kind, Scope

DELETED: Final = b"deleted"
"""What a name is recorded to hold when it has been deleted. It only has to differ from what programs put there."""


class SharedNames(Emitter):
    """See the module."""

    def shared_in(self, name: str) -> Scope | None:
        """The scope that shares this name among tasks: the module, or a function; None for a name of one task."""
        mangled = self.scope.mangle(name)
        home = self.scope.home(mangled)
        shared = self._scopes.rebound if home.kind is Kind.MODULE else home.shared
        return home if mangled in shared else None

    def shares(self, target: ast.AST) -> bool:
        """Whether a target binds a shared name, at any depth."""
        return any(
            isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and self.shared_in(node.id) is not None
            for node in ast.walk(target)
        )

    def variables(self, scope: Scope) -> str:
        """The variable that holds the identity of what one call of a scope shares."""
        return f"_lab_variables_{scope.number}"

    def read(self, name: str, at: ast.expr | ast.stmt) -> ast.expr | None:
        """A hook for a look at a shared name; None for a name of one task."""
        return self._access(name, "read", at)

    def written(self, name: str, value: ast.expr, at: ast.expr | ast.stmt) -> ast.expr:
        """The value that a name is bound to, recorded if the name is shared."""
        return self._access(name, "write", at, value) or value

    def _access(self, name: str, how: str, at: ast.expr | ast.stmt, *value: ast.expr) -> ast.expr | None:
        home = self.shared_in(name)
        if home is None:
            return None
        args = [*value, ast.Constant(self.scope.mangle(name)), self.site(at, f"{how} {name}")]
        if home.kind is Kind.MODULE:
            return self.hook(value[0] if value else at, f"global_{how}", *args)
        args.append(load(self.variables(home)))
        return self.hook(value[0] if value else at, f"shared_{how}", *args)

    def visit_Name(self, node: ast.Name) -> ast.expr:
        """A name that is read. What binds one is the business of its statement."""
        looked = self.read(node.id, node) if isinstance(node.ctx, ast.Load) else None
        return node if looked is None else located(ast.BoolOp(ast.Or(), [looked, node]), node)

    # Targets

    def bindings(
        self, target: ast.expr, value: ast.expr, at: ast.expr
    ) -> tuple[list[tuple[ast.expr, ast.expr]], list[str]]:
        """How a value that is known gets into a target: single assignments in their order, and the variables they use.

        Args:
            target: as the author wrote it.
            value: rewritten; it is used once.
            at: what the author wrote for the value, or else the target.
        """
        if isinstance(target, ast.Name):
            return [(target, self.written(target.id, value, target))], []
        if not isinstance(target, (ast.Tuple, ast.List)):
            return [(self.visit(target), value)], []
        unpacked = self.unpacked(target, value, at)
        if not self.shares(target) and not any(is_nested(part) for part in target.elts):
            return [(self.visit(target), unpacked)], []
        return self._one_by_one(target, unpacked)

    def _one_by_one(
        self, target: ast.Tuple | ast.List, value: ast.expr
    ) -> tuple[list[tuple[ast.expr, ast.expr]], list[str]]:
        """Unpack into variables first. From the first part on that wants one all get one: their order stays."""
        later: list[tuple[ast.expr, str]] = []
        parts: list[ast.expr] = []
        for part in target.elts:
            inner = part.value if isinstance(part, ast.Starred) else part
            if not later and not is_nested(inner) and not self.shares(inner):
                parts.append(self.visit(part))
                continue
            name = self.new_name("part")
            later.append((inner, name))
            own = located(store(name), inner)
            parts.append(located(ast.Starred(own, ast.Store()), part) if isinstance(part, ast.Starred) else own)
        steps: list[tuple[ast.expr, ast.expr]] = [(located(ast.Tuple(parts, ast.Store()), target), value)]
        names = [name for _, name in later]
        for inner, name in later:
            more, others = self.bindings(inner, located(load(name), inner), inner)
            steps += more
            names += others
        return steps, names

    def unpacked(self, target: ast.Tuple | ast.List, value: ast.expr, at: ast.expr) -> ast.expr:
        """A value whose content is looked at because it is unpacked. One that was just written down is nobody's."""
        if isinstance(at, (ast.Tuple, ast.List)) and at is not target:
            return value
        return self.hook(at, "look", value, self.site(at, "content"), ast.Constant("u"))

    def bind(self, target: ast.expr, value: ast.expr, at: ast.expr, statement: ast.stmt) -> list[ast.stmt]:
        """Statements that put a value into a target; see `bindings`."""
        steps, names = self.bindings(target, value, at)
        return [*[assign(each, content, statement) for each, content in steps], *forget(names, statement)]

    def from_variable(self, target: ast.expr, name: str, statement: ast.stmt) -> list[ast.stmt]:
        """Statements that put the content of a variable of ours into a target, and forget the variable."""
        value = located(load(name), target)
        return [*self.bind(target, value, target, statement), *forget([name], statement)]

    def is_simple(self, target: ast.expr) -> bool:
        """Whether Python may store into it at once: nothing is unpacked, and no shared name is bound."""
        return not is_nested(target) and not self.shares(target)

    def deleted(self, target: ast.Name, at: ast.stmt) -> Iterable[ast.stmt]:
        """Hooks before a name is deleted: whether it is there is seen, and then it is not."""
        if looked := self.read(target.id, at):
            yield located(ast.Expr(looked), at)
            yield located(ast.Expr(self.written(target.id, ast.Constant(DELETED), at)), at)


def is_nested(target: ast.expr) -> bool:
    """Whether a value is unpacked into it."""
    return isinstance(target, (ast.Tuple, ast.List))
