"""Packages of others: what is merely imported does no harm, and what threads run of them is explored."""

from __future__ import annotations

import _bisect
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from textwrap import dedent

import pytest

from racelab.explorer.code import packages
from racelab.grading.classes import search
from racelab.grading.classes.program import FREE_THREADED, GIL
from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE, Result
from racelab.grading.classes.search import grade_program
from tests.grading.classes.graded import program

Grade = Callable[..., Result]
COUNTS = """
    import threading, time
    total = 0
    lock = threading.Lock()
    def one_more(n):
        return n + 1
    def count():
        global total
        n = total
        total = one_more(n)
        return total
    def count_locked():
        with lock:
            return count()
    TABLE = {"n": []}
    LIMIT = 2
    class Error(Exception):
        pass
    class Base:
        def __init__(self):
            self.lock = threading.Lock()
            self.n = 0
        def add(self):
            n = self.n
            self.n = one_more(n)
        def add_locked(self):
            with self.lock:
                self.add()
        def __len__(self):
            return self.n
        @property
        def twice(self):
            return 2 * self.n
        def __enter__(self):
            self.lock.acquire()
        def __exit__(self, *error):
            self.lock.release()
    def counted(function):
        def wrapper(*args):
            count()
            return function(*args)
        return wrapper
    def numbers():
        while True:
            yield count()
    def generated():
        names = {"_count": count}
        exec("def made(): return _count()", names)
        return names["made"]
    class Text(str):
        def __add__(self, other):
            count()
            return "x"
    class Fails(Exception):
        def __str__(self):
            return str(count())
    class Many(list):
        def __iter__(self):
            count()
            return iter([1])
        def __contains__(self, one):
            return count() > 1
    class Table(dict):
        def __getitem__(self, key):
            return count()
    def get(self):
        return count()
    class Cached(property):
        def __get__(self, it, kind=None):
            return count()
    class Free(staticmethod):
        def __get__(self, it, kind=None):
            return count
    def slow():
        time.sleep(0.01)
        return time.monotonic()
"""


@pytest.fixture
def grade(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grade]:
    """Grade two calls of a module that imports `elsewhere`, a package of somebody else's."""
    theirs, own = tmp_path / "theirs", tmp_path / "own"
    theirs.mkdir()
    own.mkdir()
    monkeypatch.syspath_prepend(str(theirs))

    def graded(
        source: str, make: str, *tasks: str, theirs_is: str = COUNTS, then: tuple[str, ...] = (), model: str = GIL
    ) -> Result:
        (theirs / "elsewhere.py").write_text(dedent(theirs_is), encoding="utf-8")
        return grade_program(program(own, source, make, *tasks, then=then), model, 20.0)

    yield graded
    for name in [name for name in sys.modules if name.partition(".")[0] == "elsewhere"]:
        del sys.modules[name]


HARMLESS = """
    import threading, markupsafe, elsewhere
    from elsewhere import Error, LIMIT
    @elsewhere.counted
    def unused(): ...
    class Counter:
        base = elsewhere.Base()
        def __init__(self):
            self.n, self.lock = 0, threading.Lock()
        def add(self):
            with self.lock:
                self.n += LIMIT + elsewhere.LIMIT + self.base.n
                if self.n < 0:
                    raise Error
                return isinstance(self, elsewhere.Base)
"""


def test_what_is_merely_imported_does_no_harm(grade: Grade) -> None:
    """A package that is imported, compiled or not, is no reason against a pass."""
    result = grade(HARMLESS, "Counter()", "it.add()", "it.add()", then=("it.n",))
    assert result.verdict == NONE, result.unsure
    broken = HARMLESS.replace("with self.lock:", "if len([self.n]):").replace(
        "self.n += ", "n = int(self.n); self.n = n + "
    )
    found = grade(broken, "Counter()", "it.add()", "it.add()", then=("it.n",), model=FREE_THREADED)
    assert found.verdict == FOUND


USES = {
    "function": ("elsewhere.count_locked()", "elsewhere.count()"),
    "inherited": ("Sub.shared.add_locked()", "Sub.shared.add()"),
    "decorated": ("elsewhere.lock.__enter__(); safe(); elsewhere.lock.__exit__(None, None, None)", "safe()"),
    "partial": ("functools.partial(elsewhere.count_locked)()", "functools.partial(elsewhere.count)()"),
    "callback": ("list(map(lambda _: elsewhere.count_locked(), 'a'))", "sorted([1], key=key)"),
    "text": ("str('a') + 'b'", "elsewhere.Text('a') + 'b'"),
    "text that was made": ("t.upper()", "t + 'b'"),
    "exception": ("int(len('a'))", "str(elsewhere.Fails())"),
    "exception that was made": ("int(len('a'))", "str(fails)"),
    "property": ("int(len('a'))", "Sub.shared.theirs"),
    "property of a kind of theirs": ("int(len('a'))", "Sub.shared.cached"),
    "static method of a kind of theirs": ("int(len('a'))", "Sub.shared.free()"),
    "loop": ("int(len('a'))", "[one for one in many]"),
    "membership": ("int(len('a'))", "2 in many"),
    "item": ("int(len('a'))", "table['a']"),
    "class as a callback": ("int(len('a'))", "list(map(elsewhere.Text, 'a'))[0] + 'b'"),
    "generator": ("elsewhere.count_locked()", "next(elsewhere.numbers())"),
}


@pytest.mark.parametrize("use", USES)
def test_what_threads_run_of_a_package_is_explored(use: str, grade: Grade) -> None:
    """A package whose function loses an update is found out, and with its lock it is not."""
    source = """
        import elsewhere, functools
        class Sub(elsewhere.Base):
            theirs = property(elsewhere.get)
            cached, free = elsewhere.Cached(len), elsewhere.Free(len)
        t, fails, many, table = elsewhere.Text("a"), elsewhere.Fails(), elsewhere.Many([1]), elsewhere.Table(a=1)
        Sub.shared = Sub()
        @elsewhere.counted
        def safe():
            return None
        def key(_):
            return elsewhere.count()
        def right():
            %s
        def wrong():
            %s
        def total():
            return elsewhere.total + Sub.shared.n
    """
    right, wrong = USES[use]
    source = dedent(source) % (right, wrong)
    result = grade(source, "", "it.right()", "it.right()", then=("it.total()",))
    assert result.verdict == NONE, result.unsure
    result = grade(source, "", "it.wrong()", "it.wrong()", then=("it.total()",))
    assert result.verdict == FOUND


def test_what_is_changed_in_a_package_is_new_each_time(grade: Grade) -> None:
    """A table of a package that tasks change begins each execution as it was."""
    source = """
        import elsewhere, threading
        from elsewhere import TABLE
        lock = threading.Lock()
        class Adds:
            def add(self):
                with lock:
                    TABLE["n"].append(1)
                    return len(elsewhere.TABLE["n"])
            def add_late(self):
                n = len(TABLE["n"])
                for _ in "ab":
                    pass
                elsewhere.TABLE["n"] = [1] * (n + 1)
    """
    assert grade(source, "Adds()", "it.add()", "it.add()", then=("len(TABLE['n'])",)).verdict == NONE
    result = grade(source, "Adds()", "it.add_late()", "it.add_late()", then=("len(TABLE['n'])",))
    assert (result.verdict, result.ending and str(result.ending.then[0])) == (FOUND, "1")


def test_a_package_that_is_too_large_is_no_harm_until_it_runs(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot be rewritten may be imported, and leaves a gap where a thread runs it."""
    monkeypatch.setattr(packages, "MOST_BYTES", 10)
    result = grade(HARMLESS, "Counter()", "it.add()", "it.add()", then=("it.n",))
    assert result.verdict == NONE, result.unsure
    result = grade("import elsewhere\ndef f():\n    return elsewhere.one_more(1)\n", "", "it.f()", "it.f()")
    assert (result.verdict, "elsewhere, which is too large" in result.unsure) == (CANNOT_TELL, True)


def test_what_a_package_does_at_import_is_done_in_the_model(grade: Grade) -> None:
    """A package that sleeps or starts something while modules are imported does so in the model."""
    source = "import elsewhere, time\nbegun = elsewhere.slow()\ndef f():\n    return time.monotonic() - begun\n"
    result = grade(source, "", "it.f()", "it.f()")
    assert result.verdict == NONE, result.unsure


def test_what_a_package_has_made_of_a_text_is_its_own(grade: Grade) -> None:
    """A function that was made of a text, and calls the package, does not pass."""
    source = "import elsewhere\nmade = elsewhere.generated()\ndef f():\n    made()\n"
    assert grade(source, "", "it.f()", "it.f()", then=("elsewhere.total",)).verdict != NONE


COMPILED = """
    try:
        from elsewhere._bisect import bisect_right as bisect
    except ImportError:
        %s
    n = 0
    def add():
        global n
        m = n
        n = m + bisect([0], m)
        return n
"""


@pytest.mark.parametrize("needed", [False, True])
def test_a_package_may_do_without_its_compiled_part(needed: bool, grade: Grade) -> None:
    """A package that is rewritten is imported without its compiled part, if it can be."""
    compiled = Path(_bisect.__file__ or "")
    package = Path(sys.path[0]) / "elsewhere"
    package.mkdir()
    shutil.copy(compiled, package / compiled.name)
    instead = "raise" if needed else "bisect = lambda values, one: 1"
    (package / "__init__.py").write_text(dedent(COMPILED % instead), encoding="utf-8")
    harmless = "import elsewhere\ndef f():\n    return 1\n"
    result = grade(harmless, "", "it.f()", "it.f()")
    assert result.verdict == NONE, (result.unsure, result.gaps)
    result = grade("import elsewhere\ndef f():\n    elsewhere.add()\n", "", "it.f()", "it.f()", then=("elsewhere.n",))
    if needed:
        assert "elsewhere, which is compiled" in " ".join(result.gaps), result
    else:
        assert (result.verdict, "without its compiled part" in " ".join(result.assumed)) == (FOUND, True)


NOT_MODELLED = {
    "a function": "multiprocessing.cpu_count()",
    "an object": "lock.acquire()",
    "in C": "ctypes.c_int(1)",
    "of a class": "Handler.get_stderr(None)",
    "a handler": "signal.getsignal(2)",
}


@pytest.mark.parametrize("use", [*NOT_MODELLED, ""])
def test_a_module_of_python_s_is_no_harm_until_it_runs(use: str, tmp_path: Path) -> None:
    """A module that is not modelled may be imported and named; used, it leaves no verdict."""
    source = """
        import ctypes, multiprocessing, signal
        from wsgiref.simple_server import WSGIRequestHandler
        lock = multiprocessing.Lock() if %s else None
        class Handler(WSGIRequestHandler): ...
        def f():
            %s
            return signal.SIGTERM
    """
    source = dedent(source) % (use == "an object", NOT_MODELLED.get(use, "pass"))
    result = grade_program(program(tmp_path, source, "", "it.f()", "it.f()"))
    assert result.verdict == (CANNOT_TELL if use else NONE), result.unsure
    assert ("is used, and it is not modelled" in result.unsure) == bool(use)


def test_a_package_may_take_longer_to_import_than_a_step(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """The import of a large package is waited for."""
    monkeypatch.setattr(search, "LONGEST_STEP", 1.5)  # to rewrite it takes longer
    spin = "import time\nend = time.monotonic() + %s\nwhile time.monotonic() < end: ...\n"
    source = "import elsewhere\ndef f():\n    return 1\n"
    result = grade(source, "", "it.f()", "it.f()", theirs_is=spin % 0.8)
    assert result.verdict == NONE, result.unsure


def test_what_a_package_imports_late_is_python_s_own(grade: Grade) -> None:
    """A package that imports in the middle of something meets no model, and is known to all executions."""
    late = "def __getattr__(name):\n    import importlib\n    return importlib.import_module('elsewhere_late').made\n"
    source = "from elsewhere import made\nimport threading\ndef f():\n    return (made is threading.Lock)\n"
    path = Path(sys.path[0]) / "elsewhere_late.py"
    path.write_text("import threading\nmade = threading.Lock\n", encoding="utf-8")
    result = grade(source, "", "it.f()", "it.f()", theirs_is=late)
    assert result.verdict == NONE, result.unsure
    assert vars(sys.modules.pop("elsewhere_late"))["made"].__module__ == "_thread"


def test_rewriting_a_large_package_is_no_step(grade: Grade, monkeypatch: pytest.MonkeyPatch) -> None:
    """A thread that imports one late waits for as long as that takes."""
    monkeypatch.setattr(search, "LONGEST_STEP", 1.5)  # to rewrite it takes longer
    large = dedent(COUNTS) + "".join(
        f"\ndef unused_{n}(it):\n    it.a[{n}] += it.b({n}) or it.c\n" for n in range(4_000)
    )
    own = """
        class Late:
            def add(self):
                from elsewhere import count
                return count()
            def add_locked(self):
                from elsewhere import count_locked
                return count_locked()
    """
    assert grade(own, "Late()", "it.add()", "it.add()", theirs_is=large).verdict == FOUND
    right = grade(own, "Late()", "it.add_locked()", "it.add_locked()", theirs_is=large)
    assert (right.verdict, right.unsure) == (NONE, "")
