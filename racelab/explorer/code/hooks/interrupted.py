"""C code that calls back: it may be interrupted there, and look or write once more afterwards.

Such a call notes what it touches, before it begins and whenever it has called back. While it is under way, every place
where a switch can happen is one where the task may have to stop, as if the access that is still to come stood there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from racelab.explorer.kernel.threads import Thread, here

from . import foreign

Touch = Callable[[], object]
UNSEEN: Final = (
    "Without a GIL a thread can come between the end of a function that Python calls back, as `lru_cache` does, and "
    "what Python does next. That is not explored."
)
SEVERAL: Final = "A comparison or a text of objects"
_touches: dict[Thread, Touch] = {}
"""Of each task that is inside of such a call: what the innermost one touches."""


def switchable(task: Thread) -> None:
    """A switch may happen here."""
    task.fresh = True
    if task.inside >= 0 and here.memory is not None:
        here.memory.gate(task, task.inside)


def entered(task: Thread) -> None:
    """A function of the author's begins. If C has called it, that has just looked at what it was given."""
    task.fresh = True
    if task.inside >= 0 and here.memory is not None:
        touch = _touches.get(task)
        if touch is not None:
            touch()
        here.memory.gate(task, task.inside)


def call(
    task: Thread, site: int, touch: Touch, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """Call something that touches the same before and after each call back.

    Args:
        site: the place of the call, at which the task may have stopped.
        touch: marks what it touches.
    """
    value = within(task, site, touch, function, args, kwargs)
    switchable(task)  # a call that fails is no place for a switch
    return value


def within(
    task: Thread, site: int, touch: Touch, function: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]
) -> Any:
    """The same for what is no call in the author's code: an operator, an item, a round of a loop."""
    touch()
    if task.entries:
        begun(task, site, touch)
    inside, outer, stops = task.inside, _touches.get(task), task.stops
    task.inside, _touches[task] = site, touch
    try:
        return function(*args, **kwargs)
    finally:
        task.inside = inside
        if outer is None:
            del _touches[task]
        else:
            _touches[task] = outer
        if task.stops != stops and here.task is task:  # and it is not being ended
            _tell_unseen(task, site)
            touch()
        task.entries = 0


def begun(task: Thread, site: int, again: Touch) -> None:
    """What looks is a function of Python's own, which is not rewritten: a switch can happen where it begins.

    Args:
        site: of the look, which has been marked.
        again: marks it once more, if the task has stopped.
    """
    memory, entries, task.entries = here.memory, task.entries, 0
    if memory is None:
        return
    stops, left = task.stops, (site - 1, task.stops)
    if not memory.places.free_threaded:
        memory.gate(task, site)
    if task.stops != stops:
        again()
        task.entries, task.fresh, task.entered = 0, False, (site, task.stops)
    elif task.entered == left:
        task.fresh = False  # the other operand, at which it has stopped, is looked at by the same function
    if entries > 1 or memory.places.free_threaded:
        foreign.half_way(memory, site, SEVERAL)


def _tell_unseen(task: Thread, site: int) -> None:
    """Without a GIL the function that was called back may end with a racy access, and no place for a switch follows."""
    memory = here.memory
    if memory is not None and memory.places.free_threaded and site in memory.places.racy and task.site != site:
        memory.places.gaps[UNSEEN] += 1
