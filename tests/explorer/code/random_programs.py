"""Random small programs of every kind of statement and expression, which tell the order of all that happens."""

from __future__ import annotations

from tests.explorer.code.random_expressions import DEEPEST, GLOBALS, NAMES, OPERATORS, Expressions


class Writer(Expressions):
    """Writes one program.

    Args:
        seed: the same one writes the same program.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.lines: list[str] = []
        self.level = 0
        self.in_loop = False

    def program(self) -> str:
        """A module with a function `main(a, b)`."""
        self.line("G, H = 1, [1]")
        for name in ("helper", "main"):
            self.function(name, "(a=1, b=2, *more, c=3, **named)", 5)
        return "\n".join(self.lines) + "\n"

    def line(self, text: str) -> None:
        """One line, indented."""
        self.lines.append("    " * self.level + text)

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
