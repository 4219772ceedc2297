"""`threading.Thread` and `Timer`: a started thread is a task of its own, with a letter after those of the program.

Starting one is a point once another task than its maker looks at it: until then no other can tell when that was.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from ..kernel.calls import OURS
from ..kernel.threads import Thread as Task
from ..kernel.threads import here, spawn
from .calling import call_given
from .events import Event
from .faces import Face, Inner, keep, names_of

FIRST_IDENT: Final = 1_000
"""The number of the main thread; a task's is that much more than its place."""
NOT_INITIALISED: Final = "Thread.__init__() not called"


class Life(Inner):
    """The state of a thread: who may start it unnoticed, and its task once it is started."""

    __slots__ = ("keeper", "task")

    def __init__(self) -> None:
        super().__init__("thread")
        self.keeper = here.task
        self.task: Task | None = None

    @classmethod
    def of_task(cls, task: Task) -> Life:
        """Of a task of the program, which nobody has made a thread object for."""
        life = cls.__new__(cls)
        life._memory, life.clock, life.kind = task.memory, None, "thread"
        life.name, life.number = f"thread of {task.name}", task.index
        life.keeper, life.task = None, task
        return life

    def key(self) -> tuple[str, bool] | None:
        """Not started, alive or ended."""
        return None if self.task is None else (self.task.name, self.task.done)

    def words(self) -> str:
        """Why a task waits."""
        return f"the end of {self.task.name}" if self.task is not None else f"the {self.name}"

    def is_over(self, task: Task) -> bool:  # noqa: ARG002 - what can be waited for is asked for a task
        """Whether whoever joins it may go on; with an error if it is not started."""
        return self.task is None or self.task.done

    def looked_at_by(self, task: Task) -> None:
        """Whoever made or started it knows what it finds."""
        if task is not self.keeper and task is not self.task:
            super().looked_at_by(task)

    def stop_to_start(self) -> Task | None:
        """Who starts it; the step before is over if another task could tell."""
        memory, task = self.running()
        if task is not None:
            if self.kind in memory.places.looked:
                self.stop("start")
            self.looked_at_by(task)
            if self.keeper is not task:
                task.learns(self.task is None)
        return task

    def look(self) -> Task | None:
        """See whether it is started, alive or ended."""
        _, task = self.running()
        if task is None or task is self.task:
            return task
        self.stop("look at")
        self.looked_at_by(task)
        task.learns(self.key())
        if self.is_over(task):
            self.acquired(task)
        return task


class Thread(Face):
    """`threading.Thread`."""

    __slots__ = ()

    _called = "threading.Thread"
    _real = names_of(threading.Thread()) - {"_target", "_args", "_kwargs"}
    _lab: Life
    _initialized = False

    def __init__(
        self,
        group: None = None,
        target: Callable[..., object] | None = None,
        name: str | None = None,
        args: Iterable[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        daemon: bool | None = None,
    ) -> None:
        assert group is None, "group argument must be None for now"
        self._lab = Life()
        self._target, self._args, self._kwargs = target, args, {} if kwargs is None else kwargs
        self._name = str(name) if name else _name_for(self._lab, target)
        self._daemonic = _is_daemon(here.task) if daemon is None else daemon
        self._initialized = True

    def start(self) -> None:
        """As the real one.

        Raises:
            RuntimeError: it is started already, or `Thread.__init__` was not called.
        """
        if not self._initialized:
            raise RuntimeError("thread.__init__() not called")
        lab = self._lab
        starter = lab.stop_to_start()
        if starter is None:
            return
        if lab.task is not None:
            raise RuntimeError("threads can only be started once")
        memory, _ = lab.running()
        for part in vars(self).values():
            keep(memory, part, starter)
        lab.keeper = starter
        lab.task = spawn(memory, self._name, self._live)
        lab.task.thread = self

    def _live(self) -> None:
        me, lab = here.task, self._lab
        assert me is not None
        me.thread, lab.task = self, me  # it runs up to its first point before `spawn` returns
        try:
            self.run()
        except OURS:
            raise
        except SystemExit:
            pass
        except BaseException as error:  # noqa: BLE001 - of the reader's code, and it ends a thread
            note_crash(me, error)
        lab.released(me)

    def run(self) -> None:
        """As the real one: calls the target."""
        try:
            if self._target is not None:
                call_given(self._target, *self._args, **self._kwargs)
        finally:
            del self._target, self._args, self._kwargs

    def join(self, timeout: float | None = None) -> None:
        """As the real one.

        Raises:
            RuntimeError: it is not started, or it would wait for itself.
        """
        if not self._initialized:
            raise RuntimeError(NOT_INITIALISED)
        lab = self._lab
        if lab.task is not None and here.task is lab.task:
            raise RuntimeError("cannot join current thread")
        task, ended = lab.wait_until("join", lab.is_over, timeout)
        if task is None:
            return
        lab.looked_at_by(task)
        if lab.task is None:
            task.learns("not started")
            raise RuntimeError("cannot join thread before it is started")
        if ended:
            lab.acquired(task)

    def is_alive(self) -> bool:
        """As the real one."""
        assert self._initialized, NOT_INITIALISED
        self._lab.look()
        return self._lab.task is not None and not self._lab.task.done

    @property
    def name(self) -> str:
        """As the real one."""
        assert self._initialized, NOT_INITIALISED
        return self._name

    @name.setter
    def name(self, name: str) -> None:
        self._name = str(name)

    @property
    def ident(self) -> int | None:
        """As the real one: None before it is started."""
        assert self._initialized, NOT_INITIALISED
        self._lab.look()
        return None if self._lab.task is None else ident_of(self._lab.task)

    native_id = ident

    @property
    def daemon(self) -> bool:
        """As the real one."""
        assert self._initialized, NOT_INITIALISED
        return self._daemonic

    @daemon.setter
    def daemon(self, daemonic: bool) -> None:
        if not self._initialized:
            raise RuntimeError(NOT_INITIALISED)
        self._lab.look()
        if self._lab.task is not None:
            raise RuntimeError("cannot set daemon status of active thread")
        self._daemonic = daemonic

    def getName(self) -> str:  # noqa: N802 - as the real one
        """As the real one."""
        return self.name

    def setName(self, name: str) -> None:  # noqa: N802 - as the real one
        """As the real one."""
        self.name = name

    def isDaemon(self) -> bool:  # noqa: N802 - as the real one
        """As the real one."""
        return self.daemon

    def setDaemon(self, daemonic: bool) -> None:  # noqa: N802 - as the real one
        """As the real one."""
        self.daemon = daemonic


class Timer(Thread):
    """`threading.Timer`: its time may be over at any turn."""

    __slots__ = ()

    _called = "threading.Timer"

    def __init__(
        self,
        interval: float,
        function: Callable[..., object],
        args: Iterable[Any] | None = None,
        kwargs: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__()
        self.interval, self.function = interval, function
        self.args = args if args is not None else []
        self.kwargs = kwargs if kwargs is not None else {}
        self.finished = Event()

    def cancel(self) -> None:
        """As the real one."""
        self.finished.set()

    def run(self) -> None:
        """As the real one."""
        self.finished.wait(self.interval)
        if not self.finished.is_set():
            call_given(self.function, *self.args, **self.kwargs)
        self.finished.set()


def ident_of(task: Task) -> int:
    """The number of its thread."""
    return FIRST_IDENT + task.index


def note_crash(task: Task, error: BaseException) -> None:
    """An exception has ended a thread: real Python prints it, and the program goes on."""
    memory = task.memory
    memory.crashes = tuple(sorted((*memory.crashes, f"{task.name}: {type(error).__name__}")))


def _name_for(lab: Life, target: object) -> str:
    """'Thread-A1 (work)': numbered by its maker, so that the name does not depend on the schedule."""
    memory, _ = lab.running()
    number = memory.stage.label("named thread")
    called = getattr(target, "__name__", None) if target is not None else None
    return f"Thread-{number}" + (f" ({called})" if called else "")


def _is_daemon(task: Task | None) -> bool:
    """Whether a thread of it is a daemon unless something else is said."""
    thread = task.thread if task is not None else None
    return isinstance(thread, Thread) and thread._daemonic
