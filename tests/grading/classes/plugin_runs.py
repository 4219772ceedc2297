"""Runs of pytest over test files of a reader's."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.grading.classes.front import environment, saved

IMPORTS = "import threading\nimport unittest.mock\nimport pytest\n"
BOTH = """
def together(*bodies):
    threads = [threading.Thread(target=body) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
"""


def pytest_run(folder: Path, source: str, *options: str) -> tuple[dict[str, str], str]:
    """Run a reader's test file: what became of each test, and all that pytest said."""
    saved(folder, source, "test_mine.py")
    words = [sys.executable, "-P", "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:locust", "-rA", *options]
    plugin = [] if "racelab.pytest_plugin" in options else ["-p", "racelab.pytest_plugin"]
    done = subprocess.run(
        [*words, *plugin, "test_mine.py"],
        cwd=folder, env=environment(folder), capture_output=True, text=True, timeout=110, check=False
    )  # fmt: skip
    told = re.findall(r"^(PASSED|FAILED|ERROR) test_mine\.py::(\S+)", done.stdout, re.MULTILINE)
    return {name: outcome for outcome, name in told}, done.stdout + done.stderr
