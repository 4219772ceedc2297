"""Which errors that nobody expects were told already: a task that is repeated has the traceback of each once."""

from __future__ import annotations

import traceback


class Surprises:
    """The errors of one task."""

    def __init__(self) -> None:
        self._known: set[tuple[object, ...]] = set()

    def is_new(self, error: BaseException) -> bool:
        """Whether no error of this kind has come out of this line before. It is known from now on."""
        at = traceback.extract_tb(error.__traceback__)[-1:]
        mark = (type(error), *((frame.filename, frame.lineno) for frame in at))
        if mark in self._known:
            return False
        self._known.add(mark)
        return True
