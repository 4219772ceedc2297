"""The pool of connections to Redis: no answer goes to the wrong caller, and no connection is lost or shared."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable

import pytest

from session_manager.shared import redis_pool
from session_manager.shared.errors import EngineRefused
from session_manager.shared.redis_engine import RedisEngine
from session_manager.shared.redis_nodes import Node
from session_manager.shared.redis_pool import NotSent, Pool
from session_manager.sync import ThreadRuntime
from tests.engines import RedisServer
from tests.faults import CutAnswer
from tests.subject.faulty_redis import SOON, bench, refused, through_a_proxy


def pool(server: RedisServer, seconds: float = SOON) -> Pool:
    """A pool of its own, whose connections nobody hangs up on."""
    return Pool(server.url, ThreadRuntime(), seconds)


def test_an_answer_that_nobody_has_read_reaches_no_other_caller(redis_server: RedisServer) -> None:
    """A connection with an answer left is opened anew."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        connection = one.engine._pool.get_connection()
        connection.send_command("ECHO", "somebody else's")
        while not connection.can_read(timeout=SOON):
            """The answer is on its way."""
        one.engine._pool.release(connection)
        assert one.manager.increment_access(session_id) == 1


def test_a_batch_that_breaks_off_leaves_no_answer_behind(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is closed: an answer that is still on its way would be the next caller's."""
    node = Node(pool(redis_server))
    connection = node.pool.get_connection()
    node.pool.release(connection)

    def cannot_be_read(*_: object) -> None:
        raise ValueError

    monkeypatch.setattr(node._client, "parse_response", cannot_be_read)
    with pytest.raises(ValueError):  # noqa: PT011 - there is none but that
        node.together([("ECHO", "one"), ("ECHO", "two")], transaction=False)
    assert connection._sock is None
    monkeypatch.undo()
    assert node.together([("ECHO", "three"), ("ECHO", "four")], transaction=False) == ["three", "four"]


EXCHANGES: dict[str, Callable[[Node], object]] = {
    "command": lambda node: node.execute_command("ECHO", "one"),
    "transaction": lambda node: node.together([("ECHO", "one")], transaction=True),
}


@pytest.mark.parametrize("exchange", EXCHANGES)
def test_a_command_that_is_interrupted_leaves_no_answer_behind(
    exchange: str, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C between sending and waiting closes the connection."""
    node = Node(pool(redis_server))
    connection = node.pool.get_connection()
    node.pool.release(connection)

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(node._client, "parse_response", interrupted)
    monkeypatch.setattr(redis_pool.Pipeline, "parse_response", interrupted)
    with pytest.raises(KeyboardInterrupt):
        EXCHANGES[exchange](node)
    assert connection._sock is None
    monkeypatch.undo()
    assert node.execute_command("ECHO", "two") == "two"


def test_a_greeting_that_is_interrupted_leaves_no_answer_behind(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while a connection is opened closes it."""
    node = Node(pool(redis_server))
    made = node.pool.make_connection()  # type: ignore[no-untyped-call]

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(node.pool, "make_connection", lambda: made)
    monkeypatch.setattr(made, "read_response", interrupted)
    with pytest.raises(KeyboardInterrupt):
        node.execute_command("ECHO", "one")
    assert made._sock is None


def test_the_last_connection_that_came_back_is_the_next(redis_server: RedisServer) -> None:
    """One caller after another needs one connection in all."""
    connections = pool(redis_server)
    first, second = connections.get_connection(), connections.get_connection()
    connections.release(first)
    connections.release(second)
    for _ in range(5):
        again = connections.get_connection()
        assert again is second
        connections.release(again)
    connections.disconnect()


def test_who_waits_for_a_connection_gets_one_that_comes_back(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With all connections in use a caller waits, and is refused only if none comes back."""
    monkeypatch.setattr(redis_pool, "MOST_CONNECTIONS", 1)
    impatient, patient = pool(redis_server, 0.05), pool(redis_server, 10.0)
    taken, held = impatient.get_connection(), patient.get_connection()
    with pytest.raises(NotSent) as refusal:
        impatient.get_connection()
    assert refusal.value.soon
    impatient.release(taken)
    given: list[object] = []
    waiting = threading.Thread(target=lambda: given.append(patient.get_connection()))
    waiting.start()
    patient.release(held)
    waiting.join(10)
    assert given == [held]
    for each in (impatient, patient):
        each.disconnect()


def test_a_child_uses_no_connection_of_its_parent(redis_server: RedisServer) -> None:
    """After a fork the child opens a connection of its own, and closes none of its parent's."""
    connections = pool(redis_server)
    idle, used = connections.get_connection(), connections.get_connection()
    connections.release(idle)
    child = os.fork()
    if not child:
        code = 2
        try:
            own = connections.get_connection()
            fine = own is not idle and own.pid == os.getpid()
            connections.release(used)
            code = 0 if fine and connections.get_connection() is not used else 1
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    used.send_command("PING")
    assert used.read_response() == "PONG"
    connections.release(used)
    assert {connections.get_connection(), connections.get_connection()} == {idle, used}
    connections.disconnect()


def test_a_value_that_cannot_be_sent_is_refused_and_costs_no_connection(redis_server: RedisServer) -> None:
    """What is no text and no number is refused before anything is sent."""
    engine = RedisEngine(redis_server.url, ThreadRuntime())
    before = engine.reading("CLIENT", "ID")
    for wrong in (None, [1], "\ud800"):
        assert isinstance(refused(lambda it=wrong: engine.changing("SET", "x", it)), EngineRefused)  # type: ignore[misc]
    assert engine.reading("CLIENT", "ID") == before
    engine.close()


def test_several_reads_are_all_asked_again(redis_server: RedisServer) -> None:
    """A list that is read again after a cut is as long as without it."""
    with through_a_proxy(redis_server) as (one, proxy):
        ids = [one.manager.create_session("ann", "ann") for _ in range(5)]
        for session_id in ids:
            one.manager.delete_session(session_id)
        proxy.switch(CutAnswer(containing=b"ZRANGE"))
        assert sorted(one.manager.queued()) == sorted(ids)


def test_an_error_among_several_answers_leaves_none_of_them_unread(redis_server: RedisServer) -> None:
    """The first error among several answers is raised, and the next command gets its own answer."""
    with bench(redis_server, shards=1) as one:
        one.manager.create_session("ann", "ann")
        totals = one.keys.shards[0].totals
        before = one.engine.reading("CLIENT", "ID")
        error = refused(lambda: one.engine.reading_all([("ECHO", "a"), ("GET", totals), ("ECHO", "b")]))
        assert isinstance(error, EngineRefused)
        assert "WRONGTYPE" in str(error)
        assert one.engine.reading_all([("ECHO", "c"), ("CLIENT", "ID")]) == ["c", before]


def test_cleanup_claims_only_where_records_wait(redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle cycle claims from no shard, and one with a record from the shard of that record."""
    with bench(redis_server, shards=4) as one:
        claimed: list[list[str]] = []
        script = one.engine.script

        def heard(name: str, keys: list[str], *arguments: str | float) -> object:
            if name == "claim":
                claimed.append(keys)
            return script(name, keys, *arguments)

        monkeypatch.setattr(one.engine, "script", heard)
        one.manager.run_cleanup()
        assert claimed == []
        session_id = one.manager.create_session("ann", "ann")
        one.manager.delete_session(session_id)
        one.manager.run_cleanup()
        assert claimed == [[one.keys.of(session_id).due]]
