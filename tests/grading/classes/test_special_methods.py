"""Special methods of a package that Python calls by itself: what they do is explored like any other code."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from racelab.grading.classes.program import GIL, Program
from racelab.grading.classes.result import FOUND, NONE
from racelab.grading.classes.search import grade_program

COUNTS = """
import threading

total = 0
lock = threading.Lock()


def one_more(n):
    return n + 1


def wrong():
    global total
    n = total
    total = one_more(n)
    return total


def right():
    with lock:
        return wrong()


"""
OWN = """
import special_methods as pk


def run():
    {}


def total():
    return pk.total


def sub(meta):
    class Sub(metaclass=meta): ...


def in_place(value):
    value += 1


def raised(error):
    try:
        raise error
    except Exception:
        pass
"""
SPECIAL = {
    "instancecheck": (
        "class M(type):\n    def __instancecheck__(cls, x): return COUNT() > 0\nclass K(metaclass=M): pass\n",
        "isinstance(3, pk.K)",
    ),
    "subclasscheck": (
        "class M(type):\n    def __subclasscheck__(cls, x): return COUNT() > 0\nclass K(metaclass=M): pass\n",
        "issubclass(int, pk.K)",
    ),
    "hash": (
        "class K:\n    def __hash__(self): return COUNT()\n    def __eq__(self,o): return True\nk=K()\n",
        "{pk.k: 1}",
    ),
    "hash_in": ("class K:\n    def __hash__(self): COUNT(); return 1\nk=K()\n", "pk.k in {1: 2}"),
    "eq_in_list": ("class K:\n    def __eq__(self,o): return COUNT() > 0\n    __hash__=None\nk=K()\n", "3 in [pk.k]"),
    "index": ("class K:\n    def __index__(self): return COUNT() * 0\nk=K()\n", "[1,2][pk.k]"),
    "range": ("class K:\n    def __index__(self): return COUNT() * 0\nk=K()\n", "range(pk.k)"),
    "percent": ("class K:\n    def __str__(self): return str(COUNT())\nk=K()\n", "'%s' % pk.k"),
    "percent_t": ("class K:\n    def __str__(self): return str(COUNT())\nk=K()\n", "'%s' % (pk.k,)"),
    "format": ("class K:\n    def __format__(self, s): return str(COUNT())\nk=K()\n", "f'{pk.k}'"),
    "iter": ("class K:\n    def __iter__(self): COUNT(); return iter([1])\nk=K()\n", "[x for x in pk.k]"),
    "star": ("class K:\n    def __iter__(self): COUNT(); return iter([1])\nk=K()\n", "[*pk.k]"),
    "dictupd": (
        "class K:\n    def keys(self): COUNT(); return []\n    def __getitem__(self,k): return 1\nk=K()\n",
        "{**pk.k}",
    ),
    "contains": ("class K:\n    def __contains__(self, x): return COUNT() > 0\nk=K()\n", "1 in pk.k"),
    "lt_sort": ("class K:\n    def __lt__(self, x): return COUNT() > 0\nks=[K(),K()]\n", "sorted(pk.ks)"),
    "key": ("def key(x): return COUNT()\n", "sorted([1,2], key=pk.key)"),
    "bool": ("class K:\n    def __bool__(self): return COUNT() > 0\nk=K()\n", "1 if pk.k else 2"),
    "iadd": ("class K:\n    def __iadd__(self,o): COUNT(); return self\nk=K()\n", "in_place(pk.k)"),
    "missing": ("class K(dict):\n    def __missing__(self,k): return COUNT()\nk=K()\n", "pk.k[1]"),
    "getattr": ("class K:\n    def __getattr__(self,n): return COUNT()\nk=K()\n", "pk.k.zz"),
    "modgetattr": (
        "def __getattr__(n):\n    if n.startswith('__'): raise AttributeError(n)\n    return COUNT()\n",
        "pk.zzz",
    ),
    "init_subclass": ("class K:\n    def __init_subclass__(cls): COUNT()\n", "type('X',(pk.K,),{})"),
    "set_name": ("class D:\n    def __set_name__(self,o,n): COUNT()\nd=D()\n", "type('X',(),{'a':pk.d})"),
    "class_getitem": ("class K:\n    def __class_getitem__(cls,i): return COUNT()\n", "pk.K[int]"),
    "prepare": ("class M(type):\n    @classmethod\n    def __prepare__(m,n,b): COUNT(); return {}\n", "sub(pk.M)"),
    "reversed": ("class K:\n    def __reversed__(self): COUNT(); return iter([])\nk=K()\n", "reversed(pk.k)"),
    "floor": ("class K:\n    def __floor__(self): return COUNT()\nk=K()\n", "__import__('math').floor(pk.k)"),
    "bytes": ("class K:\n    def __bytes__(self): COUNT(); return b''\nk=K()\n", "bytes(pk.k)"),
    "length_hint": (
        "class K:\n    def __iter__(self): return iter([])\n    def __length_hint__(self): return COUNT()\nk=K()\n",
        "list(pk.k)",
    ),
    "raise": ("class E(Exception):\n    def __init__(self): COUNT()\n", "raised(pk.E)"),
    "descr_cls": ("class D:\n    def __get__(self,o,t): return COUNT()\nclass K:\n    d=D()\n", "pk.K.d"),
    "copy": ("class K:\n    def __copy__(self): COUNT(); return self\nk=K()\n", "__import__('copy').copy(pk.k)"),
    "map": ("def f(x): return COUNT()\n", "list(map(pk.f,[1]))"),
    "resub": ("def f(m): COUNT(); return ''\n", "__import__('re').sub('a', pk.f, 'a')"),
    "gen": ("def g():\n    yield COUNT()\n", "list(pk.g())"),
}
"""What the package has, in which COUNT counts; and what the author's code does with it."""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The author's folder; the package lies in another one."""
    monkeypatch.syspath_prepend(str(tmp_path / "theirs"))
    for folder in ("theirs", "own"):
        (tmp_path / folder).mkdir()
    yield tmp_path / "own"
    sys.modules.pop("special_methods", None)


@pytest.mark.parametrize(("count", "verdict"), [("wrong", FOUND), ("right", NONE)])
@pytest.mark.parametrize("name", SPECIAL)
def test_what_python_calls_by_itself_is_explored(name: str, count: str, verdict: str, own: Path) -> None:
    """Nothing of the author's names the method, and nothing else needs the package."""
    theirs, call = SPECIAL[name]
    package = own.parent / "theirs" / "special_methods.py"
    package.write_text(COUNTS + theirs.replace("COUNT()", f"{count}()"), encoding="utf-8")
    (own / "authors.py").write_text(OWN.format(call), encoding="utf-8")
    program = Program(str(own), "authors", "", (("it.run()",), ("it.run()",)), ("it.total()",))
    result = grade_program(program, GIL, 20)
    assert result.verdict == verdict, (result.unsure, result.gaps)


@pytest.mark.parametrize("count", ["wrong", "right"])
def test_what_an_abstract_class_remembers_is_no_pass(count: str, own: Path) -> None:
    """`isinstance` asks `__subclasshook__` once for each class, and keeps the answer where nothing is recorded."""
    hook = """
class K(abc.ABC):
    @classmethod
    def __subclasshook__(cls, kind):
        COUNT()
        return NotImplemented
"""
    package = own.parent / "theirs" / "special_methods.py"
    package.write_text(f"import abc\n{COUNTS}{hook.replace('COUNT()', f'{count}()')}", encoding="utf-8")
    (own / "authors.py").write_text(OWN.format("isinstance(object(), pk.K)"), encoding="utf-8")
    program = Program(str(own), "authors", "", (("it.run()",), ("it.run()",)), ("it.total()",))
    result = grade_program(program, GIL, 20)
    assert result.verdict != NONE
    assert any("__subclasshook__" in gap for gap in result.gaps)
