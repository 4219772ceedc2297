"""Random expressions of every kind, which tell in what order they are evaluated."""

from __future__ import annotations

import random
from typing import Final

NAMES: Final = ("u", "v", "w", "a", "b")
GLOBALS: Final = ("G", "H")
OPERATORS: Final = ("+", "-", "*", "//", "%", "|", "&")
COMPARISONS: Final = ("<", "<=", "==", "!=", ">", "in", "not in", "is", "is not")
DEEPEST: Final = 4


class Expressions:
    """Writes expressions.

    Args:
        seed: the same one writes the same.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.notes = 0
        self.names = list(NAMES)
        self.in_function = self.in_class = False
        self.yields = False
        self.plain = False

    def pick(self, *choices: str) -> str:
        """One of several."""
        return self.random.choice(choices)

    def chance(self, odds: float) -> bool:
        """True so often."""
        return self.random.random() < odds

    def noted(self, inner: str) -> str:
        """An expression whose evaluation is told."""
        self.notes += 1
        return f"note({self.notes}, {inner})"

    def name(self) -> str:
        """A variable that may be bound."""
        return self.pick(*self.names, *GLOBALS)

    def thing(self) -> str:
        """Something with attributes and items."""
        return self.pick("it", "it", "it.part", "box", "H", "self")

    def atom(self) -> str:
        """A short expression."""
        return self.pick(
            self.name(), self.name(), str(self.random.randrange(4)), "'xyz'", "it", "it.x", "None", "box[0]"
        )

    def expression(self, depth: int = 0) -> str:
        """Any expression."""
        if depth >= DEEPEST or self.chance(0.25):
            return self.noted(self.atom()) if self.chance(0.5) else self.atom()
        kinds = (
            *(self.operation, self.comparison, self.test, self.call, self.access, self.display, self.comprehension),
            *(self.text, self.function_value, self.walrus, self.conditional, self.awkward, self.counted),
        )
        return self.random.choice(kinds)(depth + 1)

    def operand(self, depth: int) -> str:
        """Mostly something that can be added."""
        return self.expression(depth) if self.chance(0.5) else self.noted(self.pick("1", "2", "it", "u", "a", "b"))

    def operation(self, depth: int) -> str:
        """`a + b`."""
        return f"({self.operand(depth)} {self.pick(*OPERATORS)} {self.operand(depth)})"

    def comparison(self, depth: int) -> str:
        """`a < b`, or `a < b in c`."""
        more = f" {self.pick(*COMPARISONS)} {self.expression(depth)}" if self.chance(0.3) else ""
        return f"({self.expression(depth)} {self.pick(*COMPARISONS)} {self.expression(depth)}{more})"

    def test(self, depth: int) -> str:
        """`a and b`, `not a`, `-a`."""
        if self.chance(0.3):
            return f"({self.pick('not ', '-')}{self.expression(depth)})"
        return f"({self.expression(depth)} {self.pick('and', 'or')} {self.expression(depth)})"

    def conditional(self, depth: int) -> str:
        """`a if b else c`."""
        return f"({self.expression(depth)} if {self.expression(depth)} else {self.expression(depth)})"

    def arguments(self, depth: int) -> str:
        """Of a call."""
        given = [self.expression(depth) for _ in range(self.random.randrange(3))]
        given += [f"*{self.iterable(depth)}"] if self.chance(0.2) else []
        given += [f"c={self.expression(depth)}"] if self.chance(0.2) else []
        given += [f"**{{'d': {self.expression(depth)}}}"] if self.chance(0.2) else []
        return ", ".join(given)

    def call(self, depth: int) -> str:
        """Of a function or a method."""
        function = self.pick("it", "it.method", "str", "len", "list", "helper", self.name(), "self.method", "H.append")
        return f"{function}({self.arguments(depth)})"

    def access(self, depth: int) -> str:
        """An attribute, an item or a slice."""
        key = self.pick(self.expression(depth), f"{self.atom()}:{self.expression(depth)}", "::2, 1")
        return self.pick(f"{self.thing()}.{self.pick('x', 'y', '__private')}", f"{self.thing()}[{key}]")

    def display(self, depth: int) -> str:
        """A tuple, list, set or dict."""
        one, two = self.expression(depth), self.expression(depth)
        return self.pick(
            f"({one}, {two})", f"[{one}, *{self.iterable(depth)}]", f"{{{one}: {two}, **{{'k': {one}}}}}", f"{{{one}}}"
        )

    def iterable(self, depth: int) -> str:
        """Something to go over."""
        return self.pick(
            "range(3)", "it", "box", "H", f"[{self.expression(depth)}, 1]", "'ab'", f"({self.expression(depth)},)"
        )

    def comprehension(self, depth: int) -> str:
        """Of each kind."""
        fresh = self.pick("p", "q", "a")
        plain, self.plain = self.plain, True
        outer = self.iterable(depth)
        self.names.append(fresh)
        body = self.pick(self.expression(depth), f"(lambda: {fresh})", f"(lambda: {self.expression(depth)})()")
        condition = f" if {self.expression(depth)}" if self.chance(0.3) else ""
        target = self.pick(fresh, fresh, f"({fresh}, *z)", "it.x")
        loops = f"for {target} in {outer}{condition}" + (
            f" for r in {self.iterable(depth)}" if self.chance(0.3) else ""
        )
        self.names.pop()
        self.plain = plain
        kinds = (
            f"[{body} {loops}]",
            f"list({body} {loops})",
            f"{{{body}: {fresh} {loops}}}",
            f"[k() for k in [{body} {loops}]]",
        )
        return self.pick(*kinds)

    def counted(self, depth: int) -> str:
        """A walrus in a comprehension."""
        if self.in_class or self.plain:
            return self.atom()
        return f"[({self.pick('u', 'v')} := note({self.pick(*self.names)})) for _ in range(2)]"

    def text(self, depth: int) -> str:
        """An f-string."""
        return f'f"{{{self.atom()}!r:>{{{self.random.randrange(9)}}}}}{{{self.atom()}}}"'

    def function_value(self, depth: int) -> str:
        """A lambda, called or not."""
        made = f"(lambda p={self.expression(depth)}, *q: {self.expression(depth)})"
        return made + self.pick("", "()", f"({self.expression(depth)})")

    def walrus(self, depth: int) -> str:
        """`(name := value)`."""
        if self.in_class or self.plain:
            return self.atom()
        return f"({self.pick(*NAMES)} := {self.expression(depth)})"

    def awkward(self, depth: int) -> str:
        """What depends on the frame, and what a generator gets."""
        if self.yields and self.in_function and not self.plain:
            return self.pick(f"(yield {self.expression(depth)})", f"(yield from {self.iterable(depth)})")
        return self.pick(
            "sorted(locals())", "list(globals())[:0]", "helper", f"len({self.iterable(depth)})", "vars(it)"
        )
