"""A Redis Cluster whose nodes change places: what is known of it is kept up to date, and nothing is kept too long."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial

from session_manager.shared.errors import EngineSilent
from session_manager.shared.redis_engine import RedisEngine
from session_manager.sync import ThreadRuntime
from tests.cluster import until
from tests.subject.faulty_redis import error_of, refused
from tests.subject.scripted_redis import ScriptedRedis


def engine_at(port: int) -> RedisEngine:
    """One that nobody has opened."""
    return RedisEngine(f"redis://127.0.0.1:{port}/0", ThreadRuntime())


def a_map(owner: int, *replicas: int) -> bytes:
    """What CLUSTER SLOTS answers if one node has all slots."""
    nodes = b"".join(b"*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n" % port for port in (owner, *replicas))
    return b"*1\r\n*%d\r\n:0\r\n:16383\r\n" % (3 + len(replicas)) + nodes


def test_a_replica_tells_who_has_taken_the_place_of_the_only_primary() -> None:
    """A lone primary dies and its replica takes over: the next change goes there."""
    ports: list[int] = []
    away = threading.Event()

    def old(command: list[bytes]) -> bytes:
        if away.is_set():
            raise OSError  # it hangs up
        return a_map(*ports) if command[0] == b"CLUSTER" else b":1\r\n"

    def new(command: list[bytes]) -> bytes:
        return a_map(ports[1]) if command[0] == b"CLUSTER" else b":2\r\n"

    with ScriptedRedis(old) as primary, ScriptedRedis(new) as replica:
        ports += [primary.port, replica.port]
        with closing(engine_at(primary.port)) as engine:
            engine.open()
            assert engine.script("increment", ["key"], 0) == 1
            away.set()
            assert isinstance(refused(lambda: engine.script("increment", ["key"], 0)), EngineSilent)
            until(lambda: error_of(lambda: engine.script("increment", ["key"], 0)) is None)
        assert (primary.heard["EVALSHA"], replica.heard["EVALSHA"] > 0) == (2, True)


def test_keys_on_a_node_that_got_its_first_slots_are_listed_and_cleared() -> None:
    """What looks through all nodes asks for the map first: an old one misses some."""
    ports: list[int] = []
    moved = threading.Event()

    def node(number: int) -> Callable[[list[bytes]], bytes]:
        def answer(command: list[bytes]) -> bytes:
            if command[0] == b"CLUSTER":
                return a_map(ports[moved.is_set()])
            here = moved.is_set() == bool(number)
            return b"*2\r\n$1\r\n0\r\n*1\r\n$3\r\nkey\r\n" if here else b"*2\r\n$1\r\n0\r\n*0\r\n"

        return lambda command: b"+PONG\r\n" if command[0] == b"PING" else answer(command)

    with ScriptedRedis(node(0)) as first, ScriptedRedis(node(1)) as second:
        ports += [first.port, second.port]
        with closing(engine_at(first.port)) as engine:
            engine.open()
            assert engine.names("*") == ["key"]
            moved.set()
            assert engine.names("*") == ["key"]


def test_a_refusal_of_asking_is_not_taken_for_one_of_the_change() -> None:
    """ASKING meets a node that loads, and the change would not: it is made once."""
    made: list[bytes] = []
    loading = [b"-LOADING Redis is loading the dataset in memory\r\n"]

    def target(command: list[bytes]) -> bytes:
        if command[0] == b"ASKING":
            return loading.pop() if loading else b"+OK\r\n"
        made.append(command[0])
        return b":%d\r\n" % len(made)

    with ScriptedRedis(target) as there:
        ask = f"-ASK 1 127.0.0.1:{there.port}\r\n".encode()
        with ScriptedRedis(lambda _: ask) as here, closing(engine_at(here.port)) as engine:
            assert engine.script("increment", ["key"], 0) == 1
    assert len(made) == 1


def test_the_connections_to_a_node_that_has_left_are_closed() -> None:
    """Nothing is kept of a node that the map has lost, and one that stays is kept."""
    ports: list[int] = []
    moved = threading.Event()

    def answer(command: list[bytes], number: int) -> bytes:
        if command[0] == b"CLUSTER":
            return a_map(ports[1 + moved.is_set()])
        if command[0] == b"EVALSHA" and number != 1 + moved.is_set():
            return f"-MOVED 1 127.0.0.1:{ports[1 + moved.is_set()]}\r\n".encode()
        return b":1\r\n"

    with ExitStack() as stack:
        servers = [stack.enter_context(ScriptedRedis(partial(answer, number=number))) for number in range(3)]
        ports += [server.port for server in servers]
        with closing(engine_at(ports[0])) as engine:
            engine.open()
            assert engine.script("increment", ["key"], 0) == 1
            gone = engine._nodes._nodes["127.0.0.1", ports[1]].pool
            in_use = gone.get_connection()
            moved.set()
            until(lambda: engine.script("increment", ["key"], 0) and len(engine._nodes._nodes) == 2)
            assert [address[1] for address in engine._nodes._nodes] == [ports[0], ports[2]]
            in_use.send_command("PING")
            assert in_use.read_response() == 1
            gone.release(in_use)
            assert not any(connection.is_connected for connection in gone._connections)


def test_a_node_with_an_old_map_does_not_hide_who_has_the_slots_now() -> None:
    """A node that is cut off from the cluster is asked, and then the other one is."""
    ports: list[int] = []

    def cut_off(command: list[bytes]) -> bytes:
        if command[0] == b"CLUSTER":
            return a_map(ports[1], ports[2])
        return b"+PONG\r\n" if command[0] == b"PING" else b"-CLUSTERDOWN The cluster is down\r\n"

    def died(command: list[bytes]) -> bytes:
        raise OSError  # it hangs up

    def owner(command: list[bytes]) -> bytes:
        return a_map(ports[2]) if command[0] == b"CLUSTER" else b":1\r\n"

    with ExitStack() as stack:
        home, *others = (stack.enter_context(ScriptedRedis(each)) for each in (cut_off, died, owner))
        ports += [home.port, *(each.port for each in others)]
        with closing(engine_at(home.port)) as engine:
            engine.open()
            until(lambda: error_of(lambda: engine.script("increment", ["key"], 0)) is None)
