"""The scopes of names are those of Python's compiler."""

from __future__ import annotations

import ast
import symtable
from collections.abc import Iterator

import pytest

from racelab.explorer.code.bindings import find_scopes
from racelab.explorer.code.scopes import Kind, Scope
from tests.explorer.code.random_programs import Writer
from tests.explorer.code.shapes import SHAPES
from tests.explorer.code.test_sites import library

LIBRARIES = ("contextlib", "functools", "dataclasses", "argparse", "enum", "typing", "queue", "ast", "inspect")


def tables(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    """The tables of functions and classes, at any depth."""
    for child in table.get_children():
        if child.get_type() in ("function", "class") and child.get_name().isidentifier():
            yield child
        yield from tables(child)


def where(scope: Scope, name: str) -> str:
    """Whose a name is in a scope, in the words of the compiler."""
    home = scope.home(name)
    return "local" if home is scope else "global" if home.kind is Kind.MODULE else "free"


def compare(source: str) -> int:
    """Compare all names of all functions and classes; the number of those that are local or free.

    Names that are unclear because two definitions of one name begin on one line are left out.
    """
    found: dict[tuple[str, int], list[Scope]] = {}
    for node, scope in find_scopes(ast.parse(source)).of.items():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.setdefault((node.name, node.lineno), []).append(scope)
    count = 0
    for table in tables(symtable.symtable(source, "file.py", "exec")):
        scopes = found.get((table.get_name(), table.get_lineno()), [])
        for symbol in table.get_symbols() if len(scopes) == 1 else ():
            name = symbol.get_name()
            if name.startswith((".", "__class")) or not (name in scopes[0].times or symbol.is_global()):
                continue
            expected = "global" if symbol.is_global() else "free" if symbol.is_free() else "local"
            assert where(scopes[0], name) == expected, f"{name} in {table.get_name()}, line {table.get_lineno()}"
            count += expected != "global"
    return count


@pytest.mark.parametrize("name", LIBRARIES)
def test_names_of_libraries_belong_where_the_compiler_says(name: str) -> None:
    """Local, global or of a function further out."""
    assert compare(library(name)) > 20


def test_names_of_odd_programs_belong_where_the_compiler_says() -> None:
    """So it is in programs with all kinds of statements."""
    assert sum(compare(source) for source in SHAPES.values()) > 100
    count = 0
    for seed in range(40):
        source = Writer(seed).program()
        try:
            compile(source, "file.py", "exec")
        except SyntaxError:
            continue
        count += compare(source)
    assert count > 200
