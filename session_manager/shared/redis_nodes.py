"""A Redis Cluster: which node has the slot of a key, and where a redirection leads.

A server is known as a cluster by one answer, that to CLUSTER SLOTS when the engine opens, or by its first MOVED. Until
then, and on a single server, everything goes to the node of the URL. MOVED and ASK come before any effect, so they are
followed also for a change: a few times, and not for long. Nothing else is sent a second time here.

redis-py's `RedisCluster` would not do. After a command without an answer it asks node after node for the map before
its caller hears of it, an error of that takes the place of the command's own, and no error says whether anything was
sent. Its pipelines send again what got no answer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from functools import partial
from typing import Any

import redis
from redis.connection import Connection, UnixDomainSocketConnection
from redis.crc import REDIS_CLUSTER_HASH_SLOTS, key_slot

from ..sync import ThreadRuntime
from .redis_pool import NotSent, Pipeline, Pool

MOST_REDIRECTIONS = 4
"""That one attempt follows. Two are usual: MOVED to a slot's owner, and ASK from there while the slot is moved."""
PAUSE = 0.5
"""Seconds between two questions for the map. A redirection is followed without it."""

Address = tuple[str, int]
Command = tuple[str | float, ...]


class Node:
    """One server.

    Args:
        pool: its connections.

    Attributes:
        failed_at, told_at: when it was last found away or silent, and when its map was last taken.
    """

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self._client: Any = redis.Redis(connection_pool=pool)
        self.failed_at = self.told_at = float("-inf")

    def execute_command(self, *command: str | float) -> Any:
        """Send it and wait for its answer. `execute_command` of redis-py would do more, for retries that we forbid."""
        with self.pool.lent() as connection:
            connection.send_command(*command)
            return self._client.parse_response(connection, command[0])

    def together(self, commands: Iterable[Command], transaction: bool, every: bool = False) -> list[Any]:
        """Several commands in one round trip.

        Args:
            commands: what to send.
            transaction: whether the server does all of them or none.
            every: an error stands in its place among the answers. Otherwise the first one is raised.
        """
        listed = list(commands)
        answers = self._transaction(listed) if transaction else self._each(listed)
        failures = (answer for answer in answers if isinstance(answer, Exception))
        if not every and (first := next(failures, None)) is not None:
            raise first
        return answers

    def _transaction(self, commands: list[Command]) -> list[Any]:
        with Pipeline(self.pool, self._client.response_callbacks, True, None) as pipeline:
            for command in commands:
                pipeline.execute_command(*command)  # type: ignore[no-untyped-call]
            answers: list[Any] = pipeline.execute()
            return answers

    def _each(self, commands: list[Command]) -> list[Any]:
        """Send all of them, and then wait for all answers. redis-py's pipeline would do more, for its retries."""
        with self.pool.lent() as connection:
            connection.send_packed_command(connection.pack_commands(commands))
            return [self._answer(connection, command) for command in commands]

    def _answer(self, connection: Any, command: Command) -> Any:
        try:
            return self._client.parse_response(connection, command[0])
        except redis.ResponseError as error:
            return error

    def asked(self, command: Command) -> Any:
        """A command for a key whose slot is on its way to this node.

        It goes after the answer to ASKING: a refusal of that must not be taken for one of the command.

        Raises:
            NotSent: ASKING was refused, or got no answer.
            redis.RedisError: the node's error. No answer may mean that the command was done.
        """
        with self.pool.lent() as connection:
            try:
                connection.send_command("ASKING")
                self._client.parse_response(connection, "ASKING")
            except (redis.RedisError, OSError) as error:
                raise NotSent(error) from error
            connection.send_command(*command)
            return self._client.parse_response(connection, command[0])

    def of_each(self) -> list[Callable[..., Any]]:
        """What sends a command to this node."""
        return [self.execute_command]

    def in_slots(self, names: list[str]) -> list[list[str]]:
        """The keys, as one command may take them."""
        return [names] if names else []


class Nodes:
    """The node of the URL, and the others if it is a cluster.

    Threads share it without a lock: the map is replaced as a whole, a node that has left is of use until each thread
    has left it too, and a map that is out of date costs a redirection.

    Args:
        url: of any node. The others get its user, password and TLS.
        pool: the connections to that node.
        runtime: for the clock.
        seconds: see `redis_engine.SECONDS`.

    Attributes:
        way: where commands go: the one node, or all of this.
    """

    def __init__(self, url: str, pool: Pool, runtime: ThreadRuntime, seconds: float) -> None:
        self._url, self._pool, self._runtime, self._seconds = url, pool, runtime, seconds
        at = pool.connection_kwargs
        self._home: Address = (at.get("host", "localhost"), at.get("port", 6379))
        self._nodes = {self._home: Node(pool)}
        self._owners: dict[int, Address] = {}
        self._stale, self._ask_at = True, float("-inf")
        self.way: Node | Nodes = self._nodes[self._home]

    def find(self) -> None:
        """Ask whether it is a cluster, and for the map."""
        self._stale = False
        try:
            found = self._nodes[self._home].execute_command("CLUSTER", "SLOTS")
        except redis.ResponseError:  # it is none, or does not tell; then a redirection will
            return
        self._learn(found, self._home)
        self.several()

    def several(self) -> None:
        """It is a cluster: from now on each command goes to the node that has its key."""
        self.way = self

    def close(self) -> None:
        """Close the connections."""
        for node in self._nodes.copy().values():
            node.pool.disconnect()

    def execute_command(self, *command: str | float) -> Any:
        """Send a command to the node that has its key, and return the answer.

        Raises:
            NotSent: no node could be asked, or each that was asked has named another one.
            redis.RedisError: the node's error. No answer may mean that it was done.
        """
        until = self._begin()
        return self._followed(self._owner(command), partial(_sent, command), until)

    def together(self, commands: Iterable[Command], transaction: bool) -> list[Any]:
        """Several commands: a transaction on one node, or reads, in one round trip for each node."""
        until, listed = self._begin(), list(commands)
        if not transaction:
            return self._reads(listed, until)

        def send(node: Node, asking: bool) -> list[Any]:
            if asking:  # its keys are on two nodes, and no node can do it
                raise NotSent(redis.ConnectionError("its slot is just being moved to another node"))
            return node.together(listed, transaction=True)

        return self._followed(self._owner(listed[0]), send, until)  # type: ignore[no-any-return]

    def of_each(self) -> list[Callable[..., Any]]:
        """What sends a command to one node, for each that has slots.

        The map is asked for first: a node that is missing in an old one would be left out, and no redirection tells.

        Raises:
            NotSent: no node tells, or it is not known which one has some of the slots.
        """
        if not self._asked_for_the_map(self._runtime.monotonic() + self._seconds):
            raise NotSent(redis.ConnectionError("no node tells which one has the slots"))
        missing = REDIS_CLUSTER_HASH_SLOTS - len(self._owners)
        if missing:
            raise NotSent(redis.ConnectionError(f"no node is known for {missing} of the slots"))
        return [partial(self._at, address) for address in sorted(set(self._owners.copy().values()))]

    def in_slots(self, names: list[str]) -> list[list[str]]:
        """The keys of each slot: one command takes no others."""
        slots = defaultdict(list)
        for name in names:
            slots[key_slot(name.encode())].append(name)
        return list(slots.values())

    def _at(self, address: Address, *command: str | float) -> Any:
        return self._tried(address, lambda node: node.execute_command(*command))

    def _reads(self, commands: list[Command], until: float) -> list[Any]:
        places = [self._owner(command) for command in commands]
        answers: list[Any] = [None] * len(commands)
        for address in dict.fromkeys(places):
            if self._late(until):
                raise redis.TimeoutError("The nodes that were asked before took too long")
            numbers = [number for number, place in enumerate(places) if place == address]
            batch = [commands[number] for number in numbers]
            found = self._tried(address, partial(Node.together, commands=batch, transaction=False, every=True))
            for number, answer in zip(numbers, found, strict=True):
                answers[number] = answer
        for number, answer in enumerate(answers):
            if isinstance(answer, redis.exceptions.AskError):
                answers[number] = self._followed(places[number], partial(_sent, commands[number]), until, answer)
            elif isinstance(answer, Exception):
                raise answer
        return answers

    def _followed(
        self,
        address: Address,
        send: Callable[..., Any],
        until: float,
        error: redis.exceptions.AskError | None = None,
    ) -> Any:
        """What a node answers that does not name another one. `error` is what the first one has answered already."""
        for _ in range(MOST_REDIRECTIONS + 1):
            asking = False
            if error is not None:
                address, asking = self._told(error, address)
            if self._late(until):
                break
            try:
                return self._tried(address, partial(send, asking=asking))
            except redis.exceptions.AskError as redirection:
                error = redirection
        raise NotSent(redis.ConnectionError("the node that has the key was not found in time")) from error

    def _told(self, error: redis.exceptions.AskError, by: Address) -> tuple[Address, bool]:
        """Where a redirection leads, and whether it is ASK. After MOVED that node has the slot."""
        address = (error.host or by[0], error.port)
        moved = isinstance(error, redis.exceptions.MovedError)
        if moved:
            self._owners[error.slot_id] = address
            self._stale = True
        return address, not moved

    def _tried(self, address: Address, call: Callable[[Node], Any]) -> Any:
        node = self._node(address)
        try:
            return call(node)
        except (redis.ConnectionError, redis.TimeoutError, OSError):
            node.failed_at, self._stale = self._runtime.monotonic(), True
            raise
        except redis.exceptions.ClusterDownError:
            self._stale = True
            raise

    def _owner(self, command: Command) -> Address:
        """Who has the key of a command. One without a key, or of an unknown slot, goes to a node that has answered."""
        place = 3 if command[0] in ("EVALSHA", "EVAL") else 1
        if len(command) > place:
            owner = self._owners.get(key_slot(str(command[place]).encode()))
            if owner is not None:
                return owner
        return self._by_failure()[0]

    def _node(self, address: Address) -> Node:
        found = self._nodes.get(address)
        return found or self._nodes.setdefault(address, Node(self._pool_at(address)))

    def _pool_at(self, address: Address) -> Pool:
        pool = Pool(self._url, self._runtime, self._seconds)
        pool.patience = self._pool.patience
        if pool.connection_class is UnixDomainSocketConnection:
            pool.connection_class = Connection
            pool.connection_kwargs.pop("path")
        pool.connection_kwargs.update(host=address[0], port=address[1])
        return pool

    def _begin(self) -> float:
        """Ask for the map if it may be out of date. Returns until when another node may be asked."""
        now = self._runtime.monotonic()
        until = now + self._seconds
        if self._stale and now >= self._ask_at:
            self._stale, self._ask_at = False, now + PAUSE
            self._stale = not self._asked_for_the_map(until)
        return until

    def _asked_for_the_map(self, until: float) -> bool:
        for address in self._by_failure():
            if self._late(until):
                break
            try:
                found = self._at(address, "CLUSTER", "SLOTS")
            except (redis.RedisError, OSError, ValueError):  # the next one may answer; the command itself will tell
                continue
            if found:
                self._learn(found, address)
                return True
        return False

    def _learn(self, found: list[Any], by: Address) -> None:
        owners: dict[int, Address] = {}
        known = {self._home}
        for first, last, *nodes in found:
            owner, *replicas = ((host or by[0], port) for host, port, *_ in nodes)
            owners.update(dict.fromkeys(range(first, last + 1), owner))
            known.update((owner, *replicas))  # a replica tells who has the slots when their owner has died
        self._owners = owners
        self._node(by).told_at = self._runtime.monotonic()
        for address in known:
            self._node(address)
        for address in self._nodes.copy().keys() - known:
            if (gone := self._nodes.pop(address, None)) is not None:  # a thread that is using it keeps it until then
                gone.pool.retire()

    def _by_failure(self) -> list[Address]:
        """The nodes, those first that have not failed for the longest time, and then whose map may be a better one."""
        nodes = self._nodes.copy()
        return sorted(nodes, key=lambda address: (nodes[address].failed_at, nodes[address].told_at))

    def _late(self, until: float) -> bool:
        return self._runtime.monotonic() >= until


def _sent(command: Command, node: Node, asking: bool) -> Any:
    return node.asked(command) if asking else node.execute_command(*command)
