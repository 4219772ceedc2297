"""Redis or Valkey: commands, scripts, and what became of them. `errors` says what may be repeated.

`redis_nodes` says where they go: to one server, or to the nodes of a cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cache, partial
from hashlib import sha1
from itertools import islice
from pathlib import Path
from typing import Any

import redis

from ..sync import Dials, ThreadRuntime
from .errors import LONGEST_RETRIES, EngineAway, EngineHalfway, EngineRefused, EngineSilent, half_done, once_more
from .redis_nodes import Command, Nodes
from .redis_pool import LONGEST_ATTEMPT, NotSent, Pool

SECONDS = 2.0
"""How long a connection, or a command, may take.

A change on an open connection thus ends after two seconds of silence. What reads, or needs a new connection, is tried
again and ends after four.
"""
LONGEST = 2 * LONGEST_ATTEMPT * SECONDS + LONGEST_RETRIES
"""Seconds after which every command or script has ended, however the server behaves.

On a cluster two attempts take `SECONDS` more each: after that long no further node is asked.
"""
SCRIPTS = {path.stem: path.read_text() for path in Path(__file__).with_name("scripts").glob("*.lua")}

REDIRECTED = ("MOVED", "ASK")
"""The server turns out to be a node of a cluster. From then on `Nodes` follows these."""
NOT_NOW = (
    "LOADING",
    "MASTERDOWN",
    "CLUSTERDOWN",
    "TRYAGAIN",
    "READONLY",
    "BUSY",
    "NOREPLICAS",
    "NOSCRIPT",
    *REDIRECTED,
)
"""Refusals that pass: the server starts, another one is about to take its place, or it is given the script again."""
NEVER_HALF = (*NOT_NOW, "OOM", "MISCONF", "NOAUTH", "NOPERM", "CROSSSLOT", "EXECABORT")
"""Refusals before anything was written, also of a script: Redis checks them at its first write and never later."""
MOVED_AWAY = ("READONLY", "MASTERDOWN")
"""A replica says so. A new connection may lead to the server that has taken its place."""


class _Script:
    """A script, by its digest, or by its text once the server has turned out not to know it."""

    __slots__ = ("_text", "_what")

    def __init__(self, name: str) -> None:
        self._text = SCRIPTS[name]
        self._what = "EVALSHA", _digest(self._text)

    def command(self, keys: Sequence[str], arguments: Sequence[str | float] = ()) -> Command:
        """The command that runs it."""
        return (*self._what, len(keys), *keys, *arguments)

    def is_unknown(self) -> None:
        """The next attempt sends the text, and the server keeps it."""
        self._what = "EVAL", self._text


@cache
def _digest(text: str) -> str:
    """Under which Redis knows a script."""
    return sha1(text.encode(), usedforsecurity=False).hexdigest()


class RedisEngine:
    """See the module.

    Args:
        url: `redis://`, `rediss://` or `unix://`; of any node, if it is a cluster.
        runtime: whose dials act after each command, as they do after each release of a lock.
        seconds: see `SECONDS`.

    Raises:
        ValueError: that is no such URL.
    """

    def __init__(self, url: str, runtime: ThreadRuntime, seconds: float = SECONDS) -> None:
        self.url = url
        self._dials = runtime.dials
        self._pool = Pool(url, runtime, seconds)
        self._nodes = Nodes(url, self._pool, runtime, seconds)

    def open(self) -> None:
        """Make sure that it answers.

        Raises:
            EngineAway: it does not.
        """
        self._pool.patience.start()
        try:
            self.reading("PING")
            self._run(self._nodes.find, reads=True)
        except (EngineRefused, EngineSilent) as error:
            self._pool.patience.stop()
            raise EngineAway("Redis", self.url, error, "REDIS") from error

    def without_dials(self) -> RedisEngine:
        """The same, for those whose commands are not part of an operation under test."""
        quiet = copy(self)
        quiet._dials = Dials()
        return quiet

    def reading(self, *command: str | float) -> Any:
        """Run a command that changes nothing. It is asked again if no answer comes."""
        return self._run(lambda: self._nodes.way.execute_command(*command), reads=True)

    def reading_all(self, commands: Iterable[Command]) -> list[Any]:
        """Run several commands that change nothing, in one round trip; on a cluster, one for each node."""
        every = list(commands)  # a generator would have nothing left for the second attempt
        return self._run(lambda: self._nodes.way.together(every, transaction=False), reads=True)  # type: ignore[no-any-return]

    def changing(self, *command: str | float) -> Any:
        """Run a command that changes something."""
        return self._run(lambda: self._nodes.way.execute_command(*command), reads=False)

    def changing_together(self, *commands: Command) -> list[Any]:
        """Run several commands as one transaction."""
        return self._run(lambda: self._nodes.way.together(commands, transaction=True), reads=False, whole=False)  # type: ignore[no-any-return]

    def script(self, name: str, keys: Sequence[str], *arguments: str | float) -> Any:
        """Run one of the scripts. A server that has forgotten it is given it again."""
        script = _Script(name)

        def call() -> Any:
            try:
                return self._nodes.way.execute_command(*script.command(keys, arguments))
            except redis.exceptions.NoScriptError:
                script.is_unknown()
                raise

        return self._run(call, reads=False, whole=False)

    def script_of_each(self, name: str, keys: Sequence[Sequence[str]]) -> list[Any]:
        """Run a script that changes nothing once for each list of keys, in one round trip."""
        script = _Script(name)

        def call() -> list[Any]:
            try:
                return self._nodes.way.together([script.command(each) for each in keys], transaction=False)
            except redis.exceptions.NoScriptError:
                script.is_unknown()
                raise

        return self._run(call, reads=True)  # type: ignore[no-any-return]

    def clear(self, pattern: str) -> None:
        """Remove every key of that pattern, in batches."""
        batches = self._batches(pattern)
        for batch in islice(batches, 1):
            self.changing("UNLINK", *batch)
        with half_done():
            for batch in batches:
                self.changing("UNLINK", *batch)

    def names(self, pattern: str) -> list[str]:
        """Every key of that pattern."""
        return [name for batch in self._batches(pattern) for name in batch]

    def close(self) -> None:
        """Close the connections."""
        self._pool.patience.stop()
        self._nodes.close()

    def _batches(self, pattern: str) -> Iterator[list[str]]:
        for ask in self._run(self._nodes.way.of_each, reads=True):
            cursor: int | str = 0
            while True:
                scan = partial(ask, "SCAN", cursor, "MATCH", pattern, "COUNT", 1000)
                cursor, found = self._run(scan, reads=True)
                yield from self._nodes.way.in_slots(found)
                if not int(cursor):
                    break

    def _run(self, call: Callable[[], Any], reads: bool, whole: bool = True) -> Any:
        def attempt() -> Any:
            try:
                return call()
            except (redis.RedisError, OSError, ValueError) as error:
                raise self._explained(error, whole) from error

        answer = once_more(attempt, reads)
        if self._dials.armed:
            self._dials.released("redis", failing=False)
        return answer

    def _explained(self, error: Exception, whole: bool) -> EngineRefused | EngineSilent:
        """An error of redis-py as ours. `whole` says that the server does all of it, or nothing."""
        if isinstance(error, NotSent):
            return EngineRefused("Redis", error, soon=error.soon)
        if isinstance(error, redis.exceptions.BusyLoadingError):
            return EngineRefused("Redis", error, soon=True)
        if isinstance(error, redis.AuthenticationError | redis.DataError | UnicodeEncodeError):  # two before sending
            return EngineRefused("Redis", error)
        if isinstance(error, redis.ResponseError):
            word = error.status_code or str(error).partition(" ")[0]
            self._heard(word)
            if whole or word in NEVER_HALF:
                return EngineRefused("Redis", error, soon=word in NOT_NOW)
            return EngineHalfway("Redis", error)
        return EngineSilent("Redis", error)

    def _heard(self, word: str) -> None:
        """What a refusal tells about the server."""
        if word in MOVED_AWAY:
            self._pool.generation += 1
        elif word in REDIRECTED:
            self._nodes.several()
