"""What the whole process has: updates of it that are lost are found, and what is not known is not passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL, MODELS
from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE, Result
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE = """
    {imports}
    import csv, functools, gc, locale, logging, os, random, socket, sys, threading, warnings

    class Setting:
        def __init__(self):
            self.lock = threading.Lock()

        def change(self):
            {change}

        def change_locked(self):
            with self.lock:
                {change}

        def read(self):
            return {read}
"""
UPDATES = {
    "the recursion limit": ("sys.setrecursionlimit(sys.getrecursionlimit() + 1)", "sys.getrecursionlimit()"),
    "the limit on the digits of an int": (
        "sys.set_int_max_str_digits(sys.get_int_max_str_digits() + 1)",
        "sys.get_int_max_str_digits()",
    ),
    "the switch interval": ("sys.setswitchinterval(sys.getswitchinterval() * 2)", "sys.getswitchinterval()"),
    "the umask": ("old = os.umask(0); os.umask(old ^ 2)", "os.umask(0)"),
    "the default timeout of sockets": (
        "socket.setdefaulttimeout((socket.getdefaulttimeout() or 0) + 1)",
        "socket.getdefaulttimeout()",
    ),
    "the field size limit of csv": ("csv.field_size_limit(csv.field_size_limit() + 1)", "csv.field_size_limit()"),
    "the dialects of csv": (
        "csv.register_dialect('it', delimiter=chr(ord(csv.get_dialect('it').delimiter) + 1))",
        "csv.get_dialect('it').delimiter",
    ),
    "the switch of the garbage collector": (
        "gc.disable() if gc.isenabled() else gc.enable()",
        "gc.isenabled()",
    ),
    "the thresholds of the garbage collector": (
        "gc.set_threshold(gc.get_threshold()[0] + 1)",
        "gc.get_threshold()",
    ),
}
"""For each state how a thread updates it, from what it was; and how it is read."""
AT_IMPORT = "import csv; csv.register_dialect('it', delimiter='a')"
UNKNOWN = {
    "codecs.register": "import codecs; codecs.register(str)",
    "os.nice": "os.nice(0)",
    "copyreg.pickle": "import copyreg; copyreg.pickle(Setting, str)",
    "mimetypes.add_type": "import mimetypes; mimetypes.add_type('a/b', '.it')",
    "sets the locale": "locale.setlocale(locale.LC_NUMERIC, 'C')",
    "simplefilter": "warnings.simplefilter('error')",
    "how logging is set up": "log = logging.getLogger('it'); log.setLevel(log.level + 1)",
    "seeds": "random.seed(1)",
    "catch_warnings.__enter__": "warnings.catch_warnings().__enter__()",
    "ABCMeta.register": "import collections.abc; collections.abc.Sized.register(Setting)",
    "gc.get_count": "gc.get_count()",
    "called back": "list(map(os.nice, [0]))",
}
HARMLESS = (
    *("os.getpid()", "os.fspath('a')", "sys.getsizeof(1)", "sys.intern('a')", "warnings.warn('a')", "gc.collect()"),
    *("locale.setlocale(locale.LC_NUMERIC)", "csv.list_dialects()", "logging.getLogger('it').info('a')"),
    *("random.random()", "socket.htons(1)", "functools.reduce(max, [1, 2])"),
)


def graded(folder: Path, change: str, read: str, task: str = "it.change()", model: str = GIL) -> Result:
    """Two threads do the same to a setting, which is read in the end."""
    source = SOURCE.format(imports=AT_IMPORT, change=change, read=read)
    return grade_program(program(folder, source, "Setting()", task, task, then=("it.read()",)), model)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("state", UPDATES)
def test_an_update_that_is_lost_is_found(state: str, model: str, tmp_path: Path) -> None:
    """Reading and setting are two steps, as of any shared variable."""
    result = graded(tmp_path, *UPDATES[state], model=model)
    assert (result.verdict, result.gaps) == (FOUND, ())


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("state", UPDATES)
def test_an_update_under_a_lock_passes(state: str, model: str, tmp_path: Path) -> None:
    """Nobody is accused who takes a lock around both steps."""
    result = graded(tmp_path, *UPDATES[state], task="it.change_locked()", model=model)
    assert (result.verdict, result.gaps) == (NONE, ())


@pytest.mark.parametrize("what", UNKNOWN)
def test_what_may_keep_state_is_no_pass(what: str, tmp_path: Path) -> None:
    """The reason names it, and the line."""
    result = graded(tmp_path, UNKNOWN[what], "None")
    assert result.verdict == CANNOT_TELL
    assert what == "called back" or what in result.unsure
    assert "subject.py:10" in result.unsure


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("call", HARMLESS)
def test_what_keeps_nothing_passes(call: str, tmp_path: Path) -> None:
    """Also where it only looks at what others could set."""
    assert graded(tmp_path, call, "None").verdict == NONE


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("change", "add", "meant"), [("change", "add", False), ("change_locked", "add_locked", True)])
def test_filters_that_are_put_back_beside_others(change: str, add: str, meant: bool, tmp_path: Path) -> None:
    """`catch_warnings` ends with the filters that it began with, and so takes away one that came meanwhile."""
    within = "with warnings.catch_warnings(): len(self.__dict__)"
    source = SOURCE.format(imports=ADDS, change=within, read="any(map(ADDED, warnings.filters))")
    tasks = f"it.{change}()", f"{add}(it)"
    result = grade_program(program(tmp_path, source, "Setting()", *tasks, then=("it.read()",)), GIL)
    assert (result.verdict == NONE) is meant


ADDS = """
    def add(it):
        warnings.simplefilter("error", BytesWarning)

    def add_locked(it):
        with it.lock:
            add(it)

    def ADDED(filter):
        return filter[2] is BytesWarning
"""
