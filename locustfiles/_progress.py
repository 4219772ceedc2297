"""How far a load is, on stderr: a moving line in a terminal, and elsewhere one line when it begins to wait."""

from __future__ import annotations

import time
from collections.abc import Callable

from rich.console import Console

from racelab.cli.terminal import MovingLine

WAITING = "Waiting until cleanup has ended."


class Progress:
    """See the module.

    Args:
        console: where it is drawn.
        seconds: how long users send requests.
        clock: seconds, monotonic.
    """

    def __init__(self, console: Console, seconds: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._console = console
        self._clock = clock
        self._line: MovingLine | None = MovingLine(console) if console.is_terminal else None
        self._until = clock() + seconds
        self._waiting = self._ended = False

    def show(self, users: int, requests: int) -> bool:
        """Draw the line anew. Returns whether the load goes on, so that there will be more to show."""
        if self._line is not None and not self._ended:
            left = max(0.0, self._until - self._clock())
            said = WAITING if self._waiting else f"{users:,} users, {requests:,} requests so far, {left:.0f} s left"
            self._line.show(said)
        return not self._ended

    def wait(self) -> None:
        """The users send no more requests."""
        if self._waiting or self._ended:
            return
        self._waiting = True
        if self._line is None:
            print(WAITING, file=self._console.file, flush=True)
        self.show(0, 0)

    def end(self) -> None:
        """Erase the line, once: the verdict follows."""
        if self._line is not None and not self._ended:
            self._line.end()
        self._ended = True
