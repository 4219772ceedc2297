"""Greenlets that are used again and again: starting one costs several times what a task does with it.

Each thread has its own, because a greenlet cannot leave the thread that it was started in. Nothing that a greenlet
runs may refer to its `Runner`: Python never collects a cycle through a greenlet that has stopped.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, cast

from greenlet import GreenletExit, getcurrent, greenlet

Body = Callable[[], None]
MOST_IDLE = 32
DEEP = 100
"""Frames below a new greenlet from which on it is not kept: it goes on counting recursion from where it was made."""


class Turn:
    """What a greenlet and its runner both know: where to go back to, and whether it runs nothing."""

    __slots__ = ("hub", "idle")

    def __init__(self) -> None:
        self.hub: Any = getcurrent()
        self.idle = False


class Runner:
    """Runs one body after another, each from pause to pause."""

    __slots__ = ("_greenlet", "_kept", "_turn")

    def __init__(self) -> None:
        self._turn = Turn()
        self._greenlet = greenlet(_run_bodies)
        self._kept = not _is_deep()
        self._greenlet.switch(self._turn)

    @classmethod
    def borrow(cls) -> Runner:
        """One that runs nothing. Give it back when it is needed no more."""
        return _mine.idle.pop() if _mine.idle else cls()

    def give_back(self) -> bool:
        """End what it runs, wherever that is, and keep the runner for others. Returns whether it did end."""
        if not self._turn.idle and self._greenlet:
            self._come_back_here()
            with _end_in_silence():
                self._greenlet.throw()
        if self._turn.idle and self._kept and len(_mine.idle) < MOST_IDLE:
            self._greenlet.gr_context = None  # as if it were new
            _mine.idle.append(self)
        return self._turn.idle or not self._greenlet

    def go_on(self, body: Body | None = None) -> None:
        """Run to the next pause, or to the end; with a `body`, from its beginning."""
        here = getcurrent()
        if self._turn.hub is not here:
            self._turn.hub = self._greenlet.parent = here
        self._greenlet.switch(body)

    def pause(self) -> None:
        """For the body: stop here until told to go on."""
        self._turn.hub.switch()

    @property
    def frame(self) -> FrameType | None:
        """Where it has stopped; None if it has failed."""
        return cast("FrameType | None", self._greenlet.gr_frame)

    def _come_back_here(self) -> None:
        """At its next pause; as the parent, also if it fails."""
        here = getcurrent()
        if self._turn.hub is not here:
            self._turn.hub = self._greenlet.parent = here


def _run_bodies(turn: Turn) -> None:
    while True:
        turn.idle = True
        body = turn.hub.switch()
        turn.idle = False
        try:  # noqa: SIM105 - `suppress` costs as much as a step
            body()
        except GreenletExit:  # given back in the middle
            pass
        del body  # or it would be kept until the next one comes


@contextmanager
def _end_in_silence() -> Iterator[None]:
    """A `__del__` cannot be ended: Python reports the exception and goes on. That is no fault of the manager's."""
    report = sys.unraisablehook
    sys.unraisablehook = lambda told: None if told.exc_type is GreenletExit else report(told)
    try:
        yield
    finally:
        sys.unraisablehook = report


def _is_deep() -> bool:
    try:
        sys._getframe(DEEP)
    except ValueError:
        return False
    return True


class _Mine(threading.local):
    """The runners of each thread that run nothing."""

    def __init__(self) -> None:
        self.idle: list[Runner] = []


_mine = _Mine()
