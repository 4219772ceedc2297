"""Whatever an execution does, the process is afterwards as it was."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from racelab.explorer.code.failures import CannotImport
from racelab.explorer.code.private_importlib import import_now, under_way
from tests.explorer.code.loading import THREADING, Folder, model

WAYS = {
    "nothing": "x = 1",
    "modules": "import helper, package.inner",
    "an error": "import helper\nraise ValueError('no')",
    "an end": "raise SystemExit",
    "an object in its place": "import sys\nclass C: ...\nsys.modules[__name__] = C()",
    "an entry of its own": "import sys, types\nsys.modules['mine'] = types.ModuleType('mine')",
    "an entry less": "import sys\ndel sys.modules['json']",
    "another entry": "import sys, types\nsys.modules['json'] = types.ModuleType('json')",
    "the path": "import sys\nsys.path.insert(0, '/nowhere')",
    "another path": "import sys\nsys.path = ['/nowhere']",
    "the streams": "import sys, io\nsys.stdout = io.StringIO()\nsys.stderr = None",
}
HELPERS = {"helper.py": "import threading\n", "package/__init__.py": "", "package/inner.py": "import helper\n"}


@pytest.mark.parametrize("way", WAYS)
def test_the_process_is_as_it_was(way: str, tmp_path: Path) -> None:
    """Modules, path, streams and the importer are put back."""
    import json  # noqa: F401 - one of the ways takes it away

    folder = Folder(tmp_path, {**HELPERS, "it.py": WAYS[way]})
    modules, path, folders = dict(sys.modules), sys.path, list(sys.path)
    others = sys.stdout, sys.stderr, under_way.loader
    try:
        with folder.execution() as loader:
            loader.load("it")
    except CannotImport:
        assert way in ("an error", "an end")
    assert {name for name in {*modules, *sys.modules} if modules.get(name) is not sys.modules.get(name)} == set()
    assert sys.path is path
    assert path == folders
    assert (sys.stdout, sys.stderr, under_way.loader) == others


def test_closing_twice_is_as_good_as_once(tmp_path: Path) -> None:
    """A second `close` does not undo what came after the first one."""
    folder = Folder(tmp_path, {"it.py": ""})
    with folder.execution() as loader:
        loader.load("it")
    sys.modules["of_the_test"] = THREADING
    try:
        loader.close()
        assert "of_the_test" in sys.modules
    finally:
        del sys.modules["of_the_test"]


@pytest.fixture
def _without_socketserver() -> Iterator[None]:
    """A module of Python's that has not been imported yet, and that imports `threading`."""
    before = sys.modules.pop("socketserver", None)
    yield
    if before is not None:
        sys.modules["socketserver"] = before


@pytest.mark.usefixtures("_without_socketserver")
def test_what_python_imports_for_the_first_time_meets_the_real_modules(tmp_path: Path) -> None:
    """A module of Python's stays in the process, so it never gets a model."""
    folder = Folder(tmp_path, {"it.py": "import threading\nimport socketserver\nfound = socketserver.threading\n"})
    assert folder.value("it", "found") is threading
    assert sys.modules["socketserver"].threading is threading


@pytest.mark.usefixtures("_without_socketserver")
def test_what_python_imports_in_the_middle_is_imported_once_more(tmp_path: Path) -> None:
    """A module that met a model because real code has imported it late is replaced by a clean one."""
    folder = Folder(tmp_path, {"it.py": "import tools\nfound = tools.late()\n"})
    folder.modelled["tools"] = model("tools", late=lambda: __import__("socketserver").threading)
    assert folder.value("it", "found") is THREADING
    assert sys.modules["socketserver"].threading is threading


def test_what_the_code_prints_is_not_seen(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Thousands of executions print nothing."""
    source = "import sys\nprint('x')\nprint('y', file=sys.stderr)\nsys.stdout.write('z')\nsys.stdout.flush()\n"
    source += "sys.stdout.buffer.write(b'z')\nsys.stdout.reconfigure(encoding=sys.stdout.encoding.lower())\n"
    with Folder(tmp_path, {"it.py": source}).execution() as loader:
        loader.load("it")
    print("seen")
    assert capsys.readouterr() == ("seen\n", "")
    assert not isinstance(sys.stdout, io.StringIO)


def test_a_kept_function_imports_for_real_when_nothing_is_explored(tmp_path: Path) -> None:
    """After the last execution the author's code finds Python's own modules."""
    with Folder(tmp_path, {"it.py": "def f():\n    import threading\n    return threading\n"}).execution() as loader:
        function = loader.load("it").f
        assert function() is THREADING
    assert function() is threading
    assert import_now("threading") is threading
