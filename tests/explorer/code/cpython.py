"""Runs test files of Python's own with rewritten code: `python cpython.py NAMES LIBRARIES`, both with commas between.

The test files are rewritten and so are the libraries, under neutral hooks. Prints a line for each test that fails.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import io
import sys
import unittest
from collections.abc import Iterable, Sequence
from types import CodeType, ModuleType

from racelab.explorer.code.rewriter import rewrite
from tests.explorer.code.neutral import NEUTRAL

DEEPER = 4
"""Times as many frames as usual: between two functions of the author's there is a hook."""


class Source(importlib.machinery.SourceFileLoader):
    """Loads a module whose functions are rewritten."""

    def get_code(self, fullname: str) -> CodeType:
        """Compiled anew: nothing of it is kept on disk."""
        return rewrite(self.get_data(self.path).decode(), self.path, fullname).code


class Finder(importlib.abc.MetaPathFinder):
    """Finds the named modules, and those inside of them.

    Args:
        names: of modules.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = frozenset(names)

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Where it is, to be loaded by `Source`."""
        if not any(fullname == name or fullname.startswith(f"{name}.") for name in self.names):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path)
        if spec is not None and spec.origin is not None and spec.origin.endswith(".py"):
            spec.loader = Source(fullname, spec.origin)
        return spec


def failures(names: Sequence[str], libraries: Sequence[str]) -> list[str]:
    """The tests that fail when they and these libraries are rewritten; each as its name and what it said last.

    Args:
        names: of modules of the package `test`.
        libraries: of modules that are imported anew.
    """
    vars(builtins).update(NEUTRAL)
    sys.setrecursionlimit(DEEPER * sys.getrecursionlimit())
    for name in [name for name in sys.modules if any(f"{name}.".startswith(f"{each}.") for each in libraries)]:
        del sys.modules[name]
    sys.meta_path.insert(0, Finder([*(f"test.{name}" for name in names), *libraries]))
    suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromName(f"test.{name}") for name in names)
    result = unittest.TextTestRunner(stream=io.StringIO()).run(suite)
    print(result.testsRun)
    return [
        f"{test.id().removeprefix('test.')}: {text.strip().splitlines()[-1]}"
        for test, text in [*result.failures, *result.errors]
    ]


if __name__ == "__main__":
    print(*failures(sys.argv[1].split(","), [name for name in sys.argv[2].split(",") if name]), sep="\n")
