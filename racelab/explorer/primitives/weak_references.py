"""`weakref.finalize`: the function is called when the object goes, which is not explored. Called by hand it works."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from types import ModuleType
from typing import Any, Final

from racelab.explorer.code.copies import copy_of
from racelab.explorer.kernel.threads import here
from racelab.explorer.kernel.waiting import Primitive

from .faces import keep

FINALIZED: Final = "weakref.finalize is used: when the last reference to an object goes is not explored."
Waits = tuple[Any, Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Finalize(Primitive):
    """`weakref.finalize`. It keeps its object alive as long as the execution goes on."""

    __slots__ = ("_waits", "atexit")

    def __init__(self, obj: Any, func: Callable[..., Any], /, *args: Any, **kwargs: Any) -> None:
        weakref.ref(obj)  # fails as the real one does
        super().__init__("finalizer")
        self._waits: Waits | None = (obj, func, args, kwargs)
        self.atexit = True
        self._memory.mortals.add(obj, FINALIZED)
        keep(self._memory, (func, *args, *kwargs.values()), here.task)

    def key(self) -> Hashable:
        """Whether it is still to be called."""
        return self._waits is not None

    def __call__(self, _: object = None) -> Any:
        """Call the function, unless that was done."""
        waits = self._taken("call")
        return waits[1](*waits[2], **waits[3]) if waits is not None else None

    def detach(self) -> Waits | None:
        """Give up calling it. Returns what it was."""
        return self._taken("detach")

    def peek(self) -> Waits | None:
        """What it is, while it is still to be called."""
        self._look("look at")
        return self._waits

    @property
    def alive(self) -> bool:
        """Whether it is still to be called."""
        self._look("look at")
        return self._waits is not None

    def _taken(self, what: str) -> Waits | None:
        self._look(what)
        waits, self._waits = self._waits, None
        return waits

    def _look(self, what: str) -> None:
        task = self.stop(what)
        if task is not None:
            task.learns(self._waits is not None)
            self.acquired(task)
            self.released(task)


MODULE: Final[ModuleType] = copy_of(weakref, finalize=Finalize)
