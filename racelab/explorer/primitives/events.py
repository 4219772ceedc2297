"""`threading.Event`. Its operations are single steps: the real ones hold an inner lock throughout.

A waiter that was woken while the flag is down again has gone on in between: the model lets it go on at that moment.
"""

from __future__ import annotations

import threading

from ..kernel.threads import Thread as Task
from .faces import Face, Inner, names_of


class Flag(Inner):
    """The state of an event."""

    __slots__ = ("up",)

    def __init__(self) -> None:
        super().__init__("event")
        self.up = False

    def key(self) -> bool:
        """Whether it is set."""
        return self.up

    def words(self) -> str:
        """Why a task waits."""
        return f"the {self.name}, which is not set"

    def is_up(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether a waiter may go on."""
        return self.up

    def change(self, up: bool) -> None:
        """Set or clear it."""
        task = self.stop("set" if up else "clear")
        if task is not None:
            self.up = up
            self.acquired(task)
            self.released(task)


class Event(Face):
    """`threading.Event`."""

    __slots__ = ()

    _called = "threading.Event"
    _real = names_of(threading.Event())
    _lab: Flag

    def __init__(self) -> None:
        self._lab = Flag()

    def is_set(self) -> bool:
        """As the real one."""
        task = self._lab.stop("look at")
        if task is not None:
            task.learns(self._lab.up)
            self._lab.acquired(task)
        return self._lab.up

    isSet = is_set  # noqa: N815 - as the real one

    def set(self) -> None:
        """As the real one."""
        self._lab.change(True)

    def clear(self) -> None:
        """As the real one."""
        self._lab.change(False)

    def wait(self, timeout: float | None = None) -> bool:
        """As the real one."""
        task, is_set = self._lab.wait_until("wait for", self._lab.is_up, timeout)
        self._lab.acquired(task)
        return is_set
