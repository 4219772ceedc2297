"""Garbage is collected between executions, and none that was there before.

Python collects in whatever step has just made one object too many: it would run what an object of somebody else has to
do at its end, with real locks, as if the step did that; and another step would do so each time.
"""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

COLLECT_EVERY: Final = 256
"""Executions between two looks for garbage; and as many times of `without_collecting` between two looks at all."""
_turn = threading.Lock()
_users = _ended = 0
_was_on = _froze = False


@contextmanager
def without_collecting() -> Iterator[None]:
    """While it lasts, nothing is collected but by `collect_young`. It may be nested, and used by several threads."""
    _enter()
    try:
        yield
    finally:
        _leave()


def collect_young() -> None:
    """Collect what the last executions have left. What is older are states, which stay."""
    gc.collect(0)


def _enter() -> None:
    global _users, _was_on, _froze  # noqa: PLW0603 - the collector is one for the process
    with _turn:
        _users += 1
        if _users == 1:
            _was_on, _froze = gc.isenabled(), not gc.get_freeze_count()
            gc.disable()
            if _froze:
                gc.freeze()


def _leave() -> None:
    global _users, _ended  # noqa: PLW0603 - see above
    due = False
    with _turn:
        _users -= 1
        if not _users:
            if _froze:
                gc.unfreeze()
            if _was_on:
                gc.enable()
                _ended += 1
                due = not _ended % COLLECT_EVERY
    if due:
        gc.collect()  # freezing makes all old, and its counts begin anew: Python itself would look at none of it
