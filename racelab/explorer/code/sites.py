"""The places in the author's source at which rewritten code calls a hook."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Final

SEVERAL_LINES: Final = -1
"""In place of an end column: the place ends on a later line than it begins on."""


@dataclass(frozen=True, slots=True)
class Site:
    """One place.

    Attributes:
        file: the path of the source.
        line: counted from 1.
        column, end_column: in bytes of the line's UTF-8, counted from 0, as `ast` has them; see `SEVERAL_LINES`.
        what: what happens there, as a trace says it: "read .size", "write [...]", "look for a key".
    """

    file: str
    line: int
    column: int
    end_column: int
    what: str


SITES: Final[list[Site]] = []
"""Every site of every rewritten module. Hooks are given its index."""
SITES_OF: Final[dict[str, list[int]]] = {}
"""The indices of the sites of each file."""


def add(site: Site) -> int:
    """The index of a site, which is entered."""
    SITES.append(site)
    SITES_OF.setdefault(site.file, []).append(len(SITES) - 1)
    return len(SITES) - 1


def new_site(file: str, node: ast.expr | ast.stmt | ast.pattern, what: str) -> int:
    """The index of a new site for what a node of the source does."""
    ends_here = node.end_lineno == node.lineno and node.end_col_offset is not None
    end = node.end_col_offset if ends_here and node.end_col_offset is not None else SEVERAL_LINES
    return add(Site(file, node.lineno, node.col_offset, end, what))
