"""For how long a server has kept processors busy, in finer steps than the hundredths of a second that `ps` knows."""

from __future__ import annotations

from pathlib import Path

import psutil  # type: ignore[import-untyped] # it comes without types


def processor_seconds(process: int) -> float:
    """Of a process and its children, each of one thread that counts; 0.0 for no process. Linux only."""
    if not process:
        return 0.0
    everybody = [process, *(child.pid for child in psutil.Process(process).children(recursive=True))]
    return sum(_nanoseconds(each) for each in everybody) / 1e9


def _nanoseconds(process: int) -> int:
    try:
        return int(Path(f"/proc/{process}/schedstat").read_text(encoding="ascii").split()[0])
    except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
        return 0
