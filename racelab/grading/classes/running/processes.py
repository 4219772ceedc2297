"""Child processes that run the reader's code: one for each core, bounded in time and memory, ended in any case."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection, wait
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from racelab.lifeline import Lifeline

from ..target import TargetError
from .below import end_below, end_marked
from .worker import DONE, REFUSED, SAID

GRACE: Final = 5.0
"""Seconds that a child may be late, before it counts as one that hangs."""
MEMORY: Final = 2 << 30
"""Bytes of address space of one child."""
WORKER: Final = "racelab.grading.classes.running.worker"
LEAST_WAIT: Final = 0.01
EVERY: Final = 0.5
"""Seconds between two calls that tell that it is still going on."""


@dataclass(frozen=True, slots=True)
class Task:
    """Something for a child to do: the name of an operation of `worker.py`, its arguments, and the seconds it may take.

    Attributes:
        key: whatever the one who asks knows it again by.
    """

    operation: str
    arguments: tuple[Any, ...]
    seconds: float
    key: Any = None


@dataclass(frozen=True, slots=True)
class Failed:
    """A task that came to nothing: its child died, hung, or met an error.

    Attributes:
        reason: in words, without a full stop.
    """

    reason: str


def cores() -> int:
    """How many processes can run at once here."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class _Child:
    """One child process and what it is doing."""

    def __init__(self, paths: Iterable[str], memory: int) -> None:
        self.connection, theirs = Pipe()
        self._lifeline = Lifeline()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 # closed with the child
        self._scratch = tempfile.TemporaryDirectory(prefix="racelab-")
        self.task: Task | None = None
        self.begun = self.deadline = 0.0
        descriptors = [theirs.fileno(), *self._lifeline.descriptors()]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", WORKER, *map(str, [*descriptors, memory])],
            env=_environment(paths) | {"TMPDIR": self._scratch.name},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._errors,
            pass_fds=descriptors,
            start_new_session=True,
        )
        self._lifeline.started()
        theirs.close()

    def begin(self, task: Task, until: float) -> None:
        """Give it something to do, which has to end by that time."""
        self.task, self.begun = task, time.monotonic()
        self.deadline = min(self.begun + task.seconds + GRACE, until)
        with suppress(OSError):  # one that has died says so when it is asked for its answer
            self.connection.send((task.operation, task.arguments))

    def death(self) -> str:
        """Why it has ended, after its connection broke."""
        try:
            code = self._process.wait(GRACE)
        except subprocess.TimeoutExpired:
            return "its process closed the connection"
        self._errors.seek(0)
        lines = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()
        said = f": {lines[-1]}" if lines else ""
        if code < 0:
            return f"its process was ended by {signal.Signals(-code).name}{said}"
        return f"its process ended with {code}{said}"

    def kill(self) -> None:
        """End it, and what it has started, in sessions of its own too."""
        try:
            if self._process.poll() is None:
                end_below(self._process.pid)
            end_marked(f"TMPDIR={self._scratch.name}")
        finally:  # also when a second Ctrl-C ends the search
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.kill()
            self._process.wait()
            self.connection.close()
            self._lifeline.close()
            self._errors.close()
            self._scratch.cleanup()


class Processes:
    """See the module. A context: leaving it ends all of them, also by Ctrl-C.

    Args:
        count: how many run at once.
        paths: folders to import from, besides those that a program names.
        memory: bytes for each.
        until: when all tasks have to have ended, by `time.monotonic`.
    """

    def __init__(
        self, count: int, paths: Iterable[str] = (), memory: int = MEMORY, until: float = float("inf")
    ) -> None:
        self._count, self._paths, self._memory, self._until = count, tuple(paths), memory, until
        self._children: list[_Child] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._children:
            self._children.pop().kill()

    def one(self, task: Task) -> Any:
        """What came of one task.

        Raises:
            TargetError: the child refuses it.
        """
        ((_, value),) = self.all(iter([task]))
        return value

    def all(
        self, tasks: Iterator[Task], heard: Callable[[Task | None, Any], None] | None = None
    ) -> Iterator[tuple[Task, Any]]:
        """Do tasks as children become free; yield each with what came of it, a value or `Failed`, as they end.

        A task is taken from the iterator only when a child is free for it.

        Args:
            tasks: what is to be done.
            heard: is told what a task says while it runs; and None now and then, if none says anything.

        Raises:
            TargetError: a child refuses a task.
        """
        busy: list[_Child] = []
        try:
            while True:
                while len(busy) < self._count and (task := next(tasks, None)) is not None:
                    child = self._free(busy)
                    child.begin(task, self._until)
                    busy.append(child)
                if not busy:
                    return
                for child, value in self._ended(busy, heard or _to_nobody):
                    busy.remove(child)
                    assert child.task is not None
                    yield child.task, value
        finally:
            for child in busy:  # of which nobody wants to know any more
                self._end(child)

    def _free(self, busy: list[_Child]) -> _Child:
        for child in self._children:
            if child not in busy:
                return child
        self._children.append(_Child(self._paths, self._memory))
        return self._children[-1]

    def _ended(self, busy: list[_Child], heard: Callable[[Task | None, Any], None]) -> Iterator[tuple[_Child, Any]]:
        """Those that have ended, waiting a little for the first: with its value, or why there is none."""
        patience = max(LEAST_WAIT, min(child.deadline for child in busy) - time.monotonic())
        ready = wait([child.connection for child in busy], min(EVERY, patience))
        if not ready:
            heard(None, None)
        for child in list(busy):
            if child.connection in ready:
                yield from self._answer(child, heard)
            elif time.monotonic() >= child.deadline:
                self._end(child)
                spent = f"{child.deadline - child.begun:.0f} s"
                yield child, Failed(f"it did not end within {spent}, and was stopped")

    def _answer(self, child: _Child, heard: Callable[[Task | None, Any], None]) -> Iterator[tuple[_Child, Any]]:
        try:
            kind, value = _received(child.connection)
        except (EOFError, OSError):
            reason = child.death()
            self._end(child)
            yield child, Failed(reason)
            return
        if kind == SAID:
            heard(child.task, value)
            return
        if kind == REFUSED:
            assert isinstance(value, TargetError)
            raise value
        yield child, value if kind == DONE else Failed(value)

    def _end(self, child: _Child) -> None:
        if child in self._children:
            self._children.remove(child)
            child.kill()


def _to_nobody(_task: Task | None, _said: Any) -> None:
    """For whoever does not want to know."""


def _received(connection: Connection) -> tuple[str, Any]:
    kind, value = connection.recv()
    return kind, value


def _environment(paths: Iterable[str]) -> dict[str, str]:
    """Ours, with the lab to be found, and hashes that are the same in every run."""
    home = str(Path(__file__).resolve().parents[4])
    before = os.environ.get("PYTHONPATH", "")
    together = os.pathsep.join(dict.fromkeys([*paths, home, *filter(None, before.split(os.pathsep))]))
    return {**os.environ, "PYTHONPATH": together, "PYTHONHASHSEED": "0"}
