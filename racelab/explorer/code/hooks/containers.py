"""Python's containers: which cells an item or a method of theirs means.

An item of a dict is a cell of its own if its key is plain, or an object that is known by its identity. All other
accesses are to the whole.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import Enum
from typing import Any, Final

from racelab.explorer.kernel.cells import ATOMS, BOTH, CHANGE, READ, UNKNOWN, WHOLE, WRITE, Key
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import foreign, in_steps, interrupted, lasting, of_modules, whose
from .advancing import touch_callback
from .looking import begins_with_hash, look
from .tables import (
    ASKS_ELEMENTS,
    CREATES_ITEM,
    HAS_ITEM,
    HASHES,
    LOOKS_AT_ITEM,
    LOOKS_AT_NO_ELEMENT,
    SETS_ITEM,
    STORES,
    TAKES_ITEM,
    USES_UP,
    Effect,
    table_of,
)

PLAIN_KEYS: Final = frozenset({str, int, bytes, type(None), bool, float})
VALUE_MODULES: Final = frozenset({"datetime", "decimal", "fractions", "pathlib", "uuid"})
FROM_OUTSIDE: Final = "The global {} is changed through a dictionary, where its own module looks unrecorded."
LOOKS: Final = frozenset({READ, LOOKS_AT_ITEM, HAS_ITEM})
ALL_GLOBALS: Final = "all names"


def key_of(memory: Memory, key: Any) -> Any:
    """The cell of an item; `WHOLE` if equal keys cannot be told without asking them."""
    kind = type(key)
    if kind in PLAIN_KEYS:
        return key
    if kind is tuple:
        return key if all(type(part) in PLAIN_KEYS for part in key) else WHOLE
    if issubclass(kind, Enum) and _is_plain_member(kind):
        text = f"{kind.__qualname__}.{key._name_}"  # `str` of it may be the author's
        return Key(f"{kind.__module__}.{text}", text, key)
    if kind.__module__ in VALUE_MODULES and whose.is_value(kind):
        return key
    if _is_plain_object(kind):
        known = memory.things.get(id(key))
        return Key(known.name, f"<{kind.__qualname__}>", key) if known is not None else WHOLE
    return WHOLE


def _is_plain_member(kind: Any) -> bool:
    """Whether the members of an `Enum` are equal to nothing but themselves."""
    return kind.__hash__ is Enum.__hash__ and kind.__eq__ is object.__eq__


def _is_plain_object(kind: Any) -> bool:
    """Whether its objects are equal to nothing but themselves."""
    return kind.__hash__ is object.__hash__ and kind.__eq__ is object.__eq__


def touch_item(
    memory: Memory, task: Thread, owner: dict[Any, Any], key: Any, how: str, site: int, content: object = UNKNOWN
) -> None:
    """Mark what is touched of one item of a dict.

    Args:
        how: one of the letters of `tables`.
        content: what is stored.
    """
    cell = key_of(memory, key)
    if how in (LOOKS_AT_ITEM, HAS_ITEM):
        memory.mark(task, owner, cell, READ, site)
        return
    if cell is WHOLE:  # asking whether it is there may run code of the key's
        memory.mark(task, owner, WHOLE, BOTH if how != SETS_ITEM else CHANGE, site)
        return
    present = dict.__contains__(owner, key)
    if how == SETS_ITEM:
        memory.mark(task, owner, cell, WRITE, site, content)
    elif how == TAKES_ITEM:
        memory.mark(task, owner, cell, BOTH, site)
    else:
        memory.mark(task, owner, cell, READ if present else BOTH, site)
    if present == (how == TAKES_ITEM):  # its order and length change
        memory.mark(task, owner, WHOLE, CHANGE, site)


def tell_change(memory: Memory, task: Thread, owner: Any, key: Any) -> None:
    """A container is about to be changed: is it one in which more is known, or looked for, than hooks can see?"""
    of_modules.is_pythons(memory, owner)
    if type(owner) is dict:  # one of the reader's may answer in its own way, and globals are none
        lasting.tell_handed_out(memory, task, owner)
        _tell_globals(memory, task, owner, key)


def _tell_globals(memory: Memory, task: Thread, names: dict[Any, Any], key: Any) -> None:
    """The globals of a module are changed as a dictionary: its functions record their looks only at some names."""
    if (
        task.index
        and dict.__contains__(names, "__builtins__")
        and whose.is_namespace(names)
        and key not in names["__builtins__"].get(whose.REBOUND, ())
    ):
        memory.places.gaps[FROM_OUTSIDE.format(key)] += 1


def touch(memory: Memory, task: Thread, owner: Any, name: str, effect: Effect, args: Sequence[Any], site: int) -> None:
    """Mark what a method of a container touches, its arguments apart."""
    if effect is None:
        return
    if isinstance(effect, str):
        if args:
            touch_item(memory, task, owner, args[0], effect, site)
    else:
        memory.mark(task, owner, WHOLE, effect, site)
        if name in ASKS_ELEMENTS or (effect == READ and name not in LOOKS_AT_NO_ELEMENT):
            look(memory, task, owner, site, "?")
    if effect not in LOOKS:
        tell_change(memory, task, owner, args[0] if args and isinstance(effect, str) else ALL_GLOBALS)


def call_method(
    memory: Memory, task: Thread, function: Any, site: int, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Call a method of Python's of one of its containers. The task may have to stop before."""
    owner, name = function.__self__, function.__name__
    effect: Effect = table_of(owner).get(name, BOTH)
    keys = args[:1] if isinstance(effect, str) or name in HASHES else ()
    begins_with_hash(task, owner, *keys)
    memory.gate(task, site)
    _tell_order(memory, owner, name)
    in_steps.tell_method(memory, owner, name, args, kwargs, site)
    for one in (*args, *kwargs.values()):
        memory.adopt(one, task)
    if _is_at_once(memory, name, effect, args, kwargs):
        touch(memory, task, owner, name, effect, args, site)
        value = function(*args, **kwargs)
        interrupted.switchable(task)
        return value
    before = task.stops

    def touch_all() -> None:
        touch(memory, task, owner, name, effect, args, site)
        if task.stops != before and isinstance(effect, str) and effect not in LOOKS:
            memory.mark(task, owner, WHOLE, BOTH, site)  # what was missing before is changed all the same
        op = "i" if name in USES_UP else "?"
        for key in keys:
            look(memory, task, key, site, "h")
        others = () if isinstance(effect, str) else (*args[len(keys) :], *kwargs.values())
        for one in others:
            if type(one) not in ATOMS and not callable(one):
                look(memory, task, one, site, op)
        touch_callback(memory, task, kwargs.get("key"), [owner], site, look)

    return interrupted.call(task, site, touch_all, function, args, kwargs)


def _tell_order(memory: Memory, owner: Any, name: str) -> None:
    if name == "pop" and issubclass(type(owner), set):
        foreign.tell_order(memory, owner)


def _is_at_once(memory: Memory, name: str, effect: Effect, args: Sequence[Any], kwargs: Mapping[str, Any]) -> bool:
    """Whether Python calls no code of the author's meanwhile."""
    if name in STORES:
        return True
    if isinstance(effect, str):
        return (
            effect != CREATES_ITEM and bool(args) and (type(args[0]) in ATOMS or key_of(memory, args[0]) is not WHOLE)
        )
    if kwargs or name in ASKS_ELEMENTS or (effect == READ and name not in LOOKS_AT_NO_ELEMENT):
        return False
    return whose.all_atoms(args)
