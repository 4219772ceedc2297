"""An engine that is away when the lab starts, and the lab's own Redis that is killed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest

from racelab.private_redis import PROGRAMS
from tests.engine import free_port
from tests.engines import RedisServer, started
from tests.subject.cases import Cases
from tests.test_command_line import racelab
from tests.workers import Workers, until

if TYPE_CHECKING:
    from tests.engines import PostgresServer

ROOT = Path(__file__).resolve().parent.parent
START = (
    "import sys; from pathlib import Path; from racelab import private_redis as p; print(p.start(Path(sys.argv[1])))"
)


def test_an_engine_that_is_away_at_the_start_is_told_once(tmp_path: Path) -> None:
    """With and without workers the server ends with code 4, one sentence, and the option to change."""
    with Cases() as cases:
        for option, url in (("--redis", "redis://127.0.0.1:9/0"), ("--postgres", "postgresql+psycopg://127.0.0.1:9/l")):
            for workers in ([], ["--workers", "3"]):
                with cases.case(option, *workers):
                    refuses(tmp_path, option, url, *workers)


def test_a_database_that_is_not_there_is_told_once(tmp_path: Path, postgres_server: PostgresServer) -> None:
    """A wrong name of a database ends several workers in the same way."""
    refuses(tmp_path, "--postgres", postgres_server.url.rpartition("/")[0] + "/nosuch", "--workers", "3")


def refuses(folder: Path, option: str, *more: str) -> None:
    """Serving ends at once, and says so once."""
    ended = racelab("serve", option, *more, "--port", str(free_port()), RACELAB_INSTANCE=str(folder))
    assert ended.returncode == 4, ended.stderr
    assert ended.stderr.count("cannot be used") == 1
    assert f"{option} URL" in ended.stderr
    assert "did not start" not in ended.stderr


def test_workers_that_cannot_start_again_say_so_once(tmp_path: Path) -> None:
    """Three in turn find no engine, which is one JSON line; when it is back they serve."""
    with started(RedisServer, tmp_path) as engine, Workers(tmp_path, engine.url, RACELAB_LOG="json") as lab:
        parent, known = psutil.Process(lab.process.pid), set(lab.known)
        judge = {child.pid for child in parent.children()} - known
        engine.kill()
        psutil.Process(lab.known[0]).kill()
        tried: set[int] = set()

        def three() -> bool:
            tried.update({child.pid for child in parent.children()} - known - judge)
            return len(tried) >= 3

        until(three)
        engine.restart()
        lab.until(lambda: len(lab.pids()) == 3)
        lines = [json.loads(line) for line in lab.output().splitlines() if line.startswith("{")]
        assert lab.output().count("cannot be used") == 1, lab.output()
        assert sum("cannot be used" in line.get("reason", "") for line in lines) == 1
        assert "exited with code" not in lab.output()


def test_a_redis_of_ones_own_that_is_killed_is_started_again(tmp_path: Path) -> None:
    """It is told each time, three times it starts again on its data, and then it is not."""
    if not any(map(shutil.which, PROGRAMS)):
        pytest.skip("No redis-server is installed: NOTHING was tested of a Redis that is killed")
    import redis

    console = tmp_path / "console"
    command = [sys.executable, "-c", START + "; sys.stdout.flush(); sys.stdin.read()", str(tmp_path / "data")]
    with (
        console.open("w") as shown,
        subprocess.Popen(
            command, cwd=ROOT, env={**os.environ, "TMPDIR": str(tmp_path)}, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=shown,
        ) as starter,
    ):  # fmt: skip
        assert starter.stdout
        assert starter.stdin
        url = starter.stdout.readline().strip()
        with redis.Redis.from_url(url, retry=None) as client:
            client.set("key", "value")
            for times in (1, 2, 3):
                pid = client.info("server")["process_id"]
                psutil.Process(pid).kill()
                until(lambda pid=pid: answers(client) not in (0, pid))  # type: ignore[misc]
                assert client.get("key") == b"value"
                assert console.read_text().count("it is started again on the same data.") == times
            psutil.Process(client.info("server")["process_id"]).kill()
        until(lambda: "is not started again" in console.read_text())
        starter.stdin.close()
    until(lambda: not Path(url.removeprefix("unix://")).parent.exists())
    assert len(console.read_text().splitlines()) == 4, console.read_text()


def answers(client: object) -> int:
    """The process of the Redis, 0 while it is away or still loads: INFO is answered before its data is there."""
    import redis

    assert isinstance(client, redis.Redis)
    try:
        client.ping()
        return int(client.info("server")["process_id"])
    except redis.RedisError:
        return 0
