"""A module that cannot be imported is an error with file and line, and never a pass."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.explorer.code.failures import CannotImport
from racelab.explorer.kernel.calls import CannotDecide
from tests.explorer.code.loading import Folder

FAILURES = {
    "x = 1\ny = z\n": "NameError: name 'z' is not defined (it.py, line 2)",
    "def f(:\n": "SyntaxError: invalid syntax (it.py, line 1)",
    "\n\nreturn 3\n": "SyntaxError: 'return' outside function (it.py, line 3)",
    "import no_such_module\n": "ModuleNotFoundError: No module named 'no_such_module' (it.py, line 1)",
    "from helper import nothing\n": "cannot import name 'nothing' from 'helper'",
    "import broken\n": "ZeroDivisionError: division by zero (broken.py, line 2)",
    "import sys\nsys.exit(3)\n": "SystemExit: 3 (it.py, line 2)",
    "def f():\n    raise RuntimeError\nf()\n": "RuntimeError (it.py, line 2)",
    "import json\njson.loads('{')\n": "(it.py, line 2; ",
    "raise BaseException('all')\n": "BaseException: all (it.py, line 1)",
}


@pytest.mark.parametrize("source", FAILURES)
def test_why_and_where_is_said(source: str, tmp_path: Path) -> None:
    """The error names the module, the reason, the file and the line."""
    folder = Folder(tmp_path, {"it.py": source, "helper.py": "", "broken.py": "\n1 / 0\n"})
    with folder.execution() as loader, pytest.raises(CannotImport) as failure:
        loader.load("it")
    said = str(failure.value)
    assert said.startswith("The module it cannot be imported: ")
    assert FAILURES[source] in said
    assert issubclass(CannotImport, CannotDecide)


def test_a_module_that_is_not_there_is_said(tmp_path: Path) -> None:
    """The program names a module that there is not."""
    with Folder(tmp_path, {}).execution() as loader, pytest.raises(CannotImport, match="No module named 'it'"):
        loader.load("it")


def test_a_source_in_another_encoding_is_said(tmp_path: Path) -> None:
    """Bytes that are no text in the encoding of the file are an error with its name."""
    (tmp_path / "it.py").write_bytes(b"x = '\xff'\n")
    with Folder(tmp_path, {}).execution() as loader, pytest.raises(CannotImport, match=r"it\.py, line 1"):
        loader.load("it")


def test_a_source_may_say_its_encoding(tmp_path: Path) -> None:
    """Python's own rules for the encoding of a source hold."""
    (tmp_path / "it.py").write_bytes(b"# -*- coding: latin-1 -*-\nfound = '\xe9'\n")
    assert Folder(tmp_path, {}).value("it", "found") == "é"


def test_a_module_that_has_failed_is_tried_again(tmp_path: Path) -> None:
    """As in Python a second import runs the code a second time, and nothing is left of the first."""
    files = {
        "it.py": "found = []\nfor _ in range(2):\n    try:\n        import once\n    except ValueError as error:\n"
        "        found.append(str(error))\n",
        "once.py": "raise ValueError('again')\n",
    }
    folder = Folder(tmp_path, files)
    with folder.execution() as loader:
        assert loader.load("it").found == ["again", "again"]
        assert "once" not in loader.modules


def test_the_code_may_catch_what_an_import_raises(tmp_path: Path) -> None:
    """Only the module of the program itself is an error of the exploration."""
    source = "try:\n    import broken\nexcept ZeroDivisionError:\n    found = 'caught'\n"
    assert Folder(tmp_path, {"it.py": source, "broken.py": "1 / 0\n"}).value("it", "found") == "caught"
