"""Greenlets that are used again and again: starting one costs several times what a task does with it.

Each thread has its own, because a greenlet cannot leave the thread that it was started in.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import cast

from greenlet import GreenletExit, getcurrent, greenlet

Body = Callable[[], None]
MOST_IDLE = 32


class Runner:
    """Runs one body after another, each from pause to pause."""

    __slots__ = ("_greenlet", "_hub", "_idle")

    def __init__(self) -> None:
        self._greenlet = greenlet(self._run_bodies)
        self._hub = getcurrent()
        self._idle = False
        self._greenlet.switch()

    @classmethod
    def borrow(cls) -> Runner:
        """One that runs nothing. Give it back when it is needed no more."""
        idle = _idle_ones()
        return idle.pop() if idle else cls()

    def give_back(self) -> None:
        """End what it runs, wherever that is, and keep the runner for others if it did end."""
        if not self._idle and self._greenlet:
            self._come_back_here()
            self._greenlet.throw()
        idle = _idle_ones()
        if self._idle and len(idle) < MOST_IDLE:
            self._greenlet.gr_context = None  # as if it were new
            idle.append(self)

    def go_on(self, body: Body | None = None) -> None:
        """Run to the next pause, or to the end; with a `body`, from its beginning."""
        self._come_back_here()
        self._greenlet.switch(body)

    def pause(self) -> None:
        """For the body: stop here until told to go on."""
        self._hub.switch()

    @property
    def frame(self) -> FrameType | None:
        """Where it has stopped; None if it has failed."""
        return cast("FrameType | None", self._greenlet.gr_frame)

    def _come_back_here(self) -> None:
        """At its next pause; as the parent, also if it fails."""
        here = getcurrent()
        if self._hub is not here:
            self._hub = self._greenlet.parent = here

    def _run_bodies(self) -> None:
        while True:
            self._idle = True
            body = self._hub.switch()
            self._idle = False
            with suppress(GreenletExit):  # given back in the middle
                body()


def _idle_ones() -> list[Runner]:
    try:
        return cast("list[Runner]", _mine.idle)
    except AttributeError:
        _mine.idle = []
        return _idle_ones()


_mine = threading.local()
