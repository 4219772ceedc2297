"""What the fixed Redis manager does with a server that refuses: it is definite, bounded, and over when its cause is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread

import pytest
import redis

from session_manager.model import SessionError, SessionNotFound
from session_manager.shared.errors import MOST_ATTEMPTS, EngineAway, EngineHalfway, EngineRefused, EngineSilent
from session_manager.shared.redis_engine import RedisEngine
from session_manager.sync import ThreadRuntime
from tests.engines import RedisServer, started
from tests.subject.faulty_redis import Bench, bench, configured, refused, through_a_proxy
from tests.subject.scripted_redis import ScriptedRedis


@contextmanager
def engine_at(port: int) -> Iterator[RedisEngine]:
    engine = RedisEngine(f"redis://127.0.0.1:{port}/0", ThreadRuntime())
    try:
        yield engine
    finally:
        engine.close()


def is_refused(one: Bench, call: Callable[[], object]) -> str:
    """What the refusal of a change says; nothing was changed by it."""
    before = one.everything()
    error = refused(call)
    assert (type(error), error.definite) == (EngineRefused, True)
    assert one.everything() == before
    return str(error)


def test_a_restart_that_keeps_the_data_is_not_noticed(tmp_path: Path) -> None:
    """After a restart with its data, the next change succeeds and counts on."""
    with started(RedisServer, tmp_path, persistent=True) as server, bench(server) as one:
        session_id = one.manager.create_session("ann", "ann")
        assert one.manager.increment_access(session_id) == 1
        server.restart()
        assert one.manager.increment_access(session_id) == one.count(session_id) == 2
        server.kill()
        assert isinstance(refused(lambda: one.manager.increment_access(session_id)), EngineRefused)
        server.restart()
        assert one.manager.increment_access(session_id) == one.count(session_id) == 3


def test_a_restart_that_loses_the_data_makes_no_session_anew(tmp_path: Path) -> None:
    """After a restart without its data, a session is not found, and a new one can be made."""
    with started(RedisServer, tmp_path) as server, bench(server) as one:
        session_id = one.manager.create_session("ann", "ann")
        server.restart()
        for change in (one.manager.increment_access, one.manager.delete_session, one.manager.revoke_session):
            with pytest.raises(SessionNotFound):
                change(session_id)
        assert one.everything() == {}
        assert one.manager.increment_access(one.manager.create_session("ann", "ann")) == 1


@pytest.mark.parametrize("word", ["LOADING", "MASTERDOWN", "CLUSTERDOWN", "TRYAGAIN", "READONLY", "BUSY", "NOREPLICAS"])
def test_a_refusal_that_passes_is_repeated_a_few_times(word: str) -> None:
    """A transient refusal is repeated a bounded number of times, and may pass meanwhile."""
    with (
        ScriptedRedis(lambda command: f"-{word} not now\r\n".encode()) as server,
        engine_at(server.port) as engine,
    ):
        assert isinstance(refused(lambda: engine.script("increment", ["key"], 0)), EngineRefused)
        assert server.heard["EVALSHA"] == MOST_ATTEMPTS
    answers = [f"-{word} not now\r\n".encode()] * 2 + [b":7\r\n"]
    with ScriptedRedis(lambda command: answers.pop(0)) as server, engine_at(server.port) as engine:
        assert engine.script("increment", ["key"], 0) == 7
        assert server.heard["EVALSHA"] == 3


@pytest.mark.parametrize("word", ["OOM", "MISCONF", "NOAUTH", "WRONGPASS", "NOPERM", "CROSSSLOT"])
def test_a_refusal_that_stays_is_not_repeated(word: str) -> None:
    """A refusal that will not pass is definite at once."""
    with ScriptedRedis(lambda command: f"-{word} no\r\n".encode()) as server, engine_at(server.port) as engine:
        assert isinstance(refused(lambda: engine.script("increment", ["key"], 0)), EngineRefused)
        assert server.heard["EVALSHA"] == 1


NOT_TELLING = [b"-ERR in the middle\r\n", b"-WRONGTYPE BUSY OOM\r\n", b":x\r\n", b"$1\r\n\xff\r\n", b"?\r\n"]


@pytest.mark.parametrize("answer", NOT_TELLING[2:])
def test_a_read_without_an_answer_is_definite_after_a_few_attempts(answer: bytes) -> None:
    """A read whose every answer is lost is repeated a few times, and changed nothing."""
    with ScriptedRedis(lambda command: answer) as server, engine_at(server.port) as engine:
        error = refused(lambda: engine.reading("GET", "key"))
        assert (type(error), error.definite, server.heard["GET"]) == (EngineRefused, True, MOST_ATTEMPTS)


@pytest.mark.parametrize("answer", NOT_TELLING)
def test_any_other_answer_to_a_change_is_unknown_and_not_repeated(answer: bytes) -> None:
    """An answer that says nothing of what was changed is unknown."""
    with ScriptedRedis(lambda command: answer) as server, engine_at(server.port) as engine:
        error = refused(lambda: engine.script("increment", ["key"], 0))
        assert (isinstance(error, EngineSilent), error.definite, server.heard["EVALSHA"]) == (True, False, 1)


def test_the_manager_follows_a_failover(tmp_path: Path) -> None:
    """A server that has become a replica is left for its successor, in the same call."""
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    with (
        started(RedisServer, tmp_path / "old", extra=["--repl-diskless-sync-delay", "0"]) as old,
        started(RedisServer, tmp_path / "new") as new,
        through_a_proxy(old) as (one, proxy),
    ):
        session_id = one.manager.create_session("ann", "ann")
        assert one.manager.increment_access(session_id) == 1
        new.client().replicaof("127.0.0.1", str(old.port))
        while old.client().wait(1, 1000) < 1 or new.client().info("replication")["master_link_status"] != "up":
            pass
        old.client().replicaof("127.0.0.1", str(new.port))
        assert "read only replica" in is_refused(one, lambda: one.manager.increment_access(session_id))
        new.client().replicaof("NO", "ONE")
        proxy._target = ("127.0.0.1", new.port)
        assert one.manager.increment_access(session_id) == 2
        assert new.client().hget(one.keys.of(session_id).sessions + session_id, "c") == "2"
        opened = proxy.counters.connections
        assert one.manager.increment_access(session_id) == 3
        assert proxy.counters.connections == opened  # it has found its server
        old.client().replicaof("NO", "ONE")


def test_a_replica_that_is_promoted_again_is_written_to(redis_server: RedisServer, tmp_path: Path) -> None:
    """READONLY is definite, and over without a restart when the server is a master again."""
    with started(RedisServer, tmp_path, extra=["--replicaof", f"127.0.0.1 {redis_server.port}"]) as server:
        server.client().replicaof("NO", "ONE")
        with bench(server) as one:
            session_id = one.manager.create_session("ann", "ann")
            server.client().config_set("replica-read-only", "yes")
            server.client().replicaof("127.0.0.1", "1")  # nobody is there, so it keeps its data
            assert "read only replica" in is_refused(one, lambda: one.manager.increment_access(session_id))
            assert one.manager.get_session(session_id).access_count == 0
            server.client().replicaof("NO", "ONE")
            assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_a_disk_that_fails_refuses_changes_and_no_reads(tmp_path: Path) -> None:
    """MISCONF is definite; reads succeed meanwhile, also on a new connection."""
    with started(RedisServer, tmp_path) as server, through_a_proxy(server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        direct = server.client()
        direct.config_set("save", "3600 1000000")
        (server.folder / "dump.rdb").mkdir()
        direct.bgsave()
        while direct.info("persistence")["rdb_last_bgsave_status"] != "err":
            pass
        assert "MISCONF" in is_refused(one, lambda: one.manager.increment_access(session_id))
        assert "MISCONF" in is_refused(one, lambda: one.engine.changing_together(("SET", "a", 1), ("SET", "b", 1)))
        proxy.cut_all()
        assert one.manager.get_session(session_id).access_count == 0
        direct.config_set("save", "")
        (server.folder / "dump.rdb").rmdir()
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_too_few_replicas_are_a_definite_refusal(redis_server: RedisServer) -> None:
    """NOREPLICAS is definite, and over when the server asks for none."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        with configured(redis_server, min_replicas_to_write=1):
            for call in (
                lambda: one.manager.increment_access(session_id),
                lambda: one.manager.delete_session(session_id),
                lambda: one.manager.create_session("bea", "bea"),
                one.manager.clear,
            ):
                assert "NOREPLICAS" in is_refused(one, call)
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_forgotten_scripts_are_given_again(redis_server: RedisServer) -> None:
    """SCRIPT FLUSH before every call is not noticed."""
    with bench(redis_server) as one:
        flush = redis_server.client().script_flush
        flush()
        session_id = one.manager.create_session("ann", "ann")
        for number in (1, 2):
            flush()
            assert one.manager.increment_access(session_id) == one.count(session_id) == number
        flush()
        assert one.manager.counts().store == one.manager.get_active_count() == 1
        flush()
        one.manager.delete_session(session_id)
        flush()
        with pytest.raises(SessionNotFound):
            one.manager.delete_session(session_id)


def test_a_password_is_needed_and_never_told(redis_server: RedisServer) -> None:
    """NOAUTH and WRONGPASS are definite, and no error shows the password."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        with configured(redis_server, requirepass="right"):
            proxy.cut_all()
            opened = proxy.counters.connections
            assert "Authentication required" in is_refused(one, lambda: one.manager.increment_access(session_id))
            assert proxy.counters.connections == opened + 1
            with pytest.raises(EngineAway) as away, bench(redis_server, redis_server.url.replace("//", "//:wrong@")):
                pass
            assert "wrong@" not in str(away.value)
            with bench(redis_server, redis_server.url.replace("//", "//:right@")) as other:
                assert other.manager.counts().store == 0
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_a_full_server_is_a_definite_refusal(redis_server: RedisServer) -> None:
    """A change that finds no connection because of maxclients is definite."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.cut_all()
        direct = redis_server.client()
        with configured(redis_server, maxclients=1):
            assert isinstance(refused(lambda: one.manager.increment_access(session_id)), EngineRefused)
        assert direct.hget(one.keys.of(session_id).sessions + session_id, "c") == "0"
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_a_server_that_runs_a_long_script_is_a_definite_refusal(redis_server: RedisServer) -> None:
    """BUSY is definite, and over when that script has been killed."""
    with bench(redis_server) as one, configured(redis_server, busy_reply_threshold=1):
        session_id = one.manager.create_session("ann", "ann")
        with redis.Redis("127.0.0.1", redis_server.port) as other:

            def run_for_ever() -> None:
                with suppress(redis.ResponseError):
                    other.eval("while true do end", 0)

            runs = Thread(target=run_for_ever)
            direct = redis_server.client()
            runs.start()
            with pytest.raises(redis.ResponseError, match="BUSY"):
                all(iter(direct.ping, None))  # until it is
            assert "BUSY" in str(refused(lambda: one.manager.increment_access(session_id)))
            direct.script_kill()
            runs.join()
        assert one.count(session_id) == 0
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_a_transaction_that_stops_in_the_middle_is_unknown(redis_server: RedisServer) -> None:
    """An error in a transaction is unknown, whatever words its commands contain."""
    with bench(redis_server) as one:
        key = f"{one.keys.prefix}:OOM BUSY READONLY"
        half = (("SET", key, "NOSCRIPT"), ("SADD", key, "x"))
        error = refused(lambda: one.engine.changing_together(*half))
        assert (type(error), error.definite) == (EngineHalfway, False)
        assert redis_server.client().get(key) == "NOSCRIPT"
        with configured(redis_server, maxmemory=1):
            is_refused(one, lambda: one.engine.changing_together(("SET", key, "x"), ("SET", key, "y")))


def test_a_clear_that_is_refused_on_the_way_is_unknown(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear that has removed something is never definite."""
    with bench(redis_server) as one:
        for name in ("ann", "bea"):
            one.manager.create_session(name, name)
        names = one.engine.names(f"{one.keys.prefix}:*")

        def batches(pattern: str) -> Iterator[list[str]]:
            yield names[:1]
            redis_server.client().config_set("min-replicas-to-write", 1)
            yield names[1:]

        monkeypatch.setattr(one.engine, "_batches", batches)
        with configured(redis_server, min_replicas_to_write=0):
            error: SessionError = refused(lambda: one.engine.clear("*"))
        assert (type(error), error.definite) == (EngineHalfway, False)


def test_text_that_cannot_be_encoded_is_refused(redis_server: RedisServer) -> None:
    """Half of a surrogate pair is a definite refusal, and the connection is still good."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        assert isinstance(refused(lambda: one.manager.update_session(session_id, "k", "\ud800")), EngineRefused)
        one.manager.update_session(session_id, "k", "\U0001f600")
        assert one.stored(session_id)["m:k"] == "\U0001f600"


def test_bytes_that_are_no_text_are_an_error_of_ours(redis_server: RedisServer) -> None:
    """A stored value that is no UTF-8 makes a read fail definitely."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        redis_server.client().hset(one.keys.of(session_id).sessions + session_id, "n", b"\xff")
        assert isinstance(refused(lambda: one.manager.get_session(session_id)), EngineRefused)
        assert one.manager.increment_access(session_id) == 1
