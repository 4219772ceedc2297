"""What all servers of `tests/engines.py` have in common: a start, an end, a crash, and a port of their own.

A server ends with the process that started it, however that ends: see `tests/engine_guard.py`. Processes that a test
has forked, without another program, hold it back until they have ended too.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import subprocess
import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

GUARD = Path(__file__).with_name("engine_guard.py")
LOOPBACK = "127.0.0.1"
PATIENCE = 30.0
"""Seconds for a server to start, and for one to end."""

ATTEMPTS = 5
"""How often a start is tried: another program may take a free port first."""

LOOK_AGAIN = 0.02
"""Seconds between two attempts to reach a server that starts. If it ends meanwhile, that is noticed at once."""


class EngineError(Exception):
    """A server did not start: what it said."""


class EngineMissing(EngineError):
    """The package is not installed: the sentence says which one."""


class Engine(ABC):
    """A running server.

    Args:
        folder: where it keeps its data; an empty one, or that of an engine of the same kind which has been closed.

    Attributes:
        port: where it listens; the same after a restart.
        pid: its process, or that of its last start.

    Raises:
        EngineMissing: the package is not installed.
        EngineError: it does not start.
    """

    gently: ClassVar[signal.Signals]
    at_once: ClassVar[signal.Signals]
    highest_port = 65535

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self._log = self.folder / "server.log"
        self._guard: subprocess.Popen[str] | None = None
        self.user = ""  # whom it runs as, if not the test's own
        self.port = self.pid = 0
        self._prepare()
        self._start(new_port=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    @property
    @abstractmethod
    def url(self) -> str:
        """Where it answers."""

    @property
    def running(self) -> bool:
        """Whether its process exists."""
        return self._guard is not None and self._guard.poll() is None

    def stop(self) -> None:
        """End it in good order, and wait for that. One that has ended: nothing."""
        self._signal(self.gently)
        self._ended()

    def kill(self) -> None:
        """End it with SIGKILL, as a crash, and wait for that. One that has ended: nothing."""
        self._signal(signal.SIGKILL)
        self._ended()

    def restart(self) -> None:
        """Start it on the same port with the same folder; one that runs is stopped before."""
        self.stop()
        self._start(new_port=False)

    @abstractmethod
    def _prepare(self) -> None:
        """What comes once, before the first start."""

    @abstractmethod
    def _command(self) -> Sequence[str | Path]: ...

    @abstractmethod
    def _answers(self) -> bool:
        """Whether this very server, and no other on its port, is ready."""

    @abstractmethod
    def _disconnect(self) -> None:
        """Close the test's own connections."""

    def _signal(self, number: signal.Signals) -> None:
        if self._guard is not None and self._guard.stdin is not None and self.running:
            self._guard.stdin.write(f"{number.value}\n")
            self._guard.stdin.flush()

    def _start(self, new_port: bool) -> None:
        for attempt in range(ATTEMPTS):
            if new_port:
                self.port = free_port(self.highest_port)
            try:
                self._start_once()
            except EngineError:
                self.kill()
                if attempt == ATTEMPTS - 1 or "ddress already in use" not in self._said():
                    raise
            else:
                return

    def _start_once(self) -> None:
        self._log.write_text("")
        guarded: list[str | Path] = [sys.executable, "-I", "-S", GUARD]
        with self._log.open("ab") as output:
            self._guard = subprocess.Popen(
                [*guarded, self.folder, self._log, str(self.at_once.value), self.user, *self._command()],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
                start_new_session=True,  # Ctrl-C is for the test, which then ends it
            )
        assert self._guard.stdout is not None
        self.pid = int(self._guard.stdout.readline() or 0)
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            try:
                self._guard.wait(LOOK_AGAIN)
            except subprocess.TimeoutExpired:
                if time.monotonic() < deadline:
                    continue
            raise EngineError(f"{type(self).__name__} did not start on port {self.port}. {self._said()}")

    def _said(self) -> str:
        return self._log.read_text(errors="replace")[-2000:]

    def _ended(self) -> None:
        """Wait until it has ended; if it does not, end it."""
        self._disconnect()
        if self._guard is None:
            return
        try:
            self._guard.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._signal(signal.SIGKILL)
        with self._guard:  # closes the pipes, and waits
            self._guard = None


def free_port(highest: int = 65535) -> int:
    """A port of loopback on which nobody listens now. The caller has to try again if somebody takes it first."""
    while True:
        with socket.create_server((LOOPBACK, 0)) as listener:
            port: int = listener.getsockname()[1]
        if port <= highest:
            return port


def kill_all_in(folder: Path) -> None:
    """End with SIGKILL every process that works in this folder, and wait for that. Linux only.

    All processes of a PostgreSQL work in its data folder. A killed postmaster can start no more of them.
    """
    for place in Path("/proc").glob("[0-9]*/cwd"):
        try:
            process = os.pidfd_open(int(place.parent.name))
        except ProcessLookupError:
            continue
        try:
            if place.readlink() == folder:  # of the process that the descriptor keeps apart from any later one
                signal.pidfd_send_signal(process, signal.SIGKILL)
                select.select([process], [], [], PATIENCE)
        except (FileNotFoundError, PermissionError, ProcessLookupError):
            pass  # it has ended, or is another user's
        finally:
            os.close(process)
