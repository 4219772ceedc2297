"""The reader's code runs in child processes, and whatever it does to them, the grader goes on."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import Mock

import psutil  # type: ignore[import-untyped] # it comes without types
import pytest

from racelab.grading.classes.choosing.choice import Choice, Given
from racelab.grading.classes.running import below
from racelab.grading.classes.running import processes as module
from racelab.grading.classes.running.processes import Failed, Processes, Task
from racelab.grading.classes.target import TargetError, read
from tests.workers import until

from .front import COUNTER, HANGS, environment, saved

Children = Callable[[], set[psutil.Process]]

SECONDS = 20.0
ENDLESS = [sys.executable, "-c", "while True: pass"]


def looking(path: Path, seconds: float = SECONDS) -> Task:
    """A task that imports a file."""
    return Task("choose", (read(str(path), path.parent), Given()), seconds, path.stem)


@pytest.fixture
def one_child() -> Iterator[Processes]:
    """Processes of which one runs at a time."""
    with Processes(1) as processes:
        yield processes


@pytest.fixture
def children() -> Children:
    """What lists the processes started since the test began; servers of other tests may run beside it."""
    before = set(psutil.Process().children())
    return lambda: set(psutil.Process().children()) - before


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("import os\nos.abort()", "its process was ended by SIGABRT"),
        ("import os\nos._exit(7)", "its process ended with 7"),
        ("import os, sys\nprint('gone', file=sys.stderr, flush=True)\nos._exit(7)", "ended with 7: gone"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "its process was ended by SIGKILL"),
    ],
)
def test_a_child_that_dies_is_told_with_the_reason(
    source: str, said: str, tmp_path: Path, one_child: Processes
) -> None:
    """A dead child is a failed task, and the next task is done by another child."""
    failed = one_child.one(looking(saved(tmp_path, source, "dies.py")))
    assert isinstance(failed, Failed)
    assert said in failed.reason
    assert isinstance(one_child.one(looking(saved(tmp_path, COUNTER))), Choice)


def test_a_child_that_hangs_is_ended(
    tmp_path: Path, children: Children, one_child: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A loop without an end is stopped when its time is up."""
    monkeypatch.setattr(module, "GRACE", 0.5)
    failed = one_child.one(looking(saved(tmp_path, "while True: pass", "hangs.py"), seconds=0.5))
    assert failed == Failed("it did not end within 1 s, and was stopped")
    assert not children()


def test_waiting_is_told_and_the_time_of_all_ends_a_child(tmp_path: Path) -> None:
    """Whoever shows the progress hears that it goes on, and what hangs is not waited for longer than all may take."""
    heard: list[tuple[Task | None, object]] = []
    with Processes(1, until=time.monotonic() + 1.2) as processes:
        tasks = iter([looking(saved(tmp_path, "while True: pass", "hangs.py"))])
        ((_, failed),) = processes.all(tasks, lambda task, said: heard.append((task, said)))
    assert failed == Failed("it did not end within 1 s, and was stopped")
    assert (None, None) in heard


def left(command: list[str]) -> list[psutil.Process]:
    """What runs this command. A process that was killed ends a little later, on a busy computer."""
    found = [each for each in psutil.process_iter(["cmdline"]) if each.info["cmdline"] == command]
    alive: list[psutil.Process] = psutil.wait_procs(found, timeout=5)[1]
    return alive


def test_what_a_child_has_started_ends_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that the reader's module starts does not outlive the child."""
    monkeypatch.setattr(module, "GRACE", 0.5)
    source = (
        "import subprocess, sys\nendless = [sys.executable, '-c', 'while True: pass']\n"
        "subprocess.Popen(endless, start_new_session=True)\nsubprocess.run(endless)\n"
    )
    with Processes(1) as processes:
        assert isinstance(processes.one(looking(saved(tmp_path, source, "starts.py"), seconds=1.5)), Failed)
    assert not left(ENDLESS)


def test_what_a_child_starts_while_it_is_ended_ends_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that starts a process after another has none left, at whatever moment its time is over."""
    monkeypatch.setattr(module, "GRACE", 0.1)
    marked = ["sleep", "600.0625"]
    source = f"import subprocess\nfor _ in range(4000): subprocess.Popen({marked}, start_new_session=True)\n"
    for seconds in (0.4, 0.43, 0.46):
        with Processes(1) as processes:
            assert isinstance(processes.one(looking(saved(tmp_path, source, "starts.py"), seconds=seconds)), Failed)
        assert not left(marked)


def test_what_is_left_alone_by_who_has_started_it_ends_too(tmp_path: Path) -> None:
    """By a child that ends itself, or by a shell that ends before the child."""
    marked = ["sleep", "600.03125"]
    ends = f"import os, subprocess\nsubprocess.Popen({marked}, start_new_session=True)\nos._exit(3)\n"
    lasts = f"import subprocess\nsubprocess.run(['sh', '-c', 'setsid {' '.join(marked)} &'], check=True)\n" + COUNTER
    with Processes(1) as processes:
        assert isinstance(processes.one(looking(saved(tmp_path, ends, "ends.py"))), Failed)
        assert not left(marked)
        assert isinstance(processes.one(looking(saved(tmp_path, lasts, "lasts.py"))), Choice)
    assert not left(marked)


def test_a_child_that_takes_all_memory_is_stopped(tmp_path: Path) -> None:
    """A child gets no more memory than its limit."""
    greedy = saved(tmp_path, "class Greedy:\n    def get(self): return len(bytearray(1 << 30))\n", "greedy.py")
    with Processes(1, memory=600 << 20) as processes:
        choice = processes.one(looking(greedy))
    assert isinstance(choice, Choice)
    big = saved(tmp_path, "x = bytearray(1 << 30)\nclass Big:\n    def get(self): ...\n", "big.py")
    with Processes(1, memory=600 << 20) as processes, pytest.raises(TargetError, match="MemoryError"):
        processes.one(looking(big))


def test_what_the_reader_prints_is_kept_apart(tmp_path: Path, one_child: Processes) -> None:
    """Output of the reader's code does not come between the answers."""
    noisy = saved(tmp_path, "import os\nprint('x' * 100_000)\nos.write(1, b'y' * 100_000)\n" + COUNTER, "noisy.py")
    assert isinstance(one_child.one(looking(noisy)), Choice)


def test_bytecode_is_kept_of_the_lab_and_not_of_the_readers_code(
    tmp_path: Path, one_child: Processes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The next child starts sooner, and sees each edit, however soon it comes."""
    starts = "import subprocess, sys\nimport helper\nsubprocess.run([sys.executable, '-c', 'import helper'])\n"
    saved(tmp_path, "", "helper.py")
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    monkeypatch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path / "kept"))
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    assert isinstance(one_child.one(looking(saved(tmp_path, starts + COUNTER))), Choice)
    kept = {path.name.partition(".")[0] for path in (tmp_path / "kept").rglob("*.pyc")}
    assert {"worker", "choose", "trial"} <= kept
    assert not {"sample", "helper"} & kept


def test_tasks_are_spread_and_none_is_lost(tmp_path: Path, children: Children) -> None:
    """Each task is answered once, by as many children as were asked for."""
    paths = [saved(tmp_path, COUNTER, f"sample{number}.py") for number in range(4)]
    with Processes(2) as processes:
        answered = list(processes.all(looking(path) for path in paths))
        assert len(children()) == 2
    assert sorted(task.key for task, _ in answered) == [path.stem for path in paths]
    assert all(isinstance(value, Choice) for _, value in answered)
    assert not children()


def test_leaving_early_ends_the_children(tmp_path: Path, children: Children) -> None:
    """An exception in the parent, such as Ctrl-C, ends all children at once."""
    hangs = saved(tmp_path, "while True: pass", "hangs.py")
    with pytest.raises(KeyboardInterrupt):
        interrupted([looking(saved(tmp_path, COUNTER)), looking(hangs)])
    assert not children()


def test_a_second_interrupt_leaves_no_child_that_is_stopped(
    tmp_path: Path, children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It comes while what the child has started is looked for: a stopped child would not end with its parent."""
    monkeypatch.setattr(below, "_below", Mock(side_effect=[[], KeyboardInterrupt]))
    with pytest.raises(KeyboardInterrupt), Processes(1) as processes:
        processes.one(looking(saved(tmp_path, COUNTER)))
    assert not children()


def interrupted(tasks: list[Task]) -> None:
    """Tasks, and Ctrl-C after the first."""
    with Processes(2) as processes:
        for _ in processes.all(iter(tasks)):
            raise KeyboardInterrupt


def test_a_child_ends_with_its_parent(tmp_path: Path) -> None:
    """A parent that is killed leaves no child behind, nor what the child has started in a session of its own."""
    starts = "import subprocess\nsubprocess.Popen(['sleep', '600'], start_new_session=True)\n"
    saved(tmp_path, starts + HANGS, "hangs.py")
    words = [sys.executable, "-P", "-m", "racelab", "grade", "hangs.py"]
    with subprocess.Popen(words, cwd=tmp_path, env=environment(tmp_path), stderr=subprocess.DEVNULL) as parent:
        try:
            until((tmp_path / "begun").exists)
            below_it = psutil.Process(parent.pid).children(recursive=True)
        finally:
            parent.send_signal(signal.SIGKILL)
    assert len(below_it) == 2
    until(lambda: all(not each.is_running() or each.status() == psutil.STATUS_ZOMBIE for each in below_it))
