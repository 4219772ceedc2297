"""Operators that look at the content of an object: tests, comparisons, iteration, text, arithmetic.

A container that Python has written is looked at here; what comparisons and text do with its elements too. The methods
of the author's classes record what they do themselves. Any other class may do what it likes: see `foreign`.
"""

from __future__ import annotations

import gc
import itertools
import types
import weakref
from collections import deque
from dataclasses import fields
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, CHANGE, CODE, READ, WHOLE, Modelled, names_beside_items
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread, here

from . import foreign, interrupted, names, of_process, others, whose
from .advancing import advance, is_iterator
from .tables import MUTABLE, MUTABLE_KINDS, VIEWS

DEEP: Final = frozenset("csohm?")
"""Operators that look at elements as well: compare, text, arithmetic, hash, anything."""
_ARITHMETIC: Final = (
    *("add", "sub", "mul", "matmul", "truediv", "floordiv", "mod", "divmod", "pow", "lshift", "rshift"),
    *("and", "xor", "or"),
)
_METHODS: Final[dict[str, tuple[str, ...]]] = {
    "b": ("__bool__", "__len__"),
    "c": ("__eq__", "__ne__", "__lt__", "__le__", "__gt__", "__ge__"),
    "h": ("__hash__", "__eq__"),
    "i": ("__iter__", "__next__", "__len__", "__getitem__", "keys"),
    "n": ("__contains__", "__iter__", "__getitem__"),
    "s": ("__str__", "__repr__", "__format__"),
    "o": (
        *[f"__{side}{name}__" for name in _ARITHMETIC for side in ("", "r", "i")],
        *("__neg__", "__pos__", "__invert__", "__abs__", "__index__", "__int__", "__float__", "__round__"),
    ),
}
_METHODS["u"] = _METHODS["i"]
_METHODS["m"] = (*_METHODS["o"], *_METHODS["s"])
_METHODS["?"] = tuple(dict.fromkeys(name for names in _METHODS.values() for name in names))
_COMPARED: Final[dict[str, tuple[type, ...]]] = {"c": (list, deque, *VIEWS), "o": VIEWS}
_SAYS: Final = {"c": "A comparison", "o": "An operator"}
"""Without the GIL they go over it, one element after another."""
_SAFE_KINDS: Final = (
    *(BaseException, type, types.FunctionType, types.MethodType, types.BuiltinFunctionType, types.ModuleType),
    *(types.CoroutineType, types.GenericAlias, types.UnionType, types.MethodWrapperType, property, weakref.ref),
)
_SAY_WHERE: Final = (itertools.count, itertools.repeat)
"""Iterators whose text says where they are."""
SHORT: Final = 2_000
"""Bits of a number of which Python makes a text without a look at its limit on digits."""
RECORDED, BEGINS, LOOKS, IN_C, IN_PYTHON = range(5)
IN_PYTHONS: Final = (BEGINS, LOOKS, IN_PYTHON)
HASHED: Final[tuple[type, ...]] = (dict, set, frozenset, type({}.keys()))
_OF_PARTS: Final = (vars(tuple)["__hash__"], vars(frozenset)["__hash__"])
"""Hashes of what something is made of. A frozenset has asked its parts when it was made."""
_how: dict[tuple[type, str], int] = {}


def operator_of(kind: type, op: str) -> int:
    """Who says what an operator does with objects of a class.

    Returns:
        `RECORDED`: it is that of `object`, or records itself; `BEGINS`: a function in Python that touches nothing;
        `LOOKS`: one that looks at the attributes; `IN_C`, `IN_PYTHON`: it may do anything.
    """
    found = _how.get((kind, op))
    if found is None:
        if len(_how) > whose.MOST_KINDS:
            _how.clear()
        found = _how[kind, op] = _find_operator(kind, op)
    return found


def _find_operator(kind: type, op: str) -> int:
    if whose.is_value(kind) or issubclass(kind, (*_SAFE_KINDS, Modelled)) or kind.__module__.startswith(whose.OWN):
        found = [whose.look_up(kind, name) for name in _METHODS[op]]
        if any(others.is_of_nobody_known(one) for one in found):
            return IN_PYTHON
        in_python = [one for one in found if issubclass(type(one), types.FunctionType) and not whose.records(one)]
        return BEGINS if in_python else RECORDED
    mixed = whose.mixes_in(kind)
    return max([_who_writes(whose.look_up(kind, name), name, mixed) for name in _METHODS[op]])


def _who_writes(method: Any, name: str, mixed: bool) -> int:
    if method is whose.MISSING or method is object.__dict__.get(name) or method is None or whose.records(method):
        return RECORDED
    if mixed and whose.is_mixin(method):
        return RECORDED
    if type(method) in whose.UNBOUND and method.__name__ == name and method.__objclass__ in MUTABLE_KINDS:
        return RECORDED  # a container of Python's is looked at here
    if whose.is_generated(method):
        return LOOKS
    return IN_PYTHON if issubclass(type(method), types.FunctionType) else IN_C


def forget() -> None:
    """A class got another method: what is known of operators may be wrong."""
    _how.clear()


def changes_in_place(memory: Memory, task: Thread, value: Any, site: int) -> None:
    """An operator such as `+=` changes a value, if it can be changed."""
    if issubclass(type(value), MUTABLE):
        memory.mark(task, value, WHOLE, CHANGE, site)
        if type(value) in MUTABLE_KINDS or operator_of(type(value), "o") < IN_C:
            return
    look(memory, task, value, site, "o")


def look_by(value: Any, site: int, op: str) -> bool:
    """An operator is about to look at a value. Returns whether it is a plain one, of which there is no more to say.

    Args:
        op: `b` a test, `c` a comparison, `i` iteration, `u` unpacking, `n` membership, `o` arithmetic, `m` the operator
            `%`, `s` text, `h` a hash, `?` anything.
    """
    kind = type(value)
    if kind in ATOMS and (kind is not int or value.bit_length() <= SHORT):
        return True
    task, memory = here.task, here.memory
    if task is not None and memory is not None:
        of_process.look_anywhere(memory, task, site)
        memory.gate(task, site)
        if op in "co" and issubclass(type(value), _COMPARED.get(op, ())):
            foreign.half_done(memory, f"{_SAYS[op]} of a {kind.__name__}", site)
        look(memory, task, value, site, op)
        if task.entries:
            interrupted.begun(task, site, lambda: look(memory, task, value, site, op))
    return kind in MUTABLE_KINDS or kind is int


def begins_with_hash(task: Thread, owner: Any, *keys: Any) -> None:
    """A key is about to be looked for: its hash comes before all else, and may be a function in Python."""
    for key in keys:
        if type(key) not in ATOMS and issubclass(type(owner), HASHED) and _hash_begins(key):
            task.fresh = True


def _hash_begins(key: Any) -> bool:
    kind = type(key)
    if whose.look_up(kind, "__hash__") is vars(tuple)["__hash__"]:
        return any(_hash_begins(part) for part in key if type(part) not in ATOMS)
    return operator_of(kind, "h") in IN_PYTHONS


def is_unchanging(key: Any) -> bool:
    """Whether nothing that its hash and its comparisons look at can change: nobody can come between these.

    While a dictionary asks for them it has not found anything yet, and begins anew if it was changed meanwhile.
    """
    kind = type(key)
    if kind in ATOMS:
        return True
    if whose.look_up(kind, "__hash__") in _OF_PARTS:
        return all(map(is_unchanging, key))
    how = operator_of(kind, "h")
    if how != LOOKS or not getattr(getattr(kind, "__dataclass_params__", None), "frozen", False):
        return how == BEGINS
    return all(is_unchanging(object.__getattribute__(key, field.name)) for field in fields(kind))


def keyed(display: Any, site: int) -> Any:
    """The hook: a set or a dictionary was written with its keys, which have said their hash. Returns it."""
    task, memory = here.task, here.memory
    if task is not None and memory is not None and not whose.all_atoms(display):
        for key in display:
            task.fresh |= _hash_begins(key)
            look(memory, task, key, site, "h")
        if task.entries:
            task.entries = 0
            foreign.half_way(memory, site, interrupted.SEVERAL)
    return display


def look(memory: Memory, task: Thread, value: Any, site: int, op: str) -> None:
    """Mark what an operator looks at, at the instant at which it begins."""
    kind = type(value)
    if kind is list or kind is dict or kind is set:
        memory.mark(task, value, WHOLE, READ, site)
        if kind is set and op in "iu":
            foreign.tell_order(memory, value)
        if op in DEEP:
            _look_at_elements(memory, task, value, site, op)
    elif kind not in ATOMS and not (op == "h" and is_unchanging(value)):
        _look_deeper(memory, task, value, site, op, {id(value)})


def _look_at_elements(memory: Memory, task: Thread, value: Any, site: int, op: str) -> None:
    parts = [part for part in gc.get_referents(value) if type(part) not in ATOMS]
    if parts:  # most often there are none
        _look_at_parts(memory, task, parts, site, op, {id(value)})


def _look_at_parts(memory: Memory, task: Thread, parts: list[Any], site: int, op: str, seen: set[int]) -> None:
    """Text is made of all of them; what is compared may be equal because it is the same, or differ in its length."""
    fresh, entries = task.fresh, task.entries
    for part in parts:
        if type(part) not in ATOMS and id(part) not in seen:
            seen.add(id(part))
            _look_deeper(memory, task, part, site, op, seen)
    if op not in "shm":
        _doubt(memory, task, site, fresh, entries)


def look_perhaps(memory: Memory, task: Thread, value: Any, site: int, op: str) -> None:
    """An operator may be about to look at a value, or not: at one that is searched for in what may be empty."""
    fresh, entries = task.fresh, task.entries
    look(memory, task, value, site, op)
    _doubt(memory, task, site, fresh, entries)


def _doubt(memory: Memory, task: Thread, site: int, fresh: bool, entries: int) -> None:
    if task.entries > entries:
        task.fresh, task.entries, task.doubt = fresh, entries, True
        foreign.half_way(memory, site, interrupted.SEVERAL)


def _look_deeper(memory: Memory, task: Thread, value: Any, site: int, op: str, seen: set[int]) -> None:
    """The same for a value of any kind. Recursion in what it holds is Python's own, and as deep."""
    kind = type(value)
    if issubclass(type(value), MUTABLE):
        memory.mark(task, value, WHOLE, READ, site)
        how = operator_of(kind, op) if kind not in MUTABLE_KINDS else RECORDED
        if how == IN_C:
            foreign.reach(memory, task, [value], site)
        elif how == IN_PYTHON:
            foreign.looked_at(memory, task, [value], site)
            foreign.half_way(memory, site, kind.__name__)
    elif kind is tuple or kind is frozenset or issubclass(type(value), VIEWS):
        pass
    else:
        _look_at_object(memory, task, value, site, op)
        return
    if kind is frozenset and op in "iu":
        foreign.tell_order(memory, value)
    if op not in DEEP and kind is not tuple and not issubclass(type(value), VIEWS):
        return
    if op in DEEP or issubclass(type(value), VIEWS):
        _look_at_parts(memory, task, _elements(value, kind), site, op, seen)


def _elements(value: Any, kind: type) -> list[Any]:
    """What a container holds, and not the attributes that one of a derived class has besides."""
    names = None if kind in MUTABLE_KINDS else names_beside_items(value)
    return [part for part in gc.get_referents(value) if part is not names]


def _tell_text(value: Any, kind: type, op: str) -> None:
    """The id of an object is part of the text that Python makes of it."""
    if op in "sm" and not issubclass(kind, Modelled):
        made: tuple[object, object] = (kind.__repr__, kind.__str__)
        if made == (object.__repr__, object.__str__):
            names.identity(value)


def _look_at_object(memory: Memory, task: Thread, value: Any, site: int, op: str) -> None:
    kind = type(value)
    if is_iterator(value):
        if op in "iun?":
            advance(memory, task, value, site, look)
        elif op in "sm" and issubclass(kind, _SAY_WHERE):
            memory.mark(task, value, WHOLE, READ, site)
        return
    if issubclass(type(value), tuple):  # a named one
        _look_deeper(memory, task, tuple(value), site, op, {id(value)})
        return
    if issubclass(type(value), memoryview):
        if issubclass(type(value.obj), MUTABLE):
            _look_deeper(memory, task, value.obj, site, op, {id(value)})
        else:
            foreign.looked_at(memory, task, [value.obj], site)
        return
    _tell_text(value, kind, op)
    how = operator_of(kind, op)
    if how != RECORDED:
        _look_unrecorded(memory, task, value, site, op, how)


def _look_unrecorded(memory: Memory, task: Thread, value: Any, site: int, op: str, how: int) -> None:
    kind = type(value)
    if how in IN_PYTHONS and op == "?":
        task.doubt = True  # which of its operators is used, if any, is not known; nor how often
        foreign.half_way(memory, site, interrupted.SEVERAL)
    elif how in IN_PYTHONS:
        task.fresh = True
        task.entries += 1
    if how == LOOKS:
        foreign.looked_at(memory, task, [value], site)
        if site in memory.places.racy:
            task.entries += _functions_inside(value, op)
    elif how > LOOKS:
        foreign.tell_weak(memory, kind)
        marked = foreign.reach(memory, task, [value], site)
        if marked and how == IN_PYTHON:
            foreign.half_way(memory, site, kind.__name__)


def _functions_inside(value: Any, op: str) -> int:
    """How many functions in Python an operator calls for what an object holds: between them a switch can happen."""
    waiting, seen, found = gc.get_referents(value), {id(value)}, 0
    while waiting:
        one = waiting.pop()
        if type(one) in ATOMS or id(one) in seen or issubclass(type(one), (type, *CODE)):
            continue
        seen.add(id(one))
        if issubclass(type(one), (*MUTABLE, tuple, frozenset)):
            waiting += gc.get_referents(one)
        else:
            found += operator_of(type(one), op) in IN_PYTHONS
    return found
