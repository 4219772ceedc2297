"""What the whole process has: updates of it that are lost are found, and what is not known is not passed."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes.program import FREE_THREADED, GIL, MODELS
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
    "a context": ("VALUES.run(VALUE.set, VALUES.get(VALUE, 0) + 1)", "VALUES.get(VALUE)"),
    "the thresholds of the garbage collector": (
        "gc.set_threshold(gc.get_threshold()[0] + 1)",
        "gc.get_threshold()",
    ),
}
"""For each state how a thread updates it, from what it was; and how it is read."""
AT_IMPORT = (
    "import contextvars, csv; csv.register_dialect('it', delimiter='a'); "
    "VALUE, VALUES = contextvars.ContextVar('it'), contextvars.copy_context()"
)
UNKNOWN = {
    "codecs.register": "import codecs; codecs.register(str)",
    "os.nice": "os.nice(0)",
    "copyreg.pickle": "import copyreg; copyreg.pickle(Setting, str)",
    "mimetypes.add_type": "import mimetypes; mimetypes.add_type('a/b', '.kept')",
    "unittest.mock.patch()": "from unittest import mock; mock.patch('json.dumps')",
    "unittest.mock._patch_object": "from unittest import mock; mock.patch.object(str, 'join')",
    "unittest.mock._patch_multiple": "from unittest import mock; mock.patch.multiple('json', dumps=str)",
    "sets the locale": "locale.setlocale(locale.LC_NUMERIC, 'C')",
    "simplefilter": "warnings.simplefilter('error')",
    "how logging is set up": "log = logging.getLogger('it'); log.setLevel(log.level + 1)",
    "seeds": "random.seed(1)",
    "catch_warnings.__enter__": "warnings.catch_warnings().__enter__()",
    "ABCMeta.register": "import collections.abc; collections.abc.Sized.register(Setting)",
    "gc.get_count": "gc.get_count()",
    "__warningregistry__": "hasattr(sys.modules[__name__], '__warningregistry__')",
    "is set up: what it": "logging.root.handlers; logging.basicConfig()",
    "linecache.cache": "import linecache; len(linecache.cache)",
    "re._cache": "import re; len(re._cache)",
    "cache of _compile_pattern": "import fnmatch; fnmatch._compile_pattern.cache_info()",
    "__dict__ of the module sys": "sys.__dict__['it'] = 1",
    "__dict__ of the module os": "vars(os)['it'] = 1",
    "write of sys.stdout": "sys.stdout.write = print",
    "called back": "list(map(os.nice, [0]))",
}
HARMLESS = (
    *("os.getpid()", "os.fspath('a')", "sys.getsizeof(1)", "sys.intern('a')", "warnings.warn('a')", "gc.collect()"),
    *("locale.setlocale(locale.LC_NUMERIC)", "csv.list_dialects()", "logging.getLogger('it').info('a')"),
    *("random.random()", "socket.htons(1)", "functools.reduce(max, [1, 2])", "str(10 ** 1_000)", "int('1' * 1_000)"),
    *("logging.basicConfig()", "logging.basicConfig(); logging.info('a')", "logging.root.handlers", "vars(sys)"),
    *("import re; re.compile('a')", "import linecache; linecache.getline('a', 1)", "import re; re.purge()"),
    *("import decimal; decimal.Decimal(1) / 3", "import decimal; decimal.getcontext().prec = 3"),
    *("list(csv.reader(['a']))", "csv.DictReader(['a'])", "list(map(str, [1]))", "os.environ.get('a')"),
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


LOOKING = """
    import csv, decimal, fractions, functools, io, itertools, json, sys, threading, warnings
    LONG, DIGITS = 10 ** 1_000, "1" * 1_000
    TOLD = warnings.catch_warnings(record=True).__enter__()
    warnings.simplefilter("always")

    class Setting:
        def __init__(self):
            self.lock = threading.RLock()
            self.rows = csv.reader(itertools.repeat("a" * 99))

        def works(self):
            try:
                {look}
            except (csv.Error, UserWarning, ValueError):
                return False
            return True

        def twice(self):
            return self.works(), self.works()

        def twice_locked(self):
            with self.lock:
                return self.twice()

        def change(self):
            {change}

        def change_locked(self):
            with self.lock:
                {change}
"""
FEWER_DIGITS, SHORT_FIELDS = "sys.set_int_max_str_digits(640)", "csv.field_size_limit(10)"
NEW_DIALECT = "csv.register_dialect('it', delimiter=';')"
LOOKS = (
    *((FEWER_DIGITS, one) for one in ("str(LONG)", "repr(LONG)", "f'{LONG}'", "'%d' % LONG", "'{}'.format(LONG)")),
    *((FEWER_DIGITS, one) for one in ("int(DIGITS)", "json.loads(DIGITS)", "json.dumps([LONG])", "str([LONG])")),
    *(
        (FEWER_DIGITS, one)
        for one in ("list(map(int, [DIGITS]))", "functools.partial(int, DIGITS)()", "LONG.__str__()")
    ),
    *((FEWER_DIGITS, one) for one in ("print(LONG)", "[*map(int, [DIGITS])]", "{**{1: int(DIGITS)}}")),
    *(
        (FEWER_DIGITS, one)
        for one in ("text = '%d'; text %= LONG", "sorted([DIGITS], key=int)", "'1' in map(str, [LONG])")
    ),
    *(
        (FEWER_DIGITS, one)
        for one in (
            "print(*map(int, [DIGITS]))",
            "[int(one) for one in [DIGITS]]",
            "max(['1'], key=lambda one: int(DIGITS))",
        )
    ),
    *(
        (FEWER_DIGITS, one)
        for one in ("list((lambda: (yield from map(int, [DIGITS])))())", "assert 0 in map(int, [DIGITS, 0])")
    ),
    *(
        (FEWER_DIGITS, one)
        for one in ("str(fractions.Fraction(LONG))", "f'{fractions.Fraction(LONG)}'", "functools.lru_cache(str)(LONG)")
    ),
    *((SHORT_FIELDS, one) for one in ("list(csv.reader(['a' * 99]))", "list(csv.DictReader(['a' * 99]))")),
    *((SHORT_FIELDS, one) for one in ("for _ in csv.reader(['a' * 99]): pass", "[*csv.reader(['a' * 99])]")),
    (SHORT_FIELDS, "for _ in self.rows: break"),
    (SHORT_FIELDS, "row, = csv.reader(['a' * 99])"),
    *(
        (NEW_DIALECT, one)
        for one in ("csv.DictReader([], dialect='it')", "csv.DictWriter(io.StringIO(), [], dialect='it')")
    ),
    ("warnings.simplefilter('error')", "warnings.warn('a')"),
    ("decimal.DefaultContext.prec = 7", "if str(decimal.Context().divide(1, 3)) == '0.3333333': raise ValueError"),
    (
        "decimal.DefaultContext.traps[decimal.Inexact] = True",
        "if decimal.Context().traps[decimal.Inexact]: raise ValueError",
    ),
    ("warnings.simplefilter('ignore')", "if warnings.filters[0][0] == 'ignore': raise ValueError"),
    ("warnings.warn(str(len(TOLD)))", "if TOLD: raise ValueError"),
)
"""What a thread sets, and where another one looks at it though it calls nothing that is about it."""


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    ("change", "look", "model"),
    [(*one, GIL) for one in LOOKS] + [(*one, FREE_THREADED) for one in (LOOKS[0], LOOKS[9], LOOKS[-1])],
)
def test_code_of_c_that_looks_at_a_state_is_found(change: str, look: str, model: str, tmp_path: Path) -> None:
    """It works once and not the second time, in the middle of one call. Under a lock that cannot be."""
    source = LOOKING.format(change=change, look=look)
    for suffix, verdict in (("", FOUND), ("_locked", NONE)):
        tasks = f"it.twice{suffix}()", f"it.change{suffix}()"
        assert grade_program(program(tmp_path, source, "Setting()", *tasks, then=("1",)), model).verdict == verdict


DEPTH = """
    import sys

    class Setting:
        def down(self, depth):
            return depth and self.down(depth - 1)

        def change(self, limit):
            sys.setrecursionlimit(limit)
"""


@pytest.mark.parametrize(("depth", "limit", "told"), [(2, 5_000, False), (300, 5_000, True), (2, 150, True)])
def test_calls_that_come_near_to_a_recursion_limit_that_is_set_are_no_pass(
    depth: int, limit: int, told: bool, tmp_path: Path
) -> None:
    """Which call fails depends on the frames, of which the lab has some of its own."""
    tasks = f"it.down({depth})", f"it.change({limit})"
    result = grade_program(program(tmp_path, DEPTH, "Setting()", *tasks, then=("1",)), GIL)
    assert result.verdict == (CANNOT_TELL if told else NONE)
    assert ("recursion limit" in result.unsure) is told


def test_deep_calls_alone_pass(tmp_path: Path) -> None:
    """Nobody sets the limit."""
    tasks = ("it.down(300)",) * 2
    assert grade_program(program(tmp_path, DEPTH, "Setting()", *tasks, then=("1",)), GIL).verdict == NONE


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
