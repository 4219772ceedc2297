"""Random small programs of every kind of statement and expression, which tell the order of all that happens."""

from __future__ import annotations

import random
from typing import Final

NAMES: Final = ("u", "v", "w", "a", "b")
GLOBALS: Final = ("G", "H")
OPERATORS: Final = ("+", "-", "*", "//", "%", "|", "&")
COMPARISONS: Final = ("<", "<=", "==", "!=", ">", "in", "not in", "is", "is not")
DEEPEST: Final = 4


class Writer:
    """Writes one program.

    Args:
        seed: the same one writes the same program.
    """

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.lines: list[str] = []
        self.level = 0
        self.notes = 0
        self.names = list(NAMES)
        self.in_loop = self.in_function = self.in_class = False
        self.yields = False
        self.plain = False

    def program(self) -> str:
        """A module with a function `main(a, b)`."""
        self.line("G, H = 1, [1]")
        for name in ("helper", "main"):
            self.function(name, "(a=1, b=2, *more, c=3, **named)", 5)
        return "\n".join(self.lines) + "\n"

    def line(self, text: str) -> None:
        """One line, indented."""
        self.lines.append("    " * self.level + text)

    def pick(self, *choices: str) -> str:
        """One of several."""
        return self.random.choice(choices)

    def chance(self, odds: float) -> bool:
        """True so often."""
        return self.random.random() < odds

    # Expressions

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

    # Statements

    def target(self) -> str:
        """Of an assignment."""
        return self.pick(
            *(self.pick(*NAMES), self.pick(*NAMES), self.pick(*NAMES), "it.x", f"it[{self.expression(3)}]", "H[0]"),
            *(f"{self.pick(*NAMES)}, {self.pick(*NAMES)}", f"({self.pick(*NAMES)}, *{self.pick(*NAMES)})", "it.x, u"),
            *("u, (v, *w)", "[it.y, v]", "v, it.x, w", "G", "G, H"),
        )

    def block(self, length: int) -> None:
        """Some statements, indented."""
        self.level += 1
        self.line(f"note({self.notes + 1000})")
        for _ in range(self.random.randint(1, max(1, length))):
            self.statement(length - 1)
        self.level -= 1

    def statement(self, length: int) -> None:
        """Any statement; most go on when it fails."""
        guarded = self.in_function and not self.in_class and self.chance(0.7)
        if guarded:
            self.line("try:")
            self.level += 1
            self.line("pass")
        self.any_statement(length)
        if guarded:
            self.level -= 1
            self.line("except Exception as failure: note(type(failure).__name__, str(failure))")

    def any_statement(self, length: int) -> None:
        """One of all kinds."""
        simple = (self.assignment, self.assignment, self.change, self.bare, self.deletion, self.leaving, self.importing)
        compound = (self.branch, self.loop, self.loop, self.attempt, self.scoped, self.inner, self.klass, self.matching)
        if length <= 0 or self.level > DEEPEST or self.chance(0.5):
            self.random.choice(simple)()
        else:
            self.random.choice(compound)(length)

    def assignment(self) -> None:
        """Also with an annotation, or of several targets."""
        several = f" = {self.target()}" if self.chance(0.2) else ""
        if self.chance(0.15):
            self.line(f"{self.pick('u', 'it.x', 'it[0]')}: note = {self.expression()}")
        elif self.chance(0.05):
            self.line(f"{self.pick('it.x', 'it[note(5, 1)]')}: note")
        else:
            self.line(f"{self.target()}{several} = {self.expression()}")

    def change(self) -> None:
        """`target += value`."""
        target = self.pick(*NAMES, "it.x", "box[0]", "it[note(1)]", "G", "H")
        self.line(f"{target} {self.pick(*OPERATORS)}= {self.expression()}")

    def bare(self) -> None:
        """An expression, or an assertion."""
        self.line(self.pick(self.expression(), f"assert {self.expression()}, {self.expression()}"))

    def deletion(self) -> None:
        """`del` of each kind."""
        self.line(f"del {self.pick(*NAMES, 'it.x', 'it[1]', 'H[0:1]', '(u, it.x)', 'G')}")

    def leaving(self) -> None:
        """`return`, `raise`, `break`, `continue`."""
        if self.in_loop and self.chance(0.5):
            self.line(self.pick("break", "continue"))
        elif self.in_function and self.chance(0.5):
            self.line(f"return {self.expression()}")
        elif self.chance(0.5):
            self.line(f"raise ValueError({self.expression()})")

    def importing(self) -> None:
        """In a function."""
        self.line(self.pick("import math as u", "from math import pi as v, e", "import os.path", "import math as G"))

    def branch(self, length: int) -> None:
        """`if`."""
        self.line(f"if {self.expression()}:")
        self.block(length)
        if self.chance(0.5):
            self.line(f"elif {self.expression()}:" if self.chance(0.3) else "else:")
            self.block(length)

    def loop(self, length: int) -> None:
        """`for` and `while`, with `else`."""
        if self.chance(0.6):
            self.line(f"for {self.target()} in {self.iterable(2)}:")
        else:
            self.line(f"while {self.noted(self.expression())}:")
        before, self.in_loop = self.in_loop, True
        self.block(length)
        self.in_loop = before
        if self.chance(0.3):
            self.line("else:")
            self.block(length)

    def attempt(self, length: int) -> None:
        """`try`."""
        self.line("try:")
        self.block(length)
        star = self.chance(0.15) and not self.in_loop and not self.in_function
        if self.chance(0.7):
            kind = self.pick("Exception", "(ValueError, NameError)", "note(7, TypeError)")
            self.line(f"except{'*' if star else ''} {kind} as {self.pick('u', 'v', 'error', 'G')}:")
            self.block(length)
            if self.chance(0.3):
                self.line("else:")
                self.block(length)
        else:
            self.line("finally:")
            self.block(length)

    def scoped(self, length: int) -> None:
        """`with`."""
        items = [
            f"it{self.pick('', ' as u', ' as it.x', ' as (u, v)', ' as G')}" for _ in range(self.random.randint(1, 3))
        ]
        self.line(f"with {', '.join(items)}:")
        self.block(length)

    def matching(self, length: int) -> None:
        """`match`."""
        self.line(f"match {self.expression()}:")
        self.level += 1
        for pattern in ("[u, *v]", "{'k': w, **rest}", "int() | str() as u", "{0: (G, v)}", "None"):
            if self.chance(0.5):
                self.line(f"case {pattern}{self.pick('', f' if {self.expression(2)}')}:")
                self.block(length)
        self.line("case _:")
        self.block(length)
        self.level -= 1

    def inner(self, length: int) -> None:
        """A function inside of a function, called at once or later."""
        name = self.pick("u", "helper", "inner", "G")
        self.function(name, self.pick("()", "(a)", "(a=note(2, 1), /, *b, c=v)"), length)
        self.line(self.pick(f"{name}()", f"w = {name}", f"list({name}(1))"))

    def function(self, name: str, parameters: str, length: int) -> None:
        """A definition."""
        if self.level and self.chance(0.2):
            self.line(self.pick("@note", "@it.method", "@(lambda f: f)"))
        before = self.in_loop, self.in_function, self.in_class, self.yields
        self.in_loop, self.in_function, self.in_class = False, True, False
        self.yields = bool(self.level) and self.chance(0.25)
        self.line(f"def {name}{parameters}:")
        self.level += 1
        if self.chance(0.2):
            self.line("'Says what it does.'")
        free = [each for each in ("u", "v", "w") if self.level > 1 and self.chance(0.3)]
        if free:
            self.line(f"nonlocal {', '.join(free)}")
        if self.chance(0.5):
            self.line(f"global {self.pick(*GLOBALS)}")
        if self.level == 1:
            self.line("u, v, w, self = 1, [2], it, it")
        self.level -= 1
        self.block(length)
        if self.yields:
            self.line("    yield 1")
        self.in_loop, self.in_function, self.in_class, self.yields = before

    def klass(self, length: int) -> None:
        """A class inside of a function."""
        before = self.in_loop, self.in_function, self.in_class, self.yields
        self.in_loop, self.in_function, self.in_class, self.yields = False, False, True, False
        name = self.pick("_Kind", "u", "Kind")
        self.line(f"class {name}({self.pick('', 'Base', 'object')}):")
        self.block(length)
        self.level += 1
        self.line("def method(self, *given):")
        self.line(f"    self.__private = {self.expression(2)}")
        self.line("    return super().method(self.__private, *given)")
        self.level -= 1
        self.in_loop, self.in_function, self.in_class, self.yields = before
        self.line(f"it.x = {name}().method({self.expression(2)})")
