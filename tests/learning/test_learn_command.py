"""The command `learn`: its loop at a terminal, and its parts without one."""

from __future__ import annotations

import os
import pty
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from racelab.cli.commands import cli
from racelab.home import ROOT
from racelab.learning.course import course, named
from racelab.learning.desk import Desk

COUNTER = named("counter")
PATIENCE = 60.0


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A learner's folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "79")
    return tmp_path


def learn(*words: str) -> Result:
    """The command, without a terminal."""
    return CliRunner().invoke(cli, ["learn", *words], prog_name="lab.py")


def solve(folder: Path, *names: str) -> None:
    """Save a solution, as an editor does it."""
    for name in names:
        new = folder / "my_exercises" / f"{name}.new"
        new.write_bytes(named(name).solution.read_bytes())
        new.replace(new.with_suffix(".py"))


class Terminal:
    """A terminal of 80 columns, and the command in it."""

    def __init__(self, descriptor: int, process: subprocess.Popen[bytes]) -> None:
        self.descriptor, self.process = descriptor, process
        self.shown = ""
        self._told = 0

    def until(self, words: str) -> str:
        """What is shown from the last time on, up to these words."""
        ends = time.monotonic() + PATIENCE
        while words not in self.shown[self._told :]:
            assert time.monotonic() < ends, f"{words!r} was not shown:\n{self.shown[self._told :]}"
            self._read()
        there = self.shown.index(words, self._told) + len(words)
        before, self._told = self.shown[self._told : there], there
        return before

    def press(self, key: str) -> None:
        """Press a key."""
        os.write(self.descriptor, key.encode())

    def _read(self) -> None:
        if select.select([self.descriptor], [], [], 1.0)[0]:
            text = os.read(self.descriptor, 65536).decode(errors="replace")
            self.shown += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", text).replace("\r\n", "\n")


@contextmanager
def terminal(folder: Path) -> Iterator[Terminal]:
    """The loop, in a terminal of its own."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "LINES": "24", "TERM": "xterm"}
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "racelab", "learn"],
        cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True,
    )  # fmt: skip
    os.close(theirs)
    try:
        yield Terminal(ours, process)
    finally:
        process.kill()
        process.wait()
        os.close(ours)


def test_a_learner_solves_one_and_goes_on(tmp_path: Path) -> None:
    """A save is noticed and graded; what passes says what was proved, and the next exercise comes."""
    with terminal(tmp_path) as screen:
        assert "0 of 17 passed" in screen.until("1. Page views: my_exercises/counter.py")
        assert "not yet: lost update" in screen.until("q quit\n")
        (tmp_path / "my_exercises" / "counter.py").write_text("class Counter:\n    def view(\n", encoding="utf-8")
        screen.until("counter.py does not parse: line 2")
        screen.until("q quit\n")
        solve(tmp_path, "counter")
        proved = screen.until("It was: lost update.")
        assert "passed: my_exercises/counter.py. Proved" in proved
        assert '6  it.view("a") | it.view("a") | it.views("a")' in proved
        assert "1 of 17 passed" in screen.until("2. The first request sets up the database: my_exercises/once.py")
        assert "not yet: double execution" in screen.until("q quit\n")
        screen.press("q")
        assert screen.process.wait(PATIENCE) == 0
        lines = [line.rpartition("\r")[2] for line in screen.shown.split("\n")]
        assert [line for line in lines if len(line) > 80 and not line.startswith("Replay it")] == []
    assert Desk(tmp_path / "my_exercises").current() == named("once")


def test_keys(tmp_path: Path) -> None:
    """h, n, l, r and c do what they say; another key says what there is; Ctrl-D ends it like q."""
    with terminal(tmp_path) as screen:
        screen.until("q quit\n")
        screen.press("h")
        screen.until(f"Hint 1 of 3 for counter.py: {COUNTER.hints[0][:40]}")
        for other in ("x", "\x1b[A"):
            screen.press(other)
            screen.until("r reset, q quit\n")
        screen.press("n")
        screen.until("2. The first request")
        screen.until("q quit\n")
        screen.press("l")
        assert "once" in screen.until("<- you are here")
        (tmp_path / "my_exercises" / "once.py").write_text("mine = 1\n", encoding="utf-8")
        screen.until("has no 'Database'")
        screen.until("q quit\n")
        screen.press("r")
        screen.until("y or n\n")
        screen.press("n")
        screen.press("c")
        screen.until("has no 'Database'")
        screen.until("q quit\n")
        screen.press("r")
        screen.until("y or n\n")
        screen.press("y")
        screen.until("What you had is in my_exercises/once.py.old.")
        screen.until("not yet: double execution")
        screen.press("\x04")
        assert screen.process.wait(PATIENCE) == 0


def test_the_last_one_ends_it(tmp_path: Path) -> None:
    """When all have passed, the loop says so and ends with 0."""
    desk = Desk(tmp_path / "my_exercises")
    for each in course()[1:]:
        solve(tmp_path, each.name)
        desk.enter(each, desk.digest(each), passed=True)
    with terminal(tmp_path) as screen:
        screen.until("1. Page views")
        screen.until("q quit\n")
        solve(tmp_path, "counter")
        assert "17 of 17 passed" in screen.until("All exercises have passed.")
        assert screen.process.wait(PATIENCE) == 0


def test_the_terminal_is_left_as_it_was(tmp_path: Path) -> None:
    """Ctrl-C ends the loop with 130, and keys are shown and need Enter again."""
    import termios

    with terminal(tmp_path) as screen:
        before = termios.tcgetattr(screen.descriptor)
        screen.until("q quit\n")
        assert termios.tcgetattr(screen.descriptor) != before
        os.kill(screen.process.pid, 2)
        assert screen.process.wait(PATIENCE) == 130
        assert termios.tcgetattr(screen.descriptor) == before


def test_without_a_terminal_it_checks_once(here: Path) -> None:
    """`learn` shows and grades the current exercise, and ends with what came out."""
    shown = learn()
    assert shown.exit_code == 3
    assert "1. Page views: my_exercises/counter.py" in shown.output
    assert "4 of 6 schedules of this program end badly." in shown.output
    assert "This is no terminal, so the file is graded once and not watched." in " ".join(shown.output.split())
    for each in course():
        solve(here, each.name)
    desk = Desk(here / "my_exercises")
    for each in course():
        desk.enter(each, desk.digest(each), passed=True)
    shown = learn()
    assert (shown.exit_code, "All exercises have passed." in shown.output) == (0, True)


def test_check_says_how_it_ends(here: Path) -> None:
    """0 passed, 3 not yet, 4 cannot tell, 2 there is no such exercise."""
    assert learn("check").exit_code == 3
    solve(here, "counter")
    passed = learn("check", "counter")
    assert passed.exit_code == 0
    assert "1 of 17" in learn("list").output
    assert "[x]  1  counter   passed: lost update" in learn("list").output
    assert "2. The first request" in learn("next").output
    file = here / "my_exercises" / "counter.py"
    file.write_text(file.read_text(encoding="utf-8").replace("seen =", "import ctypes; seen ="), encoding="utf-8")
    assert "[~]  1  counter   Page views (changed)" in learn("list").output
    shown = learn("check", "my_exercises/stock.py")
    assert (shown.exit_code, "check-then-act in my_exercises/stock.py" in shown.output) == (3, True)
    assert re.search("once .*<- you are here", learn("list").output)
    assert "10. Both send money to each other" in learn("next", "transfer").output
    assert re.search("transfer .*<- you are here", learn("list").output)
    shown = learn("check", "stok")
    assert (shown.exit_code, "Did you mean stock" in shown.output) == (2, True)


def test_the_command_that_is_printed_replays(here: Path) -> None:
    """A finding's command leads to the same trace, also where the untouched class keeps no promise."""
    for name in ("counter", "pool"):
        (command,) = re.findall(r"^Replay it: python3 lab.py grade (.*)$", learn("check", name).output, re.MULTILINE)
        done = subprocess.run(
            f"{sys.executable} -P -m racelab grade {command}",
            shell=True, cwd=here, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, text=True,
            timeout=PATIENCE, check=False,
        )  # fmt: skip
        assert (done.returncode, f"{name}.py:" in done.stdout) == (3, True), done.stderr


def test_hint_and_reset(here: Path) -> None:
    """Hints come one by one, each with those before it; reset begins anew and keeps the learner's file."""
    advice = "Test and act in one piece"
    assert advice not in learn("check", "stock").output
    for number in (1, 2, 3):
        shown = learn("hint", "stock").output
        assert shown.count("Hint ") == number
        assert ("From now on a check also says" in shown) == (number == 2)
        assert (f"One way to correct it is in {named('stock').solution}" in " ".join(shown.split())) == (number == 3)
    assert advice in learn("check", "stock").output
    solve(here, "stock")
    shown = learn("reset", "stock").output
    assert "stock.py is as it was in the beginning" in shown
    assert (here / "my_exercises" / "stock.py.old").read_bytes() == named("stock").solution.read_bytes()
    assert learn("reset").exit_code == 2


def test_damaged_progress_is_told(here: Path) -> None:
    """The sentence says what happens to it, and the command goes on."""
    learn("list")
    (here / "my_exercises" / "progress.json").write_text("{", encoding="utf-8")
    shown = learn("list")
    assert shown.exit_code == 0
    assert "my_exercises/progress.json cannot be read. It begins anew" in shown.output


def test_a_folder_that_cannot_be_written(here: Path) -> None:
    """A file in the way is told in a sentence."""
    (here / "my_exercises").write_text("", encoding="utf-8")
    shown = learn("list")
    assert shown.exit_code == 1
    assert "The exercises are copied into my_exercises/" in shown.output
