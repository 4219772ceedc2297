"""`queue.SimpleQueue`: no bound, no hooks, and nothing to be done."""

from __future__ import annotations

import queue
import types
from collections import deque
from typing import Any

from ..kernel.threads import Thread as Task
from .faces import Face, Inner, keep, label_of, names_of
from .queues import NOT_NEGATIVE


class Mailbox(Inner):
    """The state of a simple queue."""

    __slots__ = ("items",)

    def __init__(self) -> None:
        super().__init__("queue")
        self.items: deque[Any] = deque()

    def key(self) -> tuple[Any, ...]:
        """What it holds."""
        return tuple([label_of(self._memory, item) for item in self.items])

    def words(self) -> str:
        """Why a task waits."""
        return f"the {self.name}, which is empty"

    def has_items(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether something can be got."""
        return bool(self.items)


class SimpleQueue(Face):
    """`queue.SimpleQueue`."""

    __slots__ = ()

    _called = "queue.SimpleQueue"
    _real = names_of(queue.SimpleQueue())
    _lab: Mailbox

    def __init__(self) -> None:
        self._lab = Mailbox()

    def put(self, item: Any, block: bool = True, timeout: float | None = None) -> None:  # noqa: ARG002 - as the real
        """As the real one: it never waits."""
        lab = self._lab
        task = lab.stop("put into")
        if task is not None:
            memory, _ = lab.running()
            keep(memory, item, task)
            lab.items.append(item)
            lab.acquired(task)
            lab.released(task)

    def get(self, block: bool = True, timeout: float | None = None) -> Any:
        """As the real one.

        Raises:
            Empty: there is nothing.
            ValueError: a negative time-out.
        """
        if block and timeout is not None and timeout < 0:
            raise ValueError(NOT_NEGATIVE)
        lab = self._lab
        if block:
            task, some = lab.wait_until("get from", lab.has_items, timeout)
        else:
            task = lab.stop("get from")
            some = bool(lab.items)
            if task is not None:
                task.learns(some)
        if task is None:
            return None
        if not some:
            raise queue.Empty
        item = lab.items.popleft()
        memory, _ = lab.running()
        task.learns(label_of(memory, item))
        lab.acquired(task)
        lab.released(task)
        return item

    def put_nowait(self, item: Any) -> None:
        """As the real one."""
        return self.put(item)

    def get_nowait(self) -> Any:
        """As the real one."""
        return self.get(block=False)

    def qsize(self) -> int:
        """As the real one."""
        task = self._lab.stop("look at")
        if task is not None:
            task.learns(len(self._lab.items))
        return len(self._lab.items)

    def empty(self) -> bool:
        """As the real one."""
        return not SimpleQueue.qsize(self)

    __class_getitem__: Any = classmethod(types.GenericAlias)
