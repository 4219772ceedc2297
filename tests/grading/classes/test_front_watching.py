"""`grade --watch` while its reader works: what is half typed, and what the target imports."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from racelab.grading.classes.running.watch import places, state
from racelab.grading.classes.target import read

from .front import LOCKED, environment, saved

HALF = "class Locked:\n    def add(\n"


def watching(folder: Path, *steps: Callable[[], object]) -> tuple[list[str], int]:
    """The first line that is printed of each grade; before each but the first, a step is done. Then Ctrl-C."""
    words = [sys.executable, "-P", "-u", "-m", "racelab", "grade", "sample.py:Locked", "--watch", "--seconds", "1"]
    told = []
    todo = [*steps]
    with subprocess.Popen(
        words, cwd=folder, env=environment(folder), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            todo.append(lambda: process.send_signal(signal.SIGINT))
            for step in todo:
                lines = list(iter(process.stdout.readline, "Waiting for a change. Ctrl-C ends this.\n"))
                told.append([line for line in lines if line.strip() and " has changed." not in line])
                step()
            process.wait(10)
        finally:
            process.kill()
    return ["".join(lines) for lines in told], process.returncode


def test_what_is_half_typed_is_told_and_waited_for(tmp_path: Path) -> None:
    """A file that does not parse, has no such class, or is gone ends nothing; Ctrl-C ends all."""
    path = saved(tmp_path, LOCKED)
    told, code = watching(
        tmp_path,
        lambda: saved(tmp_path, HALF),
        path.unlink,
        lambda: saved(tmp_path, "class Lock: pass\n"),
        lambda: saved(tmp_path, LOCKED),
    )
    assert "sample.py does not parse" in told[1]
    assert "There is no file" in told[2]
    assert "sample has no 'Locked'. Did you mean Lock?" in told[3]
    assert "Every interleaving of" in told[4] or "The time was up" in told[4], told
    assert code == 130


def test_what_the_target_imports_is_watched(tmp_path: Path) -> None:
    """Its own file, those beside it, and those of a folder that a file of calls names."""
    saved(tmp_path, "", "project/package/__init__.py")
    saved(tmp_path, "", "project/package/helper.py")
    saved(tmp_path, LOCKED, "project/package/sample.py")
    saved(tmp_path, "ROOT = '../project'\nNEW = 'Locked()'\n", "calls/grade_me.py")
    whole = {f"project/package/{name}.py" for name in ("__init__", "helper", "sample")}
    for target, files in (("project/package/sample.py", whole), ("calls/grade_me.py", {*whole, "calls/grade_me.py"})):
        seen = state(*places(read(target, tmp_path)))
        assert {str(Path(path).resolve().relative_to(tmp_path.resolve())) for path in seen} == files
