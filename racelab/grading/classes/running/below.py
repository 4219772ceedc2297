"""Ends what a process has started, and what that has started, in sessions of their own too, where the system tells."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def end_below(process: int) -> None:
    """End what is below a process. All but the caller are stopped first, so that none starts another meanwhile."""
    found: list[int] = []
    try:
        while new := [each for each in (process, *_below(process)) if each not in found]:
            found += new
            for each in new:
                if each != os.getpid():
                    _send(each, signal.SIGSTOP)
    finally:  # also after a second Ctrl-C: what is stopped does not end with us
        for each in found:
            if each != process:
                _send(each, signal.SIGKILL)


def _below(process: int) -> Iterator[int]:
    with suppress(OSError):
        for path in Path(f"/proc/{process}/task").glob("*/children"):
            for each in map(int, path.read_text(encoding="ascii").split()):
                yield from _below(each)
                yield each


def _send(process: int, what: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(process, what)
