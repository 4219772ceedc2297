"""Hooks that do what the code said, and no more: with them a rewritten module must behave as its original."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any, Final

from racelab.explorer.code.hooks.in_place import OPERATORS
from racelab.explorer.code.hooks.matching import class_parts
from racelab.explorer.code.rewriter import rewrite

NO_NAMES: Final[Mapping[str, object]] = {}


class AttributeSlot:
    """An attribute as a target."""

    __slots__ = ("name", "thing")

    def __init__(self, thing: Any, name: str, site: int, changes: bool = False) -> None:
        self.thing, self.name = thing, name

    @property
    def v(self) -> Any:
        """The attribute."""
        return getattr(self.thing, self.name)

    @v.setter
    def v(self, value: Any) -> None:
        setattr(self.thing, self.name, value)

    @v.deleter
    def v(self) -> None:
        delattr(self.thing, self.name)


class ItemSlot:
    """An item as a target."""

    __slots__ = ("key", "thing")

    def __init__(self, thing: Any, key: Any, site: int, changes: bool = False) -> None:
        self.thing, self.key = thing, key

    @property
    def v(self) -> Any:
        """The item."""
        return self.thing[self.key]

    @v.setter
    def v(self, value: Any) -> None:
        self.thing[self.key] = value

    @v.deleter
    def v(self) -> None:
        del self.thing[self.key]


class Variables:
    """The identity of what one call of a function shares with those inside of it."""

    __slots__ = ()


def call(function: Callable[..., Any], site: int, /, *args: Any, **named: Any) -> Any:
    """A call."""
    return function(*args, **named)


def nothing(*args: Any) -> None:
    """A hook before something; rewritten code goes on because it returns None."""


NEUTRAL: dict[str, Any] = {
    "_lab_class_parts": class_parts,
    "_lab_enter": nothing,
    "_lab_again": nothing,
    "_lab_resumed": lambda value: value,
    "_lab_called": lambda value: value,
    "_lab_not_modelled": lambda value, what: value,
    "_lab_attr": lambda thing, name, site: getattr(thing, name),
    "_lab_method": lambda thing, name, site: getattr(thing, name),
    "_lab_attr_slot": AttributeSlot,
    "_lab_item": lambda thing, key, site: thing[key],
    "_lab_item_slot": ItemSlot,
    "_lab_slice": slice,
    "_lab_keyed": lambda display, site: display,
    "_lab_contains": lambda key, thing, site: key in thing,
    "_lab_look": lambda thing, site, op: thing,
    "_lab_change": lambda thing, value, site: value,
    "_lab_in_place": lambda op, thing, value, site: OPERATORS[op](thing, value),
    "_lab_iterate": lambda thing, site, begins=False: thing,
    "_lab_with": lambda manager, site: manager,
    "_lab_call": call,
    "_lab_variables": Variables,
    "_lab_global_read": nothing,
    "_lab_global_write": lambda value, name, site: value,
    "_lab_shared_read": nothing,
    "_lab_shared_write": lambda value, name, site, variables: value,
}


def module_of(
    source: str, name: str = "rewritten", hooks: dict[str, Any] = NEUTRAL, given: Mapping[str, object] = NO_NAMES
) -> ModuleType:
    """A module of such a source, rewritten.

    Args:
        source: of the module.
        name: its name; its file is called `NAME.py`.
        hooks: what it calls.
        given: global names that it has from the beginning.
    """
    module = ModuleType(name)
    vars(module).update(given, __builtins__={**vars(builtins), **hooks})
    exec(rewrite(source, f"{name}.py", name).code, vars(module))
    return module
