"""`grade --open`: the finding in a browser, line by line, from a small server that is a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ..grading.classes.report import Report

SERVER: Final = "racelab.web.your_code.opened"


def open_finding(report: Report) -> None:
    """Serve it until Ctrl-C."""
    from ..grading.classes.choosing.grade_file import text_of
    from ..grading.classes.running.apart import KEPT, ended

    news = {"file": text_of(report.choice, Path.cwd() / KEPT), **ended(report)}
    home = str(Path(__file__).resolve().parents[2])
    path = os.pathsep.join(dict.fromkeys([home, *filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))]))
    server = subprocess.Popen(
        [sys.executable, "-P", "-m", SERVER],
        stdin=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    try:
        server.communicate(json.dumps(news))
    except KeyboardInterrupt:  # the terminal tells the server too
        server.terminate()
        server.wait()
