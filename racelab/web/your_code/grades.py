"""Grades what the page of one's own code sends: one at a time, in a process of its own, which ends in any case."""

from __future__ import annotations

import json
import os
import secrets
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

from ...grading.classes.program import GIL
from ...grading.classes.running import apart
from ...lifeline import Lifeline
from .json_types import GradeJson
from .stepped import told

LATE: Final = 45.0
"""Seconds that a grading may need beyond its own: for importing, for choosing, and for telling what was found."""
PATIENCE: Final = 5.0
"""Seconds that its process gets to tell what was found when it is stopped, and to end the processes that it started."""
NOTHING_GRADED: Final = "It was stopped before any program was graded, so nothing can be said."
LOST: Final = "It was stopped, and ended without telling what it had found."
DIED: Final = "Nothing can be said of the class. Grade it again; if that repeats, try it in a terminal."


class Busy(Exception):
    """A grade is running: which, is its only argument."""


class Grades:
    """See the module.

    Args:
        late: as `LATE`.
    """

    def __init__(self, late: float = LATE) -> None:
        self._late = late
        self._lab = secrets.token_hex(4)
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
                raise Busy(self._now.told())
            self._count += 1
            self._now = Grade(self._count, order, self._late)
            return self._now.told()

    def stop(self) -> None:
        """Let the grading that runs tell what it has found so far, and end."""
        with self._guard:
            if self._now is not None:
                self._now.stop()

    def forget(self) -> None:
        """Keep nothing of the last grading, unless it still runs."""
        with self._guard:
            if self._now is not None and not self._now.running():
                self._now = None

    def close(self) -> None:
        """End the grading that runs, and wait until nothing of it is left."""
        with self._guard:
            if self._now is not None:
                self._now.end("stopped", NOTHING_GRADED)
                self._now.followed()

    def told(self) -> GradeJson:
        """The grading that runs, or the last one."""
        with self._guard:
            return {**(self._now.told() if self._now is not None else nothing()), "lab": self._lab}


def nothing() -> GradeJson:
    """Before the first."""
    return _told(0, None)


class Grade:
    """One grading, which begins at once.

    Args:
        number: of it.
        order: what is graded.
        late: how many seconds it may be late before its process is killed.
    """

    def __init__(self, number: int, order: apart.OrderJson, late: float) -> None:
        self._told = _told(number, order)
        self._source = order["source"]
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
        self._follower = threading.Thread(target=self._follow, args=(order,), name="grade", daemon=True)
        self._follower.start()

    def running(self) -> bool:
        """Whether its process has not been followed to its end."""
        return self._told["state"] == "running"

    def told(self) -> GradeJson:
        """How far it is, or how it ended."""
        with self._guard:
            if self.running():
                self._told["spent"] = round(time.monotonic() - self._began, 1)
                return self._told.copy()
            return {**self._told, "source": self._source}

    def stop(self) -> None:
        """Ask its process to tell what it has found, and to end. One that does not answer is ended."""
        with self._guard:
            if not self.running() or self._told["stopping"]:
                return
            self._told["stopping"] = True
            self._alarm.cancel()
            self._alarm = threading.Timer(PATIENCE, self.end, ("stopped", LOST))
            self._alarm.daemon = True
            self._alarm.start()
        self._write("stop")

    def followed(self) -> None:
        """Wait until nothing of it is left."""
        self._follower.join()

    def end(self, state: Any, why: str) -> None:
        """End its process. Has no effect after its end."""
        with self._guard:
            if not self.running():
                return
            self._told |= {"state": state, "why": why}
        self._kill()

    def _kill(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _follow(self, order: apart.OrderJson) -> None:
        """Read what its process says until it ends."""
        assert self._process.stdout is not None
        try:
            self._write(json.dumps(order))
            for line in self._process.stdout:
                if line.endswith("\n"):  # or it was killed in the middle of it
                    self._hear(json.loads(line))
            self._finish(self._died(self._process.wait()))
        except Exception as error:  # a page that waits for ever would be worse than one that says this
            self._finish({"state": "failed", "why": f"What it said could not be read ({error!r}). {DIED}"})
            self._kill()
            raise
        finally:
            self._alarm.cancel()
            with suppress(OSError):
                self._process.stdin.close()  # type: ignore[union-attr] # it is a pipe
            self._process.stdout.close()
            self._lifeline.close()
            self._errors.close()
            shutil.rmtree(self._folder, ignore_errors=True)

    def _write(self, line: str) -> None:
        """Say something to its process, which may have ended."""
        assert self._process.stdin is not None
        with suppress(OSError, ValueError):
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()

    def _hear(self, news: apart.NewsJson) -> None:
        if "stages" in news:
            with self._guard:
                self._told["stages"] = news["stages"]
        elif "file" in news:
            with self._guard:
                self._told["file"] = news["file"]
        elif "report" in news:
            findings = told(news["stories"])
            self._finish({"state": "done", "report": news["report"], "findings": findings, "why": news["advice"]})
        elif "refused" in news:
            self._finish({"state": "refused", "why": news["refused"], "names": news["names"]})
        else:
            self._finish({"state": "undecided", "why": news["undecided"]})

    def _finish(self, told: dict[str, Any]) -> None:
        """How it ended, unless that is known."""
        with self._guard:
            if self.running():
                self._told |= told  # type: ignore[typeddict-item] # the keys are those of GradeJson
                self._told["spent"] = round(time.monotonic() - self._began, 1)

    def _died(self, code: int) -> dict[str, Any]:
        """What is told of a process that ended without having said how."""
        if self._told["stopping"]:
            return {"state": "stopped", "why": LOST if self._told["stages"] else NOTHING_GRADED}
        self._errors.seek(0)
        lines = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()
        by = f"was ended by {signal.Signals(-code).name}" if code < 0 else f"ended with {code}"
        return {"state": "failed", "why": f"Its process {by}{': ' + lines[-1] if lines else ''}. {DIED}"}


def _path() -> str:
    """Where the process finds the lab."""
    home = str(Path(__file__).resolve().parents[3])
    return os.pathsep.join(dict.fromkeys([home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]))


def _told(number: int, order: apart.OrderJson | None) -> GradeJson:
    return {
        "lab": "",
        "number": number,
        "state": "running" if order else "none",
        "target": order["target"] if order else "",
        "pasted": bool(order and order["source"]),
        "source": "",
        "model": order["model"] if order else GIL,
        "seconds": order["seconds"] if order else 0.0,
        "spent": 0.0,
        "stopping": False,
        "stages": [],
        "why": "",
        "names": [],
        "file": "",
        "report": None,
        "findings": [],
    }
