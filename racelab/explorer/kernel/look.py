"""Looks for real things that a manager has brought along, however deep they hide."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from types import FunctionType, ModuleType
from typing import Any

from . import origin, real
from .clock_reads import clock_read
from .guard import NotModelled
from .reach import Reach, contents, members


def refuse_real_parts(manager: object, *also: object) -> None:
    """Look at everything that can be reached from a manager and its class, at any depth, and in its author's modules.

    Refused are real locks, threads, queues and sources of randomness; their names, if something was imported from their
    modules, because a name cannot be guarded; what tells threads apart; and functions that read the clock by a class of
    `datetime`, which cannot be guarded either.

    Args:
        manager: a manager.
        also: what it shares with nobody but its runtime: values behind locks, targets of threads; and what made it.

    Raises:
        NotModelled: there is something real, and where.
        TooMuch: more can be reached than is looked at.
    """
    classes = [kind for kind in type(manager).__mro__ if origin.of_kind(kind) != origin.PYTHON]
    reach = Reach((manager, type(manager), *classes, *also), classes)
    kinds: dict[type, bool] = {}
    for thing in reach.things.values():
        kind = type(thing)
        if kind not in kinds:
            kinds[kind] = real.is_real_class(kind)
        if kinds[kind] or real.is_real(thing):
            raise NotModelled(where(reach, thing))
    for function in reach.called:
        if name := clock_read(function):
            raise NotModelled(f"{name}, in {function.__qualname__} of {function.__module__},")


def where(reach: Reach, thing: object) -> str:
    """ "'s1' of Manager.locks": how a thing was found, from the nearest module or from the manager."""
    names: list[str] = []
    while id(thing) in reach.parents:
        parent = reach.parents[id(thing)]
        name = _name_in(parent, thing)
        names += [name] if name else []
        thing = parent
        if isinstance(thing, (ModuleType, type)) and names:
            break
    root = thing.__name__ if isinstance(thing, (ModuleType, type, FunctionType)) else type(thing).__name__
    if not names:
        return repr(root)
    last, *path = names
    return f"{last!r} of {'.'.join([root, *reversed(path)])}"


def _name_in(parent: Any, thing: object) -> str:
    """What a thing is called in what refers to it; empty if that has no name, such as the dict of an object."""
    return next((name for name, part in _named_parts(parent) if part is thing), "")


def _named_parts(parent: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(parent, dict):
        return ((str(key), part) for key, part in list(parent.items()))
    if isinstance(parent, (list, tuple)):
        return ((str(place), part) for place, part in enumerate(parent))
    if isinstance(parent, (type, ModuleType)):
        return iter(members(parent).items())
    if isinstance(parent, FunctionType):
        count = len(parent.__defaults__ or ())
        arguments = parent.__code__.co_varnames[: parent.__code__.co_argcount]
        defaults = zip(arguments[len(arguments) - count :], parent.__defaults__ or (), strict=True)
        named = (contents(parent), parent.__kwdefaults__ or {}, vars(parent))
        return chain(defaults, *(parts.items() for parts in named))
    slots = [name for kind in type(parent).__mro__ for name in _slots(kind)]
    held = [(name, getattr(parent, name)) for name in slots if hasattr(parent, name)]
    return chain(held, list(getattr(parent, "__dict__", {}).items()))


def _slots(kind: type) -> list[str]:
    names = vars(kind).get("__slots__", ())
    return [names] if isinstance(names, str) else list(names)
