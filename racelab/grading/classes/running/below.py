"""Ends what a process has started, and what that has started, in sessions of their own too, where the system tells."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path


def end_below(process: int) -> None:
    """End what is below a process."""
    _end(lambda: [process, *_below(process)], process)


def end_marked(mark: str) -> None:
    """End what has inherited `NAME=value` in its environment, also from a process that has ended since."""
    _end(lambda: _marked(mark.encode()))


def _end(looked_for: Callable[[], Iterable[int]], spared: int = 0) -> None:
    """All but the caller are stopped first, so that none starts another meanwhile."""
    found: list[int] = []
    try:
        while new := [each for each in looked_for() if each not in found]:
            found += new
            for each in new:
                if each != os.getpid():
                    _send(each, signal.SIGSTOP)
    finally:  # also after a second Ctrl-C: what is stopped does not end with us
        for each in found:
            if each != spared:
                _send(each, signal.SIGKILL)


def _marked(mark: bytes) -> Iterator[int]:
    for path in Path("/proc").glob("[0-9]*/environ"):
        with suppress(OSError):
            if mark in path.read_bytes().split(b"\0"):
                yield int(path.parent.name)


def _below(process: int) -> Iterator[int]:
    with suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            for each in map(int, path.read_text(encoding="ascii").split()):
                yield from _below(each)
                yield each


def _send(process: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, what)
