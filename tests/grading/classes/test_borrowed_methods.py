"""Methods of C's that a class uses as special ones: what they look at and change is seen."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from racelab.grading.classes.program import GIL
from racelab.grading.classes.result import CANNOT_TELL, NONE
from racelab.grading.classes.search import grade_program

from .graded import program

SOURCE: Final = """
    import functools
    import threading
    from collections import deque

    TABLE = {{"n": 0}}
    ITEMS = []

    class Kind({base}):
        {body}

    class It:
        def __init__(self):
            self.lock, self.at = threading.Lock(), Kind({given})

        def pause(self):
            pass

        def check(self):
            at = self.at
            if {free}:
                self.pause()
                {take}
                return True
            return False

        def locked(self):
            with self.lock:
                return self.check()
"""
TABLE, ITEMS = "TABLE['n'] = 1", "ITEMS.append(1)"
GETS, SETS = "__getattr__ = dict.__getitem__", "__setattr__ = dict.__setitem__"
FAILS = "def __getattribute__(self, name): raise AttributeError(name)"
CASES: Final = [
    ("dict", GETS, "at.n == 0", "at['n'] = 1"),
    ("dict", SETS, "at['n'] == 0", "at.n = 1"),
    ("dict", f"{GETS}; {SETS}", "at.n == 0", "at.n = 1"),
    ("dict", GETS, "getattr(at, 'n') == 0", "at.update(n=1)"),
    ("dict", "__delattr__ = dict.__delitem__", "'n' in at", "del at.n"),
    ("dict", "__getattr__ = dict.get", "not at.z", "at['z'] = 1"),
    ("dict", "__getattr__ = dict.pop", "'n' in at", "at.n"),
    ("dict", "__getattribute__ = dict.get", "at.z is None", "at['z'] = 1"),
    ("dict", f"{GETS}\n        {FAILS}", "at.n == 0", "at['n'] = 1"),
    ("dict", "__missing__ = TABLE.get", "at['n'] == 0", TABLE),
    ("dict", "__missing__ = staticmethod(TABLE.get)", "at['n'] == 0", TABLE),
    ("dict", "__contains__ = dict.__contains__", "'z' not in at", "at['z'] = 1"),
    ("dict", "__contains__ = dict.pop", "len(at)", "'n' in at"),
    ("list", "__getattr__ = list.count", "not at.z", "at.append('z')"),
    ("list", "__contains__ = staticmethod(TABLE.__contains__)", "'z' not in at", "TABLE['z'] = 1"),
    ("list", "__lshift__ = list.append", "len(at) == 0", "at << 1"),
    ("deque", "__add__ = deque.append", "len(at) == 0", "at + 1"),
    ("deque", "__iadd__ = deque.append", "len(at) == 0", "at += 1"),
    ("set", "__xor__ = set.add", "1 not in at", "at ^ 1"),
    ("object", "__getattr__ = TABLE.get", "at.n == 0", TABLE),
    ("object", "__getattr__ = staticmethod(TABLE.__getitem__)", "at.n == 0", TABLE),
    ("object", "__getattr__ = staticmethod(functools.partial(TABLE.get))", "at.n == 0", TABLE),
    ("object", "__setattr__ = staticmethod(TABLE.__setitem__)", "TABLE['n'] == 0", "at.n = 1"),
    ("object", "__getitem__ = staticmethod(TABLE.get)", "at['n'] == 0", TABLE),
    ("object", "__setitem__ = staticmethod(TABLE.__setitem__)", "TABLE['n'] == 0", "at['n'] = 1"),
    ("object", "__call__ = staticmethod(TABLE.get)", "at('n') == 0", TABLE),
    ("object", "__len__ = ITEMS.__len__", "len(at) == 0", ITEMS),
    ("object", "__len__ = ITEMS.__len__", "not at", ITEMS),
    ("object", "__str__ = ITEMS.__repr__", "str(at) == '[]'", ITEMS),
    ("object", "__str__ = ITEMS.__repr__", "f'{at}' == '[]'", ITEMS),
    ("object", "__eq__ = ITEMS.__eq__", "at == []", ITEMS),
    ("object", "__iter__ = ITEMS.__iter__", "not [*at]", ITEMS),
    ("object", "__iter__ = ITEMS.__iter__", "not [one for one in at]", ITEMS),
    ("object", "__contains__ = ITEMS.__contains__", "1 not in at", ITEMS),
    ("object", "__invert__ = ITEMS.__len__", "not ~at", ITEMS),
    ("object", "__hash__ = ITEMS.__len__", "hash(at) == 0", ITEMS),
    ("object", "__dir__ = TABLE.__iter__", "'z' not in dir(at)", "TABLE['z'] = 1"),
]


def name_of(case: tuple[str, ...]) -> str:
    """Of the class and the operation."""
    return f"{case[1]}, {case[2]}"


@pytest.mark.parametrize(("base", "body", "free", "take"), CASES, ids=map(name_of, CASES))
def test_two_threads_that_check_and_take_are_found(tmp_path: Path, base: str, body: str, free: str, take: str) -> None:
    """Both are told that they have taken it; with a lock only one is."""
    given = "n=0" if base == "dict" and "missing" not in body else ""
    source = SOURCE.format(base=base, body=body, free=free, take=take, given=given)
    wrong = program(tmp_path, source, "It()", "it.check()", "it.check()")
    assert grade_program(wrong, GIL).verdict == "found"
    right = program(tmp_path, source, "It()", "it.locked()", "it.locked()")
    assert grade_program(right, GIL).verdict == "none"


def test_what_comes_after_a_function_of_the_authors_is_no_pass(tmp_path: Path) -> None:
    """Others may come between `__getattribute__`, which fails, and `__getattr__`, unless a lock keeps them out."""
    source = SOURCE.format(base="dict", body=f"{GETS}\n        {FAILS}", free="at.n", take="at['n'] = 1", given="n=0")
    source += """
        def put(self): self.at['n'] = 1
        def put_locked(self):
            with self.lock: self.put()
    """
    result = grade_program(program(tmp_path, source, "It()", "it.check()", "it.put()"), GIL)
    assert (result.verdict, "dict.__getitem__" in result.unsure) == (CANNOT_TELL, True)
    assert grade_program(program(tmp_path, source, "It()", "it.locked()", "it.put_locked()"), GIL).verdict == NONE
