"""Small programs, each with a pitfall of rewriting: what `main(a, b)` does must stay the same, in the same order."""

from __future__ import annotations

from typing import Final

from tests.explorer.code import shapes_of_names

SHAPES: Final = {
    **shapes_of_names.SHAPES,
    "a method is found before its arguments are evaluated": """
def main(a, b):
    try: it.method(it.other, vanish(), key=it.third)
    except NameError as error: note(str(error))
    try: note(1).absent(note(2))
    except AttributeError as error: note(str(error))
    return it.method(it.x, key=it.y)
""",
    "assignments evaluate their value first, then targets from left to right": """
def main(a, b):
    note(it)[note(1)] = note(it).x = note(3)
    it.x, it[note(4)], [u, *v] = note((1, 2, "abc"))
    it[note(1):note(2), ::note(3)] = note(4)
    u = [0, 1, 2, 3]
    u[1:3] = note([7])
    x = y = [1]
    x += [2]
    note(it).part.x += note([5])
    note(it)[note(6)] -= note(7)
    a, b = b, a
    a[0] if False else note(8)
    return u, y, x is y
""",
    "augmented targets read before their value is evaluated": """
def main(a, b):
    u = 1
    u += (u := 5)
    box = [1]
    def swap():
        box[0] = 50
        return 2
    box[0] += swap()
    def late():
        missing += note(1)
    try: late()
    except UnboundLocalError as error: note(str(error))
    it.y += it.x
    it[1] //= note(2) + it[3] + 1
    return u, box
""",
    "annotations of targets": """
def main(a, b):
    it.x: note(1) = note(2)
    it[note(3)]: note(4)
    note(it).y: note(5)
    (u): note(6) = 7
    v: note(8)
    class C:
        x: note(9) = note(10)
        it.x: note(11) = note(12)
        it[note(13)]: note(14)
        y: note(15)
    try: v
    except NameError as error: note(str(error))
    return u, sorted(C.__annotations__)
""",
    "annotations may become text": """
from __future__ import annotations
"the module"
def f(x: it.y, *, z: lambda q: it.w = 1) -> it[1:2]:
    "what it is"
    y: it.z = 2
    return f.__annotations__, f.__doc__, f.__kwdefaults__
class C:
    "a class"
    z: it.q[lambda: 1]
def main(a, b):
    def g(x: a.b): pass
    class D:
        x: a.b[lambda: 1] = 1
    return f(1), C.__annotations__, C.__doc__, g.__annotations__, D.__annotations__
""",
    "defaults and decorators are evaluated outside, once, in their order": """
def main(a, b):
    u = []
    @note(1, lambda f: f)
    @(lambda f: (note(2), f)[1])
    def f(x=note(3), /, y=note(4), *args, z=note(5), **named):
        note(6)
        return x, y, args, z, named
    @note
    class C(note(7, Base), metaclass=note(8, type)):
        note(9)
    return f(), f(1, 2, 3, z=4, f=5, x=6, site=7), (lambda x=note(10), *y, z=note(11): (x, y, z))(1, 2)
""",
    "arguments are evaluated in their order": """
def keys():
    note("keys")
    return {"c": 1}
def numbers():
    note("first"); yield 1
    note("second"); yield 2
def f(*args, **named): return args, named
def main(a, b):
    f(note(1), *numbers(), note(2), c=note(3), **keys() and {}, d=note(4))
    f(*numbers(), c=note(5), **{"d": note(6)})
    f(*numbers(), **keys())
    f(*numbers())
    for bad in ("f(c=1, **keys())", "f(**{1: 2})"):
        try: note(eval(bad))
        except TypeError as error: note(type(error).__name__)
    try: f(c=1, **keys())
    except TypeError as error: note(type(error).__name__)
    return f(**keys(), d=2), [*numbers()], {*numbers(), 3}, {**keys(), "c": note(7)}, (*numbers(), 0)
""",
    "tests go from left to right and stop early": """
def main(a, b):
    u = note(0) or note(1) and note(2) or note(3)
    v = not (note(0) and note(1)) or note(2)
    w = note(1) if note(0) or not note(1) else note(2)
    note(1) < note(3) < note(2) < note(9)
    note(1) in it in note([it]) not in note([])
    note(1) is not note(None) is note(2)
    if it and not it or it: note("branch")
    assert it or note(1), note(2)
    try: assert note(0), note("message")
    except AssertionError as error: note(str(error))
    return u, v, w, it or 1, 0 or it and [], -it.x[0] + ~1
""",
    "while with else, break and continue": """
def main(a, b):
    n = 0
    while (n := n + 1) < 5:
        if n == 2: continue
        note(n)
    else: note("else")
    while True:
        n -= 1
        while n: n -= 1
        else: break
    else: note("never")
    def generator():
        n = 3
        while n:
            got = yield n
            n -= got or 1
    steps = generator()
    return next(steps), steps.send(2), list(steps), sorted(locals())
""",
    "slices, ellipses and stars in brackets": """
class Keys:
    def __getitem__(self, key): return repr(key)
    def __class_getitem__(cls, key): return repr(key)
def main(a, b, slice=5):
    k = Keys()
    u = [1, 2]
    return k[1:2], k[:], k[::a], k[1:2, ...], k[()], k[*u], k[*u, 1:], Keys[int], k[slice], "abc"[1:], k[-1]
""",
    "with several items": """
class Manager:
    def __init__(self, name): self.name = name
    def __enter__(self): note("enter", self.name); return self.name, [self.name]
    def __exit__(self, kind, *_): note("exit", kind and kind.__name__); return self.name == "swallows"
class Half:
    def __enter__(self): pass
def main(a, b):
    def see(): return u, v
    with Manager("a") as (u, [v]), Manager(note(see())) as it.x, note(Manager("b")): note("body")
    u = 1
    with Manager("swallows") as (u, v, w): note("never")
    with Manager("swallows"), Manager("c") as u: raise KeyError
    try:
        with Manager("d"), Half() as x: note("never")
    except Exception as error: note(type(error).__name__, str(error))
    def returns():
        with Manager("e") as e: return note(e)
    return returns(), u
""",
    "try, except, else and finally": """
def main(a, b):
    def way(n):
        try:
            note(n)
            if n == 1: raise ValueError(n)
            if n == 2: return "returned"
            if n == 3: raise KeyError
        except note(ValueError) as error: note(str(error)); return error.args
        except (note(TypeError), it.x and KeyError): note("key")
        else: note("else")
        finally: note("finally")
        return n
    try:
        try: raise ExceptionGroup("some", [ValueError(1), KeyError(2)])
        except* ValueError as group: note(group.exceptions[0].args)
        except* KeyError as group: it.x = len(group.exceptions)
        raise RuntimeError from it.x and None
    except RuntimeError as error: note(error.__cause__)
    return [way(n) for n in range(4)]
""",
    "generators take values and exceptions": """
def inner():
    try:
        while True:
            got = yield note("got")
            if got == 3: return "done"
    except KeyError: yield "caught"
    finally: note("closed")
def outer():
    answer = yield from inner()
    x = yield
    note(x)
    yield answer, (yield), lambda: 0
    yield from [1, 2]
def main(a, b):
    one, two = outer(), outer()
    seen = [next(one), one.send(3), one.send(4), one.send(5)]
    next(two)
    seen.append(two.throw(KeyError))
    two.close()
    lazy = (lambda: (yield 5))()
    return seen, list(one), next(lazy)
""",
    "match": """
class Point:
    __match_args__ = "x", "y"
    def __init__(self, x, y): self.x, self.y = x, y
def main(a, b):
    def kind(value):
        match value:
            case 0 | 1: return "small"
            case [x, [y, *z]] if note(y): return x, y, z
            case {"k": {"deep": w}, **rest}: return w, rest
            case Point(x=0, y=y) | Point(y, 0): return "axis", y
            case str() as text if (length := len(text)) > 2: return length
            case None: return "none"
            case Base.method: return "method"
            case _: return sorted(locals())
    def late():
        def see(): return u
        u = 0
        for value in (1, [2, 3]):
            match value:
                case [u, _] if note(see()) == 2: note(u)
                case u: pass
            note(see())
    late()
    values = 1, [1, [2, 3]], [1, [0]], {"k": {"deep": 4}, "l": 5}, Point(0, 6), Point(7, 0), "text", None, Base.method
    return [kind(value) for value in values]
""",
    "text": """
def main(a, b):
    text = f"{note(1)!r:>{note(5)}}{note(2)=}{it.x!s}{note(3):{'>'}{note(4)}}"
    return text, f"{[x for x in (1, 2)]}{(lambda: 3)()}", (
        "%s" % it.x, "a" f"{a}")
""",
    "a coroutine": """
class Async:
    def __aiter__(self): return self
    async def __anext__(self): raise StopAsyncIteration
async def later(x=note(1)):
    "documented"
    async with it: pass
    return [y async for y in x]
def main(a, b):
    async def own(): return note(2)
    coroutine = own()
    lazy = (x async for x in Async())
    try: coroutine.send(None)
    except StopIteration as stop: note(stop.value)
    return later.__doc__, type(lazy).__name__
""",
}
"""By the claim that each holds."""

NEWER: Final = {
    "type parameters": """
class Box[T: (int, str)](Base):
    item: T
    def get[U](self, other: U, more: T = note(1)) -> U:
        type Pair = tuple[T, U]
        T1 = Pair.__name__
        return other, T.__name__, T1, [(lambda: T)() is T for _ in "a"], self.__private()
    def __private(self): return __class__.__name__
def main(a, b):
    type Own[V] = list[V]
    def generic[T](x: T) -> T:
        T2 = T
        def inner(): return T2, T
        T2 = 1
        class Nested[S](Base): y: S
        return inner()[0], Nested.__type_params__[0].__name__
    return Box().get(1), Own.__value__.__name__, generic(1), Box.get.__annotations__["more"].__name__
""",
}
"""With the syntax of Python 3.12."""
