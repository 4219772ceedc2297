"""What goes around the model is told, so that no verdict is given; and what does not is left alone."""

from __future__ import annotations

import subprocess
import sys
import threading
from contextlib import suppress
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from racelab.explorer.code.outside import READS, unwatched
from racelab.explorer.kernel.calls import CannotDecide
from tests.explorer.code.loading import Folder, model

OUTSIDE = {
    "a file is written": "open('written.txt', 'w').close()",
    "a path is written": "import pathlib\npathlib.Path('written.txt').write_text('x')",
    "a file is appended to": "open('written.txt', 'ab').close()",
    "a file is opened by the system": "import os\nos.close(os.open('written.txt', os.O_CREAT | os.O_RDWR))",
    "a file is removed": "import os\nos.remove('removed.txt')",
    "a file gets another name": "import os\nos.replace('removed.txt', 'renamed.txt')",
    "a folder is made": "import os\nos.makedirs('folder/inner')",
    "a temporary file": "import tempfile\ntempfile.NamedTemporaryFile().close()",
    "a device": "open('/dev/null').close()",
    "a socket": "import socket\nsocket.socket().close()",
    "a name is looked up": "import socket\nsocket.gethostbyname('localhost')",
    "a process": "import subprocess\nsubprocess.run(['true'])",
    "the system's shell": "import os\nos.system('true')",
    "a loop of asyncio": "import asyncio\nasyncio.new_event_loop().close()",
    "tracing": "import sys\nsys.settrace(sys.gettrace())",
    "code by its file": (
        "import importlib.util as u\nspec = u.spec_from_file_location('extra', __file__.replace('it.py', 'extra.py'))\n"
        "module = u.module_from_spec(spec)\nspec.loader.exec_module(module)"
    ),
    "a compiled library": "import compiled_here",
    "reload": "import importlib, helper\nimportlib.reload(helper)",
    "the main module": "import __main__",
}
INSIDE = {
    "nothing": "x = 1",
    "modules that do nothing": (
        "import abc, collections.abc, contextlib, dataclasses, enum, functools, heapq, itertools, json, math, "
        "operator, os.path, re, string, sys, types, typing, weakref, warnings, inspect, textwrap, copy, decimal, bisect"
    ),
    "modules that would tell": "import asyncio, socket, subprocess, tempfile, shutil, urllib.request, http.client",
    "modules that are not modelled": "import signal, ctypes, cProfile\nfrom multiprocessing import Lock",
    "the environment": "import os\nos.environ['RACE_LAB_TEST'] = '1'\ndel os.environ['RACE_LAB_TEST']",
    "a question to asyncio": "import asyncio\nasyncio.iscoroutinefunction(len)",
    "a look at the file system": "import os\nos.path.exists('removed.txt'), os.getcwd(), os.environ.get('HOME')",
    "a dataclass": "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 1",
    "a named tuple": "from collections import namedtuple\nC = namedtuple('C', 'x')",
    "its own source": "import inspect, helper\ninspect.getsource(helper)",
    "a pure library": "import cachetools",
    "printing": "print('x')",
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """With what the code finds in the working folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "removed.txt").write_text("", encoding="utf-8")
    return Folder(tmp_path, {"helper.py": "def f(): ...\n", "extra.py": "x = 1\n"})


def told(folder: Folder, source: str) -> list[str]:
    """Why there is no verdict, after the source was imported."""
    (folder.root / "it.py").write_text(source, encoding="utf-8")
    with suppress(CannotDecide), folder.execution() as loader:
        loader.load("it")
    return list(folder.places.unfaithful)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # half a loop of asyncio complains
@pytest.mark.parametrize("name", OUTSIDE)
def test_what_is_outside_is_told(name: str, folder: Folder) -> None:
    """An import that does it leaves no verdict."""
    if name == "a compiled library":
        (folder.root / f"compiled_here{EXTENSION_SUFFIXES[0]}").write_bytes(b"")
        source = "try:\n    import compiled_here\nexcept ImportError: ..."
    else:
        source = OUTSIDE[name]
    assert told(folder, source)


HARM = {
    "open('kept.txt', 'w')": "kept.txt",
    "import os\nos.remove('kept.txt')": "kept.txt",
    "import os\nos.open('kept.txt', os.O_WRONLY | os.O_TRUNC)": "kept.txt",
    "import os\nos.rename('kept.txt', 'other.txt')": "kept.txt",
    "import shutil\nshutil.rmtree('folder')": "folder/kept.txt",
    "import pathlib\npathlib.Path('kept.txt').unlink()": "kept.txt",
    "import subprocess\nsubprocess.run(['rm', 'kept.txt'])": "kept.txt",
    "try:\n    open('kept.txt', 'w')\nexcept Exception:\n    pass": "kept.txt",
}


@pytest.mark.parametrize("source", HARM)
def test_what_is_outside_is_not_done(source: str, folder: Folder) -> None:
    """No file is changed or removed, and the exploration ends."""
    for name in ("kept.txt", "folder/kept.txt"):
        (folder.root / name).parent.mkdir(exist_ok=True)
        (folder.root / name).write_text("all", encoding="utf-8")
    (folder.root / "it.py").write_text(source, encoding="utf-8")
    with folder.execution() as loader, pytest.raises(CannotDecide, match="not done"):
        loader.load("it")
    assert (folder.root / HARM[source]).read_text(encoding="utf-8") == "all"


@pytest.mark.parametrize("name", INSIDE)
def test_what_is_inside_is_not_told(name: str, folder: Folder) -> None:
    """Harmless code leaves the verdict alone."""
    assert told(folder, INSIDE[name]) == []
    assert folder.places.assumed == set()


def test_the_search_for_a_part_of_a_package_is_not_told(folder: Folder) -> None:
    """The folder of the package is looked through by the loader, and not by the code."""
    (folder.root / "parts").mkdir()
    for name in ("__init__", "one"):
        (folder.root / "parts" / f"{name}.py").write_text("x = 1", encoding="utf-8")
    assert told(folder, "import parts.one") == []
    assert folder.places.assumed == set()


@pytest.mark.parametrize(
    "source",
    [
        "with open('removed.txt') as file:\n    file.read()",
        "import os\nos.listdir('.')",
        "import glob\nglob.glob('*.txt')",
    ],
)
def test_reading_is_assumed_to_give_the_same_again(source: str, folder: Folder) -> None:
    """A file that is only read is no reason for no verdict, and is said."""
    assert told(folder, source) == []
    assert folder.places.assumed == {READS}


def test_the_lab_itself_may_do_what_it_wants(folder: Folder) -> None:
    """Between executions and steps nothing is watched."""
    with folder.execution() as loader:
        loader.load("helper")
        subprocess.run([sys.executable, "-c", ""], check=True)
        with unwatched():
            (folder.root / "own.txt").write_text("x", encoding="utf-8")
    (folder.root / "own.txt").unlink()
    assert folder.places.unfaithful == {}


def test_other_threads_are_not_watched(folder: Folder) -> None:
    """Only the thread of the exploration is."""
    source = "import tools\ntools.run()\n"

    def run() -> None:
        with unwatched():
            thread = threading.Thread(target=(folder.root / "own.txt").write_text, args=("x",))
            thread.start()
        thread.join()

    folder.modelled["tools"] = model("tools", run=run)
    assert told(folder, source) == []
