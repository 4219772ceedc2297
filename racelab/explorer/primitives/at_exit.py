"""`atexit`: what is registered never runs. An execution is not the end of the process."""

from __future__ import annotations

import atexit
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final, TypeVar

from racelab.explorer.code.copies import copy_of
from racelab.explorer.kernel.threads import here

T = TypeVar("T", bound=Callable[..., Any])
NEVER_RUNS: Final = "What is registered with atexit does not run."


def _register(function: T, /, *_: object, **__: object) -> T:
    if here.memory is not None:
        here.memory.places.assumed.add(NEVER_RUNS)
    return function


def _nothing(*_: object) -> None:
    """Nothing is registered, so there is nothing to undo or to run."""


MODULE: Final[ModuleType] = copy_of(
    atexit, register=_register, unregister=_nothing, _run_exitfuncs=_nothing, _clear=_nothing
)
