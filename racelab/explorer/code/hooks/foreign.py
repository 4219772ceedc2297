"""Code whose effect is not known: it may look at and change all that it can reach, at one instant.

If it is Python code and other tasks touch the same, it could be interrupted half-way, which is not explored: then
nothing found is no pass.
"""

from __future__ import annotations

import gc
import types
import weakref
from collections.abc import Iterable
from types import FunctionType, GeneratorType
from typing import Any, Final, cast

from racelab.explorer.kernel.cells import ATOMS, BOTH, CODE, READ, WHOLE, Modelled, Thing, names_beside_items, own_names
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import others, whose
from .tables import MUTABLE, MUTABLE_KINDS

MOST_REACHED: Final = 2_000
TOO_MUCH: Final = (
    f"Code that is not rewritten can reach more than {MOST_REACHED:,} objects. Give it less, or use less data."
)
_OF_ABC: Final = "_abc_impl"
WEAK: Final = "A weak reference is followed: whether the object is still there is no access, and is not explored."
VANISH: Final = "Entries of a {} vanish when nothing else refers to them: that is no access, and is not explored."
ORDER: Final = "The order of a set of {} objects depends on their addresses, which differ from run to run."
HALF_WAY: Final = "{} is not rewritten: tasks that touch the same could interrupt it half-way."
HALF_DONE: Final = "{} is done in several steps without the GIL: what others do or see meanwhile is not explored."
SAME_DICTIONARY: Final = "The attributes of {} are used as a dictionary that was known as another object before."
_borrowed: dict[type, list[Any]] = {}


def reach(memory: Memory, task: Thread, roots: Iterable[Any], site: int, access: int = BOTH) -> bool:
    """Mark all that can be reached. Returns whether anything was marked.

    Args:
        access: `BOTH`, or `READ` for code that is known to change nothing.

    Raises:
        CannotDecide: it is too much.
    """
    waiting, seen, marked = list(roots), set(), touch_lent(memory, task, site)
    while waiting:
        one = waiting.pop()
        kind = type(one)
        if kind in ATOMS or kind is object or id(one) in seen:
            continue
        seen.add(id(one))
        if not issubclass(kind, (type, types.ModuleType)):
            others.meet(memory, task, one)
        parts = _parts(memory, task, one)
        if parts is None:
            continue
        touch_swapped(memory, task, one, site)
        if kind is not tuple and kind is not frozenset and not issubclass(type(one), CODE) and not whose.is_value(kind):
            memory.mark(task, one, WHOLE, access, site)
            marked += 1
        elif issubclass(type(one), type):
            memory.mark(task, one, WHOLE, access, site)
        if marked > MOST_REACHED:
            memory.stage.give_up(TOO_MUCH)
        waiting += parts
        waiting += _borrowed_by(kind)
    return marked > 0


def _borrowed_by(kind: type) -> list[Any]:
    """What a class's special methods lead to that are methods of C's, of another object: `__len__ = items.__len__`."""
    found = _borrowed.get(kind)
    if found is None:
        if len(_borrowed) > whose.MOST_KINDS:
            _borrowed.clear()
        own = [names for base in kind.__mro__ if base.__module__ != "builtins" for names in vars(base).items()]
        found = _borrowed[kind] = [one for name, one in own if name[:2] == "__" and whose.is_borrowed(one, name)]
    return found


def touch_lent(memory: Memory, task: Thread, site: int) -> int:
    """Code that is not rewritten may look at all that tasks set of Python's own. Returns how many that are."""
    for owner in memory.places.lent.values():
        memory.mark(task, owner, WHOLE, READ, site)
    return len(memory.places.lent)


def _parts(memory: Memory, task: Thread, one: Any) -> list[Any] | None:  # noqa: C901 - one branch a kind of object
    """What can be reached from an object; None if it is not entered."""
    if issubclass(type(one), CODE):
        return _parts_of_code(one)
    kind = type(one)
    if issubclass(type(one), Modelled):
        names = own_names(one)
        if whose.is_of_model(kind) or names is None:
            return None
        one_place(memory, task, one, names)
        return list(names.values())
    if issubclass(type(one), weakref.ref):
        return [one()]
    if kind in weakref.ProxyTypes:
        return [referent(one)]
    held = whose.held_by_generator(one) if kind is GeneratorType else None
    if held is not None:
        return held
    if kind in MUTABLE_KINDS or kind in {tuple, frozenset}:
        return gc.get_referents(one)
    if issubclass(type(one), MUTABLE):
        names = names_beside_items(one)
        if names is None:
            return gc.get_referents(one)
        one_place(memory, task, one, names)
        return [names, *(part for part in gc.get_referents(one) if part is not names)]
    names = own_names(one)
    if names is not None:
        one_place(memory, task, one, names)
    held = [part for part in gc.get_referents(one) if part is not names]
    return held if names is None else held + list(names.values())


def _parts_of_code(one: Any) -> list[Any] | None:
    """A function that records what it does is not entered, and only an author's class is."""
    if type(one) is staticmethod:
        return [one.__func__]
    if type(one) is types.BuiltinFunctionType:
        return roots_of(one)
    if issubclass(type(one), FunctionType):
        if whose.records(one):
            return None
        held = [*(one.__defaults__ or ()), *(one.__kwdefaults__ or {}).values(), *vars(one).values()]
        return held + [part for cell in one.__closure__ or () for part in gc.get_referents(cell)]
    if issubclass(type(one), type):
        data = [part for name, part in vars(one).items() if name != _OF_ABC and name[:2] != "__" and not is_code(part)]
        return data if data and one.__module__ != "builtins" and is_authors(one) else None
    return None


def is_authors(kind: type) -> bool:
    """Whether a class has a method that is rewritten, so that it is the author's or a library's."""
    return any(whose.is_rewritten(one) for one in vars(kind).values())


def is_code(value: object) -> bool:
    """Whether something that a class has is no data: a function, or what turns one into a method."""
    return isinstance(
        value, (*CODE, types.MemberDescriptorType, types.GetSetDescriptorType, types.WrapperDescriptorType)
    )


def beside(memory: Memory, task: Thread | None, value: object, names: dict[str, Any]) -> None:
    """The attributes of a dictionary are a thing of their own: its items may have the same names."""
    if id(names) not in memory.things:
        is_new = id(value) in memory.swapped
        name = memory.new_name(task) if is_new else f"{memory.thing(value, task).name}."
        memory.things[id(names)] = Thing(names, name)


def one_place(memory: Memory, task: Thread | None, value: object, names: dict[str, Any]) -> None:
    """From now on an object and the dictionary of its attributes are one thing."""
    if issubclass(type(value), dict):
        beside(memory, task, value, names)
        return
    memory.same(value, names, task)
    if memory.things[id(names)] is not memory.things[id(value)]:
        memory.places.gaps[SAME_DICTIONARY.format(type(value).__name__)] += 1


def touch_swapped(memory: Memory, task: Thread, value: object, site: int) -> None:
    """An object's attributes are used: which dictionary has them, if tasks have replaced it?"""
    if id(value) in memory.swapped:
        memory.mark(task, memory.swapped[id(value)], "__dict__", READ, site)


def replace_attributes(
    memory: Memory, task: Thread, value: object, names: dict[str, Any] | None, access: int, site: int, content: object
) -> None:
    """An object gets another dictionary for its attributes, maybe one that others have as well, or none.

    All that it had are written; and which dictionary it has is a location that is looked at with each from now on.
    """
    kind = type(value)
    has_items = issubclass(kind, dict)
    memory.mark(task, names if has_items and names is not None else value, WHOLE, access, site)
    if task.index:
        if id(value) not in memory.swapped:
            token = memory.swapped[id(value)] = object()
            memory.things[id(token)] = Thing(value, memory.new_name(task))
        memory.mark(task, memory.swapped[id(value)], "__dict__", access, site, content)
        if not has_items and issubclass(kind, MUTABLE):
            memory.places.gaps[SAME_DICTIONARY.format(kind.__name__)] += 1
    if has_items and content is not value and issubclass(type(content), dict):
        beside(memory, task, value, cast("dict[str, Any]", content))
    elif issubclass(type(content), dict):
        known = memory.things.pop(id(value), None)
        if known is not None:
            memory.things[id(known)] = known  # that it was written stays known
        memory.same(cast("dict[str, Any]", content), cast("dict[str, Any]", value), task)


def referent(proxy: Any) -> Any:
    """What a weak proxy stands for.

    Raises:
        ReferenceError: it has gone.
    """
    return proxy.__reduce__.__self__


def is_python(function: Any) -> bool:
    """Whether it is written in Python, so that it can be interrupted."""
    if type(function) is types.MethodType:
        function = function.__func__
    kind = type(function)
    if kind in {FunctionType, types.BuiltinFunctionType, types.MethodWrapperType}:
        return kind is FunctionType
    if issubclass(kind, type):
        return FunctionType in {type(whose.look_up(function, name)) for name in ("__init__", "__new__")}
    return type(whose.look_up(kind, "__call__")) is FunctionType


def name_of(function: Any) -> str:
    """What to call it."""
    if type(function) is types.MethodType:
        function = function.__func__
    named = issubclass(type(function), (*CODE, types.MethodWrapperType, *whose.UNBOUND))
    return str(function.__qualname__ if named else type(function).__qualname__)


def roots_of(function: Any) -> list[Any]:
    """What a callable can reach without its arguments."""
    if issubclass(type(function), types.MethodType):
        return [function.__self__, function.__func__]
    if issubclass(type(function), (types.BuiltinFunctionType, types.MethodWrapperType)):
        owner = function.__self__
        return [] if issubclass(type(owner), types.ModuleType) else [owner]
    return [function]


def tell_weak(memory: Memory, kind: type) -> None:
    """Collections of weak references change by themselves."""
    if kind.__module__ in ("weakref", "_weakrefset"):
        memory.places.gaps[VANISH.format(kind.__name__)] += 1


def tell_order(memory: Memory, values: Any) -> None:
    """Somebody asks which element of a set is the first: of objects that have no hash of their own nothing says it."""
    if len(values) < 2:
        return
    for one in values:
        kind = type(one)
        if kind not in ATOMS and whose.is_hashed_by_address(kind) and not issubclass(kind, (Modelled, *CODE)):
            memory.places.unfaithful[ORDER.format(kind.__name__)] += 1
            return


def half_way(memory: Memory, site: int, what: str) -> None:
    """Python code that is not rewritten has touched something: is that shared and not protected?"""
    if site in memory.places.racy:
        memory.places.gaps[HALF_WAY.format(what)] += 1


def in_steps(memory: Memory, site: int) -> bool:
    """Whether others may come between two steps of C's at that place."""
    return memory.places.free_threaded and site in memory.places.racy


def half_done(memory: Memory, what: str, site: int) -> None:
    """Others could come between two steps of it."""
    if in_steps(memory, site):
        memory.places.gaps[HALF_DONE.format(what)] += 1


def looked_at(memory: Memory, task: Thread, roots: Iterable[Any], site: int) -> bool:
    """The same for code that changes nothing."""
    return reach(memory, task, roots, site, READ)
