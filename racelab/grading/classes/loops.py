"""What a loop goes over, as its author has written it: a copy of that has the same elements, and of nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final

from .uses import Source, Spot, source_of

VIEWS: Final = ("values", "items", "keys")
LAZY: Final = ("enumerate", "zip", "map", "filter", "reversed", "iter", "islice", "chain", "starmap", "takewhile")
WHOLE: Final = (
    *("list", "tuple", "set", "frozenset", "dict", "deque", "sorted", "max", "min", "sum", "any", "all"),
    *("join", "extend", "update", "next"),
)
"""What goes through all that it is given."""
WITH_FUNCTION: Final = ("map", "filter", "starmap", "takewhile")


def gone_over(spot: Spot, place: str) -> str:
    """The author's expression for it: `self._boxes.values()`; empty if there is no loop, or several could be meant.

    Args:
        spot: of the loop, or of the call that goes through it.
        place: what the container is called, such as `self._boxes`.
    """
    source = source_of(spot.file)
    node = source.at(spot) if source is not None else None
    if source is None or not isinstance(node, ast.expr):
        return ""
    found = list(_containers(_whole(source, node) if spot.end < 0 else node))
    named = [one for one in found if _name(one) == place.rpartition(".")[2]]
    texts = {ast.unparse(one) for one in (found if len(found) == 1 else named)}
    return texts.pop() if len(texts) == 1 else ""


def _whole(source: Source, node: ast.expr) -> ast.expr:
    """All of an expression over several lines: the outermost that begins there."""
    above = source.parents.get(node)
    while isinstance(above, ast.expr) and (above.lineno, above.col_offset) == (node.lineno, node.col_offset):
        node, above = above, source.parents.get(above)
    return node


def _containers(node: ast.expr) -> Iterator[ast.expr]:
    """What is gone over, inside of what passes its elements on."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name), args=[], keywords=[]) if name in VIEWS:
            yield node
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=given) if name in (*LAZY, *WHOLE):
            for one in given[name in WITH_FUNCTION :]:
                yield from _containers(one.value if isinstance(one, ast.Starred) else one)
        case ast.Name() | ast.Attribute() | ast.Subscript() | ast.NamedExpr():
            yield node


def _name(node: ast.expr) -> str:
    """The last name in it, without the view."""
    inner = node.func.value if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) else node
    return ast.unparse(inner).rpartition(".")[2]
