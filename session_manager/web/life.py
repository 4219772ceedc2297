"""When the managers of an app run: begun once, by a server's hook or by the first request, and ended once.

No host has to do anything: whoever answers the first request begins. `flask routes` and the parent of a reloader load
the app and answer none, so they begin nothing.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from enum import Enum

from flask import abort

from ..model import SessionError
from ..sync import ThreadRuntime

ENDED = "This lab has ended, and another process may serve its sessions now. Nothing was changed. Try again."
FORKED = (
    "This process is a copy of process {}, in which the lab was started: it has its sessions, and none of its threads. "
    "Nothing was changed. Load the app after the fork, and serve it in one process."
)


class Phase(Enum):
    """What a life is in."""

    NEW = "not started"
    RUNNING = "running"
    LOST = "lost"
    ENDED = "ended"


class Life:
    """See the module.

    Args:
        begin: is given the seconds that it may wait for an earlier process to end. If it raises, nothing has begun.
        end: undoes it.
        ended, forked: the sentences for requests that come after the end, or in a copy of the process.
    """

    def __init__(
        self, begin: Callable[[float], None], end: Callable[[], None], ended: str = ENDED, forked: str = FORKED
    ) -> None:
        self._begin = begin
        self._end = end
        self._ended, self._forked = ended, forked
        self._turn = ThreadRuntime().lock("life", None)
        self._process = 0
        self.phase = Phase.NEW
        self.reason = ended

    def start(self, patience: float = 0.0) -> None:
        """Begin now.

        Raises:
            RuntimeError: it runs already.
            SessionError: it cannot begin; the sentence says why.
        """
        with self._turn:
            if self.phase is Phase.RUNNING:
                raise RuntimeError("The session managers of this app are running already.")
            self._run(patience)

    def ensure(self) -> None:
        """Before each request: begin if nobody has. 503 with the reason if that cannot be, or if it has ended."""
        if self._process != os.getpid():
            self._begin_or_refuse()
        elif self.phase is not Phase.RUNNING:
            abort(503, self.reason)

    def lose(self, reason: str) -> None:
        """Answer nothing more: what it serves belongs to another process now. `stop` still ends the rest."""
        self.phase, self.reason = Phase.LOST, reason

    def stop(self) -> None:
        """End. No request begins it again."""
        with self._turn:
            if self.phase in (Phase.RUNNING, Phase.LOST):
                self._end()
            self.phase, self.reason = Phase.ENDED, self._ended

    def _run(self, patience: float) -> None:
        self._begin(patience)
        self._process, self.phase = os.getpid(), Phase.RUNNING

    def _begin_or_refuse(self) -> None:
        with self._turn:
            if self.phase is Phase.NEW:
                try:
                    self._run(0.0)
                except SessionError as error:
                    abort(503, str(error))
        if self.phase is not Phase.RUNNING:
            abort(503, self.reason)
        if self._process != os.getpid():
            abort(503, self._forked.format(self._process))
