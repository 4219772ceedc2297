"""`concurrent.futures.wait` and `as_completed`: to wait for several futures at once."""

from __future__ import annotations

import concurrent.futures
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION
from typing import Any, Final

from ..kernel.memory import Memory
from ..kernel.points import Point
from ..kernel.threads import Thread as Task
from ..kernel.threads import here
from ..kernel.waiting import Until, gave_up_waiting
from .faces import refuse
from .futures import COMPLETED, FINISHED, Future

IN_ORDER: Final = (
    "Futures that are complete before `as_completed` begins come in the order in which they were completed."
)
DoneAndNotDone: Any = type(concurrent.futures.wait([]))
NOT_LATE: Final = "`as_completed` with a time-out gives up only while a future is not complete."


def wait(fs: Iterable[Future], timeout: float | None = None, return_when: str = ALL_COMPLETED) -> Any:
    """As the real one.

    Raises:
        ValueError: `return_when` is none of the three.
    """
    futures = set(fs)
    if not futures:
        return concurrent.futures.wait([], timeout, return_when)
    if return_when not in (ALL_COMPLETED, FIRST_COMPLETED, FIRST_EXCEPTION):
        return _wait_wrongly(futures, return_when)
    _wait_for(futures, lambda: _is_enough(futures, return_when), timeout)
    done = {future for future in futures if _is_complete(future)}
    _learn(done)
    return DoneAndNotDone(done, futures - done)


def _wait_wrongly(futures: set[Future], return_when: str) -> Any:
    """The real one notices only if it would have to wait."""
    _wait_for(futures, lambda: True, None)
    done = {future for future in futures if _is_complete(future)}
    _learn(done)
    if len(done) < len(futures):
        raise ValueError(f"Invalid return condition: {return_when!r}")
    return DoneAndNotDone(done, set())


def as_completed(fs: Iterable[Future], timeout: float | None = None) -> Iterator[Future]:
    """As the real one.

    Raises:
        TimeoutError: the time is over.
    """
    pending = set(fs)
    total = len(pending)
    if not pending:
        return
    if timeout is not None:
        _note(NOT_LATE)
    _wait_for(pending, lambda: True, None)
    while True:
        ready = sorted((one for one in pending if _is_complete(one)), key=lambda one: one._lab.completed)
        _learn(ready)
        pending.difference_update(ready)
        if len(ready) > 1 and len(ready) + len(pending) == total:
            _note(IN_ORDER)
        yield from ready
        if not pending:
            return
        if not _wait_for(pending, lambda: any(_is_complete(one) for one in pending), timeout):
            raise TimeoutError(f"{len(pending)} (of {total}) futures unfinished")


def _is_complete(future: Future) -> bool:
    return future._lab.phase in COMPLETED


def _is_enough(futures: set[Future], return_when: str) -> bool:
    done = [future for future in futures if _is_complete(future)]
    if len(done) == len(futures):
        return True
    if return_when == FIRST_COMPLETED:
        return bool(done)
    return return_when == FIRST_EXCEPTION and any(one._lab.phase == FINISHED and one._lab.error for one in done)


def _wait_for(futures: set[Future], holds: Callable[[], bool], timeout: float | None) -> bool:
    """Stop until it holds. Returns whether it does."""
    memory, task = _running()
    if task is None:
        return True
    limit = None if timeout is None else max(timeout, 0)
    names = ", ".join(sorted(one._lab.name for one in futures))
    until = Until(lambda _: holds(), limit, lambda: f"the futures {names}")
    task.pause(Point("operation", "await futures", until))
    task.fresh = True
    if holds():
        return True
    gave_up_waiting(memory, task, limit or 0)
    return False


def _learn(done: Iterable[Future]) -> None:
    """Which are complete; and what was done before that is ordered before what comes next."""
    _, task = _running()
    if task is not None:
        task.learns(tuple(sorted((one._lab.name, one._lab.completed) for one in done)))
        for one in done:
            one._lab.acquired(task)


def _note(what: str) -> None:
    memory, _ = _running()
    memory.places.assumed.add(what)


def _running() -> tuple[Memory, Task | None]:
    if here.memory is None:
        refuse("Waiting for futures outside of every execution")
    return here.memory, here.task
