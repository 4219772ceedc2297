"""The checker is pure: held by reading its source."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

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


def test_it_imports_the_model_and_nothing_that_has_a_clock_a_thread_or_chance() -> None:
    """Each file imports the model, its own package and pure standard modules alone."""
    pure = sys.stdlib_module_names - IMPURE
    for path in FILES:
        others = {name for name in imports(path) if name.split(".")[0] not in pure and not name.startswith(".")}
        assert others <= {"session_manager.model"}, path.name
        assert not any(name.startswith("..") for name in imports(path)), path.name


def test_there_is_something_to_hold() -> None:
    """The folder that is read is the checker's."""
    assert {"history.py", "specification.py", "linearizability.py"} <= {path.name for path in FILES}
