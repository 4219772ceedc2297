"""Connections to Redis or Valkey: each has answered once before it carries a command, and none may stay silent.

redis-py repeats a command whose answer did not come, which counts an access twice. Here it never does, whatever the URL
says.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import redis
from hiredis import pack_command
from redis.backoff import NoBackoff
from redis.connection import parse_url
from redis.retry import Retry

from ..databases.patience import Patience
from ..sync import ThreadRuntime

MOST_CONNECTIONS = 100
PATIENCE = 1.2
LONGEST_ATTEMPT = 8.1
"""The most that one attempt takes, as a multiple of `seconds`, if the server's name has one address.

1 to wait for a connection; 1 to connect and 1.7 for its greeting, both perhaps twice; 1.7 for the command. The 1.7 are
`PATIENCE` and the pause between two looks.
"""

NOTHING_IS_LEFT = (redis.ResponseError, redis.DataError, UnicodeEncodeError)
"""Errors that leave no answer on its way: the first is one, and the others come before anything is sent."""


def is_redis_url(url: str) -> bool:
    """Whether redis-py knows everything that it says. Opens nothing."""
    try:
        options = parse_url(url)  # type: ignore[no-untyped-call]
        if urlsplit(url).path.strip("/") and not {"db", "path"} & options.keys():
            return False  # a database has a number; redis-py would take number 0 for any other name
        for ours in ("max_connections", "timeout"):  # of a pool
            options.pop(ours, None)
        options.pop("connection_class", redis.Connection)(**options)
    except (redis.RedisError, TypeError, ValueError):
        return False
    return True


class NotSent(redis.ConnectionError):
    """There was no connection to send a command on.

    Attributes:
        soon: whether there may be one in a moment.
    """

    def __init__(self, error: BaseException) -> None:
        self.soon = not isinstance(error, redis.AuthenticationError)
        super().__init__(str(error))


def close_if_interrupted(connection: Any, error: BaseException) -> None:
    """Close it unless an answer has come or nothing was sent, also after Ctrl-C between sending and waiting.

    The answer that is still on its way would be taken for that to the next command.
    """
    if not isinstance(error, NOTHING_IS_LEFT):
        connection.disconnect()


class Pipeline(redis.client.Pipeline):
    """Leaves the server's errors as they are. The other one puts the command before them, with what users have sent."""

    def annotate_exception(self, exception: Exception, number: int, command: Iterable[object]) -> None:
        """Nothing."""

    def _execute_transaction(self, connection: Any, commands: Any, raise_on_error: bool) -> Any:
        try:
            return super()._execute_transaction(connection, commands, raise_on_error)
        except BaseException as error:
            close_if_interrupted(connection, error)
            raise


class Packer:
    """Commands as bytes. That of redis-py takes each one apart first, for commands that users type."""

    @staticmethod
    def pack(*command: str | float) -> list[bytes]:
        """One command.

        Raises:
            redis.DataError: a part of it is no text and no number. Nothing was sent.
        """
        try:
            return [pack_command(command)]  # type: ignore[arg-type] # it takes any number of parts
        except TypeError as error:
            raise redis.DataError(error) from error


class Pool(redis.BlockingConnectionPool):
    """Says whether a command can have been sent, and hangs up on a server that is too slow for one.

    Args:
        url: of the server. What it says about retries and limits is not used.
        runtime: where the thread that hangs up comes from.
        seconds: how long each step may take: the wait for a connection, to connect, each part of an answer.

    Attributes:
        generation: raised when the server has become a replica: older connections lead to it still.

    Raises:
        ValueError: that is no such URL.
    """

    def __init__(self, url: str, runtime: ThreadRuntime, seconds: float) -> None:
        self.patience = Patience(None, runtime, PATIENCE * seconds, look=seconds / 2)
        self.generation = 0
        self._retired = False
        super().__init__(
            **{
                **parse_url(url),  # type: ignore[no-untyped-call]
                "max_connections": MOST_CONNECTIONS,
                "timeout": seconds,
                "socket_timeout": seconds,
                "socket_connect_timeout": seconds,
                "health_check_interval": 0,
                "retry": Retry(NoBackoff(), 0),
                "decode_responses": True,
                "driver_info": None,
                "protocol": 2,
                "redis_connect_func": self._greet,
                "command_packer": Packer(),
            }
        )

    def get_connection(self, *_: Any, **__: Any) -> Any:
        """A connection that was open, or has been opened and has answered.

        Written out, as `release` is: redis-py's own keeps counts for OpenTelemetry, which nobody reads here.

        Raises:
            NotSent: there is none.
        """
        self._checkpid()
        try:
            connection = self.pool.get(timeout=self.timeout)
        except Exception as error:  # `queue.Empty`; whatever it is, nothing was sent
            raise NotSent(redis.ConnectionError("No connection is free.")) from error
        try:
            if connection is None:
                connection = self.make_connection()  # type: ignore[no-untyped-call]
            self._make_ready(connection)
        except BaseException as error:
            if connection is not None:
                connection.disconnect()  # the answer to its greeting may be on its way
            self.release(connection)
            if isinstance(error, redis.RedisError | OSError | ValueError):
                raise NotSent(error) from error
            raise
        connection.watched = connection._sock
        self.patience.begin(connection.watched)
        return connection

    def lent(self) -> Lent:
        """A connection for one exchange, which leaves no answer behind.

        Raises:
            NotSent: there is none; when the exchange begins.
        """
        return Lent(self)

    def release(self, connection: Any) -> None:
        """Take it back."""
        if (watched := getattr(connection, "watched", None)) is not None:
            self.patience.end(watched)
        self._checkpid()
        if connection is not None and connection.pid != self.pid:  # of the process that this one was forked from
            connection.disconnect()
            return
        if connection is not None and self._retired:
            connection.disconnect()
        self.pool.put_nowait(connection)

    def retire(self) -> None:
        """The server is not used any more. Close each connection, one that is in use when it comes back."""
        self._retired = True
        free = []
        with suppress(Exception):  # `queue.Empty`, at the end
            while True:
                free.append(self.pool.get_nowait())  # so no thread gets it while it is closed
        for connection in free:
            self.release(connection)

    def _make_ready(self, connection: Any) -> None:
        """One that is closed, or leads to what is a replica by now, or has an answer left, is opened anew."""
        if connection._sock and connection.generation == self.generation and not _is_stale(connection):
            return
        connection.disconnect()
        connection.connect()
        if connection.can_read():
            raise redis.ConnectionError("It has data that nobody has asked for.")

    def _greet(self, connection: Any) -> None:
        """A server that is full, mute or not Redis is known before anything is sent to it whose outcome matters.

        ECHO is answered also while Redis loads, or refuses changes, which PING is not.
        """
        connection.generation = self.generation
        opened = connection._sock
        self.patience.begin(opened)
        try:
            connection.on_connect()
            connection.send_command("ECHO", "racelab")
            connection.read_response()
        finally:
            self.patience.end(opened)


class Lent:
    """See `Pool.lent`. A class, because each command goes through it, and generators take six times as long."""

    __slots__ = ("_connection", "_pool")

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def __enter__(self) -> Any:
        self._connection = self._pool.get_connection()
        return self._connection

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        try:
            if error is not None:
                close_if_interrupted(self._connection, error)
        finally:
            self._pool.release(self._connection)


def _is_stale(connection: Any) -> bool:
    try:
        return bool(connection.can_read())
    except (redis.ConnectionError, redis.TimeoutError, OSError):
        return True
