"""The fixed Redis manager on a cluster of three nodes: every key at its node, also while slots move and nodes end."""

from __future__ import annotations

import itertools
import os
import signal
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from functools import partial

import pytest

from session_manager.shared.companions import RedisCompanions
from session_manager.shared.errors import MOST_ATTEMPTS, EngineRefused, EngineSilent
from session_manager.shared.redis_engine import RedisEngine
from session_manager.shared.redis_nodes import MOST_REDIRECTIONS
from session_manager.sync import ThreadRuntime
from tests.cluster import Cluster, Move, raw, refusals, until
from tests.engines import RedisServer
from tests.subject.faulty_redis import SOON, Bench, bench, error_of, refused
from tests.subject.scripted_redis import ScriptedRedis
from tests.subject.shared import opened, place_at


@pytest.fixture
def one(redis_nodes: Cluster) -> Iterator[Bench]:
    with bench(redis_nodes, shards=16) as made:
        yield made


def key_of(one: Bench, session_id: str) -> str:
    """Where the session is."""
    return one.keys.of(session_id).sessions + session_id


def on_each_node(one: Bench, cluster: Cluster) -> dict[int, str]:
    """A session on each node, by the node's port."""
    found: dict[int, str] = {}
    while len(found) < len(cluster.nodes):
        session_id = one.manager.create_session("ann", "ann")
        found.setdefault(cluster.owner(key_of(one, session_id)).port, session_id)
    return found


def more(node: RedisServer, word: str, than: int) -> bool:
    """Whether a node has refused so often with that word."""
    return refusals(node, word) > than


def test_sessions_are_spread_and_all_of_them_are_found(one: Bench, redis_nodes: Cluster) -> None:
    """What spans nodes asks each of them, and no command goes to a wrong one."""
    before = redis_nodes.refusals("MOVED")
    ids = {one.manager.create_session("ann", "ann") for _ in range(48)}
    stored = [len(raw(node, "KEYS", f"{one.keys.prefix}:*/*")) for node in redis_nodes.nodes]
    assert (sum(stored), min(stored) > 0) == (48, True)
    assert one.manager.counts().store == one.manager.get_stats().total_sessions == 48
    assert set(one.manager.sessions_of("ann")) == set(one.manager.census().sessions) == one.records.ids() == ids
    for session_id in ids:
        one.manager.delete_session(session_id)
    assert set(one.manager.queued()) == ids
    assert redis_nodes.refusals("MOVED") == before
    one.manager.clear()
    assert one.everything() == {}


@pytest.mark.parametrize(("variant", "kept"), [("redis-buggy", {"k"}), ("redis-fixed", {"k", "other"})])
def test_a_change_in_the_gap_is_lost_on_a_cluster_too(variant: str, kept: set[str], redis_nodes: Cluster) -> None:
    """The buggy manager works there and loses the change; the fixed one keeps it."""
    with opened(variant, place_at("redis", redis_nodes.url)) as one:
        session_id = one.create()
        one.comes_in.let_in(1, lambda: one.manager.update_session(session_id, "other", "v"))
        one.manager.update_session(session_id, "k", "v")
        found = one.manager.peek(session_id)
        assert found is not None
        assert (one.comes_in.came_in, set(found.metadata)) == (True, kept)
        one.manager.delete_session(session_id)
        assert (one.manager.queued(), one.manager.counts().store) == ([session_id], 0)
        one.manager.clear()
        assert (one.records.ids(), one.manager.census().sessions) == (set(), {})


def test_each_node_is_given_the_scripts(one: Bench, redis_nodes: Cluster) -> None:
    """A node that has forgotten the scripts gets them again, and each change is made once."""
    sessions = on_each_node(one, redis_nodes)
    for node in redis_nodes.nodes:
        raw(node, "SCRIPT", "FLUSH")
        before = refusals(node, "NOSCRIPT")
        assert one.manager.increment_access(sessions[node.port]) == 1
        assert refusals(node, "NOSCRIPT") == before + 1
        raw(node, "SCRIPT", "FLUSH")
    assert one.manager.counts().store == one.manager.counts().statistics > 0


def test_a_slot_moves_while_its_session_is_changed(one: Bench, redis_nodes: Cluster) -> None:
    """ASK and MOVED are followed: no acknowledged change is missing or made twice."""
    session_id = one.manager.create_session("ann", "ann")
    counts: list[int] = []
    ended = threading.Event()

    def change() -> None:
        while not ended.is_set():
            counts.append(one.manager.increment_access(session_id))

    with ThreadPoolExecutor() as pool:
        running = [pool.submit(change) for _ in range(4)]
        try:
            for _ in range(4):
                move = Move(redis_nodes, key_of(one, session_id))
                asked, moved = refusals(move.source, "ASK"), refusals(move.source, "MOVED")
                move.begin()
                move.carry(key_of(one, session_id))
                until(partial(more, move.source, "ASK", asked + 10))
                move.carry()
                move.end()
                until(partial(more, move.source, "MOVED", moved))
        finally:
            ended.set()
        for each in running:
            each.result()
    assert sorted(counts) == list(range(1, len(counts) + 1))
    assert one.count(session_id) == len(counts) > 100


def test_a_change_of_keys_on_two_nodes_is_refused_and_the_rest_goes_on(one: Bench, redis_nodes: Cluster) -> None:
    """TRYAGAIN is definite. Changes of one key, and logins in other slots, work meanwhile."""
    one.manager._max_sessions = 90  # so few that each login counts
    session_id = one.manager.create_session("ann", "ann")
    move = Move(redis_nodes, key_of(one, session_id))
    move.begin()
    move.carry(key_of(one, session_id))
    before = redis_nodes.refusals("TRYAGAIN")
    assert isinstance(refused(lambda: one.manager.delete_session(session_id)), EngineRefused)
    assert redis_nodes.refusals("TRYAGAIN") == before + MOST_ATTEMPTS
    one.manager.update_session(session_id, "k", "v")
    assert one.manager.get_session(session_id).metadata == {"k": "v"}
    elsewhere = (name for name in map(str, itertools.count()) if one.keys.of(name) is not one.keys.of(session_id))
    vars(one.manager._runtime)["new_id"] = partial(next, elsewhere)
    for _ in range(5):
        one.manager.create_session("ann", "ann")
    move.carry()
    move.end()
    one.manager.delete_session(session_id)
    assert one.manager.get_active_count() == one.manager.recover() == 5
    assert one.manager.queued() == [session_id]


def test_a_node_ends_and_the_others_go_on(redis_nodes: Cluster) -> None:
    """Its sessions fail in time, definite or unknown as they are, and lose nothing acknowledged."""
    with bench(redis_nodes, seconds=1.0, shards=8) as one:
        sessions = on_each_node(one, redis_nodes)
        away = redis_nodes.nodes[0]  # that of the URL
        gone = sessions.pop(away.port)
        done, failed, unknown = Counter[str](), Counter[str](), Counter[str]()
        ended = threading.Event()

        def change(session_id: str) -> None:
            while not ended.is_set():
                error = error_of(lambda: one.manager.increment_access(session_id))
                done[session_id] += error is None
                failed[session_id] += error is not None
                unknown[session_id] += isinstance(error, EngineSilent)

        def done_more(ids: Iterable[str], times: int) -> None:
            enough = {session_id: done[session_id] + times for session_id in ids}
            until(lambda: all(done[session_id] >= enough[session_id] for session_id in ids))

        with ThreadPoolExecutor() as pool:
            running = [pool.submit(change, session_id) for session_id in (gone, *sessions.values())]
            try:
                done_more([gone, *sessions.values()], 20)
                os.kill(away.pid, signal.SIGSTOP)
                until(lambda: unknown[gone] > 0)
                away.kill()
                assert isinstance(refused(lambda: one.manager.increment_access(gone), 1.0), EngineRefused)
                done_more(sessions.values(), 100)
                away.restart()
                done_more([gone], 20)
            finally:
                ended.set()
            for each in running:
                each.result()
        until(redis_nodes.whole)
        assert done[gone] <= one.count(gone) <= done[gone] + unknown[gone]
        assert all(one.count(session_id) == done[session_id] for session_id in sessions.values())
        assert failed.keys() - {gone} == set(sessions.values())
        assert failed.total() == failed[gone] > unknown[gone] > 0


def test_nodes_that_all_fall_silent_are_left_in_time(redis_nodes: Cluster) -> None:
    """A change ends as unknown and a read as refused, though no node tells of the others."""
    with bench(redis_nodes, seconds=SOON, shards=8) as one:
        session_id = one.manager.create_session("ann", "ann")
        for node in redis_nodes.nodes:
            os.kill(node.pid, signal.SIGSTOP)
        try:
            change, read = (partial(call, session_id) for call in (one.manager.increment_access, one.manager.peek))
            assert [type(refused(call, SOON)) for call in (change, read)] == [EngineSilent, EngineRefused]
            assert isinstance(refused(one.manager.counts, SOON), EngineRefused)
        finally:
            for node in redis_nodes.nodes:
                os.kill(node.pid, signal.SIGCONT)
        until(redis_nodes.whole)
        assert one.manager.increment_access(session_id) in (1, 2)


def test_labs_with_urls_of_different_nodes_count_each_other(redis_nodes: Cluster) -> None:
    """Who has not asked whether it is a cluster learns it from the first redirection."""
    labs = [
        RedisCompanions(RedisEngine(node.url, ThreadRuntime()), f"labs{os.getpid()}", str(node.port))
        for node in redis_nodes.nodes
    ]
    try:
        assert [lab.others() for lab in (*labs, *labs)] == [0, 1, 2, 2, 2, 2]
    finally:
        for lab in labs:
            lab.leave()


@pytest.mark.parametrize("word", ["MOVED", "ASK"])
def test_nodes_that_name_one_another_are_left_in_the_end(word: str) -> None:
    """A circle of redirections is followed a bounded number of times, and is definite."""
    circle: list[bytes] = []
    with ScriptedRedis(lambda command: b"+OK\r\n" if command[0] == b"ASKING" else circle[0]) as server:
        circle.append(f"-{word} 1 127.0.0.1:{server.port}\r\n".encode())
        with closing(RedisEngine(f"redis://127.0.0.1:{server.port}/0", ThreadRuntime())) as engine:
            error = refused(lambda: engine.script("increment", ["key"], 0))
        assert (type(error), "not found in time" in str(error)) == (EngineRefused, True)
        assert server.heard["EVALSHA"] == 1 + (MOST_ATTEMPTS - 1) * (MOST_REDIRECTIONS + 1)


def test_a_change_without_an_answer_is_sent_once() -> None:
    """Asking for the map anew repeats no change: it is unknown, and a read is asked again."""
    port = 0

    def answer(command: list[bytes]) -> bytes:
        if command[0] == b"CLUSTER":
            return b"*1\r\n*3\r\n:0\r\n:16383\r\n*2\r\n$9\r\n127.0.0.1\r\n:%d\r\n" % port
        if command[0] == b"PING":
            return b"+PONG\r\n"
        raise OSError  # it hangs up

    with ScriptedRedis(answer) as server:
        port = server.port
        with closing(RedisEngine(f"redis://localhost:{port}/0", ThreadRuntime())) as engine:
            engine.open()
            assert isinstance(refused(lambda: engine.script("increment", ["key"], 0)), EngineSilent)
            assert isinstance(refused(lambda: engine.reading_all([("GET", "key")])), EngineRefused)
        assert (server.heard["EVALSHA"], server.heard["GET"]) == (1, MOST_ATTEMPTS)
        assert server.heard["CLUSTER"] > 1


def test_a_server_that_is_no_cluster_is_asked_once(redis_server: RedisServer) -> None:
    """One answer tells, and nothing else is sent that was not sent before."""

    def asked() -> int:
        found = redis_server.client().info("commandstats").get("cmdstat_cluster|slots", {"calls": 0})
        return int(found["calls"])

    before = asked()
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        assert (one.manager.increment_access(session_id), one.manager.counts().store) == (1, 1)
        assert list(one.manager.census().sessions) == [session_id]
        assert asked() == before + 1
