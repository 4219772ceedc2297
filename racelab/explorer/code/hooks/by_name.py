"""`getattr` and its like: an attribute that is named while the code runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import attributes, interrupted

Arguments = Sequence[Any]
Names = Mapping[str, Any]


def get_attribute(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:  # noqa: ARG001
    """`getattr`, with or without a value in place of what is missing."""
    if len(args) not in (2, 3) or not isinstance(args[1], str):
        return function(*args, **kwargs)
    try:
        value = attributes.read(args[0], args[1], site)
    except AttributeError:
        if len(args) == 2:
            raise
        value = args[2]
    interrupted.switchable(task)
    return value


def has_attribute(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:  # noqa: ARG001
    """`hasattr`."""
    if len(args) != 2 or not isinstance(args[1], str):
        return function(*args, **kwargs)
    try:
        attributes.read(args[0], args[1], site)
        found = True
    except AttributeError:
        found = False
    interrupted.switchable(task)
    return found


def set_attribute(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:  # noqa: ARG001
    """`setattr`."""
    if len(args) != 3 or not isinstance(args[1], str):
        return function(*args, **kwargs)
    attributes.write(args[0], args[1], args[2], site)
    return interrupted.switchable(task)


def delete_attribute(memory: Memory, task: Thread, function: Any, site: int, args: Arguments, kwargs: Names) -> Any:  # noqa: ARG001
    """`delattr`."""
    if len(args) != 2 or not isinstance(args[1], str):
        return function(*args, **kwargs)
    attributes.delete(args[0], args[1], site)
    return interrupted.switchable(task)
