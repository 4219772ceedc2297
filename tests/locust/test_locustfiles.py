"""The loads, as a reader starts them: which bug each brings out, on which variant, and the exit code that says so.

Odds, measured on two busy cores: in two seconds twelve visitors at the buggy manager lose 118 to 185 of 389 to 625
changes that met a rival, and 275 to 373 of about 600 that met a refresh; half of 435 to 760 rows stay queued; 47 to 60
of 1000 logins and logouts are miscounted. If each went wrong by chance, independently, nothing at all would go wrong in
0.95^1000, once in 10^22 runs, for the rarest of the four. A run that shows nothing is a defect of the lab, and is not
tried again.
"""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from urllib.parse import urlencode

import pytest

from racelab.bugs import BUGS
from racelab.server import Server, listen, stop
from tests.locust.conftest import Ended, command, end, load, start

pytestmark = pytest.mark.locust

ROOT = Path(__file__).resolve().parents[2]
TITLES: dict[str, str] = {bug.key: bug.title for bug in BUGS}


def agrees(ended: Ended, *variants: str) -> bool:
    """Whether both ledgers agree on all of them, going by what was printed."""
    return all(f"{variant}: client ledger and server ledger agree." in ended.said for variant in variants)


@pytest.mark.parametrize("bug", TITLES)
def test_each_load_brings_out_its_own_bug_on_buggy_only(lab: Server, bug: str) -> None:
    """3 on buggy, with its own card lit and no other; 0 on fixed, with none."""
    buggy = load(f"{bug}.py", lab.url, "--variant", "buggy")
    assert buggy.code == 3, buggy
    assert buggy.lit("buggy") == {TITLES[bug]}
    fixed = load(f"{bug}.py", lab.url, "--variant", "fixed")
    assert fixed.code == 0, fixed
    assert fixed.lit("fixed") == set()
    assert agrees(buggy, "buggy")
    assert agrees(fixed, "fixed")
    assert "\nfixed" not in buggy.said
    assert "Python 3." in fixed.said


def test_who_expects_the_bug_is_content(lab: Server) -> None:
    """And faults that were asked for are no failures: Locust counts them under a name of their own, one for all ids."""
    ended = load("phantom_sessions.py", lab.url, "--expect", "inconsistent")
    assert ended.code == 0, ended
    assert ended.lit("buggy") == {"Phantom sessions"}
    assert ended.lit("fixed") == set()
    assert "/fixed/api/login (fault: outcome unknown)" in ended.log
    assert "/fixed/api/logout/[id]" in ended.log
    assert "Error report" not in ended.log


def test_several_processes_give_one_verdict(lab: Server, tmp_path: Path) -> None:
    """Each worker has whole crews and a ledger of its own; the master adds them up. Started from another folder."""
    ended = load("mixed.py", lab.url, "--processes", "2", "--users", "32", cwd=tmp_path)
    assert ended.code == 3, ended
    assert ended.said.count("exit code") == 1
    assert "Lost updates" in {*ended.lit("buggy")}
    assert ended.lit("fixed") == set()
    assert agrees(ended, "buggy", "fixed")
    assert "Traceback" not in ended.log


def test_no_visitor_means_nothing_measured(lab: Server) -> None:
    """Locust itself would call that a success."""
    ended = load("mixed.py", lab.url, "--users", "0", "--run-time", "1s")
    assert ended.code == 4
    assert "nothing was measured" in ended.said


def test_nobody_there() -> None:
    """A sentence that says what to do; no visitor was let in."""
    with listen(0) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    for processes in ([], ["--processes", "2"]):
        ended = load("mixed.py", url, *processes)
        assert ended.code == 4
        assert f"No lab answers at {url}" in ended.said
        assert "lab.py serve" in ended.said
        assert "Traceback" not in ended.log


@pytest.mark.parametrize(
    ("name", "options", "why"),
    [
        ("mixed.py", ["--variant", "purple"], "purple"),
        ("mixed.py", ["--host", "localhost:8000"], "http://127.0.0.1:8000"),
        ("", [], "LostUpdates"),
    ],
)
def test_wrong_usage(lab: Server, name: str, options: list[str], why: str) -> None:
    """Said in a sentence. A whole folder is several loads, which cannot share the dials."""
    ended = load(name, lab.url, *options)
    assert ended.code == 2
    assert why in ended.said + ended.log
    assert "Traceback" not in ended.log


def test_one_load_out_of_a_folder(lab: Server) -> None:
    """Helpers are imported once, whichever way the folder is named."""
    ended = load("", lab.url, "--variant", "fixed", "--run-time", "1s", "LostUpdates")
    assert ended.code == 0, ended


@pytest.mark.parametrize("whom", ["worker", "server"])
def test_a_server_that_is_killed_cannot_be_judged(tmp_path: Path, whom: str) -> None:
    """A worker is replaced by a new one that knows nothing of the promises; a dead server answers nothing at all."""
    with Server(tmp_path) as lab:
        process = start("lost_updates.py", lab.url, "--users", "12", "--run-time", "3s")
        wait_for_visitors(lab, 1)
        worker = lab.fetch("/lab/status")["environment"]["pid"]
        if whom == "server":
            lab.process.kill()
        os.kill(worker, signal.SIGKILL)
        ended = end(process)
    assert ended.code == 4, ended
    assert "Cannot tell: " in ended.said
    assert "vanished" not in ended.said
    assert not re.search(r"\blost\b", ended.said)
    assert "Traceback" not in ended.log


def test_a_run_that_somebody_else_ended_cannot_be_judged(lab: Server) -> None:
    """The button on the page resets the lab under the visitors' feet."""
    run = lab.fetch("/lab/status")["run"]
    process = start("cleanup_leak.py", lab.url, "--users", "6", "--run-time", "3s")
    wait_for_visitors(lab, run)
    lab.fetch("/lab/reset", {}, timeout=20)
    ended = end(process)
    assert ended.code == 4, ended
    assert "was ended by somebody else" in ended.said


@pytest.mark.parametrize("processes", [[], ["--processes", "2"]], ids=["one", "three"])
def test_stopping_early_is_judged_like_any_end(lab: Server, processes: list[str]) -> None:
    """Ctrl-C goes to all processes at once; there is no --stop-timeout. No request is cut off: the ledgers agree."""
    run = lab.fetch("/lab/status")["run"]
    process = start(
        "lost_updates.py", lab.url, "--users", "12", "--stop-timeout", "0", "--variant", "buggy", *processes
    )
    wait_for_visitors(lab, run, 300)
    os.killpg(process.pid, signal.SIGINT)
    ended = end(process)
    assert ended.code == 3, ended
    assert agrees(ended, "buggy")


def test_the_verdict_is_on_locusts_own_page(lab: Server) -> None:
    """Two tests in one Locust, each judged when it has stopped. It listens on this computer only."""
    with listen(0) as listener:
        port = listener.getsockname()[1]
    page = f"http://127.0.0.1:{port}"
    process = subprocess.Popen(
        command("lost_updates.py", lab.url, "--web-port", str(port)), stdout=subprocess.DEVNULL, start_new_session=True
    )
    try:
        assert "No test was started yet" in until(page + "/verdict", "No test")
        assert 'href="/verdict"' in get(page + "/")
        for variant, code in (("buggy", 3), ("fixed", 0)):
            swarm = {"user_count": 12, "spawn_rate": 12, "host": lab.url, "variant": variant, "expect": "consistent"}
            run = lab.fetch("/lab/status")["run"]
            get(page + "/swarm", urlencode(swarm).encode())
            wait_for_visitors(lab, run, 200)
            get(page + "/stop", b"")
            told = until(page + "/verdict", "exit code")
            assert f"(exit code {code})" in told
            assert f"{variant}: client ledger and server ledger agree." in told
        assert listening_addresses(port) == {"127.0.0.1"}
        process.terminate()
        assert process.wait(20) == 0
    finally:
        stop(process, 1.0)


def test_the_server_never_imports_gevent() -> None:
    """Locust patches the process that imports it, which would hide the races from then on."""
    code = """
import importlib, pkgutil, sys, app, racelab, session_manager
for package in (racelab, session_manager):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
app.create_app({"SESSION_MANAGER_DATABASE": "memory://"})
sys.exit(str({"gevent", "locust"} & set(sys.modules) or ""))
"""
    ended = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stderr.strip()) in ((0, ""), (1, ""))


def wait_for_visitors(lab: Server, run: int, calls: int = 50) -> None:
    """Until the lab has ended that run, and acknowledged so many calls in the next one."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        status = lab.fetch("/lab/status")
        kinds = [outcomes for variant in status["variants"].values() for outcomes in variant["calls"].values()]
        if status["run"] > run and sum(outcomes.get("acknowledged", 0) for outcomes in kinds) >= calls:
            return
        time.sleep(0.05)
    pytest.fail("No visitor came.")


def get(url: str, body: bytes | None = None) -> str:
    """A page of Locust's."""
    with urllib.request.urlopen(url, body, timeout=10) as answer:
        return str(answer.read().decode())


def until(url: str, words: str) -> str:
    """The page, once it says so."""
    deadline, told = time.monotonic() + 30, ""
    while words not in told and time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            told = get(url)
        time.sleep(0.1)
    return told


def listening_addresses(port: int) -> set[str]:
    """Where this port is open, going by the kernel's table."""
    table = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    local = [row[1].split(":") for row in table if row[3] == "0A"]
    return {".".join(str(b) for b in bytes.fromhex(a)[::-1]) for a, p in local if int(p, 16) == port}
