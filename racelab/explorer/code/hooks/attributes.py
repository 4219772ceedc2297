"""Attributes: `x.name`, as an expression and as a target, of objects, classes and modules.

An attribute of an object is a cell of the object. What a class has is a cell of that class; functions that a class has
are not recorded, so that replacing one while tasks run leaves a gap. Properties and other descriptors of the author's
record what they do themselves.
"""

from __future__ import annotations

import weakref
from types import FunctionType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import (
    ATOMS,
    BOTH,
    READ,
    UNKNOWN,
    WRITE,
    Attribute,
    Modelled,
    names_beside_items,
    own_names,
)
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread, here

from .. import lent
from . import borrowed, foreign, lasting, looking, of_classes, of_modules, whose
from .in_place import Augmented
from .tables import MUTABLE, MUTABLE_KINDS

NEW_CLASS: Final = "An object of {} gets another class while tasks run: who looks for its methods is not recorded."
_GETS: Final[Any] = object.__getattribute__
_SETS: Final = {WRITE: "__setattr__", BOTH: "__delattr__"}
_plain: dict[type, bool] = {}
"""Classes of objects whose attributes are found as usual: nothing of the author's or of C comes before."""


def is_plain(kind: type) -> bool:
    """Whether looking for an attribute of such an object runs nothing but what is found."""
    found = _plain.get(kind)
    if found is None:
        if len(_plain) > whose.MOST_KINDS:
            _plain.clear()
        special = issubclass(kind, (ModuleType, type, Modelled, super, *weakref.ProxyTypes))
        getter = whose.look_up(kind, "__getattr__")
        found = not special and kind.__getattribute__ is _GETS and getter is whose.MISSING
        _plain[kind] = found
    return found


def forget() -> None:
    """A class got a method with a special name."""
    _plain.clear()
    looking.forget()


def read(owner: Any, name: str, site: int) -> Any:
    """The hook: `owner.name`."""
    task, memory = here.task, here.memory
    kind = type(owner)
    if task is None or memory is None or kind in ATOMS or (kind in MUTABLE_KINDS and name != "default_factory"):
        return getattr(owner, name)
    memory.gate(task, site)
    before = None if memory.trace is None else len(memory.trace)
    touch(memory, task, owner, name, READ, site)
    marked = before is not None and memory.trace is not None and len(memory.trace) > before
    try:
        value = getattr(owner, name)
    except AttributeError:
        of_classes.touch_absent(memory, task, owner, name, site)
        raise
    if marked:
        memory.tell(value)
    return value


def method(owner: Any, name: str, site: int) -> Any:
    """The hook: `owner.name`, about to be called. To find a method of a container is no access yet."""
    if type(owner) in MUTABLE_KINDS or type(owner) in ATOMS:
        return getattr(owner, name)
    if here.task is not None and issubclass(type(owner), MUTABLE):
        found = whose.look_up(type(owner), name)
        if not issubclass(type(found), FunctionType) and hasattr(found, "__objclass__") and name not in vars_of(owner):
            return getattr(owner, name)
    return read(owner, name, site)


def vars_of(owner: object) -> dict[str, Any]:
    """The attributes that an object has itself."""
    return own_names(owner) or {}


def touch(
    memory: Memory, task: Thread, owner: Any, name: str, access: int, site: int, content: object = UNKNOWN,
    direct: bool = False,
) -> None:  # fmt: skip
    """Mark what an attribute means.

    Args:
        access: `READ`, `WRITE`, or `BOTH` for a deletion.
        content: what is stored.
        direct: whether methods of the class that come before the usual way are passed over.
    """
    kind = type(owner)
    if not is_plain(kind):
        owner = _touch_special(memory, task, owner, name, access, site, content, direct)
        if owner is None:
            return
        kind = type(owner)
    if access and _is_set_otherwise(memory, task, owner, name, access, site, direct):
        return
    if memory.swapped:
        foreign.touch_swapped(memory, task, owner, site)
    if name[:2] == "__" and _touch_reserved(memory, task, owner, name, access, site, content):
        return
    if of_classes.touch_found(memory, task, owner, name, access, site):
        if issubclass(kind, dict):
            _touch_beside_items(memory, task, owner, name, access, site, content)
        else:
            memory.mark(task, owner, name, access, site, content)


def _touch_beside_items(
    memory: Memory, task: Thread, owner: dict[Any, Any], name: str, access: int, site: int, content: object
) -> None:
    """An attribute of a dictionary, which may have an item of the same name."""
    names = names_beside_items(owner)
    if names is not None:
        foreign.beside(memory, task, owner, names)
        memory.mark(task, names, name, access, site, content)
    elif type(owner).__dictoffset__:  # its items are its attributes
        memory.mark(task, owner, name, access, site, content)
    else:
        memory.mark(task, owner, Attribute(name), access, site, content)


def _is_set_otherwise(
    memory: Memory, task: Thread, owner: Any, name: str, access: int, site: int, direct: bool
) -> bool:  # fmt: skip
    kind, how = type(owner), _SETS[access]
    if not (lasting.known_kinds.get(kind) or lasting.is_authors(kind)):
        lasting.change(memory, task, owner, name)
    if direct or getattr(kind, how) is getattr(object, how):
        return False
    return foreign_method(memory, task, owner, how, name, site)


def _touch_special(
    memory: Memory, task: Thread, owner: Any, name: str, access: int, site: int, content: object, direct: bool
) -> Any:
    """Modules, classes, models and the like. Returns the object whose attribute it is; None if all is said."""
    kind = type(owner)
    if issubclass(type(owner), Modelled):
        return None if is_models(kind, name) else owner
    if issubclass(type(owner), ModuleType):
        of_modules.touch(memory, task, owner, name, access, site, content)
    elif issubclass(type(owner), type):
        _touch_class(memory, task, owner, name, access, site, content)
    elif kind is super:
        of_classes.touch_super(memory, task, owner, name, site)
    elif kind in weakref.ProxyTypes:
        memory.places.gaps[foreign.WEAK] += 1
        touch(memory, task, foreign.referent(owner), name, access, site, content)
    else:
        return owner if direct or access else _touch_before(memory, task, owner, name, site)
    return None


def _touch_class(memory: Memory, task: Thread, owner: type, name: str, access: int, site: int, content: object) -> None:
    if access:
        lasting.change(memory, task, owner, name)
        of_classes.touch_replaced(memory, task, owner, name, content)
        if name[:2] == "__":
            forget()
    elif name in lasting.DICTIONARIES:
        lasting.hand_out(memory, task, owner, name)
    of_classes.touch(memory, task, owner, name, access, site, content)


def _touch_before(memory: Memory, task: Thread, owner: Any, name: str, site: int) -> Any:
    """The class says itself what its attributes are. Returns the object; None if all is said."""
    if foreign_method(memory, task, owner, "__getattribute__", name, site):
        if borrowed.touch(memory, task, owner, "__getattr__", [name], site):  # after it, if it finds nothing
            foreign.half_way(memory, site, foreign.name_of(whose.look_up(type(owner), "__getattr__")))
        return None
    if not _has(owner, name):
        foreign_method(memory, task, owner, "__getattr__", name, site)
    return owner


def _has(owner: Any, name: str) -> bool:
    return name in vars_of(owner) or whose.look_up(type(owner), name) is not whose.MISSING


def is_models(kind: type, name: str) -> bool:
    """Whether a model has that attribute by itself: no subclass of the author's, and nobody who has set it there."""
    if kind.__getattribute__ is not _GETS and whose.is_own(kind.__getattribute__):
        return True  # `threading.local`: each thread has its own
    if getattr(kind, "outlives_execution", False):
        return False  # a logger: what is set there is a location like any other
    return any(
        name in base.__dict__ and base.__module__.startswith(whose.OWN) and not lent.is_changed(base, name)
        for base in kind.__mro__
    )


def foreign_method(memory: Memory, task: Thread, owner: Any, how: str, name: str, site: int) -> bool:
    """A method comes before the usual way. Returns whether it says all; that of an exception or the like does not."""
    found = whose.look_up(type(owner), how)
    if whose.records(found):
        return True
    if borrowed.touch(memory, task, owner, how, [name], site):
        return True
    if issubclass(type(found), FunctionType) and not whose.is_generated(found):
        if foreign.reach(memory, task, [owner], site):
            foreign.half_way(memory, site, foreign.name_of(found))
        return True
    return False


def _touch_reserved(
    memory: Memory, task: Thread, owner: Any, name: str, access: int, site: int, content: object
) -> bool:
    """Attributes that stand for something else. Returns whether all is said."""
    if name == "__dict__":
        names = own_names(owner)
        if access:
            foreign.replace_attributes(memory, task, owner, names, access, site, content)
        elif names is not None:
            foreign.one_place(memory, task, owner, names)
        return bool(access) or names is not None
    if not access and type(owner) is FunctionType and name in lasting.DICTIONARIES:
        lasting.hand_out(memory, task, owner, name)
    if name == "__class__" and access and task.index:
        memory.places.gaps[NEW_CLASS.format(type(owner).__name__)] += 1
    return False


class Slot:
    """`owner.name` as a target: Python reads, stores and deletes `slot.v`.

    Args:
        in_place: whether it is the target of `+=` or the like.
    """

    __slots__ = ("_in_place", "_name", "_owner", "_site")

    def __init__(self, owner: Any, name: str, site: int, in_place: bool = False) -> None:
        self._owner, self._name, self._site, self._in_place = owner, name, site, in_place

    @property
    def v(self) -> Any:
        """What is there."""
        value = read(self._owner, self._name, self._site)
        return Augmented.of(value, self._site) if self._in_place else value

    @v.setter
    def v(self, value: Any) -> None:
        write(self._owner, self._name, value, self._site)

    @v.deleter
    def v(self) -> None:
        delete(self._owner, self._name, self._site)


def write(owner: Any, name: str, value: Any, site: int) -> None:
    """`owner.name = value`."""
    task, memory = here.task, here.memory
    if memory is not None:
        if task is not None:
            memory.gate(task, site)
        if type(value) not in ATOMS:
            memory.adopt(value, task)
        if task is not None:
            touch(memory, task, owner, name, WRITE, site, value)
    setattr(owner, name, value)


def delete(owner: Any, name: str, site: int) -> None:
    """`del owner.name`."""
    task, memory = here.task, here.memory
    if task is not None and memory is not None:
        memory.gate(task, site)
        touch(memory, task, owner, name, BOTH, site)
    delattr(owner, name)


def attributes_of(owner: Any, site: int) -> None:
    """`vars(owner)`: the dictionary and the object are one thing."""
    task, memory = here.task, here.memory
    if task is None or memory is None:
        return
    if issubclass(type(owner), type):
        of_classes.one_place(memory, task, owner)
        return
    names = own_names(owner)
    if names is not None and not issubclass(type(owner), ModuleType):
        foreign.touch_swapped(memory, task, owner, site)
        foreign.one_place(memory, task, owner, names)
