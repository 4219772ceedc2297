"""What Python's own classes, functions and objects have: what threads lose there is found, and none begins with it."""

from __future__ import annotations

import json
import mimetypes
import string
from pathlib import Path

import pytest

from racelab.grading.classes.bench import Bench
from racelab.grading.classes.execution import Execution
from racelab.grading.classes.program import GIL, MODELS
from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE, Result
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE = """
    import calendar, decimal, email.policy, fractions, json, logging, mimetypes, os.path, random, string, threading
    from decimal import BasicContext
    from json import JSONEncoder
    from logging import _levelToName
    from mimetypes import types_map

    def shown(n: str, *, by=1): return n + by
    def twice(n): return 2 * n
    class First: kind = 1
    class Second: kind = 2
    class Derived(First): pass
    one = First()
    def captures():
        n = 1
        return lambda: n
    captured = captures()

    class Setting:
        def __init__(self):
            self.lock = threading.Lock()

        def again(self):
            pass

        def change(self):
            if {old}:
                self.again()
                {change}
                return True
            return False

        def change_locked(self):
            with self.lock:
                return self.change()
"""
LASTING = {
    "a class": ("string.Template.delimiter != '%'", "string.Template.delimiter = '%'"),
    "a class by its name": ("JSONEncoder.item_separator != ';'", "JSONEncoder.item_separator = ';'"),
    "a new attribute of a class": ("not hasattr(fractions.Fraction, 'it')", "fractions.Fraction.it = 1"),
    "an attribute of a class that goes": (
        "hasattr(string.Template, 'flags')", "del string.Template.flags",
    ),
    "an object": ("json._default_encoder.indent is None", "json._default_encoder.indent = 5"),
    "an object of C": ("decimal.DefaultContext.prec != 7", "decimal.DefaultContext.prec = 7"),
    "an object by its name": ("BasicContext.prec != 7", "setattr(BasicContext, 'prec', 7)"),
    "a calendar": ("calendar.c._firstweekday != 3", "object.__setattr__(calendar.c, '_firstweekday', 3)"),
    "a function": ("not hasattr(os.path.join, 'it')", "os.path.join.it = 1"),
    "a logger": ("not hasattr(logging.root, 'it')", "logging.root.it = 1"),
    "the level of a logger": ("logging.getLogger('it').level != 7", "logging.getLogger('it').level = 7"),
    "a class of which there is a model": ("not hasattr(threading.Thread, 'it')", "threading.Thread.it = 1"),
    "what an object of a model finds in its class": (
        "not hasattr(threading.current_thread(), 'it')", "threading.Thread.it = 1",
    ),
    "a generator": ("not hasattr(random._inst, 'it')", "random._inst.it = 1"),
    "what a method of Python's finds in its object": (
        "[*calendar.c.iterweekdays()][0] != 3", "calendar.c._firstweekday = 3",
    ),
    "what a method of Python's finds in its class": (
        "JSONEncoder().encode(['a', 'b']) == '[\"a\", \"b\"]'", "JSONEncoder.item_separator = ';'",
    ),
    "what a function of Python's finds in an object": (
        "json.dumps(['a', 'b']) == '[\"a\", \"b\"]'", "json._default_encoder.item_separator = ';'",
    ),
    "all attributes of the author's own object": ("one.kind == 1", "one.__dict__ = {'kind': 2}"),
    "annotations of a class": ("'n' not in First.__annotations__", "First.__annotations__['n'] = int"),
    "what a function of C's finds in an object": ("decimal.Context().prec == 28", "decimal.DefaultContext.prec = 7"),
    "annotations": ("shown.__annotations__['n'] is str", "shown.__annotations__['n'] = int"),
}  # fmt: skip
"""For each kind: whether it is as it was, and how a thread changes it."""
UNSEEN = {
    "__defaults__ of shown": ("shown.__defaults__ is None", "shown.__defaults__ = (1,)"),
    "__kwdefaults__ of shown": ("shown(1) == 2", "shown.__kwdefaults__ = {'by': 2}"),
    "__kwdefaults__": ("shown(1) == 2", "shown.__kwdefaults__['by'] = 2"),
    "__code__ of shown": ("shown(1) == 2", "shown.__code__ = twice.__code__"),
    "__bases__ of Derived": ("Derived().kind == 1", "Derived.__bases__ = (Second,)"),
    "cell_contents": ("captured() == 1", "captured.__closure__[0].cell_contents = 2"),
    "_levelToName of the module logging": ("_levelToName[10] == 'DEBUG'", "_levelToName[10] = 'it'"),
    "of the module mimetypes": ("'.it' not in types_map", "types_map['.it'] = 'a/b'"),
    "knownfiles of the module mimetypes": ("'it' not in mimetypes.knownfiles", "mimetypes.knownfiles.append('it')"),
    "_default_encoder of the module json": (
        "json._default_encoder.indent is None", "vars(json._default_encoder)['indent'] = 5",
    ),
}  # fmt: skip
"""What looks there is not recorded, or it cannot be put back."""


def graded(folder: Path, old: str, change: str, call: str, model: str = GIL) -> Result:
    """Two threads do what only the first should do."""
    source = SOURCE.format(old=old, change=change)
    return grade_program(program(folder, source, "Setting()", call, call), model)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", LASTING)
def test_what_is_lost_there_is_found(kind: str, model: str, tmp_path: Path) -> None:
    """Each execution begins as the first one did, and both threads may see that."""
    result = graded(tmp_path, *LASTING[kind], call="it.change()", model=model)
    assert result.verdict == FOUND


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("kind", LASTING)
def test_the_same_under_a_lock_passes(kind: str, model: str, tmp_path: Path) -> None:
    """Nobody is accused who takes a lock around looking and changing."""
    result = graded(tmp_path, *LASTING[kind], call="it.change_locked()", model=model)
    assert (result.verdict, result.gaps) == (NONE, ())


@pytest.mark.parametrize("kind", UNSEEN)
def test_what_calls_look_at_unrecorded_is_no_pass(kind: str, tmp_path: Path) -> None:
    """The reason names it, and the line."""
    result = graded(tmp_path, *UNSEEN[kind], call="it.change_locked()")
    assert result.verdict == CANNOT_TELL
    assert kind in result.unsure
    assert "subject.py:29" in result.unsure


def test_python_is_as_it_was_afterwards(tmp_path: Path) -> None:
    """Also what had no such attribute has none."""
    files = [*mimetypes.knownfiles]
    graded(tmp_path, *LASTING["a class"], call="it.change()")
    graded(tmp_path, *LASTING["an attribute of a class that goes"], call="it.change()")
    graded(tmp_path, *LASTING["what a function of Python's finds in an object"], call="it.change()")
    graded(tmp_path, *UNSEEN["_default_encoder of the module json"], call="it.change()")
    graded(tmp_path, *UNSEEN["of the module mimetypes"], call="it.change()")
    graded(tmp_path, *UNSEEN["knownfiles of the module mimetypes"], call="it.change()")
    assert ".it" not in mimetypes.types_map
    assert mimetypes.knownfiles == files
    assert (string.Template.delimiter, "flags" in vars(string.Template)) == ("$", True)
    assert json.dumps(["a", "b"]) == '["a", "b"]'


def test_what_a_module_makes_anew_is_still_its_own(tmp_path: Path) -> None:
    """A table of Python's that was replaced since the last grade."""
    graded(tmp_path, *UNSEEN["of the module mimetypes"], call="it.change()")
    mimetypes.init()
    again = graded(tmp_path, *UNSEEN["of the module mimetypes"], call="it.change()")
    assert again.verdict == "cannot tell"
    assert ".it" not in mimetypes.types_map


AT_IMPORT = """
    import string, threading

    def configure():
        string.Template.delimiter = "#"

    configure()

    class Counter:
        def __init__(self):
            self.n, self.lock = 0, threading.Lock()

        def more(self, n):
            return n + 1

        def add(self):
            if string.Template.delimiter == "#":
                n = self.n
                self.n = self.more(n)

        def add_locked(self):
            with self.lock:
                self.add()
"""


@pytest.mark.parametrize(("call", "verdict"), [("it.add()", FOUND), ("it.add_locked()", NONE)])
def test_what_an_import_sets_is_there_in_every_execution(call: str, verdict: str, tmp_path: Path) -> None:
    """It is put back, so the module is imported anew."""
    assert grade_program(program(tmp_path, AT_IMPORT, "Counter()", call, call, then=("it.n",)), GIL).verdict == verdict
    assert string.Template.delimiter == "$"


SET_UP = """
    import threading

    class Kind:
        kind = 0

    one = Kind()

    class Counter:
        def __init__(self):
            self.n, self.lock = 0, threading.Lock()
            one.__dict__ = {"kind": one.kind + 1}

        def more(self, n):
            return n + 1

        def add(self):
            if one.kind == 1:
                n = self.n
                self.n = self.more(n)

        def add_locked(self):
            with self.lock:
                self.add()
"""


@pytest.mark.parametrize(("call", "verdict"), [("it.add()", FOUND), ("it.add_locked()", NONE)])
def test_other_attributes_from_set_up_do_not_stay(call: str, verdict: str, tmp_path: Path) -> None:
    """The module of an object that set-up gives another dictionary is imported anew."""
    assert grade_program(program(tmp_path, SET_UP, "Counter()", call, call, then=("it.n",)), GIL).verdict == verdict


@pytest.mark.parametrize(
    ("imported", "one"),
    [("import pk, pk.part", "pk.part.one()"), ("from pk import part", "part.one()"), ("from pk import own", "own()")],
    ids=str,
)
def test_what_has_a_part_of_a_module_goes_with_it(imported: str, one: str, tmp_path: Path) -> None:
    """A package that is imported anew has its submodules as attributes, and nobody keeps the earlier one."""
    (tmp_path / "pk").mkdir()
    (tmp_path / "pk" / "__init__.py").write_text(
        "import decimal\ndecimal.DefaultContext.prec = 9\nstate = []\ndef own(): return len(state) + 1\n"
    )
    (tmp_path / "pk" / "part.py").write_text("def one(): return 1\n")
    source = f"""
        import threading
        {imported}

        class Counter:
            def __init__(self):
                self.n, self.lock = {one}, threading.Lock()

            def lose(self):
                old = self.n
                self.n = old + {one}
                return self.n

            def count(self):
                with self.lock:
                    return self.lose()
    """
    for call, verdict in (("it.lose()", FOUND), ("it.count()", NONE)):
        result = grade_program(program(tmp_path, source, "Counter()", call, call))
        assert (result.verdict, result.unsure) == (verdict, ""), result.gaps


def test_a_name_that_is_given_to_a_function_is_nothing_to_put_back(tmp_path: Path) -> None:
    """`total_ordering` does that: its module serves again all the same."""
    source = """
        import functools

        @functools.total_ordering
        class Sized:
            def __init__(self): self.n = 0
            def __eq__(self, other): return self.n == other.n
            def __lt__(self, other): return self.n < other.n
            def more(self): self.n = self.n + 1
    """
    bench = Bench.of(program(tmp_path, source, "Sized()", "it.more()"), GIL)
    with Execution(bench):
        pass
    assert "subject" in bench.kept.modules
