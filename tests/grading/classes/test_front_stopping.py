"""The command `grade` when it is stopped: what it prints, what its files hold, and that nothing is left running."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest

from racelab.grading.classes.running.session import LATE
from tests.workers import until

from .front import COUNTER, LOCKED, command, environment, process, saved, told

LONG = LOCKED + "\n".join(f"    def add{i}(self):\n        self.add()\n" for i in range(9))
"""Takes longer to grade than anybody waits."""
SLOW = 8.0
"""Seconds that beginning and ending the command may take where much runs beside it."""
HANGS_IN_C = "import ctypes; ctypes.pythonapi.pause()\n"
"""Waits for ever in C without letting any other thread run, which takes none of the other tests' time."""
FILES = ("--json", "report.json", "--junit", "report.xml", "--sarif", "report.sarif")


def stopped(folder: Path, number: signal.Signals, *words: str) -> tuple[int, str, str]:
    """The exit code, output and errors of a grade that is stopped once it runs programs; no child may be left."""
    whole = [sys.executable, "-P", "-m", "racelab", "grade", "long.py", "--save", "kept.py", "--seconds", "80", *words]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(whole, cwd=folder, env=environment(folder), **pipes) as process:
        until((folder / "kept.py").exists)
        until(lambda: bool(psutil.Process(process.pid).children()))
        children = psutil.Process(process.pid).children(recursive=True)
        process.send_signal(number)
        printed, errors = process.communicate(timeout=30)
    _, left = psutil.wait_procs(children, timeout=10)
    assert left == []
    return process.returncode, printed, errors


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_what_was_done_is_told_when_it_is_interrupted(number: signal.Signals, code: int, tmp_path: Path) -> None:
    """Ctrl-C and SIGTERM end it with their codes, *cannot tell*, and whole files."""
    saved(tmp_path, LONG, "long.py")
    (tmp_path / "report.json").write_text("of yesterday")
    ended, printed, _ = stopped(tmp_path, number, *FILES)
    assert (ended, printed[:24]) == (code, "cannot tell: Interrupted"), printed
    assert "not begun: " in printed
    report = told(tmp_path)
    assert (report["verdict"], report["interrupted"]) == ("cannot tell", True)
    assert "four calls in three threads" in report["not_begun"]
    assert ET.parse(tmp_path / "report.xml").getroot().get("failures") == "0"
    (run,) = json.loads((tmp_path / "report.sarif").read_text())["runs"]
    assert run["invocations"][0]["executionSuccessful"] is False
    assert [path.name for path in tmp_path.glob(".report*")] == []


@pytest.mark.stress
@pytest.mark.parametrize(("name", "begins"), [("Counter", "found"), ("Locked", "cannot tell")])
def test_real_threads_that_are_interrupted_tell_what_they_saw(name: str, begins: str, tmp_path: Path) -> None:
    """After Ctrl-C `--stress` says how many rounds were run, and how many of them ended badly."""
    saved(tmp_path, COUNTER + LOCKED)
    tasks = ("--task", "it.add()", "--task", "it.add()")
    whole = [sys.executable, "-P", "-m", "racelab", "grade", f"sample.py:{name}", *tasks, "--stress", "--seconds", "60"]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(whole, cwd=tmp_path, env=environment(tmp_path), **pipes) as process:
        assert process.stderr is not None
        assert any(" rounds, " in line for line in process.stderr)
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=30)
    verdict, *lines = printed.splitlines()
    told = re.fullmatch(r".*: Interrupted after ([\d,]+) rounds; (\S+) of them ended .*", lines[0])
    assert told is not None, printed
    assert (process.returncode, verdict.split(":")[0], told[2] == "none") == (130, begins, name == "Locked")
    assert int(told[1].replace(",", "")) > 0


def test_a_grade_that_is_killed_leaves_the_files_as_they_were(tmp_path: Path) -> None:
    """Nothing is written before there is something to write, and the children end."""
    saved(tmp_path, LONG, "long.py")
    (tmp_path / "report.json").write_text("of yesterday")
    assert stopped(tmp_path, signal.SIGKILL, *FILES)[0] == -signal.SIGKILL
    assert (tmp_path / "report.json").read_text() == "of yesterday"
    assert not (tmp_path / "report.xml").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--json", "-", "--sarif", "-"), "such as --sarif report.sarif."),
        (("--json", "one", "--junit", "./one"), "such as --junit report.xml."),
        (("--json", "."), "it is a folder"),
        (("--junit", "nowhere/report.xml"), "there is no folder"),
        (("--sarif", "sample.py"), "it is what is graded"),
        (("--json", "sample.py/report"), "there is no folder"),
        (("--json", "x" * 300), "cannot be written"),
    ],
)
def test_a_file_that_cannot_be_written_is_refused_before_the_grade(
    words: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    """It is wrong usage, with advice; nothing is imported, and no file is made."""
    saved(tmp_path, f"open('begun', 'w').close()\n{COUNTER}")
    before = sorted(tmp_path.iterdir())
    done = command("sample.py", *words, folder=tmp_path)
    assert (done.returncode, done.stdout, sorted(tmp_path.iterdir())) == (2, "", before), done.stderr
    assert said in done.stderr


def test_a_report_keeps_the_place_and_the_permissions_of_its_file(tmp_path: Path) -> None:
    """A link still leads to the file, who may read it may do so after, and a pipe stays one."""
    saved(tmp_path, LOCKED)
    real = tmp_path / "real.json"
    real.write_text("of yesterday")
    real.chmod(0o640)
    (tmp_path / "report.json").symlink_to(real)
    options = ("--task", "it.add()", "--task", "it.add()", "--json", "report.json", "--junit", os.devnull)
    assert command("sample.py", *options, folder=tmp_path).returncode == 0
    assert (tmp_path / "report.json").is_symlink()
    assert (told(tmp_path)["verdict"], real.stat().st_mode & 0o777) == ("none", 0o640)
    assert not Path(os.devnull).is_file()


def test_what_cannot_be_looked_at_is_told_in_the_files_too(tmp_path: Path) -> None:
    """No report of yesterday is left that says something else."""
    saved(tmp_path, "class Later:\n    async def get(self): ...\n", "later.py")
    (tmp_path / "report.json").write_text('{"verdict": "none"}')
    assert command("later.py", *FILES, folder=tmp_path).returncode == 4
    report = told(tmp_path)
    assert (report["verdict"], "asynchronous" in report["sentence"]) == ("cannot tell", True)
    assert ET.parse(tmp_path / "report.xml").getroot().get("skipped") == "1"
    assert command("later.py", "--json", "-", folder=tmp_path).stdout.startswith("{")


def test_the_time_is_kept_even_if_something_hangs(tmp_path: Path) -> None:
    """An import and a call that never end are stopped soon after, and that is told."""
    saved(tmp_path, HANGS_IN_C, "endless.py")
    endless = "class Endless:\n    def go(self):\n        return sum(range(10**14))\n"
    saved(tmp_path, endless, "call.py")
    for words in (("endless.py",), ("call.py", "--task", "it.go()", "--task", "it.go()", "--then", "")):
        began = time.monotonic()
        done = process(*words, "--seconds", "1", "--json", "report.json", folder=tmp_path)
        assert time.monotonic() - began < 1 + LATE + SLOW, done.stdout
        assert (done.returncode, "it did not end within" in done.stdout) == (4, True), done.stdout
        assert told(tmp_path)["verdict"] == "cannot tell"


def test_real_threads_that_hang_are_stopped(tmp_path: Path) -> None:
    """`--stress` keeps the time too, and says which program has hung."""
    saved(tmp_path, f"class Endless:\n    def go(self):\n        {HANGS_IN_C}", "call.py")
    began = time.monotonic()
    words = ("call.py", *["--task", "it.go()"] * 2, "--then", "", "--stress", "--seconds", "1")
    done = process(*words, folder=tmp_path)
    assert time.monotonic() - began < 1 + LATE + SLOW, done.stdout
    assert (done.returncode, "it.go() | it.go(): nothing can be said, because it did not" in done.stdout) == (4, True)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device here that is always full")
def test_a_report_is_printed_even_if_its_file_cannot_be_written(tmp_path: Path) -> None:
    """A full disk is told, and takes nothing of the report."""
    saved(tmp_path, COUNTER)
    done = process("sample.py", "--json", "/dev/full", folder=tmp_path)
    assert (done.returncode, done.stdout[:18]) == (2, "found: lost update")
    assert "The report could not be written to /dev/full: No space left on device." in done.stderr


def test_a_terminal_that_lacks_a_letter_shows_the_rest(tmp_path: Path) -> None:
    """A name that its encoding does not have ends nothing."""
    saved(tmp_path, COUNTER, "z\u00e4hler.py")
    done = process("z\u00e4hler.py", folder=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stdout.splitlines()[0]) == (3, "found: lost update in z\\xe4hler.py:Counter.")
