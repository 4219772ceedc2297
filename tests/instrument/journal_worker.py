"""A worker process for the tests: it writes a journal, and does what it is told, a line of JSON for each command.

`Worker` is its other end. `python -m tests.instrument.journal_worker FOLDER` is the process.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from racelab.bugs import Outcome
from racelab.promises import journal
from racelab.promises.journal import Journal
from racelab.promises.promise import Kind
from session_manager.model import SessionError
from tests.instrument.calls import Running, done
from tests.subject.threads import run_together

ROOT = Path(__file__).resolve().parents[2]
CHANGES: tuple[Kind, ...] = ("update", "increment")
ENDS: tuple[Outcome, ...] = ("acknowledged", "failed")


class Worker:
    """A worker process. Use it as a context manager: it is killed at the end, if it still lives.

    Args:
        folder: of the journals.
    """

    def __init__(self, folder: Path) -> None:
        command = [sys.executable, "-m", __name__, str(folder)]
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)
        self.pid = self.process.pid

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    def tell(self, what: str, **arguments: Any) -> None:
        """Send a command and do not wait."""
        assert self.process.stdin
        self.process.stdin.write(json.dumps([what, arguments]) + "\n")
        self.process.stdin.flush()

    def ask(self, what: str, **arguments: Any) -> Any:
        """Send a command and wait for its answer."""
        self.tell(what, **arguments)
        return self.hear()

    def hear(self) -> Any:
        """The next answer."""
        assert self.process.stdout
        return json.loads(self.process.stdout.readline())

    def kill(self) -> list[str]:
        """Kill it with SIGKILL. Returns the lines that it had still written."""
        self.process.kill()
        assert self.process.stdin
        assert self.process.stdout
        rest = "" if self.process.stdout.closed else self.process.stdout.read()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        return rest.splitlines()

    def wait_until_stopped(self) -> None:
        """Wait for a SIGSTOP to have stopped it."""
        _, status = os.waitpid(self.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)


class StoppingClock:
    """Reads the time, and stops this process before the time is used: in the middle of a record."""

    def monotonic_ns(self) -> int:
        now = time.monotonic_ns()
        os.kill(os.getpid(), signal.SIGSTOP)
        return now


class Commands:
    """What the process can do."""

    def __init__(self, folder: Path) -> None:
        self._journal = Journal(folder)
        self._running: dict[str, Running] = {}

    def begin(self, variant: str, kind: Kind, session: str, key: str = "", stops: bool = False) -> bool:
        """Begin a call; `stops` stops the process while it writes that."""
        with mock.patch.object(journal, "time", StoppingClock() if stops else time):
            self._running[session + key] = Running(self._journal.ledger(variant), kind, session, key, "v")
        return True

    def end(self, name: str) -> bool:
        """End the call that has begun with that session and key."""
        self._running.pop(name).end()
        return True

    def hammer(self, seed: int, threads: int, calls: int) -> dict[str, int]:
        """Make so many calls in each of so many threads. Returns how many changes of each session were acknowledged."""
        changes: Counter[str] = Counter()
        lock = threading.Lock()

        def report(session: str, outcome: Outcome) -> None:
            with lock:
                changes[session] += outcome == "acknowledged"

        run_together([partial(self._calls, seed + number, calls, report) for number in range(threads)])
        return changes

    def stream(self, seed: int, threads: int) -> None:
        """Make calls for ever. Each writes a line before it begins, and its session and outcome when it has ended."""

        def report(session: str, outcome: Outcome) -> None:
            os.write(1, f"{session} {outcome}\n".encode())

        def before() -> None:
            os.write(1, b"+\n")

        run_together([partial(self._calls, seed + number, sys.maxsize, report, before) for number in range(threads)])

    def fork(self) -> tuple[int, str]:
        """Fork a process that tries to make a call and lives on. Returns its id and what it was told."""
        reader, teller = os.pipe()
        lock = self._journal._lock
        lock.acquire()  # as another thread may, which then does not live in the child to release it
        child = os.fork()
        if child:
            lock.release()
        else:
            try:
                done(self._journal.ledger("buggy"), "read", "s")
            except RuntimeError as error:
                os.write(teller, str(error).encode())
            os.close(teller)
            signal.pause()
        os.close(teller)
        with os.fdopen(reader) as said:
            return child, said.read()

    def _calls(
        self,
        seed: int,
        count: int,
        report: Callable[[str, Outcome], None],
        before: Callable[[], object] = lambda: None,
    ) -> None:
        chance, ledger, number = random.Random(seed), self._journal.ledger("buggy"), 0
        while number < count:
            number += 1
            session, outcome = f"session-{chance.randrange(4)}", chance.choice(ENDS)
            before()
            with contextlib.suppress(SessionError):
                done(ledger, chance.choice(CHANGES), session, f"key-{number % 50}", f"{number}", outcome)
            report(session, outcome)


def main() -> None:
    """Do what the lines say."""
    sys.setswitchinterval(5e-6)  # a thousand times as often as usual: a plain hammer finds nothing
    commands = Commands(Path(sys.argv[1]))
    for line in sys.stdin:
        what, arguments = json.loads(line)
        print(json.dumps(getattr(commands, what)(**arguments)), flush=True)


if __name__ == "__main__":
    main()
