"""Calls: by the kind of what is called. Rewritten functions record what they do; of all else it is said here.

After a call of anything that is not rewritten a switch can happen.
"""

from __future__ import annotations

import contextvars
import functools
import operator
import types
import weakref
from collections import deque
from typing import Any, Final

from racelab.explorer.kernel.cells import BOTH, CHANGE, READ, WHOLE, WRITE, Modelled
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread, here

from . import (
    attributes,
    classes,
    containers,
    foreign,
    formats,
    handing_out,
    interrupted,
    items,
    of_process,
    others,
    whose,
)
from .advancing import is_iterator, touch_callback
from .functions import HANDLERS, Arguments, Handler, Names, at_once, goes_over, looks
from .iterating import iterator_of, step
from .looking import look
from .tables import MUTABLE, VIEWS

_CACHED: Final = type(functools.lru_cache(int))
_OF_OBJECT: Final = frozenset({"__init__", "__eq__", "__ne__", "__hash__", "__repr__", "__str__"})
_ATTRIBUTES: Final = {"__getattribute__": READ, "__setattr__": WRITE, "__delattr__": BOTH}


def call(function: Any, site: int, /, *args: Any, **kwargs: Any) -> Any:
    """The hook: call something."""
    task, memory = here.task, here.memory
    if task is None or memory is None:
        if memory is not None:
            for one in args:
                memory.adopt(one, None)
        return function(*args, **kwargs)
    kind = type(function)
    called = function.__func__ if kind is types.MethodType else function
    if type(called) is types.FunctionType and whose.ENTERS in called.__code__.co_names:
        return function(*args, **kwargs)
    how = _KINDS.get(kind, _call_object)
    if memory.places.looked and not whose.is_own(called):
        return of_process.around(how, memory, task, function, site, args, kwargs)
    return how(memory, task, function, site, args, kwargs)


def _call_function(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    if whose.records(function):
        return at_once(memory, task, function, site, args, kwargs)
    task.fresh = True
    handler = HANDLERS.get(function)
    if handler is not None:
        return handler(memory, task, function, site, args, kwargs)
    if whose.is_mixin(function):
        return looks("i")(memory, task, function, site, args, kwargs)
    memory.gate(task, site)
    if whose.is_generated(function):
        return looks("?")(memory, task, function, site, args, kwargs)
    return of_process.call(classes.foreign_call, memory, task, function, site, args, kwargs)


def _call_method(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    called, owner = function.__func__, function.__self__
    if type(owner) is whose.ENVIRON:
        return at_once(memory, task, function, site, args, kwargs)
    if whose.records(called) or (issubclass(type(owner), Modelled) and whose.is_of_model(type(owner))):
        return at_once(memory, task, function, site, args, kwargs)
    if type(called) is _CACHED:
        return _call_cached(memory, task, called, function, site, (owner, *args), args, kwargs)
    task.fresh = True
    if (whose.is_mixin(called) and whose.mixes_in(type(owner))) or whose.is_of_named_tuple(called, owner):
        return looks("i")(memory, task, function, site, args, kwargs)
    memory.gate(task, site)
    if whose.is_generated(called):
        if not issubclass(type(owner), type) and called.__name__ not in ("__init__", "__post_init__"):
            foreign.looked_at(memory, task, [owner], site)
        return looks("?")(memory, task, function, site, args, kwargs)
    foreign.tell_weak(memory, type(owner))
    return of_process.call(classes.foreign_call, memory, task, function, site, args, kwargs)


def _call_cached(
    memory: Memory, task: Thread, cached: Any, function: Any, site: int, given: Arguments, args: Arguments, names: Names
) -> Any:  # fmt: skip
    """`lru_cache`: looks in its cache, calls the function if it has to, and puts the result there."""
    memory.gate(task, site)
    wrapped = getattr(cached, "__wrapped__", None)

    def touch() -> None:
        memory.mark(task, cached, WHOLE, READ, site)
        for one in (*args, *names.values()):
            look(memory, task, one, site, "h")
        others.meet(memory, task, wrapped)
        if not whose.records(wrapped) and foreign.reach(memory, task, [*given, *names.values()], site):
            foreign.half_way(memory, site, foreign.name_of(wrapped))

    value = interrupted.call(task, site, touch, function, args, names)
    memory.adopt(value, task)
    memory.mark(task, cached, WHOLE, CHANGE, site)
    return value


def _call_bound(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """A function of C's, alone or of an object."""
    owner = function.__self__
    if function.__name__ in handing_out.HANDS_OUT:
        attributes.attributes_of(owner, site)
    if issubclass(type(owner), MUTABLE):
        return _of_container(memory, task, function, site, args, kwargs)
    if owner is None or issubclass(type(owner), types.ModuleType):
        return _of_module(memory, task, function, site, args, kwargs)
    if issubclass(type(owner), type):
        return _of_class(memory, task, function, site, args, kwargs)
    if is_iterator(owner):
        return _of_iterator(memory, task, function, site, args, kwargs)
    if type(owner) is contextvars.Context:
        return _of_context(memory, task, function, site, args, kwargs)
    return _of_object(memory, task, function, site, args, kwargs)


def _of_iterator(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    if function.__name__ == "__length_hint__":
        return looks("?")(memory, task, operator.length_hint, site, (function.__self__, *args), kwargs)
    if function.__name__ == "__iter__":
        return at_once(memory, task, function, site, args, kwargs)
    value = step(function.__self__, site, function, *args)
    interrupted.switchable(task)
    return value


def _of_context(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """What `run` calls may set variables of the context, in which no other thread may be meanwhile."""
    memory.gate(task, site)
    runs = function.__name__ == "run" and bool(args)

    def touch() -> None:
        memory.mark(task, function.__self__, WHOLE, BOTH if runs else READ, site)
        if runs:
            touch_callback(memory, task, args[0], args[1:], site, look)

    for one in args:
        memory.adopt(one, task)
    return interrupted.call(task, site, touch, function, args, kwargs)


def _of_module(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    handler = HANDLERS.get(function)
    if handler is not None:
        return handler(memory, task, function, site, args, kwargs)
    others.meet(memory, task, function)
    memory.gate(task, site)
    how = at_once if not kwargs and whose.all_atoms(args) and not memory.places.lent else classes.foreign_call
    return of_process.call(how, memory, task, function, site, args, kwargs)


def _of_container(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    name = function.__name__
    if name in _ATTRIBUTES:
        return _of_attribute(memory, task, function, site, args, kwargs)
    value = containers.call_method(memory, task, function, site, args, kwargs)
    if name in ("__iter__", "__reversed__"):
        return iterator_of(function.__self__, value, site)
    return value


def _of_class(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """A function of a class's: `dict.fromkeys`, `object.__new__`, or `__call__`, which makes an object."""
    owner, name = function.__self__, function.__name__
    if name == "__call__" and issubclass(type(function), types.MethodWrapperType):
        return classes.call(memory, task, owner, site, args, kwargs, function)
    if name in _ATTRIBUTES:
        return _of_attribute(memory, task, function, site, args, kwargs)
    if name == "__new__" and owner is object:
        return at_once(memory, task, function, site, args, kwargs)
    return (goes_over(0) if name == "fromkeys" else looks("i"))(memory, task, function, site, args, kwargs)


def _of_attribute(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`object.__setattr__` and its like: past the author's own method of that name."""
    owner, access = function.__self__, _ATTRIBUTES[function.__name__]
    if args and isinstance(args[0], str):
        memory.gate(task, site)
        content = args[1] if access == WRITE and len(args) == 2 else None
        memory.adopt(content, task)
        attributes.touch(memory, task, owner, args[0], access, site, content, direct=True)
    value = function(*args, **kwargs)
    interrupted.switchable(task)
    return value


def _of_object(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """A method of C's of any object."""
    owner, name = function.__self__, function.__name__
    if name in _ATTRIBUTES:
        return _of_attribute(memory, task, function, site, args, kwargs)
    if issubclass(type(function), types.MethodWrapperType):
        if issubclass(type(owner), types.FunctionType) and name == "__call__":
            return call(owner, site, *args, **kwargs)
        if _is_of_object(function) or issubclass(type(owner), (BaseException, types.FunctionType)):
            return at_once(memory, task, function, site, args, kwargs)
    if whose.is_value(type(owner)) or issubclass(type(owner), (tuple, frozenset, Modelled)):
        _tell_join(memory, name, args, site)
        how = formats.call if formats.looks_inside(owner, name) else looks("s" if name in formats.NAMES else "?")
        return how(memory, task, function, site, args, kwargs)
    memory.gate(task, site)
    if type(owner) is _CACHED:
        memory.mark(task, owner, WHOLE, WRITE if name == "cache_clear" else READ, site)
        of_process.tell_of_cache(memory, task, owner)
        return at_once(memory, task, function, site, args, kwargs)
    if issubclass(type(owner), (*VIEWS, memoryview)):
        return _of_view(memory, task, function, site, args, kwargs)
    return handing_out.call(memory, task, function, site, args, kwargs)


def _tell_join(memory: Memory, name: str, args: Arguments, site: int) -> None:
    """A list is joined in one step, also without the GIL."""
    if name == "join" and any(issubclass(type(one), deque) for one in args):
        foreign.half_done(memory, "join() of a deque", site)


def _is_of_object(function: Any) -> bool:
    """Whether it is a method that does with the object itself what any object does."""
    name = function.__name__
    return name in _OF_OBJECT and getattr(object, name) is getattr(function.__objclass__, name, whose.MISSING)


def _of_view(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    owner = function.__self__
    if function.__name__ != "__iter__":
        look(memory, task, owner, site, "c")
    return iterator_of(owner, looks("?")(memory, task, function, site, args, kwargs), site)


def _call_class(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    return classes.call(memory, task, function, site, args, kwargs, function)


def _call_plain_cached(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    return _call_cached(memory, task, function, function, site, args, args, kwargs)


def _call_partial(_: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    value = call(function.func, site, *function.args, *args, **{**function.keywords, **kwargs})
    interrupted.switchable(task)
    return value


def _call_unbound(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`dict.get(d, key)` is `d.get(key)`, by the class that is named."""
    if args and issubclass(type(args[0]), function.__objclass__):
        return call(function.__get__(args[0], type(args[0])), site, *args[1:], **kwargs)
    return at_once(memory, task, function, site, args, kwargs)  # it fails


def _call_getter(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`itemgetter` and `attrgetter`."""
    if len(args) != 1 or kwargs:
        return at_once(memory, task, function, site, args, kwargs)
    get = items.read if type(function) is operator.itemgetter else _attribute
    found = [get(args[0], key, site) for key in function.__reduce__()[1]]
    interrupted.switchable(task)
    return found[0] if len(found) == 1 else tuple(found)


def _attribute(owner: Any, names: str, site: int) -> Any:
    for name in names.split("."):
        owner = attributes.read(owner, name, site)
    return owner


def _call_named(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """`methodcaller`."""
    if len(args) != 1 or kwargs:
        return at_once(memory, task, function, site, args, kwargs)
    made, given = function.__reduce__()
    names = made.keywords if isinstance(made, functools.partial) else {}
    name, *rest = (*made.args, *given) if isinstance(made, functools.partial) else given
    value = call(attributes.method(args[0], name, site), site, *rest, **names)
    interrupted.switchable(task)
    return value


def _call_reference(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    if not whose.is_eternal(function()):
        memory.places.gaps[foreign.WEAK] += 1
    return at_once(memory, task, function, site, args, kwargs)


def _call_object(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:
    """An object that can be called, or a class with a metaclass."""
    if issubclass(type(function), type):
        return _call_class(memory, task, function, site, args, kwargs)
    kind = type(function)
    if issubclass(kind, weakref.ref):
        return _call_reference(memory, task, function, site, args, kwargs)
    if issubclass(type(function), (types.GenericAlias, Modelled)) or whose.is_value(kind):
        return at_once(memory, task, function, site, args, kwargs)
    if whose.records(whose.look_up(kind, "__call__")):
        return at_once(memory, task, function, site, args, kwargs)
    memory.gate(task, site)
    return classes.foreign_call(memory, task, function, site, args, kwargs)


_KINDS: Final[dict[type, Handler]] = {
    types.FunctionType: _call_function,
    types.MethodType: _call_method,
    type: _call_class,
    functools.partial: _call_partial,
    operator.itemgetter: _call_getter,
    operator.attrgetter: _call_getter,
    operator.methodcaller: _call_named,
    weakref.ref: _call_reference,
    _CACHED: _call_plain_cached,
    **dict.fromkeys(whose.BOUND, _call_bound),
    **dict.fromkeys(whose.UNBOUND, _call_unbound),
}
