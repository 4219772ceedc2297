"""Grades what the page of one's own code sends: one at a time, in a process of its own, which ends in any case."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from ..grading.classes.running import apart
from ..lifeline import Lifeline
from .stepped import stepped
from .your_code_types import GradeJson

LATE: Final = 45.0
"""Seconds that a grading may need beyond its own: for importing, for choosing, and for telling what was found."""
PATIENCE: Final = 5.0
"""Seconds that its process gets to end the processes that it has started."""


class Busy(Exception):
    """A grade is running."""


class Grades:
    """See the module.

    Args:
        late: as `LATE`.
    """

    def __init__(self, late: float = LATE) -> None:
        self._late = late
        self._guard = threading.Lock()
        self._now: Grade | None = None
        self._count = 0

    def start(self, order: apart.OrderJson) -> GradeJson:
        """Begin a grading.

        Raises:
            Busy: one is running.
        """
        with self._guard:
            if self._now is not None and self._now.running():
                raise Busy
            self._count += 1
            self._now = Grade(self._count, order, self._late)
            return self._now.told()

    def stop(self) -> None:
        """End the grading that runs, if any does."""
        with self._guard:
            if self._now is not None:
                self._now.end("stopped", "You have stopped it. Nothing can be said of programs that were not graded.")

    def told(self) -> GradeJson:
        """The grading that runs, or the last one."""
        with self._guard:
            return self._now.told() if self._now is not None else nothing()


def nothing() -> GradeJson:
    """Before the first."""
    order: apart.OrderJson = {"source": "", "target": "", "folder": "", "model": "gil", "seconds": 0.0}
    return _told(0, order)


class Grade:
    """One grading, which begins at once.

    Args:
        number: of it.
        order: what is graded.
        late: how many seconds it may be late before its process is killed.
    """

    def __init__(self, number: int, order: apart.OrderJson, late: float) -> None:
        self._told = _told(number, order)
        self._guard = threading.Lock()
        self._began = time.monotonic()
        self._folder = tempfile.mkdtemp(prefix="racelab-grade-")
        self._lifeline = Lifeline()
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 # closed when the process has ended
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", apart.__name__, *map(str, self._lifeline.descriptors())],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": _path(), "TMPDIR": self._folder},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            text=True,
            pass_fds=self._lifeline.descriptors(),
            start_new_session=True,
        )
        self._lifeline.started()
        limit = order["seconds"] + late
        why = f"It did not end within {limit:.0f} s, and was killed."
        self._alarm = threading.Timer(limit, self.end, ("failed", why))
        self._alarm.daemon = True
        self._alarm.start()
        threading.Thread(target=self._follow, args=(order,), name="grade", daemon=True).start()

    def running(self) -> bool:
        """Whether its process has not been followed to its end."""
        return self._told["state"] == "running"

    def told(self) -> GradeJson:
        """How far it is, or how it ended."""
        with self._guard:
            if self.running():
                self._told["spent"] = round(time.monotonic() - self._began, 1)
            return self._told.copy()

    def end(self, state: Any, why: str) -> None:
        """End its process. Has no effect after its end."""
        with self._guard:
            if not self.running():
                return
            self._told |= {"state": state, "why": why}
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _follow(self, order: apart.OrderJson) -> None:
        """Read what its process says until it ends."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            with suppress(OSError), self._process.stdin as given:
                json.dump(order, given)
            for line in self._process.stdout:
                self._hear(json.loads(line))
            code = self._process.wait()
            self._finish({"state": "failed", "why": self._last_words(code)})
        finally:
            self._alarm.cancel()
            self._process.stdout.close()
            self._lifeline.close()
            self._errors.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _hear(self, news: apart.NewsJson) -> None:
        if "stages" in news:
            with self._guard:
                self._told["stages"] = news["stages"]
        elif "report" in news:
            report, frames = news["report"], news.get("frames")
            shown = stepped(frames) if frames else None
            why = news.get("advice", "")
            self._finish({"state": "done", "report": report, "stepped": shown, "why": why})
        else:
            self._finish(
                {"state": "refused", "why": news["refused"]}
                if "refused" in news
                else {"state": "undecided", "why": news["undecided"]}
            )

    def _finish(self, told: dict[str, Any]) -> None:
        """How it ended, unless that is known."""
        with self._guard:
            if self.running():
                self._told |= told  # type: ignore[typeddict-item] # the keys are those of GradeJson
                self._told["spent"] = round(time.monotonic() - self._began, 1)

    def _last_words(self, code: int) -> str:
        self._errors.seek(0)
        lines = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()
        return f"Its process ended with {code}{': ' + lines[-1] if lines else ''}."


def _path() -> str:
    """Where the process finds the lab."""
    home = str(Path(__file__).resolve().parents[2])
    return os.pathsep.join(dict.fromkeys([home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]))


def _told(number: int, order: apart.OrderJson) -> GradeJson:
    return {
        "number": number,
        "state": "running" if number else "none",
        "target": order["target"],
        "pasted": bool(order["source"]),
        "model": order["model"],
        "seconds": order["seconds"],
        "spent": 0.0,
        "stages": [],
        "why": "",
        "report": None,
        "stepped": None,
    }
