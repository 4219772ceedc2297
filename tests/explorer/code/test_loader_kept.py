"""A module serves the next execution if nothing that belongs to it was written to, and only then."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from racelab.explorer.code.loader import Loader
from racelab.explorer.kernel.threads import Thread, here
from tests.explorer.code.loading import Folder, model, write


def again(folder: Folder, does: Callable[[ModuleType], object] = lambda _: None, name: str = "it") -> bool:
    """Whether the module of one execution, in which that was done, is the one of the next."""
    with folder.execution() as loader:
        first = loader.load(name)
        does(first)
    with folder.execution() as loader:
        return loader.load(name) is first


PARTS: dict[str, tuple[str, Callable[[Any], object]]] = {
    "global": ("count = 0", vars),
    "list": ("table = []", lambda it: it.table),
    "nested": ("table = {'a': [[1]]}", lambda it: it.table["a"][0]),
    "instance": ("class C: ...\none = C()", lambda it: it.one),
    "attribute of an instance": ("class C:\n    def __init__(self): self.x = []\none = C()", lambda it: it.one.x),
    "slot": ("class C:\n    __slots__ = ('x',)\none = C()\none.x = []", lambda it: it.one.x),
    "class": ("class C:\n    count = 0", lambda it: it.C),
    "attribute of a class": ("class C:\n    table = []", lambda it: it.C.table),
    "base of a class": ("class B:\n    table = []\nclass C(B): ...\ndel B", lambda it: it.C.__base__.table),
    "default argument": ("def f(x=[]): ...", lambda it: it.f.__defaults__[0]),
    "keyword default": ("def f(*, x=[]): ...", lambda it: it.f.__kwdefaults__["x"]),
    "default of a method": ("class C:\n    def f(self, x=[]): ...", lambda it: it.C.f.__defaults__[0]),
    "closure": ("def f():\n    x = []\n    return lambda: x\ng = f()", lambda it: it.g.__closure__[0].cell_contents),
    "attribute of a function": ("def f(): ...\nf.cache = {}", lambda it: it.f.cache),
    "bound method": ("x = []\nadd = x.append\ndel x", lambda it: it.add.__self__),
    "partial": ("import functools\nf = functools.partial(len, [])", lambda it: it.f.args[0]),
    "staticmethod": ("class C:\n    @staticmethod\n    def f(x=[]): ...", lambda it: it.C.f.__defaults__[0]),
    "of another module": ("from helper import table", lambda it: it.table),
    "of another module's function": ("from helper import get", lambda it: it.get.__globals__["table"]),
    "of a module in a package": ("from package.inner import get", lambda it: it.get()),
    "of what decorates": ("from helper import counted\n@counted\ndef f(): ...", lambda it: it.f.calls),
}
HELPERS = {
    "helper.py": (
        "table = {}\ndef get(): return table\n"
        "def counted(f):\n    def wrapper(): return f()\n    wrapper.calls = []\n    return wrapper\n"
    ),
    "package/__init__.py": "",
    "package/inner.py": "table = {}\ndef get(): return table\n",
}


@pytest.mark.parametrize("part", PARTS)
def test_a_module_that_was_written_to_is_imported_anew(part: str, tmp_path: Path) -> None:
    """Whatever belongs to the module: after a change of it the next one is another."""
    source, find = PARTS[part]
    folder = Folder(tmp_path, {**HELPERS, "it.py": source})
    assert not again(folder, lambda it: write(find(it)))


@pytest.mark.parametrize("part", PARTS)
def test_a_module_that_was_left_alone_is_used_again(part: str, tmp_path: Path) -> None:
    """Without a change it serves the next execution."""
    folder = Folder(tmp_path, {**HELPERS, "it.py": PARTS[part][0]})
    assert again(folder)
    assert again(folder, lambda _: write([]))


def test_what_set_up_changes_counts_too(tmp_path: Path) -> None:
    """Also set-up may put something into a module that the next execution would find."""
    assert not again(Folder(tmp_path, {"it.py": "table = []"}), lambda it: write(it.table, index=0))


def test_what_a_module_does_while_it_is_imported_is_no_change(tmp_path: Path) -> None:
    """A table that is filled at import is how the module begins."""
    folder = Folder(tmp_path, {"it.py": "import marking\ntable = []\nmarking.write(table, 0)\n"})
    folder.modelled["marking"] = model("marking", write=write)
    assert again(folder)


def test_a_module_with_a_primitive_is_imported_anew(tmp_path: Path) -> None:
    """A lock belongs to one execution, and so does whatever has one."""
    files = {"it.py": "import threading\nlock = threading.Lock()\n", "user.py": "from it import lock\n", "other.py": ""}
    folder = Folder(tmp_path, files)
    assert not again(folder)
    assert not again(folder, name="user")
    assert again(folder, name="other")


def test_the_change_of_a_kept_module_begins_anew(tmp_path: Path) -> None:
    """When a kept module changes after all, the exploration has to begin anew, and without it."""
    folder = Folder(tmp_path, {**HELPERS, "it.py": "import helper\nown = []\n"})
    assert again(folder)
    with folder.execution() as loader:
        loader.load("it")
        write(loader.modules["helper"].table)
        loader.keep_unchanged()
        assert here.memory is not None
        assert here.memory.grown
    assert folder.kept.modules == {}
    with folder.execution() as loader:
        loader.load("it")
        loader.keep_unchanged()
        assert here.memory is not None
        assert not here.memory.grown


def test_a_module_that_a_task_has_imported_begins_anew(tmp_path: Path) -> None:
    """From the next execution on it is there at once, so what is known of states does not hold."""
    folder = Folder(tmp_path, {"it.py": "", "later.py": "x = 1\n"})
    assert again(folder)
    with folder.execution() as loader:
        loader.load("it")
        memory = here.memory
        assert memory is not None
        here.task = Thread(memory.stage, "A", [], memory=memory, index=1)
        try:
            loader.module("later")
        finally:
            here.task = None
        loader.keep_unchanged()
        assert memory.grown
    assert set(folder.kept.modules) == {"it", "later"}


def test_why_there_is_no_verdict_is_told_by_kept_modules_too(tmp_path: Path) -> None:
    """Places that know nothing yet hear of it although the module is not imported again."""
    folder = Folder(tmp_path, {"it.py": "import importlib, helper\nimportlib.reload(helper)\n", **HELPERS})
    assert again(folder)
    assert len(folder.places.unfaithful) == 1
    folder.places.unfaithful.clear()
    with folder.execution():
        pass
    assert len(folder.places.unfaithful) == 1


def test_a_file_that_changes_is_read_again(tmp_path: Path) -> None:
    """Another program sees the file as it is then."""
    folder = Folder(tmp_path, {"it.py": "found = 1\n"})
    assert folder.value("it", "found") == 1
    assert Folder(tmp_path, {"it.py": "found = 'other'\n"}).value("it", "found") == "other"


def test_two_tasks_in_one_import_leave_no_verdict(tmp_path: Path) -> None:
    """A module that another task is still importing is not complete, and Python would wait."""
    folder = Folder(tmp_path, {"it.py": "import meeting\nmeeting.other('it')\n"})

    def other(name: str) -> None:
        memory = here.memory
        assert memory is not None
        here.task = Thread(memory.stage, "B", [], memory=memory, index=2)
        try:
            under_way[-1].module(name)
        finally:
            here.task = None

    under_way: list[Loader] = []
    folder.modelled["meeting"] = model("meeting", other=other)
    with folder.execution() as loader:
        under_way.append(loader)
        loader.load("it")
    assert [reason for reason in folder.places.unfaithful if "same time" in reason]
