"""Expressions: attributes, items, calls and operators, each with the order in which Python evaluates its parts."""

# ruff: noqa: N802 - methods have the names of the nodes
from __future__ import annotations

import ast
from collections.abc import Iterable
from typing import Final

from .content import Content
from .emitter import HOOK, load, located, parameters
from .scopes import Kind

OF_THE_CALLER: Final = frozenset({"super", "locals", "globals", "eval", "exec", "__import__"})
"""Builtins that look at the frame that calls them, so that no hook may come between; and the loader's own."""
WITHOUT_ARGUMENTS: Final = frozenset({"vars", "dir"})
"""Likewise, if they are given nothing."""


class Expressions(Content):
    """See the module."""

    # Attributes and items

    def attribute_name(self, node: ast.Attribute) -> ast.Constant:
        """As Python has it: private names carry their class."""
        return ast.Constant(self.scope.mangle(node.attr))

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        """A look, or a target: then a property of a little object, which Python stores into or deletes."""
        value, name = self.visit(node.value), self.attribute_name(node)
        if isinstance(node.ctx, ast.Load):
            return self.hook(node, "attr", value, name, self.site(node, f"read .{node.attr}"))
        slot = self.hook(node, "attr_slot", value, name, self.site(node, f"write .{node.attr}"))
        return located(ast.Attribute(slot, "v", node.ctx), node)

    def visit_Subscript(self, node: ast.Subscript) -> ast.expr:
        """Likewise."""
        value, key = self.visit(node.value), self.key(self.visit(node.slice))
        if isinstance(node.ctx, ast.Load):
            return self.hook(node, "item", value, key, self.site(node, "read [...]"))
        slot = self.hook(node, "item_slot", value, key, self.site(node, "write [...]"))
        return located(ast.Attribute(slot, "v", node.ctx), node)

    def key(self, node: ast.expr) -> ast.expr:
        """What stands in brackets, as an argument: `a:b` is an object of its own."""
        if isinstance(node, ast.Slice):
            parts = [part or ast.Constant(None) for part in (node.lower, node.upper, node.step)]
            return self.hook(node, "slice", *parts)
        if isinstance(node, ast.Tuple):
            node.elts = [self.key(part) for part in node.elts]
        return node

    # Calls

    def visit_Call(self, node: ast.Call) -> ast.expr:
        """The function is found before its arguments are evaluated, and called by a hook."""
        function = node.func
        if isinstance(function, ast.Name) and self._wants_its_caller(function.id, node):
            return self._direct(node, function)
        if isinstance(function, ast.Attribute):
            site = self.site(function, f"read .{function.attr}")
            found = self.hook(function, "method", self.visit(function.value), self.attribute_name(function), site)
            what = f"call .{function.attr}()"
        else:
            found, what = self.visit(function), "call"
        if self._unpacks_last(node):
            return self._unpacking_last(node, found, self.site(node, what))
        call = self.hook(node, "call", found, self.site(node, what), *self.each(node.args))
        call.keywords = self.keywords(node.keywords)
        unpacks = any(isinstance(part, ast.Starred) for part in node.args) or None in [
            keyword.arg for keyword in node.keywords
        ]
        return self._through_c(node, call) if unpacks else call

    def _through_c(self, node: ast.Call, call: ast.expr) -> ast.expr:
        """With unpacked arguments Python 3.11 calls through C, and looks for other threads afterwards."""
        return self.hook(node, "resumed", call)

    def _unpacks_last(self, node: ast.Call) -> bool:
        """`f(*values, key=...)` with nothing before the star goes over the values when all else is evaluated."""
        alone = len(node.args) == 1 and isinstance(node.args[0], ast.Starred)
        return alone and not all(self.is_quiet(keyword.value) for keyword in node.keywords)

    def _unpacking_last(self, node: ast.Call, found: ast.expr, site: ast.Constant) -> ast.expr:
        """Likewise: by a little function that gets the values as they are."""
        [star] = node.args
        assert isinstance(star, ast.Starred)
        values = self.look(star.value, located(load("_lab_values"), star), "i")
        call = self.hook(node, "call", load("_lab_function"), site, located(ast.Starred(values, ast.Load()), star))
        call.keywords = [located(ast.keyword(None, load("_lab_named")), node)]
        arguments = parameters("_lab_function", "_lab_values")
        arguments.kwarg = ast.arg("_lab_named")
        given = [found, self.visit(star.value)]
        body = self._through_c(node, call)
        return located(ast.Call(located(ast.Lambda(arguments, body), node), given, self.keywords(node.keywords)), node)

    def keywords(self, given: list[ast.keyword]) -> list[ast.keyword]:
        """Named arguments. Those of `**names` are looked at."""
        for keyword in given:
            keyword.value = self.visit(keyword.value) if keyword.arg else self.operand(keyword.value, "i")
        return given

    def _wants_its_caller(self, name: str, node: ast.Call) -> bool:
        return name in OF_THE_CALLER or (name in WITHOUT_ARGUMENTS and not node.args and not node.keywords)

    def _direct(self, node: ast.Call, function: ast.Name) -> ast.expr:
        node.args, node.keywords = self.each(node.args), self.keywords(node.keywords)
        if function.id in ("eval", "exec"):
            node.func = self.not_modelled(function, f"{function.id}()", function)
        of_function = self.scope.kind is not Kind.CLASS
        found = without_ours(node) if of_function and function.id in ("locals", "vars") else node
        return self.hook(node, "called", found)

    # Operators

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        """Looks at both operands. `%` may make text of the second one."""
        op = "m" if isinstance(node.op, ast.Mod) else "o"
        node.left, node.right, given = self.pair(node.left, node.right, op)
        return self.with_operands(node, given)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.expr:
        """Looks at its operand."""
        node.operand = self.truth(node.operand) if isinstance(node.op, ast.Not) else self.operand(node.operand, "o")
        return node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.expr:
        """All but the last are tested. The last is not: it is only handed on."""
        *tested, last = node.values
        node.values = [*[self.truth(value) for value in tested], self.visit(last)]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.expr:
        """`is` looks at nothing, `in` for one key, the others at all."""
        if all(isinstance(op, (ast.Is, ast.IsNot)) for op in node.ops):
            node.left, node.comparators = self.visit(node.left), self.each(node.comparators)
            return node
        if len(node.ops) > 1:
            op = "?" if any(isinstance(op, (ast.In, ast.NotIn)) for op in node.ops) else "c"
            node.left = self.operand(node.left, op)
            node.comparators = [self.operand(part, op) for part in node.comparators]
            return node
        if isinstance(node.ops[0], (ast.In, ast.NotIn)):
            return self._membership(node, wanted=isinstance(node.ops[0], ast.In))
        node.left, node.comparators[0], given = self.pair(node.left, node.comparators[0], "c")
        return self.with_operands(node, given)

    def _membership(self, node: ast.Compare, wanted: bool) -> ast.expr:
        site = self.site(node, "look for a key")
        found = self.hook(node, "contains", self.visit(node.left), self.visit(node.comparators[0]), site)
        return found if wanted else located(ast.UnaryOp(ast.Not(), found), node)

    def visit_IfExp(self, node: ast.IfExp) -> ast.expr:
        """Tests its condition."""
        node.test, node.body, node.orelse = self.truth(node.test), self.visit(node.body), self.visit(node.orelse)
        return node

    # Displays and text

    def visit_Starred(self, node: ast.Starred) -> ast.expr:
        """`*values` where they are used up; as a target it is entered and no more."""
        node.value = self.operand(node.value, "i") if isinstance(node.ctx, ast.Load) else self.visit(node.value)
        return node

    def visit_Dict(self, node: ast.Dict) -> ast.expr:
        """Looks at what `**more` holds. A key is evaluated before its value."""
        for place, (key, value) in enumerate(zip(node.keys, node.values, strict=True)):
            node.keys[place] = key and self.visit(key)
            node.values[place] = self.visit(value) if key else self.operand(value, "i")
        return self._keyed(node, node.keys)

    def visit_Set(self, node: ast.Set) -> ast.expr:
        """Looks at what `*more` holds."""
        node.elts = self.each(node.elts)
        return self._keyed(node, node.elts)

    def _keyed(self, display: ast.Dict | ast.Set, keys: Iterable[ast.expr | None]) -> ast.expr:
        """A display whose keys are asked for their hash, unless the author has written constants."""
        plain = all(key is None or isinstance(key, ast.Constant) for key in keys)
        return display if plain else self.hook(display, "keyed", display, self.site(display, "keys"))

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.expr:
        """Makes text of a value."""
        node.value = self.operand(node.value, "s")
        node.format_spec = node.format_spec and self.visit(node.format_spec)
        return node

    def visit_NamedExpr(self, node: ast.NamedExpr) -> ast.expr:
        """`name := value`."""
        node.value = self.written(node.target.id, self.visit(node.value), node.target)
        return node

    # Generators

    def visit_Yield(self, node: ast.Yield) -> ast.expr:
        """Goes on when somebody asks for the next value."""
        node.value = node.value and self.visit(node.value)
        return self.hook(node, "resumed", node)

    def visit_YieldFrom(self, node: ast.YieldFrom) -> ast.expr:
        """Hands on what another holds: a loop, whose hook hands on what is sent."""
        node.value = self.hook(node, "iterate", self.visit(node.value), self.site(node.value, "iterate"))
        return node


def without_ours(found: ast.Call) -> ast.expr:
    """The variables of a function, without those that the rewriter has added."""
    comprehension = ast.parse(f"{{name: value for name, value in x.items() if not name.startswith({HOOK!r})}}").body[0]
    assert isinstance(comprehension, ast.Expr)
    assert isinstance(comprehension.value, ast.DictComp)
    items = comprehension.value.generators[0].iter
    assert isinstance(items, ast.Call)
    assert isinstance(items.func, ast.Attribute)
    items.func.value = found
    return located(comprehension.value, found)
