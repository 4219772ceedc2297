"""The module `time`: a modelled clock that moves only while a task sleeps or waits too long.

How long anything else takes the model does not say, so that code which measures time sees none pass. Whether another
task's sleep comes before a look at the clock matters: once both happen, looking is a point.
"""

from __future__ import annotations

import operator
import time
from typing import Any, Final, cast

from ..kernel.places import MOVING
from ..kernel.points import Point
from ..kernel.threads import here
from ..kernel.waiting import Until, gave_up_waiting
from .faces import refuse

NANOSECONDS: Final = 1_000_000_000
TIME_STANDS: Final = "Time passes only while a task sleeps, or in a wait with a time-out that ends late."
NONE_PASSED: Final = (
    "No time passed, because nothing slept: nothing has expired. To try that, let a thread sleep between two calls, "
    "such as --task 'it.put(1); time.sleep(60); it.get()'."
)


class Sleep(Until):
    """A sleep: it may end at any turn."""

    __slots__ = ()

    def __init__(self, seconds: float) -> None:
        super().__init__(lambda _: False, seconds, lambda: "the end of its sleep")


def sleep(seconds: float, /) -> None:
    """As the real one.

    Raises:
        TypeError, ValueError: no number, or a negative one.
    """
    if type(seconds) is not float:
        operator.index(cast("Any", seconds))
    if seconds < 0:
        raise ValueError("sleep length must be non-negative")
    memory, task = here.memory, here.task
    if memory is None or task is None:
        return
    task.pause(Point("operation", f"sleep {seconds:g} s", Sleep(seconds)))
    task.fresh = True
    gave_up_waiting(memory, task, seconds)


def read() -> float:
    """Seconds, as the modelled clock says."""
    memory, task = here.memory, here.task
    if memory is None:
        refuse("The clock outside of every execution")
    if task is None:
        return memory.clock.seconds
    if MOVING in memory.places.looked:
        task.pause(Point("operation", "look at the clock"))
    memory.places.assumed.add(TIME_STANDS)
    now = memory.now(task.reader())
    task.learns(now)
    task.fresh = True
    return now


def read_ns() -> int:
    """The same in nanoseconds."""
    return int(read() * NANOSECONDS)


def localtime(seconds: float | None = None, /) -> time.struct_time:
    """As the real one."""
    return time.localtime(read() if seconds is None else seconds)


def gmtime(seconds: float | None = None, /) -> time.struct_time:
    """As the real one."""
    return time.gmtime(read() if seconds is None else seconds)


def ctime(seconds: float | None = None, /) -> str:
    """As the real one."""
    return time.ctime(read() if seconds is None else seconds)


def asctime(moment: time.struct_time | None = None, /) -> str:
    """As the real one."""
    return time.asctime(localtime() if moment is None else moment)


def strftime(text: str, moment: time.struct_time | None = None, /) -> str:
    """As the real one."""
    return time.strftime(text, localtime() if moment is None else moment)
