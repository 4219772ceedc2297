"""How much memory this process holds, and when that is enough: sessions, ledgers and rows share one limit."""

from __future__ import annotations

import psutil  # type: ignore[import-untyped] # it comes without types

from session_manager.model import SessionError

MEGABYTE = 2**20


class MemoryIsFull(SessionError):
    """No more is stored. What is there stays, and can be read, deleted and judged."""

    def __init__(self, megabytes: int) -> None:
        super().__init__(
            f"The lab holds more than {megabytes:,} MB, its limit, so it stores nothing more. Nothing was changed. "
            "Begin a new run, log sessions out, or set RACELAB_MAX_MEMORY_MB to a higher number."
        )


class Memory:
    """Measured at each sample: to ask the system before every request would cost more than most requests.

    Args:
        megabytes: the limit; 0 for none.
    """

    def __init__(self, megabytes: int = 0) -> None:
        self._megabytes = megabytes
        self._process = psutil.Process()
        self._full = False

    def measure(self) -> None:
        """Look how much there is now."""
        self._full = 0 < self._megabytes < self._process.memory_info().rss / MEGABYTE

    @property
    def full(self) -> bool:
        """Whether the limit was reached at the last measurement."""
        return self._full

    def refuse_if_full(self) -> None:
        """Called before anything is stored.

        Raises:
            MemoryIsFull: the limit was reached.
        """
        if self._full:
            raise MemoryIsFull(self._megabytes)
