"""A server that refuses between two commands of one operation: what was done before makes the error unknown."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.engines import RedisServer
from tests.subject.faulty_redis import configured, error_of
from tests.subject.shared import Bench, bench

CALLS: dict[str, Callable[[Bench, str], object]] = {
    "create": lambda one, session_id: one.manager.create_session("bea", "bea"),
    "get": lambda one, session_id: one.manager.get_session(session_id),
    "update": lambda one, session_id: one.manager.update_session(session_id, "k", "v"),
    "increment": lambda one, session_id: one.manager.increment_access(session_id),
    "revoke": lambda one, session_id: one.manager.revoke_session(session_id),
    "delete": lambda one, session_id: one.manager.delete_session(session_id),
}
HALF_DONE = {("redis-buggy", "create"): 2, ("redis-buggy", "delete"): 2}
"""How many places there are at which an operation can stop with something done."""


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("variant", ["redis-buggy", "redis-fixed"])
def test_a_definite_error_has_changed_nothing(
    variant: str, call: str, redis_server: RedisServer, request: pytest.FixtureRequest
) -> None:
    """An operation that is refused after its n-th command is definite only if it did nothing."""
    half_done = 0
    direct: Any = redis_server.client()
    for after in range(1, 7):
        with bench(variant, request) as one, configured(redis_server, min_replicas_to_write=0):
            session_id = one.create()
            before = (one.manager.census().sessions, one.records.ids(), one.manager.counts())
            one.comes_in.let_in(after, lambda: direct.config_set("min-replicas-to-write", 1))
            error = error_of(partial(CALLS[call], one, session_id))
            one.comes_in.armed = False
            direct.config_set("min-replicas-to-write", 0)
            if error is not None and error.definite:
                assert (one.manager.census().sessions, one.records.ids(), one.manager.counts()) == before
            half_done += error is not None and not error.definite
    assert half_done == HALF_DONE.get((variant, call), 0)
