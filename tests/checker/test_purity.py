"""The checker is pure: held by reading its source."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

CHECKER = Path(__file__).resolve().parents[2] / "racelab" / "checker"
FILES = sorted(CHECKER.glob("*.py"))
IMPURE = {"asyncio", "concurrent", "datetime", "multiprocessing", "os", "queue", "random", "threading", "time"}


def imports(path: Path) -> set[str]:
    """The modules that a file imports; those of its own package begin with a dot."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names.add("." * node.level + (node.module or ""))
    return names


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_it_imports_the_model_and_nothing_that_has_a_clock_a_thread_or_chance(path: Path) -> None:
    """Beside its own modules and the standard library."""
    pure = sys.stdlib_module_names - IMPURE
    others = {name for name in imports(path) if name.split(".")[0] not in pure and not name.startswith(".")}
    assert others <= {"session_manager.model"}
    assert not any(name.startswith("..") for name in imports(path))


def test_there_is_something_to_hold() -> None:
    """Or the test above would pass on an empty folder."""
    assert {"history.py", "specification.py", "linearizability.py"} <= {path.name for path in FILES}
