"""A Redis Cluster of three nodes for tests, and slots that move from one to another."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from redis.cluster import RedisCluster
from redis.crc import key_slot

from tests.engine import PATIENCE
from tests.engines import RedisServer, started

PARTS = ((0, 5460), (5461, 10922), (10923, 16383))


class Cluster:
    """Three persistent nodes, each with a third of the slots. One that is away takes only its own sessions along.

    Args:
        folder: an empty one.

    Attributes:
        nodes: the servers.
    """

    def __init__(self, folder: Path) -> None:
        places = [folder / str(number) for number in range(len(PARTS))]
        for place in places:
            place.mkdir()
        self._stack = ExitStack()
        self._client: Any = None
        with ThreadPoolExecutor() as pool:  # each start takes two seconds
            starts = [
                pool.submit(started, RedisServer, place, persistent=True, cluster=True, slots=slots)
                for place, slots in zip(places, PARTS, strict=True)
            ]
        self.nodes = [self._stack.enter_context(start.result()) for start in starts]
        try:
            for number, node in enumerate(self.nodes):
                raw(node, "CLUSTER", "SET-CONFIG-EPOCH", number + 1)
                raw(node, "CLUSTER", "MEET", "127.0.0.1", self.nodes[0].port)
            until(self.whole)
        except BaseException:
            self._stack.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._stack.close()

    @property
    def url(self) -> str:
        """Of the first node."""
        return self.nodes[0].url

    @property
    def running(self) -> bool:
        """Whether all nodes are."""
        return all(node.running for node in self.nodes)

    def client(self) -> Any:
        """A client for assertions, over all nodes."""
        if self._client is None:
            self._client = self._stack.enter_context(RedisCluster.from_url(self.url, decode_responses=True))
        return self._client

    def whole(self) -> bool:
        """Whether every node knows all slots, and that their owners live."""
        states = [node.client().cluster("INFO") for node in self.nodes]
        return all(state["cluster_slots_ok"] == "16384" and state["cluster_state"] == "ok" for state in states)

    def owner(self, key: str) -> RedisServer:
        """The node that has the slot of a key."""
        [port] = [
            port
            for first, last, (_, port, *_), *_ in raw(self.nodes[0], "CLUSTER", "SLOTS")
            if first <= key_slot(key.encode()) <= last
        ]
        return next(node for node in self.nodes if node.port == port)

    def other(self, key: str) -> RedisServer:
        """A node that does not have it."""
        return next(node for node in self.nodes if node is not self.owner(key))

    def refusals(self, word: str) -> int:
        """How often a node has said MOVED, ASK or the like."""
        return sum(refusals(node, word) for node in self.nodes)


class Move:
    """A slot on its way to another node, step by step.

    Args:
        cluster: where.
        key: any of the slot.
    """

    def __init__(self, cluster: Cluster, key: str) -> None:
        self._cluster, self._slot = cluster, key_slot(key.encode())
        self.source, self.target = cluster.owner(key), cluster.other(key)

    def begin(self) -> None:
        """Both nodes know of it. Keys that are not there any more are asked for at the other one."""
        raw(self.target, "CLUSTER", "SETSLOT", self._slot, "IMPORTING", name(self.source))
        raw(self.source, "CLUSTER", "SETSLOT", self._slot, "MIGRATING", name(self.target))

    def carry(self, *keys: str) -> None:
        """Move these keys, or all that are left."""
        for key in keys or raw(self.source, "CLUSTER", "GETKEYSINSLOT", self._slot, 10_000):
            raw(self.source, "MIGRATE", "127.0.0.1", self.target.port, key, 0, 5000)

    def end(self) -> None:
        """The slot is the other node's, and all nodes know."""
        for node in (self.target, self.source, *self._cluster.nodes):
            raw(node, "CLUSTER", "SETSLOT", self._slot, "NODE", name(self.target))

    def all_at_once(self) -> None:
        """From the beginning to the end."""
        self.begin()
        self.carry()
        self.end()


def raw(node: RedisServer, *command: object) -> Any:
    """What this very node answers."""
    client: Any = node.client()
    return client.execute_command(*command)


def name(node: RedisServer) -> str:
    """As the cluster knows it."""
    return str(raw(node, "CLUSTER", "MYID"))


def refusals(node: RedisServer, word: str) -> int:
    """How often this node has refused something with that word."""
    client: Any = node.client()
    found: dict[str, Any] = client.info("errorstats").get(f"errorstat_{word}", {"count": 0})
    return int(found["count"])


def until(asked: Callable[[], object]) -> None:
    """Ask again until it is so."""
    deadline = time.monotonic() + PATIENCE
    while not asked():
        assert time.monotonic() < deadline
