"""Whatever way an author imports a modelled module, it is the model that the code gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.explorer.code.loading import THREADING, Folder, Lock

STYLES = {
    "plain": "import threading\nfound = threading.Lock",
    "alias": "import threading as t\nfound = t.Lock",
    "from": "from threading import Lock\nfound = Lock",
    "from alias": "from threading import Lock as L\nfound = L",
    "star": "from threading import *\nfound = Lock",
    "in a function": "def f():\n    import threading\n    return threading.Lock\nfound = f()",
    "in a class": "class C:\n    import threading\nfound = C.threading.Lock",
    "importlib": "import importlib\nfound = importlib.import_module('threading').Lock",
    "from importlib": "from importlib import import_module\nfound = import_module('threading').Lock",
    "__import__": "found = __import__('threading').Lock",
    "sys.modules": "import sys\nfound = sys.modules['threading'].Lock",
    "helper": "from helper import Lock\nfound = Lock",
    "helper star": "from helper import *\nfound = Lock",
    "helper's module": "import helper\nfound = helper.threading.Lock",
    "package": "from package import Lock\nfound = Lock",
    "relative": "from package.inner import Lock\nfound = Lock",
    "default argument": "import threading\ndef f(make=threading.Lock):\n    return make\nfound = f()",
    "default_factory": (
        "from __future__ import annotations\nimport threading\nfrom dataclasses import dataclass, field\n"
        "@dataclass\nclass C:\n    lock: threading.Lock = field(default_factory=threading.Lock)\n"
        "found = type(C().lock)"
    ),
    "conditional": "try:\n    import fast_lock as t\nexcept ImportError:\n    import threading as t\nfound = t.Lock",
    "getattr": "import threading\nfound = getattr(threading, 'Lo' + 'ck')",
}
HELPERS = {
    "helper.py": "import threading\nfrom threading import Lock\n",
    "package/__init__.py": "from .inner import Lock\n",
    "package/inner.py": "from . import deeper\nLock = deeper.Lock\n",
    "package/deeper.py": "from threading import Lock\n",
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_import_gives_the_model(style: str, tmp_path: Path) -> None:
    """The code gets the modelled lock, however it imports it."""
    folder = Folder(tmp_path, {**HELPERS, "it.py": STYLES[style]})
    assert folder.value("it", "found") is Lock
    assert folder.places.unfaithful == {}


def test_the_lock_of_a_library_is_the_model_too(tmp_path: Path) -> None:
    """A library that gets a lock as an argument gets the modelled one."""
    source = "import threading, cachetools\n@cachetools.cached({}, lock=threading.Lock())\ndef f(x):\n    return x\n"
    folder = Folder(tmp_path, {"it.py": source})
    folder.places.rewritten.add("cachetools")
    with folder.execution() as loader:
        module = loader.load("it")
        assert isinstance(module.f.cache_lock, Lock)
        assert module.cachetools is loader.modules["cachetools"]


def test_what_is_for_type_checkers_is_not_imported(tmp_path: Path) -> None:
    """An import under TYPE_CHECKING does nothing."""
    source = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import no_such_module\nfound = 1\n"
    assert Folder(tmp_path, {"it.py": source}).value("it", "found") == 1


def test_the_main_part_of_a_script_does_not_run(tmp_path: Path) -> None:
    """What a script does as the main program is left out."""
    source = "found = 1\nif __name__ == '__main__':\n    raise SystemExit(3)\n"
    assert Folder(tmp_path, {"it.py": source}).value("it", "found") == 1


def test_modules_may_import_each_other(tmp_path: Path) -> None:
    """Circular imports work as in Python."""
    folder = Folder(
        tmp_path,
        {
            "it.py": "import other\nname = 'it'\ndef found(): return other.name\n",
            "other.py": "import it\nname = 'other'\ndef found(): return it.name\n",
        },
    )
    with folder.execution() as loader:
        module = loader.load("it")
        assert (module.found(), loader.modules["other"].found()) == ("other", "it")


def test_a_circle_that_python_refuses_is_refused(tmp_path: Path) -> None:
    """A name that does not exist yet is an ImportError here too."""
    files = {
        "it.py": "try:\n    import other\n    found = ''\nexcept ImportError as error:\n    found = str(error)\n",
        "other.py": "from it import later\n",
    }
    assert "cannot import name 'later'" in Folder(tmp_path, files).value("it", "found")


def test_a_namespace_package_is_found(tmp_path: Path) -> None:
    """A folder without __init__.py is a package."""
    folder = Folder(tmp_path, {"it.py": "from space.inner import found\n", "space/inner.py": "found = __package__\n"})
    assert folder.value("it", "found") == "space"


def test_a_package_may_widen_its_path(tmp_path: Path) -> None:
    """A module is found in a folder that the package has added."""
    files = {
        "it.py": "from package import found\n",
        "package/__init__.py": "__path__.append(__path__[0] + '/more')\nfrom .extra import found\n",
        "package/more/extra.py": "found = __name__\n",
    }
    assert Folder(tmp_path, files).value("it", "found") == "package.extra"


def test_a_dotted_import_binds_the_top(tmp_path: Path) -> None:
    """`import a.b.c` binds a, and `import a.b.c as d` the module itself."""
    files = {
        "it.py": "import a.b.c\nimport a.b.c as d\nfound = (a.b.c.name, d.name, a.__name__)\n",
        "a/__init__.py": "",
        "a/b/__init__.py": "",
        "a/b/c.py": "name = __name__\n",
    }
    assert Folder(tmp_path, files).value("it", "found") == ("a.b.c", "a.b.c", "a")


def test_star_imports_what_a_package_lists(tmp_path: Path) -> None:
    """Submodules that __all__ lists are imported by a star."""
    files = {
        "it.py": "from a import *\nfound = b.name\n",
        "a/__init__.py": "__all__ = ['b']\n",
        "a/b.py": "name = 'b'\n",
    }
    assert Folder(tmp_path, files).value("it", "found") == "b"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("from . import x", "attempted relative import with no known parent package"),
        ("import package.above", "attempted relative import beyond top-level package"),
        ("import package.far_above", "attempted relative import beyond top-level package"),
        ("import no.such", "No module named 'no'"),
        ("import helper.part", "No module named 'helper.part'; 'helper' is not a package"),
        ("from helper import nothing", "cannot import name 'nothing' from 'helper'"),
    ],
)
def test_a_wrong_import_fails_as_in_python(source: str, message: str, tmp_path: Path) -> None:
    """The author's code meets Python's own errors, and can catch them."""
    lines = ["found = ''", "try:", f"    {source}", "except ImportError as error:", "    found = str(error)"]
    folder = Folder(
        tmp_path,
        {
            **HELPERS,
            "package/above.py": "from .. import x\n",
            "package/far_above.py": "from ... import x\n",
            "it.py": "\n".join(lines),
        },
    )
    assert message in folder.value("it", "found")


MAKERS = {
    "dataclass": "from dataclasses import dataclass\n@dataclass\nclass C:\n    x: int = 1\nfound = C().x\n",
    "strings": (
        "from __future__ import annotations\nfrom typing import ClassVar\nfrom dataclasses import dataclass, fields\n"
        "@dataclass\nclass C:\n    y: ClassVar[int] = 2\n    x: int = 1\nfound = len(fields(C))\n"
    ),
    "hints": (
        "from __future__ import annotations\nfrom typing import get_type_hints\nclass C:\n    x: D\nclass D: ...\n"
        "found = int(get_type_hints(C) == {'x': D})\n"
    ),
    "enum": "from enum import Enum\nclass C(Enum):\n    A = 1\nfound = C.A.value\n",
    "namedtuple": "from collections import namedtuple\nC = namedtuple('C', 'x')\nfound = C(1).x\n",
    "NamedTuple": "from typing import NamedTuple\nclass C(NamedTuple):\n    x: int\nfound = C(1).x\n",
    "pickle": "import pickle\nclass C: pass\nfound = int(type(pickle.loads(pickle.dumps(C()))) is C)\n",
    "protocol": "from typing import Protocol\nclass C(Protocol):\n    def f(self) -> int: ...\nfound = 1\n",
}


@pytest.mark.parametrize("maker", MAKERS)
def test_what_makes_classes_works(maker: str, tmp_path: Path) -> None:
    """Whatever looks up the module of a class finds the private one."""
    folder = Folder(tmp_path, {"it.py": MAKERS[maker]})
    assert [folder.value("it", "found") for _ in range(2)] == [1, 1]


def test_each_execution_has_modules_of_its_own(tmp_path: Path) -> None:
    """Nothing that one execution has put into a module reaches the next one."""
    folder = Folder(tmp_path, {"it.py": "import threading\nlock = threading.Lock()\ntable = []\n"})
    with folder.execution() as loader:
        first = loader.load("it")
        first.table.append(1)
    with folder.execution() as loader:
        second = loader.load("it")
        assert second is not first
        assert second.table == []
        assert second.threading is THREADING


def test_builtins_belong_to_the_module(tmp_path: Path) -> None:
    """Each module has builtins of its own, with an import of its own."""
    with Folder(tmp_path, {"it.py": "import helper\n", **HELPERS}).execution() as loader:
        module = loader.load("it")
        assert module.__builtins__["__import__"] is not __import__
        assert module.__builtins__ is not module.helper.__builtins__
        assert module.__builtins__["len"] is len
