"""A pipe that tells a child process that whoever started it has ended, also if it was killed.

The parent holds the end that writes, and writes nothing. When the parent ends, the system closes it, and the child
reads the end of the file. gunicorn.conf.py and the locustfiles listen.
"""

from __future__ import annotations

import os
from typing import Final

VARIABLE: Final = "RACELAB_LIFELINE"
"""The environment variable that holds the descriptor to read."""


class Lifeline:
    """See the module. Close it when the child has ended."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()  # no other child inherits either

    def environ(self) -> dict[str, str]:
        """What the child needs in its environment."""
        return {VARIABLE: str(self._read)}

    def descriptors(self) -> list[int]:
        """What the child inherits: for `subprocess.Popen(pass_fds=...)`."""
        return [self._read]

    def started(self) -> None:
        """The child has its end: close ours."""
        os.close(self._read)
        self._read = -1

    def close(self) -> None:
        """Let go."""
        for descriptor in (self._read, self._write):
            if descriptor >= 0:
                os.close(descriptor)
        self._read = self._write = -1
