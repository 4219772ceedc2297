"""Functions of Python's that set attributes of a function or class that they are given, such as `update_wrapper`."""

from __future__ import annotations

import abc
import dataclasses
import functools
import typing
from collections.abc import Mapping, Sequence
from types import FunctionType
from typing import Any, Final

from racelab.explorer.kernel.cells import BOTH, READ, WHOLE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.threads import Thread

from . import attributes, foreign, interrupted

_CODE: Final = (FunctionType, type)
_OF_TYPING: Final = "final no_type_check override runtime_checkable"
DECORATORS: Final = (
    *(functools.update_wrapper, dataclasses.dataclass, abc.update_abstractmethods),
    *(getattr(typing, name) for name in _OF_TYPING.split() if hasattr(typing, name)),
)


def decorate(
    memory: Memory, task: Thread, function: Any, site: int, args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Set attributes of the first argument by what the others have, one after another."""
    memory.gate(task, site)
    given = [one for one in (*args, *kwargs.values()) if issubclass(type(one), _CODE)]

    def touch() -> None:
        for one in given:
            memory.mark(task, one, WHOLE, BOTH if one is given[0] else READ, site)
        if given:
            foreign.half_way(memory, site, foreign.name_of(function))

    value = interrupted.call(task, site, touch, function, args, kwargs)
    if given and issubclass(type(given[0]), type):
        attributes.forget()
    return value
