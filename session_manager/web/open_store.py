"""The store of an app: opened and cleaned by the process that serves, from the first request that uses a session on.

Making an app opens no file and no connection and starts no thread: `flask routes`, or a server that loads the app and
then forks, needs none of them.
"""

from __future__ import annotations

import gc
import logging
import os
from contextlib import suppress

from werkzeug.exceptions import HTTPException

from ..databases import CannotOpen, DatabaseClaimed
from ..model import SessionError
from ..sessions.contract import WebSessions
from ..sessions.stores import Store
from ..shared.errors import EngineAway
from ..sync import RUNTIME, Signal, Task
from .life import Life
from .surprises import Surprises

log = logging.getLogger(__name__)
STOP_SECONDS = 5.0
"""How long `stop` waits for the cleanup thread."""
ITS_OWN_SECONDS = 2.0
"""For which a server may hold the claim of a connection that it has just ended."""
ENDED = "The sessions of this app were closed by this process, which is about to end. Nothing was changed. Try again."
FORKED = (
    "This process is a copy of process {}, which has served a request that used a session before it forked: no "
    "connection and no thread of it can be used here. Nothing was changed. Serve no request before the fork."
)
ONE_PROCESS = (
    "SESSION_STORE is a store for one process, and another one serves it now. Nothing was changed. Run one worker with "
    "several threads, or set SESSION_STORE to redis://... or postgresql+psycopg://..., which any number of workers may "
    "share."
)
UNOPENED = "The sessions of this app cannot be opened, and requests that use them get 503 until they can."
ANOTHER = "Start it, or look for a slip in SESSION_STORE."
CLOSED = "The sessions of this app cannot be opened; its log says why. Nothing was changed. Try again."


class NotServing(SessionError):
    """This process has no sessions to serve. The words are for a visitor; files and hosts are in the log alone."""


class OpenStore:
    """Call it for the sessions.

    Args:
        store: opened at the first call, or by `life.start()`.
        cleanup_interval: seconds between two cleanup cycles.
    """

    def __init__(self, store: Store, cleanup_interval: float) -> None:
        self._store = store
        self._interval = cleanup_interval
        self._stopping: Signal = RUNTIME.signal()
        self._tasks: list[Task] = []
        self._process = 0
        self._logged = ""
        self._surprises = Surprises()
        self.life = Life(self._begin, self._end, ENDED, FORKED)

    def __call__(self) -> WebSessions:
        """The sessions.

        Raises:
            NotServing: they cannot be opened, or have ended.
        """
        try:
            self.life.ensure()
        except HTTPException as refused:
            raise NotServing(refused.description) from refused
        return self._store.sessions

    def stop(self) -> None:
        """Stop the cleanup thread, wait for it, and close the store. No request may be in flight.

        A copy that a fork has made leaves the connections alone: they are those of the other process.
        """
        if self._process in (0, os.getpid()):
            self.life.stop()

    def _begin(self, patience: float) -> None:
        try:
            self._open(patience)
        except SessionError as error:
            self._log(error)
            raise NotServing(_for_visitors(error)) from error
        self._process, self._stopping = os.getpid(), RUNTIME.signal()
        self._tasks.append(RUNTIME.start("session-cleanup", self._clean_until_stopped))

    def _open(self, patience: float) -> None:
        try:
            self._store.open(patience)
        except DatabaseClaimed:
            if self._logged:
                raise
            gc.collect()  # an app that is garbage may have it: tests make one after another, and stop none
            self._store.open()

    def _end(self) -> None:
        self._stopping.set()
        while self._tasks:
            with suppress(RuntimeError):  # it is the cleanup thread itself that collects the app as garbage
                self._tasks.pop().join(STOP_SECONDS)
        self._store.close()

    def _clean_until_stopped(self) -> None:
        stopping = self._stopping
        while not stopping.wait(self._interval):
            self._keep_claim()
            try:
                self._store.sessions.run_cleanup()
            except SessionError as error:
                log.info("A cleanup of sessions ended early, and the next one goes on: %s", error)
            except Exception as error:
                if self._surprises.is_new(error):
                    log.exception("A cleanup of sessions failed; the next one starts as usual.")

    def _keep_claim(self) -> None:
        """Take it again if a restarted server has forgotten it. If another process was faster, this one ends."""
        claim = self._store.claim
        if not claim.holds():
            try:
                claim.take(ITS_OWN_SECONDS)
            except CannotOpen:
                """The server is away: nobody can have it."""
            except DatabaseClaimed as error:
                self._log(error)
                self.life.lose(ONE_PROCESS)

    def _log(self, error: SessionError) -> None:
        """Each reason once, not for each request."""
        if str(error) != self._logged:
            self._logged = str(error)
            log.error("%s %s", ONE_PROCESS if isinstance(error, DatabaseClaimed) else UNOPENED, _for_the_log(error))


def _for_the_log(error: SessionError) -> str:
    """What is wrong. The advice of an `EngineAway` names the lab's options, which this app does not have."""
    return f"{error.problem} {ANOTHER}" if isinstance(error, EngineAway) else str(error)


def _for_visitors(error: SessionError) -> str:
    return ONE_PROCESS if isinstance(error, DatabaseClaimed) else CLOSED
