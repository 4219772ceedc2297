"""`queue.Queue`, `LifoQueue` and `PriorityQueue`, with the hooks `_init`, `_qsize`, `_put` and `_get` of subclasses.

As in the real ones, a mutex is held while a hook runs, or a comparison of a reader's own: should one of them stop, no
other operation comes between. Where nothing stops, an operation is one step.
"""

from __future__ import annotations

import heapq
import queue
import sys
import types
from collections import deque
from typing import Any, Final

from .faces import Face, keep, label_of, names_of
from .locks import Plain
from .queue_state import Line

NOT_NEGATIVE: Final = "'timeout' must be a non-negative number"
ITEMS_UNLOCKED: Final = "The items of a queue are looked at without its mutex."


class Queue(Face):
    """`queue.Queue`."""

    __slots__ = ()

    _called = "queue.Queue"
    _real = names_of(queue.Queue())
    _lab: Line

    def __init__(self, maxsize: int = 0) -> None:
        self._lab = Line(self)
        self.maxsize = maxsize
        self._init(maxsize)

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:
        """As the real one.

        Raises:
            Full: there is no room.
            ValueError: a negative time-out.
        """
        lab, bounded = self._lab, self.maxsize > 0
        wrong = bounded and block and timeout is not None and timeout < 0
        waits = bounded and block and not wrong
        task, in_time = lab.wait_until("put into", lab.has_room if waits else lab.is_quiet, timeout if waits else None)
        if task is None:
            return
        if not in_time:
            raise queue.Full
        memory, _ = lab.running()
        keep(memory, item, task)
        with lab.held(task):
            lab.refuse_if_shut(task, unless=False)
            if wrong:
                raise ValueError(NOT_NEGATIVE)
            if bounded and not block:
                full = self._qsize() >= self.maxsize
                task.learns(full)
                if full:
                    raise queue.Full
            self._put(item)
            lab.unfinished += 1

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As the real one.

        Raises:
            Empty: there is nothing.
            ValueError: a negative time-out.
        """
        lab = self._lab
        wrong = block and timeout is not None and timeout < 0
        waits = block and not wrong
        task, in_time = lab.wait_until("get from", lab.has_items if waits else lab.is_quiet, timeout if waits else None)
        if task is None:
            return None
        if not in_time:
            raise queue.Empty
        memory, _ = lab.running()
        with lab.held(task):
            some = bool(self._qsize())
            lab.refuse_if_shut(task, unless=some)
            if wrong:
                raise ValueError(NOT_NEGATIVE)
            if not block:
                task.learns(some)
                if not some:
                    raise queue.Empty
            item = self._get()
            task.learns(label_of(memory, item))
            return item

    def put_nowait(self, item: Any) -> None:
        """As the real one."""
        return self.put(item, block=False)

    def get_nowait(self) -> Any:
        """As the real one."""
        return self.get(block=False)

    def qsize(self) -> int:
        """As the real one."""
        lab = self._lab
        task, _ = lab.wait_until("look at", lab.is_quiet)
        if task is None:
            return self._qsize()
        with lab.held(task):
            size = self._qsize()
            task.learns(size)
            return size

    def empty(self) -> bool:
        """As the real one."""
        return not Queue.qsize(self)

    def full(self) -> bool:
        """As the real one."""
        return 0 < self.maxsize <= Queue.qsize(self)

    def task_done(self) -> None:
        """As the real one.

        Raises:
            ValueError: more often than something was put.
        """
        lab = self._lab
        task, _ = lab.wait_until("finish an item of", lab.is_quiet)
        if task is None:
            return
        with lab.held(task):
            task.learns(lab.unfinished > 0)
            if lab.unfinished <= 0:
                raise ValueError("task_done() called too many times")
            lab.unfinished -= 1

    def join(self) -> None:
        """As the real one."""
        lab = self._lab
        task, _ = lab.wait_until("join", lab.is_done)
        if task is not None:
            with lab.held(task):
                pass

    if sys.version_info >= (3, 13):

        def shutdown(self, immediate: bool = False) -> None:
            """As the real one."""
            lab = self._lab
            task, _ = lab.wait_until("shut down", lab.is_quiet)
            if task is None:
                return
            with lab.held(task):
                lab.shut = True
                while immediate and self._qsize():
                    self._get()
                    lab.unfinished -= lab.unfinished > 0

        @property
        def is_shutdown(self) -> bool:
            """As the real one."""
            task = self._lab.stop("look at")
            if task is not None:
                task.learns(self._lab.shut)
            return self._lab.shut

    @property
    def mutex(self) -> Plain:
        """As the real one, for who waits for it for ever."""
        return self._lab.mutex

    @property
    def unfinished_tasks(self) -> int:
        """As the real one."""
        self._look()
        return self._lab.unfinished

    @unfinished_tasks.setter
    def unfinished_tasks(self, many: int) -> None:
        self._look()
        self._lab.unfinished = many

    @property
    def queue(self) -> Any:
        """What it keeps its items in, for hooks of subclasses and for who holds the mutex."""
        self._look()
        return self._lab.items

    @queue.setter
    def queue(self, items: Any) -> None:
        self._look()
        self._lab.items = items

    def _look(self) -> None:
        memory, task = self._lab.running()
        if task is None:
            return
        if self._lab.mutex.owner is not task and task.index:
            memory.places.gaps[ITEMS_UNLOCKED] += 1
            self._lab.stop("look at")
        task.learns(self._lab.key())

    # What a subclass may replace

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 - as the real one
        self._lab.items = deque()

    def _qsize(self) -> int:
        return len(self._lab.items)

    def _put(self, item: Any) -> None:
        self._lab.items.append(item)

    def _get(self) -> Any:
        return self._lab.items.popleft()

    __class_getitem__: Any = classmethod(types.GenericAlias)


class LifoQueue(Queue):
    """`queue.LifoQueue`."""

    __slots__ = ()

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 - as the real one
        self._lab.items = []

    def _get(self) -> Any:
        return self._lab.items.pop()


class PriorityQueue(Queue):
    """`queue.PriorityQueue`: a comparison of a reader's own may stop in the middle."""

    __slots__ = ()

    def _init(self, maxsize: int) -> None:  # noqa: ARG002 - as the real one
        self._lab.items = []

    def _put(self, item: Any) -> None:
        heapq.heappush(self._lab.items, item)

    def _get(self) -> Any:
        return heapq.heappop(self._lab.items)
