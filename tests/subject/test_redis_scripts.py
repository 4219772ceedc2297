"""No script of the fixed Redis manager is refused half way, and one that breaks half way says so."""

from __future__ import annotations

from typing import Any

import pytest

from session_manager.model import SessionError
from session_manager.shared.errors import EngineHalfway, EngineRefused
from session_manager.shared.redis_engine import SCRIPTS
from tests.engines import RedisServer
from tests.subject.faulty_redis import Bench, bench, configured, error_of, refused

ID = "5e55104"
TIMES = {"a", "r", "l", ID}


def names(one: Bench, *keys: str) -> list[str]:
    """The keys of the session, by what they are."""
    at = one.keys.of(ID)
    named = {"session": at.sessions + ID, "index": at.part("ann")}
    return [named.get(key) or getattr(at, key) for key in keys]


CALLS: dict[str, tuple[tuple[str, ...], tuple[str | float, ...]]] = {
    "create": (("session", "index", "totals"), (ID, "ann", "ann", 1, 3600)),
    "update": (("session",), ("m:k", "v", 2, 3600, 1000)),
    "increment": (("session",), (2,)),
    "change": (("session",), (2, 3600, 1000, 1, 1, 1, 1, "m:k", "v", "m:none", "m:new", "v", "m:k")),
    "add": (("session",), (2, 3600, 1000, "m:n", 5)),
    "take": (("session",), (2, 3600, "m:k")),
    "revoke": (("session",), ()),
    "touch": (("session",), (3600,)),
    "delete": (("session", "index", "totals", "waiting", "due"), (ID,)),
    "close": (("session", "index", "totals", "waiting", "due"), (ID,)),
    "expired": (("index",), ()),
    "expire": (("session", "index", "totals", "waiting", "due"), (ID,)),
    "claim": (("due",), (10, 100)),
    "fail": (("waiting", "due", "attempts", "dead", "totals"), (ID, 0.001, 1)),
    "retry": (("waiting", "due", "attempts", "dead"), (ID,)),
    "remove": (("waiting", "due", "attempts", "dead"), (ID, 0)),
    "recount": (("totals", "index"), ()),
    "counts": (("waiting", "dead", "totals"), ()),
}
"""The keys and the arguments of each script."""
BEFORE = {
    "create": (),
    "change": ("create", "update"),
    "take": ("create", "update"),
    "claim": ("create", "delete"),
    "fail": ("create", "delete"),
    "remove": ("create", "delete"),
    "retry": ("create", "delete", "fail"),
}
"""Which scripts have run before; for all others it is `create`."""


def run(one: Bench, script: str) -> Any:
    """Run it."""
    keys, arguments = CALLS[script]
    return one.engine.script(script, names(one, *keys), *arguments)


def prepare(one: Bench, script: str) -> None:
    """What has happened before it; the script is known to the server."""
    for before in BEFORE.get(script, ("create",)):
        run(one, before)
    if script == "expire":
        one.server.client().delete(*names(one, "session"))
    one.server.client().script_load(SCRIPTS[script])


def state(one: Bench) -> dict[str, Any]:
    """All keys without their times."""
    client: Any = one.server.client()
    found = {}
    for name in client.scan_iter(f"{one.keys.prefix}:*"):
        if client.type(name) == "hash":
            content = {key: value for key, value in client.hgetall(name).items() if key not in TIMES}
        else:
            content = dict.fromkeys(client.zrange(name, 0, -1))
        found[name.rpartition("}")[2]] = content
    return found


AROUND = (-64_000, -16_000, -4_000, -1_000, 0, 1_000, 4_000, 16_000, 64_000, 1_000_000, 100_000_000)
"""Bytes that are left until the limit of memory."""
MAKES_ROOM = {"delete", "close", "take", "expire", "expired", "remove", "retry", "counts"}
"""Their first change removes something, or they make none, so they run without memory."""


def test_every_script_is_tested_here() -> None:
    """No script is left out."""
    assert set(CALLS) == set(SCRIPTS)


@pytest.mark.parametrize("script", CALLS)
def test_a_server_without_memory_does_all_of_a_script_or_nothing(script: str, redis_server: RedisServer) -> None:
    """At each limit of memory a script is refused and nothing changed, or it is done whole."""
    with bench(redis_server, shards=1) as twin:
        prepare(twin, script)
        run(twin, script)
        whole = state(twin)
    with bench(redis_server, shards=1) as one:
        prepare(one, script)
        client: Any = redis_server.client()
        refusals = []
        for spare in (-(1 << 40), *AROUND):
            before = one.everything()
            with configured(redis_server, maxmemory=max(1, client.info("memory")["used_memory"] + spare)):
                error = error_of(lambda: run(one, script))
            if error is None:
                break
            assert one.everything() == before
            refusals.append((type(error), error.definite, "maxmemory" in str(error)))
        assert error is None
        assert set(refusals) == (set() if script in MAKES_ROOM else {(EngineRefused, True, True)})
        assert state(one) == whole


def test_redis_looks_at_its_memory_before_a_script_and_not_within(redis_server: RedisServer) -> None:
    """A script that has begun to write is not stopped when it passes the limit."""
    client: Any = redis_server.client()
    greedy = "for i = 1, 100 do redis.call('APPEND', KEYS[1], string.rep('x', 100000)) end"
    with configured(redis_server, maxmemory=client.info("memory")["used_memory"] + 1_000_000):
        client.eval(greedy, 1, "greedy")
        assert client.strlen("greedy") == 10_000_000
    client.delete("greedy")


@pytest.mark.parametrize("script", CALLS)
def test_a_key_of_another_type_never_makes_a_change_definite(script: str, redis_server: RedisServer) -> None:
    """A script that meets a value of the wrong type is definite only if nothing changed."""
    outcomes: list[tuple[type[SessionError] | type[None], bool]] = []
    for key in CALLS[script][0]:
        with bench(redis_server, shards=1) as one:
            prepare(one, script)
            redis_server.client().set(names(one, key)[0], "another program's")
            before = one.everything()
            error = error_of(lambda: run(one, script))
            outcomes.append((type(error), error is None or error.definite))
            assert error is None or not error.definite or one.everything() == before
    assert (EngineHalfway, False) in outcomes


@pytest.mark.parametrize("command", range(1, SCRIPTS["create"].count("redis.call(") + 1))
def test_a_create_that_breaks_at_any_command_leaves_nothing_open(
    command: int, redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A create that stops in the middle is unknown, and is closed again."""
    with bench(redis_server, shards=1) as one:
        parts = SCRIPTS["create"].split("redis.call(")
        broken = "redis.call(".join(parts[:command]) + "redis.call('BROKEN', " + "redis.call(".join(parts[command:])
        with monkeypatch.context() as patch:
            patch.setitem(SCRIPTS, "create", broken)
            error = refused(lambda: one.manager.create_session("ann", "ann"))
        assert (type(error), error.definite) == (EngineHalfway, False)
        assert (
            one.manager.counts().store == len(one.manager.sessions_of("ann")) == len(one.manager.census().sessions) == 0
        )
        one.manager.run_cleanup()
        assert one.manager.counts().queue <= 1  # an odd id is tried again
        one.manager.create_session("ann", "ann")
        assert one.manager.counts().store == 1


def test_each_change_raises_the_version_by_one(redis_server: RedisServer) -> None:
    """A script that changes keys raises the session's version once, not once per key."""
    with bench(redis_server, shards=1) as one:
        prepare(one, "change")
        client, session = redis_server.client(), names(one, "session")[0]
        before = int(client.hget(session, "v"))  # type: ignore[arg-type]
        assert run(one, "change") == 0
        assert int(client.hget(session, "v")) == before + 1  # type: ignore[arg-type]
