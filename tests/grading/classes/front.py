"""Classes for the tests of the command `grade`, written into files, and what the grader chooses for them."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from racelab.cli.commands import cli
from racelab.grading.classes.choosing.choice import Choice, Given
from racelab.grading.classes.running.processes import Failed
from racelab.grading.classes.running.session import choose
from racelab.grading.classes.target import read
from racelab.home import ROOT

COUNTER = '''
class Counter:
    """Counts without a lock."""

    def __init__(self):
        self.count = 0

    def add(self):
        now = int(self.count)
        self.count = now + 1

    def get(self):
        return self.count
'''
LOCKED = COUNTER.replace("class Counter:", "import threading\n\n\nclass Locked:").replace(
    "        now = int(self.count)\n        self.count = now + 1\n",
    "        with self.lock:\n            now = int(self.count)\n            self.count = now + 1\n",
).replace("        self.count = 0\n", "        self.count = 0\n        self.lock = threading.Lock()\n")  # fmt: skip

HANGS = "open('begun', 'w').close()\nwhile True: pass\n"
"""A module that never ends; where it was begun it leaves a file."""


def saved(folder: Path, source: str, name: str = "sample.py") -> Path:
    """A file with that source."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(source, encoding="utf-8")
    return path


def chosen(path: Path, name: str = "", given: Given | None = None) -> Choice:
    """What the grader chooses for a class in a file, in a child process."""
    choice = choose(read(f"{path}:{name}" if name else str(path), path.parent), given or Given())
    assert not isinstance(choice, Failed), choice.reason
    return choice


def command(*arguments: object, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command `grade` in a folder, with a cache of its own, in this process: half of its time is its beginning."""
    words = ["grade", *map(str, arguments)]
    with contextlib.chdir(folder):
        done = CliRunner(env=environment(folder, **environ)).invoke(cli, words, prog_name="lab.py")
    if not isinstance(done.exception, SystemExit | None):
        raise done.exception
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


def process(*arguments: object, folder: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """The same as a process, as `lab.py` runs it, and with its sentences for what goes wrong."""
    words = [sys.executable, "-P", "-m", "racelab", "grade", *map(str, arguments)]
    return subprocess.run(
        words, cwd=folder, env=environment(folder, **environ), capture_output=True, text=True, timeout=90, check=False
    )


def environment(folder: Path, **environ: str) -> dict[str, str]:
    """Where the lab is found from elsewhere."""
    before = os.environ.get("PYTHONPATH", "")
    path = os.pathsep.join(filter(None, [str(ROOT), before]))
    own = {"PYTHONPATH": path, "RACELAB_CACHE": str(folder / ".cache"), "COLUMNS": "120"}
    return {**os.environ, **own, **environ}


def told(folder: Path) -> Any:
    """The report in `report.json`."""
    return json.loads((folder / "report.json").read_text(encoding="utf-8"))
