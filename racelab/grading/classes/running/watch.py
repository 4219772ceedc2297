"""Notices that a source file has changed: of the target, and of what lies beside it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

EVERY: Final = 0.25
"""Seconds between two looks."""
MOST: Final = 2_000
NOT_SOURCES: Final = {"node_modules", "__pycache__", "site-packages", "venv", "build", "dist"}
State = dict[str, tuple[int, int]]


def state(root: str, *files: str) -> State:
    """Time and size of the Python files below a folder, and of these files."""
    found: State = {}
    for path in (*_sources(root), *files):
        with suppress(OSError):
            about = os.stat(path)  # noqa: PTH116 # the paths come as text, thousands of them
            found[path] = about.st_mtime_ns, about.st_size
    return found


def changed(before: State, root: str, *files: str) -> str:
    """Wait until a file is another one than it was, or is new, or gone; return its name."""
    while True:
        now = state(root, *files)
        for path in sorted(before.keys() | now.keys()):
            if before.get(path) != now.get(path):
                return Path(path).name
        time.sleep(EVERY)


def _sources(root: str) -> Iterator[str]:
    left = MOST
    for folder, below, files in os.walk(root):
        below[:] = sorted(each for each in below if not each.startswith(".") and each not in NOT_SOURCES)
        for file in files:
            if file.endswith(".py"):
                yield os.path.join(folder, file)  # noqa: PTH118 # as os.walk gives them
                left -= 1
        if left <= 0:
            return
