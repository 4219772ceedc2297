"""Notices that a source file has changed: of the target, and of what lies beside it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from ..target import Named

EVERY: Final = 0.25
"""Seconds between two looks."""
MOST: Final = 2_000
NOT_SOURCES: Final = {"node_modules", "__pycache__", "site-packages", "venv", "build", "dist"}
State = dict[str, tuple[int, int]]


def places(named: Named) -> tuple[str, ...]:
    """What is watched of a target: its own file first, and the folders that it imports from."""
    file = Path(named.root, *named.module.split("."))
    return tuple(dict.fromkeys([f"{file}.py", str(file / "__init__.py"), str(file.parent), named.root, *named.paths]))


def state(*places: str) -> State:
    """Time and size of these files, and of the Python files below these folders."""
    found: State = {}
    for path in (file for place in places for file in (_sources(place) if Path(place).is_dir() else [place])):
        with suppress(OSError):
            about = os.stat(path)  # noqa: PTH116 # the paths come as text, thousands of them
            found[path] = about.st_mtime_ns, about.st_size
    return found


def changed(before: State, *places: str) -> str:
    """Wait until a file is another one than it was, or is new, or gone; return its name."""
    while True:
        now = state(*places)
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
