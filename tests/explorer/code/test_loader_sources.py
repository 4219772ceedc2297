"""Where the source of a module may come from: folders, archives, packages, the standard library."""

from __future__ import annotations

import importlib
import sys
import zipfile
from importlib.machinery import ModuleSpec, SourceFileLoader
from pathlib import Path

import pytest

from racelab.explorer.code.loader import Loader
from racelab.explorer.kernel.places import Places
from tests.explorer.code.loading import Folder, Lock


def test_a_file_of_the_authors_hides_a_module_of_pythons(tmp_path: Path) -> None:
    """A file `shelve.py` beside the program is what `import shelve` gets, as in Python."""
    folder = Folder(tmp_path, {"it.py": "import shelve\nfound = shelve.own\n", "shelve.py": "own = 1\n"})
    assert folder.value("it", "found") == 1
    assert folder.places.unfaithful == {}


def test_a_file_of_the_authors_hides_a_model(tmp_path: Path) -> None:
    """The same for a module that is modelled."""
    folder = Folder(tmp_path, {"it.py": "import threading\nfound = threading.own\n", "threading.py": "own = 1\n"})
    assert folder.value("it", "found") == 1


def test_a_part_of_a_package_hides_nothing(tmp_path: Path) -> None:
    """A module `threading` in a package is another one than Python's."""
    folder = Folder(
        tmp_path,
        {
            "package/__init__.py": "",
            "package/threading.py": "own = 1\n",
            "it.py": "import package.threading as a, threading as b\nfound = a.own, b.Lock\n",
        },
    )
    assert folder.value("it", "found") == (1, Lock)


def test_what_python_has_before_it_looks_cannot_be_hidden(tmp_path: Path) -> None:
    """A file `sys.py` is never imported."""
    folder = Folder(tmp_path, {"it.py": "import sys, os\nfound = sys.path, os.sep\n", "sys.py": "", "os.py": ""})
    assert folder.value("it", "found")[0] is sys.path


@pytest.mark.parametrize(("name", "part"), [("queue", "Queue"), ("sched", "scheduler"), ("contextlib", "ExitStack")])
def test_a_module_of_pythons_may_be_the_program(name: str, part: str, tmp_path: Path) -> None:
    """It is private then, and rewritten: another class than Python's own."""
    folder = Folder(tmp_path, {"it.py": f"import {name}\n"})
    with folder.execution() as loader:
        module = loader.load(name)
        assert module is loader.modules[name]
        assert module is sys.modules[name]
        assert loader.module("it").__dict__[name] is module
    assert folder.places.unfaithful == {}
    real = importlib.import_module(name)
    assert getattr(module, part) is not getattr(real, part)
    assert module.__file__ == real.__file__


def test_a_library_is_rewritten_and_python_stays(tmp_path: Path) -> None:
    """Libraries of which tasks run code are private, modules of Python's are not."""
    folder = Folder(tmp_path, {"it.py": "import cachetools, json\n"})
    folder.places.rewritten.add("cachetools")
    with folder.execution() as loader:
        module = loader.load("it")
        assert "cachetools" in loader.modules
        assert module.json is sys.modules["json"]
        assert "json" not in loader.modules


def test_tools_for_tests_stay_as_they_are(tmp_path: Path) -> None:
    """pytest is not imported a second time."""
    with Folder(tmp_path, {"it.py": "import pytest\n"}).execution() as loader:
        assert loader.load("it").pytest is pytest


def test_a_module_in_an_archive_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source of a module may lie in a zip file on the path."""
    archive = tmp_path / "parts.zip"
    with zipfile.ZipFile(archive, "w") as parts:
        parts.writestr("in_archive.py", "found = 'zip'\ndef where():\n    raise ValueError\n")
    monkeypatch.syspath_prepend(archive)
    folder = Folder(tmp_path, {"it.py": "from in_archive import found\n"})
    assert folder.value("it", "found") == "zip"
    assert folder.places.unfaithful == {}


def test_a_package_that_is_edited_where_it_lies_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A finder of its own may say where a package is."""
    (tmp_path / "elsewhere").mkdir()
    file = tmp_path / "elsewhere" / "edited.py"
    file.write_text("found = 'edited'\n", encoding="utf-8")

    class Finder:
        @staticmethod
        def find_spec(name: str, path: object = None, target: object = None) -> ModuleSpec | None:
            if name != "edited":
                return None
            spec = ModuleSpec(name, SourceFileLoader(name, str(file)), origin=str(file))
            spec.has_location = True
            return spec

    monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, Finder])
    assert Folder(tmp_path, {"it.py": "from edited import found\n"}).value("it", "found") == "edited"


def test_a_module_has_the_names_that_python_gives_it(tmp_path: Path) -> None:
    """`__file__`, `__package__`, `__spec__`, `__path__` and `__doc__` are those of Python."""
    files = {"package/__init__.py": '"""Doc."""\n', "package/inner.py": "", "plain.py": ""}
    with Folder(tmp_path, files).execution() as loader:
        inner = loader.load("package.inner")
        package, plain = loader.modules["package"], loader.module("plain")
    assert (package.__package__, inner.__package__, plain.__package__) == ("package", "package", "")
    assert (package.__doc__, list(package.__path__)) == ("Doc.", [str(tmp_path / "package")])
    assert inner.__file__ == str(tmp_path / "package" / "inner.py")
    assert inner.__spec__ is not None
    assert inner.__spec__.name == inner.__name__ == "package.inner"
    assert package.inner is inner
    assert not hasattr(plain, "__path__")


def test_a_module_may_put_an_object_in_its_place(tmp_path: Path) -> None:
    """What a module leaves in `sys.modules` under its name is what others import."""
    files = {
        "it.py": "import other\nfrom other import found\n",
        "other.py": "import sys\nclass Other:\n    found = 'object'\nsys.modules[__name__] = Other()\n",
    }
    folder = Folder(tmp_path, files)
    for _ in range(2):
        with folder.execution() as loader:
            module = loader.load("it")
            assert (module.found, type(module.other).__name__) == ("object", "Other")


def test_loaders_may_be_nested(tmp_path: Path) -> None:
    """An execution inside of another one puts back the outer one."""
    folder = Folder(tmp_path, {"it.py": "def f():\n    import helper\n    return helper\n", "helper.py": ""})
    with folder.execution() as outer:
        function = outer.load("it").f
        with Loader(tmp_path, Places(), folder.kept, {}) as inner:
            inner.load("helper")
        assert function() is outer.modules["helper"]
        assert sys.modules["helper"] is outer.modules["helper"]
