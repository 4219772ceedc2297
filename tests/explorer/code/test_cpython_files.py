"""Python's own test files pass when they are rewritten, and the libraries that they test."""

from __future__ import annotations

import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).resolve().parents[3]
SECONDS: Final = 60
SYNTAX: Final = (
    "dict list compare slice augassign class keywordonlyarg positional_only_arg named_expressions with scope"
)
MORE_SYNTAX: Final = (
    "super patma property decorators except_star generators iter grammar fstring descr raise global opcodes"
)
LIBRARIES: Final = "functools dataclasses contextlib sched heapq textwrap bisect"
MORE_LIBRARIES: Final = "copy graphlib reprlib shlex"
FRAMES: Final = "counts the frames of a traceback, or looks into the last of them: it is a hook's"
CALLER: Final = "asks its caller for the name of its module or file: its caller is a hook"
INTROSPECTION: Final = {
    "test_generators.GeneratorStackTraceTest.test_send_with_yield_from": FRAMES,
    "test_generators.GeneratorStackTraceTest.test_throw_with_yield_from": FRAMES,
    "test_raise.TestTracebackType.test_attrs": FRAMES,
    "test_contextlib.TestExitStack.test_exit_exception_traceback": FRAMES,
    "test_dataclasses.TestMakeDataclass.test_module_attr": CALLER,
    "test_dataclasses.TestMakeDataclass.test_pickle_support": CALLER,
    "test_functools.TestPartialC.test_partial_as_method": CALLER,
    "test_functools.TestPartialCSubclass.test_partial_as_method": CALLER,
    "test_functools.TestPartialPy.test_partial_as_method": CALLER,
    "test_functools.TestPartialPySubclass.test_partial_as_method": CALLER,
    "merge": "heapq's: looks the module of a function up by its file",
}
"""The tests that fail, on one version of Python or another, each with its reason."""

pytestmark = pytest.mark.skipif(find_spec("test.test_dict") is None, reason="this Python came without its tests")


def outcome(names: str, libraries: str) -> tuple[int, list[str]]:
    """How many tests ran, and those that failed without a reason that is known.

    Args:
        names: of test files, without `test_`, with spaces between.
        libraries: of modules to rewrite too.
    """
    files = ",".join(f"test_{name}" for name in names.split())
    command = [sys.executable, "-W", "ignore", "-m", "tests.explorer.code.cpython", files, ",".join(libraries.split())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=SECONDS, check=True)
    count, *failed = done.stdout.split("\n")
    return int(count), [each for each in failed if each and each.split(" ")[0].rstrip(":") not in INTROSPECTION]


def test_a_few_files_pass() -> None:
    """Files about scopes and priority queues pass, the second with its library."""
    count, failed = outcome("scope heapq", "heapq")
    assert not failed
    assert count > 80


@pytest.mark.exhaustive
@pytest.mark.parametrize("names", [SYNTAX, MORE_SYNTAX])
def test_files_about_the_language_pass(names: str) -> None:
    """Files about statements, expressions and builtin types pass."""
    count, failed = outcome(names, "")
    assert not failed
    assert count > 300


@pytest.mark.exhaustive
@pytest.mark.parametrize(("names", "least"), [(LIBRARIES, 300), (MORE_LIBRARIES, 100)])
def test_files_about_libraries_pass(names: str, least: int) -> None:
    """Files about libraries pass with their libraries."""
    count, failed = outcome(names, names)
    assert not failed
    assert count > least


def test_a_wrong_hook_is_noticed() -> None:
    """The files notice a hook that does not do what the code said."""
    program = "from tests.explorer.code import cpython, neutral; neutral.NEUTRAL['_lab_contains'] = lambda *_: False; "
    program += "print(len(cpython.failures(['test_scope', 'test_compare'], [])))"
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert int(done.stdout.split()[-1]) > 0
