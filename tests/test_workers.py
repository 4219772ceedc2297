"""Several workers behind one judge, under real gunicorn and on a real Redis."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest
from prometheus_client.parser import text_string_to_metric_families

from racelab.bugs import BUGS, Verdict
from racelab.home import ROOT
from racelab.live.workers.wire import Wire
from racelab.server import Server, ServerError, stop
from tests.subject.shared import opened, place_at
from tests.workers import Workers, hang_up, settings, until

if TYPE_CHECKING:
    from tests.engines import RedisServer

pytestmark = pytest.mark.stress


@pytest.fixture
def lab(tmp_path: Path, redis_server: RedisServer) -> Iterator[Workers]:
    """Three workers on the Redis of the tests."""
    with Workers(tmp_path, redis_server.url) as one:
        yield one


def assert_no_anomaly(result: dict[str, Any]) -> None:
    """The manager was tested, and nothing was found."""
    assert (result["verdict"], result["vanished"], result["surplus"]) == (Verdict.AGREE, 0, 0), result["sentence"]


def test_three_workers_show_the_four_bugs_on_buggy_and_none_on_fixed(lab: Workers) -> None:
    """The same load on both; the judge counts every request that the users sent."""
    assert len(set(lab.pids())) == 3
    told = lab.run("mixed", 5, users=12)
    buggy, fixed = told["variants"]["redis-buggy"], told["variants"]["redis-fixed"]
    assert {bug.key: buggy["cards"][bug.key]["verdict"] for bug in BUGS} == dict.fromkeys(
        [bug.key for bug in BUGS], Verdict.DISAGREE
    )
    assert_no_anomaly(fixed)
    assert {card["verdict"] for card in fixed["cards"].values()} == {Verdict.AGREE}
    status = lab.fetch("/lab/status")
    outcomes = [n for told in status["variants"].values() for calls in told["calls"].values() for n in calls.values()]
    assert sum(outcomes) >= status["burst"]["requests"] > 100
    assert all(told["in_flight"] == 0 for told in lab.fetch("/lab/poll?since=0")["samples"][-1].values() if _is(told))


def _is(told: object) -> bool:
    return isinstance(told, dict)


def test_killed_workers_take_no_acknowledged_change_along(lab: Workers) -> None:
    """Their calls in flight are unknown; what was acknowledged is stored, and is counted."""
    chance, killed = random.Random(16), []

    def kill_one_a_second() -> None:
        for _ in range(4):
            pids = lab.until(lambda: len(found := lab.pids()) >= 2 and found)
            killed.append(chance.choice(pids))
            os.kill(killed[-1], signal.SIGKILL)
            lab.until(lambda: killed[-1] not in lab.pids())

    told = lab.run("lost_updates", 10, kill_one_a_second)
    fixed = told["variants"]["redis-fixed"]
    assert_no_anomaly(fixed)
    assert fixed["promised"] > 100
    assert told["variants"]["redis-buggy"]["vanished"] > 0
    assert len(set(killed)) == 4
    lab.until(lambda: len(lab.pids()) == 3)


def test_workers_are_replaced_under_load_without_a_trace(lab: Workers) -> None:
    """HUP replaces all three; the run goes on, and the measurement is one."""
    before, boot = lab.pids(), lab.fetch("/lab/status")["boot"]
    told = lab.run("lost_updates", 6, lambda: hang_up(lab))
    assert_no_anomaly(told["variants"]["redis-fixed"])
    after = lab.until(lambda: len(found := lab.pids()) == 3 and found)
    assert not set(before) & set(after)
    status = lab.fetch("/lab/status")
    assert (status["boot"], told["run"]) == (boot, 1)


def test_a_worker_that_ends_after_so_many_requests_is_replaced(tmp_path: Path, redis_server: RedisServer) -> None:
    """`max_requests` is allowed where nothing is kept in a worker."""
    with Workers(tmp_path, redis_server.url, GUNICORN_CMD_ARGS="--max-requests 150") as lab:
        before = lab.pids()
        told = lab.run("lost_updates", 5)
        assert_no_anomaly(told["variants"]["redis-fixed"])
        assert set(lab.until(lambda: len(found := lab.pids()) == 3 and found)) != set(before)


def test_a_reset_empties_the_store_for_all_workers(lab: Workers) -> None:
    """Every ledger begins anew, and every worker serves on."""
    lab.run("lost_updates", 2)
    assert lab.post("/lab/reset")["run"] == 2
    status = lab.fetch("/lab/status")
    assert all(told["calls"] == {} for told in status["variants"].values())
    assert lab.fetch("/lab/verdict")["variants"]["redis-fixed"]["counts"]["store"] == 0
    assert_no_anomaly(lab.run("lost_updates", 2)["variants"]["redis-fixed"])


def test_dials_reach_every_worker_or_say_which_did_not_follow(lab: Workers) -> None:
    """A worker that is stopped cannot follow; it does when it goes on."""
    assert lab.post("/lab/dials", window_ms=3.0)["window_ms"] == 3.0
    halted = lab.pids()[0]
    with stopped(halted), pytest.raises(urllib.error.HTTPError) as refused:  # noqa: PT012 - it may need several tries
        for _ in range(10):
            _ask_another(lab, halted)
    assert refused.value.code == 503
    assert f"Worker {halted} did not follow" in refused.value.read().decode()
    refused.value.close()
    assert lab.post("/lab/dials", window_ms=0.0)["window_ms"] == 0.0


def _ask_another(lab: Workers, halted: int) -> None:
    """The stopped worker may have taken the connection: then no answer comes."""
    try:
        lab.fetch("/lab/dials", {"window_ms": 1.0}, timeout=5)
    except TimeoutError:
        assert psutil.Process(halted).status() == psutil.STATUS_STOPPED


def test_the_judge_is_started_again_and_accuses_nobody(lab: Workers) -> None:
    """Workers serve on without it; sessions and their changes are those of the store, not of its memory."""
    login = lab.fetch("/redis-fixed/api/login", {"username": "ann", "password": "x"})
    for _ in range(5):
        lab.fetch(f"/redis-fixed/api/session/{login['session_id']}")
    boot, judge = lab.fetch("/lab/status")["boot"], lab.fetch("/lab/status")["environment"]["pid"]
    os.kill(judge, signal.SIGKILL)
    assert lab.fetch(f"/redis-fixed/api/session/{login['session_id']}")["username"] == "ann"
    status = lab.until(lambda: (told := lab.fetch("/lab/status"))["boot"] != boot and told)
    assert status["variants"]["redis-fixed"]["recovered"] == 1
    assert "another lab" not in str(lab.fetch("/lab/verdict"))
    assert_no_anomaly(lab.run("lost_updates", 2)["variants"]["redis-fixed"])


def test_nothing_is_left_of_a_lab_that_was_killed(tmp_path: Path, redis_server: RedisServer) -> None:
    """Workers and judge end with gunicorn's parent, and the folder that they shared goes."""
    with Workers(tmp_path, redis_server.url) as lab:
        children = psutil.Process(lab.process.pid).children(recursive=True)
        folder = next(Path(child.environ()["RACELAB_RUN"]) for child in children if "RACELAB_RUN" in child.environ())
        assert folder.is_dir()
        lab.process.kill()
        gone, alive = psutil.wait_procs(children, timeout=20)
        assert not alive
        assert len(gone) >= 5
        lab.until(lambda: not folder.exists())
        assert "Traceback" not in lab.output()


def test_several_workers_need_an_engine_that_they_share(tmp_path: Path) -> None:
    """With managers in memory they are refused, with a sentence; with a class as well, which has one board."""
    with pytest.raises(ServerError, match=r"live in the memory of one process.*RACELAB_ALLOW_SPLIT_BRAIN=1"):
        Server(tmp_path, environ={"RACELAB_WORKERS": "3"})
    with pytest.raises(ServerError, match="A class has its board in one process"):
        Server(tmp_path, environ={"RACELAB_WORKERS": "3", "RACELAB_CLASS": "20"})


def test_the_split_brain_lesson_judges_nothing(tmp_path: Path) -> None:
    """A session that one process has opened is not there in another one, and that is no race."""
    environ = {"RACELAB_WORKERS": "2", "RACELAB_ALLOW_SPLIT_BRAIN": "1"}
    with Server(tmp_path, threads=10, environ=environ) as lab:
        one, other = until(lambda: len(found := [w["pid"] for w in own(lab)]) == 2 and found)
        with stopped(other):
            login = lab.fetch("/fixed/api/login", {"username": "ann", "password": "x"})
        with stopped(one), pytest.raises(urllib.error.HTTPError) as missing:
            lab.fetch(f"/fixed/api/session/{login['session_id']}")
        assert missing.value.code == 404
        missing.value.close()
        with stopped(other):
            assert lab.fetch(f"/fixed/api/session/{login['session_id']}")["username"] == "ann"
        until(lambda: {w["pid"]: w["own"]["fixed"]["store"] for w in own(lab)} == {one: 1, other: 0})
        told = lab.fetch("/lab/verdict")
        assert told["variants"]["fixed"]["verdict"] == Verdict.CANNOT_TELL
        assert "each process has its own sessions" in told["waiting_for"]


def own(lab: Server) -> Any:
    """What each worker counts."""
    return lab.fetch("/lab/status", timeout=30)["workers"]


@contextmanager
def stopped(pid: int) -> Iterator[None]:
    """A process that answers nothing meanwhile."""
    os.kill(pid, signal.SIGSTOP)
    try:
        until(lambda: psutil.Process(pid).status() == psutil.STATUS_STOPPED)
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def test_a_stop_under_load_loses_nothing(tmp_path: Path, redis_server: RedisServer) -> None:
    """Whatever was acknowledged before the last worker ended is stored, and what had no answer at most once."""
    with Workers(tmp_path, redis_server.url) as lab:
        prefix = psutil.Process(lab.process.pid).environ()["RACELAB_SESSION_MANAGER_PREFIX"]
        login = lab.fetch("/redis-fixed/api/login", {"username": "ann", "password": "x"})
        asked, heard, begun = [0] * 6, [0] * 6, threading.Event()

        def read_on(user: int) -> None:
            while True:
                asked[user] += 1
                try:
                    lab.fetch(f"/redis-fixed/api/session/{login['session_id']}")
                except OSError:
                    return
                heard[user] += 1
                if heard[user] == 20:
                    begun.set()

        users = [threading.Thread(target=read_on, args=(user,)) for user in range(6)]
        for user in users:
            user.start()
        assert begun.wait(30)
        lab.process.terminate()
        for user in users:
            user.join(30)
        assert lab.process.wait(30) == 0
    place = replace(place_at("redis", redis_server.url, shards=16), prefix=prefix)
    with opened("redis-fixed", place) as stored:
        data = stored.manager.peek(login["session_id"])
        assert data is not None
        assert sum(heard) <= data.access_count <= sum(asked)
        stored.manager.clear()


def test_metrics_and_readiness_are_those_of_all_workers(lab: Workers) -> None:
    """Any worker answers for all: each request is in the histogram once, whoever served it."""
    login = lab.fetch("/redis-fixed/api/login", {"username": "ann", "password": "x"})
    for _ in range(30):
        lab.fetch(f"/redis-fixed/api/session/{login['session_id']}")
    samples = [
        one for family in text_string_to_metric_families(text_of(f"{lab.url}/metrics")) for one in family.samples
    ]
    told = {(one.name, *sorted(one.labels.values())): one.value for one in samples}
    assert told["racelab_calls_total", "acknowledged", "increment", "redis-fixed"] == 30
    assert told["racelab_http_request_duration_seconds_count", "2xx", "read", "redis-fixed"] == 30
    assert lab.fetch("/ready") == {"status": "ready"}


def test_workers_log_under_one_key_and_never_an_id(tmp_path: Path, redis_server: RedisServer) -> None:
    """The same session has the same pseudonym in the lines of every worker, with its run."""
    with Workers(tmp_path, redis_server.url, RACELAB_LOG="json", RACELAB_LOG_SLOW_MS="0") as lab:
        login = lab.fetch("/redis-fixed/api/login", {"username": "ann", "password": "x"})
        for _ in range(40):
            lab.fetch(f"/redis-fixed/api/session/{login['session_id']}")
        lines = lab.until(lambda: len(found := _logged(lab, "read")) >= 40 and found)
        assert login["session_id"] not in lab.output()
    assert len({line["session"] for line in lines}) == 1
    assert {line["worker"] for line in lines} <= set(lab.known)
    assert {line["run"] for line in lines} == {1}


def _logged(lab: Workers, endpoint: str) -> list[dict[str, Any]]:
    lines = [json.loads(line) for line in lab.output().splitlines() if line.startswith("{")]
    return [line for line in lines if line.get("endpoint") == endpoint]


def text_of(url: str) -> str:
    """What is answered there, as text."""
    with urllib.request.urlopen(url, timeout=30) as answer:
        return str(answer.read().decode())


def test_workers_answer_behind_a_socket_with_a_path(tmp_path: Path, redis_server: RedisServer) -> None:
    """The page's load reaches them there, and the verdict is that of all."""
    place = tmp_path / "lab.sock"
    command = [sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"), "--bind", f"unix:{place}"]
    environ = {**os.environ, **settings(redis_server.url), "RACELAB_INSTANCE": str(tmp_path), "RACELAB_THREADS": "9"}
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            until(place.exists)

            def ask(path: str, body: dict[str, Any] | None = None) -> Any:
                with Wire(f"unix:{place}") as client:
                    return client.open(path, method="GET" if body is None else "POST", json=body).get_json() or {}

            until(lambda: len(ask("/lab/status").get("workers", [])) == 3)
            ask("/lab/burst", {"kind": "lost_updates", "visitors": 4, "seconds": 2})
            until(lambda: ask("/lab/status")["burst"]["state"] == "done")
            told = until(lambda: (found := ask("/lab/verdict")).get("settled") and found)
            assert_no_anomaly(told["variants"]["redis-fixed"])
            assert told["variants"]["redis-fixed"]["promised"] > 10
        finally:
            stop(process, 15)


def waiting(lab: Workers) -> Any:
    """A verdict that waits for something."""
    return lab.until(lambda: (found := lab.fetch("/lab/verdict"))["waiting_for"] and found)


def test_two_labs_on_the_same_sessions_judge_nothing(tmp_path: Path, redis_server: RedisServer) -> None:
    """Each knows only what its own workers have acknowledged; when one has ended, the other judges again."""
    prefix = f"both{os.getpid()}"
    with Workers(tmp_path / "one", redis_server.url, RACELAB_SESSION_MANAGER_PREFIX=prefix) as one:
        with Workers(tmp_path / "other", redis_server.url, RACELAB_SESSION_MANAGER_PREFIX=prefix) as other:
            for lab in (one, other):
                told = waiting(lab)
                assert "another lab serves the same sessions of redis-buggy and redis-fixed" in told["waiting_for"]
                assert told["variants"]["redis-fixed"]["verdict"] == Verdict.CANNOT_TELL
        one.until(lambda: one.fetch("/lab/verdict")["settled"])


def test_a_new_run_is_refused_where_it_would_reach_nobody(tmp_path: Path) -> None:
    """In the split-brain lesson each process has its own sessions, and the reason is given."""
    environ = {"RACELAB_WORKERS": "2", "RACELAB_ALLOW_SPLIT_BRAIN": "1"}
    with Server(tmp_path, threads=10, environ=environ) as lab, pytest.raises(urllib.error.HTTPError) as refused:
        lab.fetch("/lab/reset", {})
    assert (refused.value.code, "reaches none of them" in refused.value.read().decode()) == (503, True)
    refused.value.close()
