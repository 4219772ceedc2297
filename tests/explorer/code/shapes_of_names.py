"""Small programs in which it matters whose a name is; see `shapes`."""

from __future__ import annotations

from typing import Final

SHAPES: Final = {
    "private names carry their class": """
class _Box:
    __count = 1
    def __init__(self, __secret=3):
        self.__value = __secret
        global __shared
        __shared = self.__value
    def get(self):
        class Inner:
            def __init__(self): self.__value = 9
        return vars(self), vars(Inner()), self.__count, __shared, hasattr(self, "__value")
    def drop(self):
        self.__value += 1
        del self.__value
class ___:
    def get(self):
        self.__x = 1
        return vars(self)
def main(a, b):
    box = _Box()
    answer = box.get()
    box.drop()
    return answer, vars(box), "_Box__shared" in globals(), ___().get()
""",
    "super and __class__ find their class": """
class One(Base):
    def method(self, *given):
        def inner(): return __class__.__name__, super(One, self).method(2)
        return super().method(1), inner(), [__class__ for _ in "a"], (lambda: __class__)()
class Odd:
    def method(self):
        nonlocal __class__
        __class__ = 42
        return __class__
def main(a, b):
    return One().method(), Odd().method()
""",
    "a for target is bound before the body": """
def main(a, b):
    for it.x in [1]: note(it.x)
    for it[note(3)], u in [(4, 5)]: note(u)
    made = []
    for u, (v, *w) in [(1, (2, 3, 4)), (5, [6])]:
        made.append(lambda: (u, v, w))
    for (u) in 1, 2: made.append(lambda: u)
    else: note("else")
    return [each() for each in made], u
""",
    "variables that functions share belong to one call": """
def counter(start):
    count = start
    def up(by=1):
        nonlocal count
        count += by
        return count
    def drop():
        nonlocal count
        del count
    return up, drop
def main(a, b):
    one, drop = counter(1)
    two, _ = counter(10)
    answer = one(), two(), one(2), two(3)
    drop()
    try: one()
    except NameError as error: note(str(error))
    return answer
""",
    "globals are rebound in every way": """
G = 1
def main(a, b):
    global G, H, math, os
    note(G)
    G += 1
    G, it.x, (H, *_) = 1, 2, (3, 4)
    it.x = G = H = note(5)
    (H) = G
    for G in 7, 8: note(G)
    with it as G: note(G)
    with it as (G, H), it as it.y: note(H)
    try: raise ValueError(9)
    except ValueError as G: note(str(G))
    try: G
    except NameError as error: note(str(error))
    import math
    import math as G
    import os.path
    from math import pi as H, e
    note(H); note(e); note(G.__name__); note(os.__name__); note(math.__name__)
    def G(): "doc"; return 10
    note(G.__qualname__); note(G.__doc__); note(G())
    class H(Base): "text"
    note(H.__qualname__); note(H.__doc__)
    if (G := note(11)): pass
    note([G := each for each in (12, 13)])
    match (14, [15]):
        case (G, [H]) if note(G) == 1: pass
        case (G, [*H]) if note(G): pass
    del G, (H, os)
    try: G
    except NameError as error: note(str(error))
""",
    "an exception's name is gone at the end, however that comes": """
def main(a, b):
    error = 1
    def look():
        try: return str(error)
        except NameError: return "gone"
    for way in range(3):
        try:
            try: raise KeyError(way)
            except KeyError as error:
                note(look())
                if way == 1: continue
                if way == 2: raise ValueError from error
                error = 5
                del error
        except ValueError: note(look())
        finally: note(look())
    return look()
""",
    "comprehensions and generator expressions have scopes of their own": """
class C:
    x = [1, 2]
    y = [each for each in x]
    z = [(lambda: each)() for each in x if each for other in "ab"]
def main(a, b):
    u = 1
    v = [u for u in range(3)]
    w = {u: v for u, v in {1: 2}.items()}, {u for u in "a"}
    lazy = (note(u) for each in note([1, 2]) if u)
    u = 7
    late = [lambda: (each, u) for each in "ab"]
    nested = [[x * y for y in range(x)] for x in range(3)]
    pairs = [lambda: (x, y, z) for x, (y, *z) in [(1, (2, 3)), (4, [5])]]
    hidden = list((lambda: q) for q in range(2))
    it_x = [0 for it.x in (1, 2) for it[1], _ in [(3, 4)]]
    note([c for b, (c, *d) in [(0, (1,)), (1, (2,))] if note(b) and c for e in (c, 0) if note(e)])
    last = [last := each for each in range(3)]
    class D:
        n = 2
        m = [each for each in range(n)]
        o = (lambda n=n: n)()
    try: (each for each in 5)
    except TypeError as error: note(str(error))
    return v, w, list(lazy), [f() for f in late], nested, [f() for f in pairs], [f() for f in hidden], u, last, D.m, C.z
""",
    "a class body in a function": """
def main(a, b):
    n = 5
    x = "outer"
    def see(): return n, x
    class C:
        "documented"
        n = 5
        x = "own"
        while n > 3: n = n - 1
        for i in range(2): pass
        y = note([x for _ in range(1)], x)
        def get(self): return x, n
        n += 1
        it.x = n
        del i
        z = lambda self: x
    n = 6
    return sorted(name for name in vars(C) if not name.startswith("__")), C().get(), C.__doc__, C.n, see(), C().z()
""",
    "deletions": """
def main(a, b):
    u = v = w = x = 1
    def see(): return u
    del it.x, (u, [it[note(1)], v])
    try: see()
    except NameError as error: note(str(error))
    u = 2
    def again(): return w
    box = [1, 2, 3]
    del box[note(0):2], w
    try: again()
    except NameError as error: note(str(error))
    return box, see()
""",
    "calls that depend on their caller": """
def main(a, b, *c, d=1, **e):
    n = 0
    def see(): return n
    while n < 1: n += 1
    locals_here = sorted(locals())
    x = 3
    class C:
        y = 4
        z = sorted(locals()), "y" in vars()
    seen = locals_here, sorted(vars()), eval("x + 1"), C.z[1], "main" in globals()
    inner = [note(sorted(locals())) for _ in "a"], list(note(sorted(locals())) for _ in "a"), (lambda: n and locals())()
    return seen, inner, "%(x)s" % locals(), dir(Base)[0], vars(C())
""",
    "lambdas": """
def main(a, b):
    made = [(lambda n: (lambda: n))(n) for n in range(2)]
    total = lambda n: (n := n + 1, (lambda: n)(), (n := n + 1))[1:]
    odd = lambda *x, y=note(1), **z: (x, y, z) and note(2)
    fact = lambda n: 1 if n < 1 else n * fact(n - 1)
    return [f() for f in made], total(1), odd(3), fact(4), (lambda: None)(), (lambda: 0)(), [lambda: 1][0]()
""",
    "module code stays as it is": """
from collections import namedtuple
from enum import Enum
Pair = namedtuple("Pair", "x y")
class Color(Enum):
    RED = it.x and 1
later = (it.x for _ in range(2))
found = [lambda: each for each in range(2)]
for each in note([1]): it.y = each
def main(a, b):
    return Pair(1, 2)._replace(x=3), Color.RED.name, list(later), [f() for f in found], Pair.__module__ == __name__
""",
    "names that are like the builtins that are treated by themselves": """
def main(a, b):
    len = lambda x: [x]
    def sum(x): return x
    n = 1
    lazy = sum(n for _ in range(1))
    n = 2
    return len(3) + [4], list(lazy), [*len(5)]
""",
}
"""By the claim that each holds."""
