"""`os`: what it does to files and processes Python reports by itself (see `code.outside`); the rest is decided here."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, Final

from racelab.explorer.code.copies import copy_of
from racelab.explorer.kernel.threads import here

from .chance import random_bytes

NOT_MODELLED: Final = "os.{} is used, and it is not modelled."
_NOT_MODELLED: Final = (
    *("_exit", "abort", "eventfd", "getloadavg", "memfd_create", "openpty", "pipe", "pipe2", "pread", "pwrite"),
    *("read", "readv", "times", "wait", "wait3", "wait4", "waitid", "waitpid", "write", "writev"),
)


def _told(name: str) -> Callable[..., Any]:
    real = getattr(os, name)

    def call(*arguments: Any, **named: Any) -> Any:
        if here.memory is not None:
            here.memory.places.unfaithful[NOT_MODELLED.format(name)] += 1
        return None if name in ("_exit", "abort") else real(*arguments, **named)

    return call


def _urandom(size: int, /) -> bytes:
    return random_bytes(size)


def _getrandom(size: int, flags: int = 0) -> bytes:  # noqa: ARG001 - the name that it has in `os`
    return random_bytes(size)


def _sched_yield() -> None:
    """A switch may happen here, as after any call."""
    if here.task is not None:
        here.task.fresh = True


def _register_at_fork(**_: object) -> None:
    """An execution that forks has no verdict anyway."""


MODULE: Final[ModuleType] = copy_of(
    os,
    urandom=_urandom,
    getrandom=_getrandom,
    sched_yield=_sched_yield,
    register_at_fork=_register_at_fork,
    **{name: _told(name) for name in _NOT_MODELLED if hasattr(os, name)},
)
