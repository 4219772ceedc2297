"""The servers that tests start: they answer, keep what they should across a crash, and leave no process behind."""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
import redis
import sqlalchemy as sa
from redis.cluster import RedisCluster

from tests import engine, engines
from tests.engine import Engine, EngineError, kill_all_in
from tests.engines import PostgresServer, RedisServer, started

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30


def closed(port: int) -> bool:
    """Whether nobody listens on a port."""
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def working_in(folder: Path) -> list[str]:
    """The processes whose working directory a folder is."""
    found = []
    for place in Path("/proc").glob("[0-9]*/cwd"):
        try:
            found += [place.parent.name] if place.readlink() == folder else []
        except OSError:
            continue
    return found


def test_redis_answers_at_its_url(redis_server: RedisServer) -> None:
    """The URL and the client lead to the server that was started."""
    with redis.Redis.from_url(redis_server.url) as client:
        assert client.info("server")["process_id"] == redis_server.pid
    assert redis_server.client().ping()


@pytest.mark.parametrize("end", [Engine.stop, Engine.kill], ids=["stop", "kill"])
@pytest.mark.parametrize("persistent", [True, False])
def test_redis_keeps_acknowledged_changes_only_if_it_is_persistent(
    persistent: bool, end: Callable[[Engine], None], tmp_path: Path
) -> None:
    """After an end and a restart on the same port a change is there, or gone."""
    server = started(RedisServer, tmp_path, persistent=persistent)
    with server:
        port, pid = server.port, server.pid
        assert server.client().set("key", "value")
        end(server)
        assert not server.running
        assert closed(port)
        server.restart()
        assert server.client().get("key") == ("value" if persistent else None)
        assert (server.port, server.pid == pid) == (port, False)
    assert closed(port)


def test_a_cluster_of_one_node_has_all_slots(redis_cluster: RedisServer) -> None:
    """A cluster's own client finds the node and stores keys of any slot."""
    with RedisCluster.from_url(redis_cluster.url, decode_responses=True) as client:
        for key in ("a", "b", "{c}d"):
            assert client.set(key, key)
            assert client.get(key) == key
    assert redis_cluster.client().cluster("INFO")["cluster_slots_assigned"] == "16384"


def test_redis_takes_further_settings(tmp_path: Path) -> None:
    """What is in `extra` reaches the server."""
    with started(RedisServer, tmp_path, extra=["--maxmemory", "5mb"]) as server:
        assert server.client().config_get("maxmemory") == {"maxmemory": "5242880"}


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The error has the server's own words, and no process stays."""
    with pytest.raises(EngineError, match="no-such-setting"):
        started(RedisServer, tmp_path, extra=["--no-such-setting", "1"])
    assert working_in(tmp_path) == []


def test_a_taken_port_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A start whose port was taken first takes another."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ports = [taken.getsockname()[1], engine.free_port()]
        monkeypatch.setattr(engine, "free_port", lambda highest: ports.pop(0))
        with started(RedisServer, tmp_path) as server:
            assert server.port != taken.getsockname()[1]
    assert ports == []


def test_a_server_of_the_same_kind_on_the_port_is_not_mistaken(
    open_folder: Path, redis_server: RedisServer, postgres_server: PostgresServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start notices that another server answers on its port."""
    for other in (redis_server, postgres_server):
        ports = [other.port, engine.free_port()]
        monkeypatch.setattr(engine, "free_port", lambda highest, ports=ports: ports.pop(0))
        folder = open_folder / type(other).__name__
        folder.mkdir()
        with type(other)(folder) as server:
            assert server.port != other.port
        monkeypatch.undo()
        assert other.running
        assert ports == []


def test_postgres_answers_at_its_url(postgres_server: PostgresServer) -> None:
    """The URL and the client lead to the server that was started."""
    engine = sa.create_engine(postgres_server.url)
    with engine.connect() as connection:
        assert connection.execute(sa.text("SHOW port")).scalar_one() == str(postgres_server.port)
    engine.dispose()
    assert postgres_server.client().execute("SELECT 1").fetchone() == (1,)


def test_postgres_recovers_from_a_crash_what_was_committed(open_folder: Path) -> None:
    """Commits survive a kill and a stop, and what was open does not."""
    server = started(PostgresServer, open_folder)
    with server:
        port, data = server.port, open_folder / "data"
        server.client().execute("CREATE TABLE t AS SELECT 1 AS n")
        with psycopg.connect(host="127.0.0.1", port=port, user="postgres") as other:
            other.execute("INSERT INTO t VALUES (2)")
            os.kill(other.info.backend_pid, signal.SIGSTOP)  # it cannot notice that the postmaster has ended
            server.kill()
            assert working_in(data) == []
            with pytest.raises(psycopg.OperationalError):
                other.execute("SELECT 1")
        for _ in range(2):  # after a crash, and after a stop
            server.restart()
            assert server.port == port
            assert server.client().execute("SELECT n FROM t").fetchall() == [(1,)]
    assert closed(port)
    assert working_in(data) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root's PostgreSQL runs as another user: NOT tested here.")
def test_a_folder_that_postgres_cannot_reach_is_named(tmp_path: Path) -> None:
    """The error names the folder that is closed to other users."""
    closed_to_others = tmp_path / "closed"
    (closed_to_others / "inside").mkdir(parents=True)
    closed_to_others.chmod(0o700)
    with pytest.raises(EngineError, match=f"{closed_to_others} is closed to other users"):
        started(PostgresServer, closed_to_others / "inside")


def test_a_missing_package_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The skip says what to install and what was not tested."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(engines, "POSTGRES_INSTALLATIONS", tmp_path)
    for kind, package in ((RedisServer, "redis-server or valkey-server"), (PostgresServer, "postgresql")):
        with pytest.raises(pytest.skip.Exception, match=f"Install {package}: NOTHING was tested"):
            started(kind, tmp_path)


def test_only_the_processes_of_a_folder_are_killed(tmp_path: Path) -> None:
    """A process that works beside the folder goes on."""
    (tmp_path / "a").mkdir()
    inside, beside = (
        subprocess.Popen(["cat"], cwd=place, stdin=subprocess.PIPE) for place in (tmp_path / "a", tmp_path)
    )
    with inside, beside:
        kill_all_in(tmp_path / "a")
        assert inside.wait(PATIENCE) == -signal.SIGKILL
        assert beside.poll() is None


CHILD = """
import os, signal
from pathlib import Path
from tests.engines import {kind}

def test_child():
    server = {kind}(Path({folder!r}))
    server.client()
    os.write({ready}, b"%d %d" % (server.pid, server.port))
    os.close({ready})
    {then}
"""


@pytest.mark.parametrize("kind", [RedisServer, PostgresServer])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, None], ids=["killed", "Ctrl-C", "failed"])
def test_a_server_ends_with_the_pytest_that_started_it(
    number: signal.Signals | None, kind: type[Engine], open_folder: Path, tmp_path: Path
) -> None:
    """After a kill, Ctrl-C or a failing test without clean-up nothing runs on."""
    started(kind, open_folder).stop()  # or a skip
    ready, write = os.pipe()
    then = "signal.pause()" if number else "raise AssertionError"
    test = tmp_path / "test_child.py"
    test.write_text(CHILD.format(kind=kind.__name__, folder=str(open_folder), ready=write, then=then))
    child = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", ROOT / "pyproject.toml", test],
        cwd=ROOT, pass_fds=[write], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    os.close(write)
    with child, os.fdopen(ready) as told:
        # The end of the file comes when the test has said all, or with its process.
        said = told.read().split()
        assert len(said) == 2, child.communicate(timeout=PATIENCE)
        process = os.pidfd_open(int(said[0]))
        try:
            if number:
                child.send_signal(number)
            assert select.select([process], [], [], PATIENCE)[0], "the server still runs"
        finally:
            os.close(process)
        output = child.communicate(timeout=PATIENCE)[0]
    assert ("1 failed" in output, "KeyboardInterrupt" in output) == (number is None, number == signal.SIGINT)
    assert closed(int(said[1]))
    assert working_in(open_folder) == working_in(open_folder / "data") == []
