"""A connection to Redis or Valkey: commands, scripts, and what became of them.

redis-py repeats a command whose answer did not come, which counts an access twice. Here it never does: `errors` says
what may be repeated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ..databases.patience import Patience
from ..sync import Dials, ThreadRuntime
from .errors import EngineAway, EngineRefused, EngineSilent, once_more

SECONDS = 2.0
"""How long a connection, or a command, may take."""
MOST_CONNECTIONS = 100
SCRIPTS = Path(__file__).with_name("scripts")

NOT_NOW = ("LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "BUSY", "NOREPLICAS")
"""Refusals that pass: the server starts, or another one is about to take its place."""
NEVER_HALF = (*NOT_NOW, "OOM", "MISCONF", "NOSCRIPT", "NOAUTH", "NOPERM", "MOVED", "CROSSSLOT", "EXECABORT")
"""Refusals before anything was written, also of a script: Redis checks them at its first write and never later."""


Command = tuple[str | float, ...]


class _NotSent(redis.ConnectionError):
    """There was no connection to send anything on."""


class _Pool(redis.BlockingConnectionPool):
    """Says whether a command can have been sent, and hangs up on a server that is too slow for one."""

    patience: Patience
    generation = 0
    """Raised when the server has become a replica: older connections lead to it still."""

    def get_connection(self, *args: Any, **options: Any) -> Any:
        try:
            connection = super().get_connection(*args, **options)  # type: ignore[no-untyped-call]
            if getattr(connection, "generation", self.generation) != self.generation:
                connection.disconnect()
                connection.connect()
        except redis.RedisError as error:
            raise _NotSent(str(error)) from error
        connection.generation, connection.watched = self.generation, connection._sock
        self.patience.begin(connection.watched)
        return connection

    def release(self, connection: Any) -> None:
        if (watched := getattr(connection, "watched", None)) is not None:
            self.patience.end(watched)
        super().release(connection)  # type: ignore[no-untyped-call]


class RedisEngine:
    """See the module.

    Args:
        url: `redis://`, `rediss://` or `unix://`.
        runtime: whose dials act after each command, as they do after each release of a lock.
        seconds: see `SECONDS`.

    Raises:
        ValueError: that is no such URL.
    """

    def __init__(self, url: str, runtime: ThreadRuntime, seconds: float = SECONDS) -> None:
        self.url = url
        self._dials = runtime.dials
        self._pool: _Pool = _Pool.from_url(
            url,
            max_connections=MOST_CONNECTIONS,
            timeout=seconds,
            socket_timeout=seconds,
            socket_connect_timeout=seconds,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
            driver_info=None,
            protocol=2,
        )
        self._pool.patience = Patience(None, runtime, 1.2 * seconds)
        self._client: Any = redis.Redis(connection_pool=self._pool)
        self._scripts = {path.stem: self._client.register_script(path.read_text()) for path in SCRIPTS.glob("*.lua")}

    def open(self) -> None:
        """Make sure that it answers.

        Raises:
            EngineAway: it does not.
        """
        self._pool.patience.start()
        try:
            self.reading("PING")
        except (EngineRefused, EngineSilent) as error:
            self._pool.patience.stop()
            raise EngineAway("Redis", self.place, error, "REDIS") from error

    def without_dials(self) -> RedisEngine:
        """The same, for those whose commands are not part of an operation under test."""
        quiet = copy(self)
        quiet._dials = Dials()
        return quiet

    @property
    def place(self) -> str:
        """Where it is, without a password."""
        parts = urlsplit(self.url)
        return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()

    def reading(self, *command: str | float) -> Any:
        """Run a command that changes nothing. It is asked again if no answer comes."""
        return self._run(lambda: self._client.execute_command(*command), reads=True)

    def reading_all(self, commands: Iterable[Command]) -> list[Any]:
        """Run several commands that change nothing, in one round trip."""
        return self._run(lambda: self._together(commands, transaction=False), reads=True)  # type: ignore[no-any-return]

    def changing(self, *command: str | float) -> Any:
        """Run a command that changes something."""
        return self._run(lambda: self._client.execute_command(*command), reads=False)

    def changing_together(self, *commands: Command) -> list[Any]:
        """Run several commands as one transaction."""
        return self._run(lambda: self._together(commands, transaction=True), reads=False, whole=False)  # type: ignore[no-any-return]

    def script(self, name: str, keys: Sequence[str], *arguments: str | float, reads: bool = False) -> Any:
        """Run one of the scripts. A server that has forgotten it is given it again."""
        script = self._scripts[name]
        return self._run(lambda: script(keys, arguments), reads, whole=False)

    def script_of_each(self, name: str, keys: Sequence[Sequence[str]]) -> list[Any]:
        """Run a script that changes nothing once for each list of keys, in one round trip."""
        script = self._scripts[name]
        commands: list[Command] = [("EVALSHA", script.sha, len(each), *each) for each in keys]

        def together() -> list[Any]:
            try:
                return self._together(commands, transaction=False)
            except redis.exceptions.NoScriptError:
                self._client.script_load(script.script)
                return self._together(commands, transaction=False)

        return self._run(together, reads=True)  # type: ignore[no-any-return]

    def clear(self, pattern: str) -> None:
        """Remove every key of that pattern, in batches."""
        for batch in self._batches(pattern):
            self.changing("UNLINK", *batch)

    def names(self, pattern: str) -> list[str]:
        """Every key of that pattern."""
        return [name for batch in self._batches(pattern) for name in batch]

    def close(self) -> None:
        """Close the connections."""
        self._pool.patience.stop()
        self._pool.disconnect()

    def _batches(self, pattern: str) -> Iterator[list[str]]:
        cursor: int | str = 0
        while True:
            cursor, found = self.reading("SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
            if found:
                yield found
            if not int(cursor):
                return

    def _together(self, commands: Iterable[Command], transaction: bool) -> list[Any]:
        with self._client.pipeline(transaction=transaction) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)
            answers: list[Any] = pipeline.execute()
            return answers

    def _run(self, call: Callable[[], Any], reads: bool, whole: bool = True) -> Any:
        def attempt() -> Any:
            with self._explained(whole):
                return call()

        answer = once_more(attempt, reads)
        if self._dials.armed:
            self._dials.released("redis", failing=False)
        return answer

    @contextmanager
    def _explained(self, whole: bool) -> Iterator[None]:
        """Errors of redis-py as ours. `whole` says that the server does all of it, or nothing."""
        try:
            yield
        except (_NotSent, redis.exceptions.BusyLoadingError) as error:
            raise EngineRefused("Redis", error, soon=True) from error
        except redis.AuthenticationError as error:
            raise EngineRefused("Redis", error) from error
        except redis.ResponseError as error:
            if isinstance(error, redis.ReadOnlyError):
                self._pool.generation += 1
            word = next((word for word in NEVER_HALF if word in (error.status_code or str(error))), None)
            if word or whole:
                raise EngineRefused("Redis", error, soon=word in NOT_NOW) from error
            raise EngineSilent("Redis", error) from error  # what was done before the mistake is not taken back
        except redis.RedisError as error:
            raise EngineSilent("Redis", error) from error
