"""Accesses to what tasks may share are sites, each in its place, and a plain local variable is none."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import CodeType

import pytest

from racelab.explorer.code.rewriter import rewrite
from racelab.explorer.code.sites import SEVERAL_LINES, SITES, Site

IN_A_FUNCTION = {
    # attributes and items
    "return self.x": "read .x",
    "self.x = a": "write .x",
    "self.x: int = a": "write .x",
    "del self.x": "write .x",
    "self.x += 1": "write .x",
    "self.x += a": "write .x",
    "self.x += self.y": "change, read .y, write .x",
    "return a[b]": "read [...]",
    "a[b] = 1": "write [...]",
    "a[b] |= f()": "call, change, write [...]",
    "del a[1:2]": "write [...]",
    "self.x: int": "",
    # names
    "return a": "",
    "b = a; c = b; del c; return b": "",
    "b: int = a": "",
    "a += b": "change",
    "import sys; return sys": "",
    "def a(): pass": "",
    "class a: pass": "",
    "return None, (lambda: 1)": "",
    # calls
    "f(a)": "call",
    "f(a)(b)": "call, call",
    "a.get(b)": "call .get(), read .get",
    "f(*a, **b)": "call, content, content",
    "f(*a, key=self.x)": "call, content, read .x",
    "f(key=a)": "call",
    "super().f(a)": "call .f(), read .f",
    "locals(), vars(), dir()": "",
    "vars(a), dir(a)": "call, call",
    # operators
    "return a + b": "content, content",
    "return a + 1": "content",
    "return 1 + 2 * 3 - -4": "",
    "return -a": "content",
    "return (a + 1) * 2": "content",
    "return len(a) + 1": "call",
    "return a < b": "content, content",
    "return 0 <= a < 5": "content",
    "return a is b is not None": "",
    "return a in b": "look for a key",
    "return a not in b": "look for a key",
    "return a in b in c": "content, content, content",
    "return not a": "content",
    "return not a is b": "",
    "return a or b": "content",
    "return a and b and c": "content, content",
    "return a if b else c": "content",
    "if a or b: pass": "content, content",
    "if not (a and b): pass": "content, content",
    "if a is None: pass": "",
    "while a: pass": "content",
    "while True: pass": "",
    "assert a, b": "content",
    "return f'{a}{1}{b:>{c}}'": "content, content, content",
    # unpacking
    "b, c = a": "content",
    "b, c = c, a": "",
    "[b, c] = [c, a]": "",
    "b, (c, d) = a": "content, content",
    "b, (c, d) = a, self": "content",
    "b = c = a": "",
    "(b, *c) = d = a": "content",
    "return [*a], {*a}, {**a}": "content, content, content, keys",
    # loops
    "for b in a: pass": "iterate",
    "for b, c in a: pass": "content, iterate",
    "for self.x in a: pass": "iterate, write .x",
    "return [b for b in a]": "iterate",
    "return {b: 1 for b, c in a if c}": "content, content, iterate",
    "return (b for a in b for b in a if b.x)": "content, iterate, iterate, read .x",
    "yield a": "",
    "yield from a": "iterate",
    # with, match
    "with a as b, f(): pass": "call, with, with",
    "with a as (b, c): pass": "content, with",
    "match a:\n  case [2, b] | {'k': b}: pass\n  case 1 | C.x: pass": "content",
    "match 1:\n  case b if c: pass": "content",
    "try: pass\n except self.x as e: pass": "read .x",
    # what is left as it is
    "def g(b: a.x = a.y) -> a.z: pass": "read .y",
    "b: a.x = 1": "",
    "class C(a.x, k=a.y): z = a.z": "read .x, read .y, read .z",
}

OF_A_MODULE = {
    "X = a.b + c[d]\nfor e in f(X): pass": "",
    "class C:\n  x = a.b\n  def f(self, y=a.c): return self": "",
    "class C(a.b):\n  x: a.c = a.d": "",
    "f = lambda x, y=a.b: x.c": "read .c",
    "g = (x.b for x in a.c)": "iterate, read .b",
    "g = [x.b for x in a.c]": "",
    "g = [lambda: (x, y.b) for x in a.c]": "read .b",
    "@a.b\ndef f(): pass": "",
    # global names
    "G = 0\ndef f(): return G": "",
    "G = 0\nG = 1\nH = G\ndef f(): return G": "",
    "G = 0\ndef f():\n  global G\n  G = 1": "write G",
    "G = 0\ndef f():\n  global G\n  G = 1\ndef g(): return G": "read G, write G",
    "G = 0\nH = G\ndef f():\n  global G\n  G += 1": "change, read G, write G",
    "def f():\n  global G\n  G = 1\ndef g(G): return G": "write G",
    "def f():\n  global G\n  G = 1\nclass C:\n  G = 1\n  def g(self): return G": "read G, write G",
    "def f():\n  global G\n  del G": "read G, write G",
    "def f():\n  global G\n  del b, (c, [G])": "read G, write G",
    "def f():\n  global G\n  class C(G): G = 2": "read G",
    "def len(x): return x\ndef f(a): return len(a) + 1": "call, content",
    "from a import *\ndef f(a): return len(a) + 1": "call, content",
    "def f():\n  global G\n  import G, os": "write G",
    "def f():\n  global G\n  from os import path as G": "write G",
    "def f():\n  global os\n  import os.path": "write os",
    "def f():\n  global G\n  def G(): pass": "write G",
    "def f():\n  global G\n  class G: pass": "write G",
    "def f(a):\n  global G\n  for G in a: pass": "iterate, write G",
    "def f(a):\n  global G\n  with a as G: pass": "with, write G",
    "def f(a):\n  global G\n  G, b = 1, a": "write G",
    "def f(a):\n  global G\n  (b, [G, c]) = a": "content, content, write G",
    "def f(a):\n  global G\n  if (G := a): pass": "content, write G",
    "def f(a):\n  global G\n  return [G := b for b in a]": "iterate, write G",
    "def f(a):\n  global G\n  match a:\n    case [G]: pass": "content, write G",
    "def f():\n  global G\n  try: pass\n  except a as G: pass": "read G, write G, write G, write G",
    "class C:\n  def f(self):\n    global __g\n    __g = 1\n    return __g": "read __g, write __g",
    "G = 0\ndef f(): globals()['G'] = 1\ndef g(): return G": "read G, write [...]",
    "G = 0\nglobals()['G'] = 1\ndef g(): return G": "",
    # variables that functions share
    "def f():\n  n = 0\n  def g(): return n\n  return g": "",
    "def f(n):\n  def g(): return n\n  return g": "",
    "def f(n):\n  n = 1\n  def g(): return n": "read n, write n",
    "def f():\n  n = 1\n  n = 2\n  return n": "",
    "def f():\n  n = 0\n  def g():\n    nonlocal n\n    n = 1": "write n, write n",
    (
        "def f():\n  n = 0\n  def g():\n    nonlocal n\n    n += 1\n    return n"
    ): "change, read n, read n, write n, write n",
    "def f():\n  def g(): return n\n  n = 0\n  return g": "read n, write n",
    "def f():\n  n = h(lambda: n)": "call, read n, write n",
    "def f():\n  def g(): return g()": "call",
    "def f():\n  @h\n  def g(): return g": "read g, write g",
    "def f(a):\n  for i in a: h(lambda: i)": "call, iterate, read i, write i",
    "def f(a):\n  for i in a: h(lambda i=i: i)": "call, iterate",
    "def f(a):\n  for b in a: pass\n  else: i = 1\n  return lambda: i": "iterate",
    "def f(a):\n  while a: pass\n  else: i = 1\n  return lambda: i": "content",
    "def f(a):\n  for b in a:\n    def g():\n      n = 1\n      return lambda: n": "iterate",
    "def f(a):\n  while a:\n    i = 1\n    h(lambda: i)": "call, content, read i, write i",
    "def f(a):\n  for i in a: i = 1\n  class C: i = 1": "iterate",
    "def f(a):\n  for i in a: pass\n  class C:\n    def g(self): return i": "iterate, read i, write i",
    "def f(a):\n  for i in a: pass\n  return [i for i in a], [i for b in a]": "iterate, iterate, iterate",
    "def f(a):\n  n = 1\n  n = 2\n  return (n for b in a)": "iterate, read n, write n, write n",
    "def f(a):\n  n = 1\n  n = 2\n  return sum(n for b in a)": "call, iterate",
    "def sum(x): return x\ndef f(a):\n  n = 1\n  n = 2\n  sum(n for b in a)": "call, iterate, read n, write n, write n",
    "def f(a): return [lambda: i for i in a]": "iterate, read i, write i",
    "def f(a): return [lambda i=i: i for i in a]": "iterate",
    "def f(a): return [(n := i, lambda: n) for i in a]": "iterate, read n, write n",
    "def f():\n  n = 1\n  def g():\n    def h(): return n\n  n = 2": "read n, write n, write n",
    "def f():\n  n = 1\n  def g():\n    n = 2\n    return n\n  n = 2": "",
    "def f():\n  n: int\n  def g(): return n\n  n = 1": "read n, write n",
    "def f(): return lambda n: (n := 1, lambda: n)": "read n, write n",
}


def sites_of(source: str) -> list[Site]:
    """The sites that a module gets."""
    before = len(SITES)
    rewrite(source, "file.py", "file")
    return SITES[before:]


def what_of(source: str) -> str:
    """What happens at them."""
    return ", ".join(sorted(site.what for site in sites_of(source)))


@pytest.mark.parametrize("line", IN_A_FUNCTION)
def test_what_becomes_a_site_in_a_function(line: str) -> None:
    """Attributes, items, calls and content are sites; local names and constants are not."""
    assert what_of(f"def f(self, a, b, c):\n {line}") == IN_A_FUNCTION[line]


@pytest.mark.skipif(sys.version_info < (3, 12), reason="syntax of Python 3.12")
def test_types_are_left_as_they_are() -> None:
    """A `type` statement and type parameters are evaluated when somebody asks, if ever."""
    assert what_of("def f(a):\n  type X = list[a.x]\n  def g[T: a.y](b: a.z): return b") == ""
    assert what_of("def f(a):\n  class C[T: a.y](a.b): x: a.z") == "read .b"


@pytest.mark.parametrize("source", OF_A_MODULE)
def test_what_becomes_a_site_in_a_module(source: str) -> None:
    """Code that runs at import has none; names are sites if tasks may meet in them."""
    assert what_of(source) == OF_A_MODULE[source]


def test_a_site_is_where_its_access_is() -> None:
    """A site has the line and the columns of what the author wrote there."""
    source = "def f(self, ä):\n    self.x = ä[self.y] + (\n        ä.g(1))\n    global G\n    G = ä in self.z\n"
    lines = [line.encode() for line in source.splitlines()]
    texts = {
        (site.what, lines[site.line - 1][site.column : site.end_column].decode())
        for site in sites_of(source)
        if site.end_column != SEVERAL_LINES
    }
    assert texts == {
        ("write .x", "self.x"),
        ("read .y", "self.y"),
        ("read [...]", "ä[self.y]"),
        ("content", "ä[self.y]"),
        ("read .g", "ä.g"),
        ("call .g()", "ä.g(1)"),
        ("content", "ä.g(1)"),
        ("read .z", "self.z"),
        ("look for a key", "ä in self.z"),
        ("write G", "G"),
    }


def test_a_site_on_several_lines_says_so() -> None:
    """An access that ends on a later line has no end column."""
    assert [site.end_column for site in sites_of("def f(a):\n  return a[\n  1]")] == [SEVERAL_LINES]


def test_a_site_knows_its_file_and_its_index() -> None:
    """Hooks are given the index of the site in the list of all."""
    [site] = sites_of("def f(a): return a.x")
    assert (site.file, SITES[-1]) == ("file.py", site)
    [function] = [
        each for each in rewrite("def f(a): return a.x", "f", "f").code.co_consts if isinstance(each, CodeType)
    ]
    assert len(SITES) - 1 in function.co_consts


@pytest.mark.parametrize("name", ["queue", "textwrap", "contextlib", "functools", "sched"])
def test_lines_stay(name: str) -> None:
    """No function gets a line that it did not have, and its first line stays."""
    source = library(name)
    before = {(code.co_qualname, code.co_firstlineno): lines_of(code) for code in codes(compile(source, "f", "exec"))}
    for code in codes(rewrite(source, "f", name).code):
        if code.co_name != "<lambda>":
            assert lines_of(code) <= before[code.co_qualname, code.co_firstlineno], code.co_qualname


def test_a_function_that_shares_nothing_has_no_variables() -> None:
    """Only a function of which names are shared asks for their identity."""
    [plain, shared] = [
        next(each for each in codes(rewrite(source, "f", "f").code) if each.co_name == "f")
        for source in ("def f(n): return lambda: n", "def f(n):\n  n = 1\n  return lambda: n")
    ]
    assert "_lab_variables" not in plain.co_names
    assert "_lab_variables" in shared.co_names


def test_the_rebound_globals_are_named() -> None:
    """A rewritten module says which of its globals functions may rebind."""
    source = "G = H = 0\ndef f():\n  global G\n  G = 1\nclass C:\n  def g(self):\n    global __x\n    __x = 1"
    assert rewrite(source, "f.py", "f").globals == {"G", "_C__x"}
    assert rewrite("G = H = 0\ndef f(): return globals()", "f.py", "f").globals == {"G", "H", "f"}
    assert rewrite("G = H = 0\ndef f(): return G", "f.py", "f").globals == frozenset()


def test_long_sums_and_chains_are_rewritten() -> None:
    """What Python's compiler takes is not too deep for the rewriter, and the limit is put back."""
    limit = sys.getrecursionlimit()
    total = "def f(a):\n  return " + " + ".join(["a"] * 400)
    chain = "def f(a):\n  if a: pass\n" + "  elif a: pass\n" * 200
    assert len(sites_of(total)) == 400
    assert len(sites_of(chain)) == 201
    assert sys.getrecursionlimit() == limit


def test_what_python_cannot_read_is_said() -> None:
    """A source with an error raises what Python raises."""
    with pytest.raises(SyntaxError):
        rewrite("def f(:", "f.py", "f")


def library(name: str) -> str:
    """The source of a module of the standard library."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).read_text(encoding="utf-8")


def codes(code: CodeType) -> Iterator[CodeType]:
    """A code object and all inside of it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from codes(constant)


def lines_of(code: CodeType) -> set[int]:
    """The lines that it has instructions for; in those of lambdas and comprehensions inside, too."""
    own = {line for _, _, line in code.co_lines() if line}
    inner = [each for each in code.co_consts if isinstance(each, CodeType) and each.co_name.startswith("<")]
    return own.union(*[lines_of(each) for each in inner])
