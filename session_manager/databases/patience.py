"""Ends the connections of a server that has fallen silent.

A server that works ends a long statement itself (`statement_timeout`). One that is stopped, or cut off, does not, and
its caller would wait for ever, in a thread that answers no other request.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Any, Protocol

import sqlalchemy as sa

from ..sync import Runtime, Signal, Task
from .engines import SECONDS

LOOK = 1.0
"""Seconds between two looks."""


class HasDescriptor(Protocol):
    """A socket, or a connection that has one."""

    def fileno(self) -> int:
        """Its number in the system."""


class Patience:
    """Closes the socket of each connection whose statement has had no answer for too long; its caller gets an error.

    Args:
        engine: of a server whose driver says which socket a connection has. None: its owner says what begins and ends.
        runtime: where the thread that looks comes from.
        seconds: how long a statement may take: a little more than a server that works gives it.
        look: seconds between two looks. A statement is ended after `seconds + look` at the latest.
    """

    def __init__(
        self, engine: sa.Engine | None, runtime: Runtime, seconds: float = 1.2 * SECONDS, look: float = LOOK
    ) -> None:
        self._runtime = runtime
        self._seconds = seconds
        self._pause = look
        self._since: dict[HasDescriptor, float] = {}
        self._ended: Signal | None = None
        self._task: Task | None = None
        if engine is not None:
            self._watch(engine)

    def _watch(self, engine: sa.Engine) -> None:
        """Not only statements: SQLAlchemy asks a new connection questions of its own, and a commit waits too."""
        sa.event.listen(engine, "connect", lambda socket, _: self.begin(socket), insert=True)
        for name in ("before_cursor_execute", "commit", "rollback"):
            sa.event.listen(engine, name, self._ask)
        sa.event.listen(engine, "after_cursor_execute", lambda connection, *_: self.end(_socket_of(connection)))
        for name in ("checkout", "checkin"):
            sa.event.listen(engine, name, lambda socket, *_: self.end(socket))
        sa.event.listen(engine, "handle_error", self._fail)

    def start(self) -> None:
        """Look from now on."""
        if self._task is None:
            self._ended = self._runtime.signal()
            self._task = self._runtime.start("database-patience", self._look)

    def stop(self) -> None:
        """Look no more."""
        if self._task is not None and self._ended is not None:
            self._ended.set()
            self._task.join(2 * self._pause)
            self._task = None

    def begin(self, connection: HasDescriptor) -> None:
        """Something was sent there."""
        self._since[connection] = self._runtime.monotonic()

    def end(self, connection: HasDescriptor) -> None:
        """Its answer has come, or will not come."""
        self._since.pop(connection, None)

    def _ask(self, connection: sa.Connection, *_: object) -> None:
        if not connection.invalidated:  # or nothing is sent: its transaction is over
            self.begin(_socket_of(connection))

    def _fail(self, context: sa.ExceptionContext) -> None:
        if context.connection is not None:
            self.end(_socket_of(context.connection))

    def _look(self) -> None:
        assert self._ended is not None
        while not self._ended.wait(self._pause):
            for connection, since in self._since.copy().items():  # others begin and end meanwhile
                silent = self._runtime.monotonic() - since > self._seconds
                if silent and self._since.get(connection) == since:  # or it has begun its next statement meanwhile
                    with suppress(Exception):  # it has ended in this moment
                        _hang_up(connection.fileno())
                    self._since.pop(connection, None)


def _socket_of(connection: sa.Connection) -> Any:
    return connection.connection.driver_connection


def _hang_up(descriptor: int) -> None:
    """A caller that waits for an answer there hears that none will come. The connection itself stays its owner's."""
    with socket.socket(fileno=os.dup(descriptor)) as same:
        same.shutdown(socket.SHUT_RDWR)
