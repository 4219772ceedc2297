"""The scopes of a module, and in which of their names more than one task may meet.

A plain local variable belongs to one call, so to one task. Two kinds of names do not: global names that functions
rebind, and local ones that a function shares with those inside of it, if they may change once one of those exists.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import cached_property
from typing import Final

Position = tuple[int, int]
"""Line and column, to tell what comes first in the text."""
BEFORE_ALL: Final[Position] = (0, 0)


class Kind(Enum):
    """What makes a scope. `PARAMETERS` are the type parameters of Python 3.12, around their function or class."""

    MODULE = auto()
    CLASS = auto()
    FUNCTION = auto()
    COMPREHENSION = auto()
    PARAMETERS = auto()


@dataclass(eq=False)
class Scope:
    """The names of one module, class, function, lambda or comprehension.

    Attributes:
        kind: what made it.
        parent: the scope around it; None around a module.
        start: where its text begins.
        lazy: whether its code runs later than it is reached, perhaps in another task.
        runs_later: whether it, or a scope around it, is lazy. Other code runs at import, and then it runs alone.
        private: the class whose private names are mangled here, without its leading underscores, or "".
        number: of the scope, in the order of the text: for names that are unique in a module.
        globals_, nonlocals: what it declares so.
        times: how often a name is bound here; 2 may stand for more.
        last: where the last binding of a name is complete.
        captured: where the first function begins that sees a name of this scope.
    """

    kind: Kind
    parent: Scope | None
    start: Position
    lazy: bool = False
    private: str = ""
    number: int = 0
    globals_: set[str] = field(default_factory=set)
    nonlocals: set[str] = field(default_factory=set)
    times: Counter[str] = field(default_factory=Counter)
    last: dict[str, Position] = field(default_factory=dict)
    captured: dict[str, Position] = field(default_factory=dict)

    @cached_property
    def runs_later(self) -> bool:
        """See the class."""
        return any(scope.lazy for scope in self.outwards())

    @cached_property
    def shared(self) -> set[str]:
        """Its names that may change after a function exists that sees them. To be asked when all is found."""
        if not self.runs_later or self.kind is Kind.CLASS:
            return set()
        return {name for name, first in self.captured.items() if self.times[name] > 1 or self.last[name] > first}

    def outwards(self) -> Iterator[Scope]:
        """This scope, the one around it, and so on."""
        scope: Scope | None = self
        while scope is not None:
            yield scope
            scope = scope.parent

    def mangle(self, name: str) -> str:
        """What Python calls a name that is written here: private ones get their class in front."""
        if self.private and name.startswith("__") and not name.endswith("__") and "." not in name:
            return f"_{self.private}{name}"
        return name

    def binds(self, name: str) -> bool:
        """Whether the name is this scope's own."""
        return name in self.times and name not in self.globals_ and name not in self.nonlocals

    def home(self, name: str) -> Scope:
        """The scope that a mangled name belongs to when it is used in this one: the module if no function has it."""
        for scope in self.outwards():
            hidden = scope.kind is Kind.CLASS and scope is not self  # a method does not see its class's names
            if scope.kind is Kind.MODULE or (name in scope.globals_ and not hidden):
                break
            if scope.binds(name) and not hidden:
                return scope
        return self.module()

    def module(self) -> Scope:
        """The outermost scope."""
        *_, outermost = self.outwards()
        return outermost


@dataclass
class Scopes:
    """All scopes of a module.

    Attributes:
        module: the outermost.
        of: the scope that each function, lambda, class and comprehension makes.
        rebound: the global names that functions may rebind.
        bound: every name that is bound anywhere in the module.
    """

    module: Scope
    of: dict[ast.AST, Scope]
    rebound: frozenset[str]
    bound: frozenset[str]

    def is_builtin(self, name: str) -> bool:
        """Whether such a name cannot be anything of the author's."""
        return name not in self.bound and "*" not in self.bound
