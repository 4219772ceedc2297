"""`concurrent.futures.ThreadPoolExecutor`: workers, idle ones, and when a new one is started, as in the real one.

The real one counts idle workers in a semaphore, and starts a worker when none is idle and there may be more. From 3.12
on a worker is idle only when nothing is left to take; before, after each call. Both are as in the Python that runs.
"""

from __future__ import annotations

import concurrent.futures
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures.thread import BrokenThreadPool
from typing import Any, Final, Literal

from ..kernel.calls import OURS
from ..kernel.threads import Thread as Task
from .calling import call_given
from .faces import Face, Inner, keep, names_of
from .futures import Future
from .thread_objects import Thread

COUNTS_ONLY_THE_IDLE: Final = sys.version_info >= (3, 12)
BROKEN: Final = "A thread initializer failed, the thread pool is not usable anymore"
Work = tuple[Future, Callable[..., Any], tuple[Any, ...], dict[str, Any]]


class Crew(Inner):
    """The state of a pool.

    Attributes:
        work: what waits to be done; None to wake workers when it is shut down.
        idle: how many workers are counted as idle.
        busy: who is adding work: nobody else adds or shuts down meanwhile.
    """

    __slots__ = ("broken", "busy", "first", "idle", "most", "prefix", "shut", "threads", "work")

    def __init__(self, most: int, prefix: str, first: Callable[[], object] | None) -> None:
        super().__init__("pool")
        self.most, self.prefix, self.first = most, prefix, first
        self.work: deque[Work | None] = deque()
        self.threads: list[Thread] = []
        self.idle = 0
        self.shut = self.broken = False
        self.busy: Task | None = None

    def is_full(self) -> bool:
        """Whether all workers there may be were started: then nothing depends any more on how many are idle."""
        return len(self.threads) >= self.most

    def key(self) -> tuple[Any, ...]:
        """All of it that changes."""
        idle = 0 if self.is_full() else self.idle
        work = tuple([one and one[0]._lab.name for one in self.work])
        busy = self.busy and self.busy.name
        return work, len(self.threads), idle, self.shut, self.broken, busy

    def words(self) -> str:
        """Why a task waits."""
        return f"the {self.name}, which has nothing to do" if self.busy is None else f"the {self.name}, which is busy"

    def is_quiet(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether nobody adds work."""
        return self.busy is None

    def has_work(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether there is something to take."""
        return bool(self.work)

    def touched(self, task: Task | None) -> None:
        """An inner lock was taken and is released."""
        self.acquired(task)
        self.released(task)

    def add(self, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Future:
        """Put work into the queue, and start a worker if none is idle.

        Raises:
            RuntimeError: it is shut down or broken.
        """
        task, _ = self.wait_until("submit to", self.is_quiet)
        if task is None:
            return Future()
        memory, _ = self.running()
        self.touched(task)
        task.learns((self.shut, self.broken))
        if self.broken:
            raise BrokenThreadPool(BROKEN)
        if self.shut:
            raise RuntimeError("cannot schedule new futures after shutdown")
        future = Future()
        keep(memory, (function, *args, *kwargs.values()), task)
        self.work.append((future, function, args, kwargs))
        if not self.is_full():
            self.busy = task
            self.stop("count the idle workers of")  # a worker may have done all of it by now
            if self.idle:
                self.idle -= 1
            else:
                thread = Thread(target=self.serve, name=f"{self.prefix}_{len(self.threads)}")
                thread.start()
                self.threads.append(thread)
            self.busy = None
        self.touched(task)
        return future

    def serve(self) -> None:
        """What a worker does."""
        if self.first is not None and not self.begin():
            return
        while self.serve_one():
            pass

    def serve_one(self) -> bool:
        """Take one piece of work and do it. Returns whether there is more to do, ever."""
        if COUNTS_ONLY_THE_IDLE and not self.is_full():
            task = self.stop("try to get from")
            if not self.work:
                if task is not None:
                    task.learns("nothing")
                self.rest()
                task, _ = self.wait_until("get from", self.has_work)
        else:
            task, _ = self.wait_until("get from", self.has_work)
        if task is None:
            return False
        work = self.work.popleft()
        self.touched(task)
        task.learns(work and work[0]._lab.name)
        if work is None:
            return self.goes_on(task)
        do(*work)
        if not COUNTS_ONLY_THE_IDLE:
            self.rest()
        return True

    def goes_on(self, task: Task) -> bool:
        """What a worker does that was woken: unless the pool is shut down it goes on, else it wakes the next one."""
        task.learns(self.shut)
        if self.shut:
            if self.first is not None:
                self.stop("wake the next worker of")  # one that cannot begin may take that back as well
            self.work.append(None)
        return not self.shut

    def rest(self) -> None:
        """Be counted as idle, as long as that may matter."""
        if self.is_full():
            return
        task = self.stop("be idle in")
        if task is not None:
            self.idle += 1
            self.touched(task)

    def begin(self) -> bool:
        """Run the initializer. If it fails, nothing works any more."""
        try:
            assert self.first is not None
            self.first()
        except OURS:
            raise
        except BaseException:  # noqa: BLE001 - as the real one, which logs it
            task, _ = self.wait_until("break", self.is_quiet)
            if task is not None:
                self.broken, self.busy = True, task
                self.touched(task)
            for work in self.taken_back():
                work[0].set_exception(BrokenThreadPool(BROKEN))
            self.busy = None
            return False
        return True

    def taken_back(self) -> Iterator[Work]:
        """What nobody has begun, one by one: workers may take some meanwhile."""
        while True:
            task = self.stop("take back from")
            if task is None:
                return
            task.learns(len(self.work))
            if not self.work:
                return
            if (work := self.work.popleft()) is not None:
                self.touched(task)
                yield work

    def close(self, cancel: bool) -> None:
        """Take no more, and wake the workers."""
        task, _ = self.wait_until("shut down", self.is_quiet)
        if task is None:
            return
        self.shut, self.busy = True, task
        self.touched(task)
        if cancel:
            for work in self.taken_back():
                work[0].cancel()
        self.work.append(None)
        self.busy = None
        self.touched(task)


class Executor:
    """`concurrent.futures.Executor`: what readers derive their own from."""

    __slots__ = ()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """As the real one: what a subclass does."""
        raise NotImplementedError

    def map(
        self,
        fn: Callable[..., Any],
        *iterables: Iterable[Any],
        timeout: float | None = None,
        chunksize: int = 1,  # noqa: ARG002 - as the real one
    ) -> Iterator[Any]:
        """As the real one: all are submitted before the first result is asked for."""
        futures = [self.submit(fn, *args) for args in zip(*iterables, strict=False)]
        futures.reverse()

        def results() -> Iterator[Any]:
            try:
                while futures:
                    yield _result_or_cancel(futures.pop(), timeout)
            finally:
                for future in futures:
                    future.cancel()

        return results()

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As the real one: nothing."""

    def __enter__(self) -> Executor:
        return self

    def __exit__(self, *_: object) -> Literal[False]:
        self.shutdown(wait=True)
        return False


class ThreadPoolExecutor(Face, Executor):
    """`concurrent.futures.ThreadPoolExecutor`."""

    __slots__ = ()

    _called = "concurrent.futures.ThreadPoolExecutor"
    _real = names_of(concurrent.futures.ThreadPoolExecutor(1))
    _lab: Crew

    def __init__(
        self,
        max_workers: int | None = None,
        thread_name_prefix: str = "",
        initializer: Callable[..., object] | None = None,
        initargs: tuple[Any, ...] = (),
    ) -> None:
        real = concurrent.futures.ThreadPoolExecutor(max_workers, thread_name_prefix, initializer, initargs)
        first = None if initializer is None else lambda: call_given(initializer, *initargs)
        self._lab = Crew(real._max_workers, "", first)
        self._lab.prefix = thread_name_prefix or f"ThreadPoolExecutor-{self._lab.number}"

    @property
    def _max_workers(self) -> int:
        return self._lab.most

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future:
        """As the real one.

        Raises:
            RuntimeError: it is shut down or broken.
        """
        return self._lab.add(fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """As the real one."""
        self._lab.close(cancel_futures)
        if wait:
            for thread in self._lab.threads:
                thread.join()


def do(future: Future, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """One piece of work, unless it was cancelled."""
    if not future._lab.begin(of_pool=True):
        return
    try:
        result = call_given(function, *args, **kwargs)
    except OURS:
        raise
    except BaseException as error:  # noqa: BLE001 - whoever asks for the result gets it
        future.set_exception(error)
    else:
        future.set_result(result)


def _result_or_cancel(future: Future, timeout: float | None) -> Any:
    try:
        return future.result(timeout)
    finally:
        future.cancel()
