"""What becomes of a value that the author's code has read: a test, a write, an answer, or what a loop goes over.

It is found from the shape of the source around the access, and around the calls that led there; never from a name.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from .trace import Goal, Use

DEEPEST: Final = 12
"""Variables and callers that one value is followed through."""
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Assignment = ast.Assign | ast.AnnAssign | ast.AugAssign


@dataclass(frozen=True, slots=True)
class Spot:
    """A node of a source: where it begins and ends, in columns of UTF-8; an `end` of -1 is not known."""

    file: str
    line: int
    column: int
    end: int = -1


@dataclass(frozen=True, slots=True)
class _Reached:
    """A statement that a value comes into; whether it is written there."""

    goal: Goal


class Source:
    """A parsed source, with the parent of each node."""

    def __init__(self, text: str) -> None:
        self.tree = ast.parse(text)
        self.parents: dict[ast.AST, ast.AST] = {}
        self._by_start: dict[tuple[int, int], list[ast.expr | ast.stmt]] = {}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.expr | ast.stmt):
                self._by_start.setdefault((node.lineno, node.col_offset), []).append(node)
            for child in ast.iter_child_nodes(node):
                self.parents[child] = node

    def at(self, spot: Spot) -> ast.expr | ast.stmt | None:
        """The node there: the innermost that ends there too."""
        found = self._by_start.get((spot.line, spot.column), [])
        exact = [node for node in found if node.end_col_offset == spot.end and node.end_lineno == node.lineno]
        candidates = exact or found
        return candidates[-1] if candidates else None

    def function_of(self, node: ast.AST) -> Function | None:
        """The function that a node is in."""
        above = self.parents.get(node)
        while above is not None and not isinstance(above, Function):
            above = self.parents.get(above)
        return above


@lru_cache(maxsize=64)
def source_of(file: str) -> Source | None:
    """The parsed source of a file; None if there is none."""
    try:
        return Source(Path(file).read_text(encoding="utf-8"))
    except (OSError, SyntaxError, ValueError):
        return None


def uses(spots: Sequence[Spot]) -> tuple[Use, ...]:
    """What became of a value.

    Args:
        spots: where it was read, and where the functions were called that led there, the innermost first.
    """
    return tuple(sorted({one for one in _uses(spots, DEEPEST) if not isinstance(one, _Reached)}))


def goals(spots: Sequence[Spot]) -> tuple[Goal, ...]:
    """The statements that a value comes into, whether as it is or as a part of another one.

    Args:
        spots: see `uses`.
    """
    return tuple(dict.fromkeys(one.goal for one in _uses(spots, DEEPEST) if isinstance(one, _Reached)))


def _uses(spots: Sequence[Spot], deep: int) -> Iterator[Use | _Reached]:
    source = source_of(spots[0].file) if spots else None
    node = source.at(spots[0]) if source is not None else None
    if source is None or node is None:
        yield "answer"  # the program's own expression
        return
    if isinstance(node, ast.Compare) and any(isinstance(one, ast.In | ast.NotIn) for one in node.ops):
        yield "member"
    yield from _of_node(source, node, spots, deep)


def _of_node(  # noqa: C901, PLR0912 - a case for each kind of node
    source: Source, node: ast.AST, spots: Sequence[Spot], deep: int
) -> Iterator[Use | _Reached]:
    """Climb from the value to what uses it."""
    if deep <= 0:
        return
    yield from _reached(source, node, spots)
    given = False
    while (above := source.parents.get(node)) is not None:
        match above:
            case ast.If() | ast.While() | ast.IfExp() | ast.Assert() if node is above.test:
                yield "test"
                return
            case ast.comprehension():
                if node is not above.iter:
                    yield "test"
                    return
                yield "iterate"
            case ast.For(iter=over) if node is over:
                yield "iterate"
                return
            case ast.Match(subject=subject) if node is subject:
                yield "test"
                return
            case ast.Return() | ast.Lambda() | ast.Yield():
                yield from _uses(spots[1:], deep - 1)
                return
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                yield from _assigned(source, above, node, spots, deep)
                return
            case ast.NamedExpr():
                yield from _variables(source, [above.target], above, spots, deep)
            case ast.Call():
                given = given or node is not above.func
            case ast.Expr():
                if given:
                    yield "write"
                    yield from _reached(source, node, spots, written=True)
                return
            case ast.stmt():
                return
        node = above


def _assigned(
    source: Source,
    statement: ast.Assign | ast.AnnAssign | ast.AugAssign,
    node: ast.AST,
    spots: Sequence[Spot],
    deep: int,
) -> Iterator[Use | _Reached]:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    if node is not statement.value and not isinstance(statement, ast.AugAssign):
        return  # it is the object whose attribute is set
    flat = [part for target in targets for part in _flat(target)]
    if any(not isinstance(target, ast.Name) for target in flat):
        yield "write"
        yield from _reached(source, statement, spots, written=True)
    yield from _variables(source, [one for one in flat if isinstance(one, ast.Name)], statement, spots, deep)


def _flat(target: ast.expr) -> Iterator[ast.expr]:
    if isinstance(target, ast.Tuple | ast.List):
        for part in target.elts:
            yield from _flat(part)
    else:
        yield target.value if isinstance(target, ast.Starred) else target


def _variables(
    source: Source, names: Sequence[ast.expr], at: ast.AST, spots: Sequence[Spot], deep: int
) -> Iterator[Use | _Reached]:
    """What becomes of variables until they are assigned again, in the order of the source."""
    function = source.function_of(at)
    if function is None:
        return
    wanted = {name.id for name in names if isinstance(name, ast.Name)}
    after = _end(at)
    found = [node for node in ast.walk(function) if isinstance(node, ast.Name) and node.id in wanted]
    for name in sorted((node for node in found if _start(node) >= after), key=_start):
        if isinstance(name.ctx, ast.Load):
            yield from _of_node(source, name, spots, deep - 1)
        elif not _is_assigned_from_itself(source, name):
            wanted_again = wanted - {name.id}
            yield from _rest(source, function, wanted_again, _start(name), spots, deep)
            return


def _rest(
    source: Source, function: Function, wanted: set[str], after: tuple[int, int], spots: Sequence[Spot], deep: int
) -> Iterator[Use | _Reached]:
    for node in ast.walk(function):
        if (
            isinstance(node, ast.Name)
            and node.id in wanted
            and isinstance(node.ctx, ast.Load)
            and _start(node) >= after
        ):
            yield from _of_node(source, node, spots, deep - 1)


def _reached(source: Source, node: ast.AST, spots: Sequence[Spot], written: bool = False) -> Iterator[_Reached]:
    """The statement around it: of one with a body, its head."""
    at: ast.AST | None = node
    while at is not None and not isinstance(at, ast.stmt):
        at = source.parents.get(at)
    if at is not None and spots:
        body = getattr(at, "body", None)
        last = body[0].lineno - 1 if body else at.end_lineno or at.lineno
        yield _Reached(Goal(spots[0].file, at.lineno, max(at.lineno, last), written))


def _is_assigned_from_itself(source: Source, name: ast.Name) -> bool:
    """`n += 1`, `n = int(n) + 1`: it goes on."""
    statement = source.parents.get(name)
    if isinstance(statement, ast.AugAssign):
        return True
    value = statement.value if isinstance(statement, ast.Assign) else None
    return value is not None and any(isinstance(part, ast.Name) and part.id == name.id for part in ast.walk(value))


def _start(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def _end(node: ast.AST) -> tuple[int, int]:
    return getattr(node, "end_lineno", 0) or 0, getattr(node, "end_col_offset", 0) or 0
