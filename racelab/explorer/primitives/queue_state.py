"""What a queue is behind its face: its items, its mutex, and what is not done yet."""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol

from ..kernel.threads import Thread as Task
from ..kernel.threads import here
from .faces import Inner, label_of, refuse
from .locks import Plain


class Hooks(Protocol):
    """What the state of a queue asks its face."""

    maxsize: int

    def _qsize(self) -> int: ...


class Mutex(Plain):
    """The mutex of a queue: a reader may take it, and wait for it for ever."""

    __slots__ = ()

    def try_to_take(self) -> bool:
        """Not modelled: it would find the mutex held in the middle of a step.

        Raises:
            CannotDecide: always.
        """
        refuse("A look at the mutex of a queue that does not wait for it")

    def take_within(self, timeout: float) -> bool:
        """Wait for it for ever."""
        return super().take_within(timeout) if timeout < 0 else self.try_to_take()

    def locked(self) -> bool:
        """Not modelled, as above."""
        return self.try_to_take()


class Line(Inner):
    """The state of a queue: what waits in it, and how much is not done yet."""

    __slots__ = ("face", "items", "mutex", "shut", "unfinished")

    def __init__(self, face: Hooks) -> None:
        super().__init__("queue")
        self.face = face
        self.items: Any = None
        self.mutex = Mutex()
        self.unfinished = 0
        self.shut = False

    def key(self) -> tuple[Any, ...]:
        """What it holds, in the order in which it keeps that."""
        held = self.items if isinstance(self.items, (list, deque)) else ()
        return tuple([label_of(self._memory, item) for item in held]), self.unfinished, self.shut

    def words(self) -> str:
        """Why a task waits."""
        if self.mutex.owner is not None:
            return self.mutex.words()
        if self.size():
            return f"the {self.name}, which is full" if self.is_full() else f"the {self.name}, which is not done"
        return f"the {self.name}, which is empty"

    def size(self) -> int:
        """What the hook says, asked by nobody: whether a task may go on is no look of its own."""
        task, here.task = here.task, None
        try:
            return self.face._qsize()
        finally:
            here.task = task

    def is_full(self) -> bool:
        """Whether nothing more fits in."""
        return 0 < self.face.maxsize <= self.size()

    def is_quiet(self, task: Task) -> bool:
        """Whether no operation is under way."""
        return self.mutex.is_free(task)

    def has_room(self, task: Task) -> bool:
        """Whether something can be put, or never again."""
        return self.is_quiet(task) and (self.shut or not self.is_full())

    def has_items(self, task: Task) -> bool:
        """Whether something can be got, or never again."""
        return self.is_quiet(task) and (self.shut or bool(self.size()))

    def is_done(self, task: Task) -> bool:
        """Whether every item was done."""
        return self.is_quiet(task) and not self.unfinished

    @contextmanager
    def held(self, task: Task) -> Iterator[None]:
        """With the mutex, which is free."""
        self.mutex.take(task)
        try:
            yield
        finally:
            if here.task is not None:
                self.mutex.drop(task)

    def refuse_if_shut(self, task: Task, unless: bool) -> None:
        """A queue that was shut down takes no more, and gives what is left.

        Raises:
            ShutDown: it was.
        """
        if self.shut and not unless:
            task.learns("shut down")
            raise getattr(queue, "ShutDown", queue.Empty)
