"""The fixed Redis manager on a cluster, where a script may use the keys of one slot only."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from session_manager.model import SessionNotFound
from session_manager.shared.errors import EngineRefused
from session_manager.shared.redis_fixed import SessionManager
from tests.cluster import Cluster
from tests.engines import RedisServer
from tests.subject.faulty_redis import Bench, bench, refused

_numbers = itertools.count(1)


@pytest.fixture
def one(redis_cluster: RedisServer) -> Iterator[Bench]:
    with bench(redis_cluster, shards=4) as made:
        yield made


@pytest.fixture
def three(redis_nodes: Cluster) -> Iterator[Bench]:
    with bench(redis_nodes, shards=8) as made:
        yield made


def session(one: Bench, odd: bool = False, closed: bool = False) -> str:
    """A session, whose id has that kind of length."""
    session_id = f"{next(_numbers):032x}"[odd:]
    vars(one.manager._runtime)["new_id"] = lambda: session_id
    one.manager.create_session("ann", "ann")
    if closed:
        one.manager.delete_session(session_id)
    return session_id


def then(first: Callable[[], object], second: Callable[[], object]) -> object:
    """One after the other; what the second returns."""
    first()
    return second()


def dead_letter(one: Bench) -> str:
    """A closed session whose cleanup was given up."""
    session_id = session(one, odd=True, closed=True)
    while session_id not in {letter.session_id for letter in one.manager.dead_letters()}:
        one.manager.run_cleanup()
    return session_id


def expire(one: Bench) -> int:
    """Clean up after a session that Redis has dropped."""
    session_id = session(one)
    at = one.keys.of(session_id)
    one.server.client().delete(at.sessions + session_id)
    one.server.client().hset(at.part("ann"), session_id, "1 ann")
    one.manager._looked_at = float("-inf")
    one.manager.run_cleanup()
    return one.manager.counts().store


def after(one: Bench, call: Callable[[str], object]) -> Any:
    """What a call of an open session returns, or leaves of it."""
    session_id = session(one)
    answer = call(session_id)
    return one.manager.peek(session_id) if answer is None else answer


CALLS: dict[str, Callable[[Bench], tuple[object, object]]] = {
    "create_session": lambda one: (len(session(one)), 32),
    "get_session": lambda one: (after(one, one.manager.get_session).username, "ann"),
    "update_session": lambda one: (
        after(one, lambda session_id: one.manager.update_session(session_id, "k", "v")).metadata,
        {"k": "v"},
    ),
    "increment_access": lambda one: (after(one, one.manager.increment_access), 1),
    "revoke_session": lambda one: (after(one, one.manager.revoke_session).is_authenticated, False),
    "delete_session": lambda one: (after(one, one.manager.delete_session), None),
    "refresh_from_database": lambda one: (after(one, one.manager.refresh_from_database).access_count, 0),
    "run_cleanup": lambda one: (
        then(lambda: session(one, closed=True), lambda: (one.manager.run_cleanup(), expire(one))),
        (1, 0),
    ),
    "get_stats": lambda one: (then(lambda: session(one), lambda: one.manager.get_stats().active_sessions), 1),
    "get_active_count": lambda one: (then(lambda: session(one), one.manager.get_active_count), 1),
    "get_cleanup_queue_size": lambda one: (
        then(lambda: session(one, closed=True), one.manager.get_cleanup_queue_size),
        1,
    ),
    "recover": lambda one: (then(lambda: session(one), one.manager.recover), 1),
    "counts": lambda one: (then(lambda: session(one), lambda: one.manager.counts().store), 1),
    "queued": lambda one: ([session(one, closed=True)], one.manager.queued()),
    "peek": lambda one: (one.manager.peek("none"), None),
    "census": lambda one: ([session(one)], list(one.manager.census().sessions)),
    "clear": lambda one: (then(lambda: session(one), lambda: then(one.manager.clear, one.everything)), {}),
    "sessions_of": lambda one: ([session(one)], one.manager.sessions_of("ann")),
    "dead_letters": lambda one: (
        [dead_letter(one)],
        [letter.session_id for letter in one.manager.dead_letters()],
    ),
    "retry_dead_letter": lambda one: (
        then(lambda: one.manager.retry_dead_letter(dead_letter(one)), one.manager.dead_letters),
        [],
    ),
    "discard_dead_letter": lambda one: (
        then(lambda: one.manager.discard_dead_letter(dead_letter(one)), one.records.ids),
        set(),
    ),
}
"""What each public method does there, and what it should."""


def test_every_public_method_is_tested_here() -> None:
    """No method is left out."""
    public = {name for name, value in vars(SessionManager).items() if callable(value) and not name.startswith("_")}
    assert set(CALLS) == public


@pytest.mark.parametrize("nodes", ["one", "three"])
@pytest.mark.parametrize("method", CALLS)
def test_a_public_method_works_on_a_cluster(method: str, nodes: str, request: pytest.FixtureRequest) -> None:
    """Every script keeps to the keys of one slot, and goes to the node that has it."""
    found, expected = CALLS[method](request.getfixturevalue(nodes))
    assert found == expected


def test_keys_of_two_slots_are_refused_definitely(one: Bench) -> None:
    """The cluster does refuse a script whose keys are in two slots, and nothing was changed."""
    keys = [one.keys.shards[0].sessions + "x", one.keys.shards[1].totals]
    error = refused(lambda: one.engine.script("touch", keys, "x", 1))
    assert (type(error), "same slot" in str(error)) == (EngineRefused, True)
    assert one.everything() == {}


def test_a_session_of_another_node_is_a_definite_refusal(one: Bench) -> None:
    """A slot that this node does not have is refused, and nothing was changed."""
    session_id = session(one)
    client: Any = one.server.client()
    slot = client.execute_command("CLUSTER", "KEYSLOT", one.keys.of(session_id).totals)
    client.execute_command("CLUSTER", "DELSLOTS", slot)
    try:
        client.config_set("cluster-require-full-coverage", "no")
        assert isinstance(refused(lambda: one.manager.increment_access(session_id)), EngineRefused)
    finally:
        client.execute_command("CLUSTER", "ADDSLOTS", slot)
        client.config_set("cluster-require-full-coverage", "yes")
    while client.cluster("INFO")["cluster_state"] != "ok":
        pass
    assert one.manager.increment_access(session_id) == 1
    one.manager.delete_session(session_id)
    with pytest.raises(SessionNotFound):
        one.manager.get_session(session_id)
