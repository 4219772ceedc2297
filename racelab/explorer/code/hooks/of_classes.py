"""What classes have: data of theirs are cells, functions and descriptors are not."""

from __future__ import annotations

import gc
import types
from collections import namedtuple
from types import FunctionType, ModuleType
from typing import Any, Final

from racelab.explorer.kernel.cells import CODE, READ
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import foreign, of_process, others, whose

REPLACED: Final = "{}.{} is replaced while tasks run: calls of what was there are not recorded."
_FUNCTIONS: Final = (
    *(FunctionType, staticmethod, classmethod, types.BuiltinFunctionType, types.MethodDescriptorType),
    *(types.WrapperDescriptorType, types.ClassMethodDescriptorType),
)
_OF_NAMED_TUPLE: Final = type(namedtuple("Tried", "x").__dict__["x"])
_SLOTS: Final = (types.MemberDescriptorType, types.GetSetDescriptorType)
_NO_DATA: Final = (*_FUNCTIONS, *_SLOTS)


def touch_found(memory: Memory, task: Thread, owner: Any, name: str, access: int, site: int) -> bool:
    """What the class of an object has under a name. Returns whether the object's own attribute is touched as well."""
    kind = type(owner)
    if kind is of_process.CONTEXT_KIND:
        of_process.touch_context(memory, task, owner, name, access, site)
    classes = kind.__mro__
    for base in classes:
        names = base.__dict__
        if name in names:
            found = names[name]
            if type(found) is FunctionType or issubclass(type(found), _NO_DATA):
                return True
            before = classes[: classes.index(base) + 1]
            return _touch_data(memory, task, owner, name, access, site, before, found)
    return True


def _touch_data(
    memory: Memory, task: Thread, owner: Any, name: str, access: int, site: int, classes: tuple[type, ...], found: Any
) -> bool:
    """A property, another descriptor, or a plain value."""
    if type(found) is _OF_NAMED_TUPLE:
        return False
    kind = type(found)
    wanted = "__get__" if access == READ else "__set__" if access == 1 else "__delete__"
    method = whose.look_up(kind, wanted)
    if issubclass(kind, property) and method is vars(property)[wanted]:
        function = {READ: found.fget}.get(access, found.fset if access == 1 else found.fdel)
        if function is not None and not whose.records(function):
            _descriptor(memory, task, owner, found, function, site)
        return False
    is_code = _is_code(kind, method)
    if not is_code and access == READ:
        _mark_classes(memory, task, classes, name, site)
    if method is whose.MISSING or is_code:
        return True
    if not whose.records(method):
        _descriptor(memory, task, owner, found, method, site)
    is_first = whose.look_up(type(found), "__set__") is not whose.MISSING
    return not is_first


def _is_code(kind: type, method: Any) -> bool:
    """Whether something of that kind is found as it is; one that is derived may have a `__get__` of its own."""
    if issubclass(kind, (classmethod, staticmethod)):
        return method in (vars(classmethod)["__get__"], vars(staticmethod)["__get__"])
    return kind in CODE or issubclass(kind, (type, ModuleType))


def _descriptor(memory: Memory, task: Thread, owner: Any, found: Any, function: Any, site: int) -> None:
    """One that is not rewritten may do anything. That of `lru_cache` does nothing."""
    if type(found).__module__ == "functools" and not issubclass(type(function), FunctionType):
        return
    others.meet(memory, task, function)
    task.fresh = task.fresh or foreign.is_python(function)
    if foreign.reach(memory, task, [owner, found], site) and foreign.is_python(function):
        foreign.half_way(memory, site, foreign.name_of(function))


def _mark_classes(memory: Memory, task: Thread, classes: tuple[type, ...], name: str, site: int) -> None:
    """The class that has it, and those before it, where it could be put."""
    for base in classes:
        if base.__module__ != "builtins":
            memory.mark(task, base, name, READ, site)


def touch_absent(memory: Memory, task: Thread, owner: Any, name: str, site: int) -> None:
    """An attribute was not found: nowhere."""
    kind: type = type(owner)
    _mark_classes(memory, task, kind.__mro__, name, site)


def touch(memory: Memory, task: Thread, owner: type, name: str, access: int, site: int, content: object) -> None:
    """An attribute of a class. It is set in the class itself, and found there, in a base, or in the metaclass."""
    if name == "__dict__":
        one_place(memory, task, owner)
        return
    if access != READ:
        meta = whose.look_up(type(owner), name)
        if type(meta) is not property:
            memory.mark(task, owner, name, access, site, content)
        return
    kinds: tuple[type, ...] = (owner, type(owner))
    for kind in kinds:
        for place, base in enumerate(kind.__mro__):
            if name in base.__dict__:
                found = base.__dict__[name]
                if not is_function(found):
                    _mark_classes(memory, task, kind.__mro__[: place + 1], name, site)
                return
        _mark_classes(memory, task, kind.__mro__, name, site)


def touch_super(memory: Memory, task: Thread, owner: Any, name: str, site: int) -> None:
    """`super().name`: what the classes after the one that asks have."""
    if owner.__self_class__ is None:
        return
    classes = owner.__self_class__.__mro__
    classes = classes[classes.index(owner.__thisclass__) + 1 :]
    for place, base in enumerate(classes):
        if name in base.__dict__:
            if not is_function(base.__dict__[name]):
                _mark_classes(memory, task, classes[: place + 1], name, site)
            return


def is_function(found: object) -> bool:
    """Whether looks at it are not recorded."""
    return issubclass(type(found), (*_NO_DATA, property))


def touch_replaced(memory: Memory, task: Thread, owner: type, name: str, content: object) -> None:
    """A class is changed: whoever looks for a function there is not recorded."""
    waiting, kinds = [owner], {owner}
    while waiting:
        below: list[type] = type.__subclasses__(waiting.pop())
        for kind in below:
            if kind not in kinds:
                kinds.add(kind)
                waiting.append(kind)
    found = is_function(content) or any(is_function(whose.look_up(kind, name)) for kind in kinds)
    if found and task.index:
        memory.places.gaps[REPLACED.format(owner.__qualname__, name)] += 1


def one_place(memory: Memory, task: Thread, owner: type) -> None:
    """A class and the dictionary below its `__dict__` are one thing."""
    for names in gc.get_referents(type.__dict__["__dict__"].__get__(owner)):
        if type(names) is dict:
            foreign.one_place(memory, task, owner, names)
