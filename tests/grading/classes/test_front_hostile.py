"""Classes that do to their process what they can: the grade says why it cannot tell, and leaves nothing behind."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest

from .front import command, saved

HEAD = "import os, subprocess, sys, threading, time\nENDLESS = {!r}\n"
CLASS = "class It:\n    def __init__(self):\n        self.n = 0\n    def go(self):\n        {}\n"
CALLS = ("--task", "it.go()", "--task", "it.go()", "--then", "it.n", "--seconds", "5")


@pytest.mark.parametrize(
    ("before", "body", "said"),
    [
        ("subprocess.Popen(ENDLESS, start_new_session=True)", "self.n += 1", "subprocess.Popen is not modelled"),
        ("", "subprocess.Popen(ENDLESS)", "subprocess.Popen is not modelled"),
        ("", "os.fork()", "os.fork is not modelled"),
        ("", "os._exit(0)", "os._exit is used, and it is not modelled"),
        ("", "self.n = bytearray(3 << 30)", "it.go() raises MemoryError"),
        ("", "return input()", "input is not modelled"),
        ("", "return sys.exit(0)", "it.go() raises SystemExit"),
        ("import signal", "signal.signal(signal.SIGURG, signal.SIG_IGN)", "The module signal is used"),
        ("", "while True: self.n", "A loop goes round"),
    ],
)
def test_a_hostile_class_is_no_verdict(before: str, body: str, said: str, tmp_path: Path) -> None:
    """The reason is told, the exit code is 4, and no process is left."""
    endless = [sys.executable, "-c", f"while {str(tmp_path)!r}: pass"]
    saved(tmp_path, f"{HEAD.format(endless)}{before}\n{CLASS.format(body)}", "hostile.py")
    done = command("hostile.py:It", *CALLS, folder=tmp_path)
    assert (done.returncode, done.stdout[:11], said in done.stdout) == (4, "cannot tell", True), done.stdout
    assert endless not in [each.info["cmdline"] for each in psutil.process_iter(["cmdline"])]


@pytest.mark.parametrize(
    ("before", "body"),
    [
        ("", "for _ in range(500): print('x' * 1000, file=sys.stderr)\n        self.n = int(self.n) + 1"),
        ("threading.Thread(target=time.sleep, args=(300,), daemon=True).start()", "self.n = int(self.n) + 1"),
        ("threading.Thread(target=time.sleep, args=(300,)).start()", "self.n = int(self.n) + 1"),
    ],
)
def test_noise_and_threads_of_the_module_hide_nothing(before: str, body: str, tmp_path: Path) -> None:
    """The race is found, and none of the noise is printed."""
    saved(tmp_path, f"import sys, threading, time\n{before}\n{CLASS.format(body)}", "hostile.py")
    done = command("hostile.py:It", *CALLS, folder=tmp_path)
    assert (done.returncode, done.stdout[:18]) == (3, "found: lost update"), done.stdout
    assert "xxxx" not in done.stdout + done.stderr
