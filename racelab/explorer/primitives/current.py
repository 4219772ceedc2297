"""Functions of `threading` and `_thread` that ask who runs, or start a thread without an object."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from ..kernel.memory import Memory
from ..kernel.points import Point
from ..kernel.threads import Thread as Task
from ..kernel.threads import here
from .faces import refuse
from .thread_objects import FIRST_IDENT, Life, Thread, ident_of, note_crash


class MainThread(Thread):
    """The thread that set-up runs in. It is there as long as anything is."""

    __slots__ = ()

    _name, _daemonic, _initialized = "MainThread", False, True

    def __init__(self) -> None:
        """Nothing is made: it was always there."""

    @property
    def ident(self) -> int:
        """Its number."""
        return FIRST_IDENT

    native_id = ident

    def is_alive(self) -> bool:
        """It is."""
        return True

    def start(self) -> None:
        """As the real one.

        Raises:
            RuntimeError: always.
        """
        raise RuntimeError("threads can only be started once")

    def join(self, timeout: float | None = None) -> None:  # noqa: ARG002 - as the real one
        """As the real one for itself; nothing says when it ends for others.

        Raises:
            RuntimeError: it would wait for itself.
        """
        if here.task is None or not here.task.index:
            raise RuntimeError("cannot join current thread")
        refuse("Waiting for the end of the main thread")

    def __setattr__(self, name: str, value: object) -> None:
        refuse(f"Setting {name} of the main thread")  # it outlives the execution

    def __hash__(self) -> int:
        return FIRST_IDENT

    def __repr__(self) -> str:
        return "<MainThread>"


MAIN = MainThread()


def current_thread() -> Thread:
    """As the real one; a task of the program is a thread, too."""
    return MAIN if here.task is None else thread_of(here.task)


def thread_of(task: Task) -> Thread:
    """The thread object of a task, made when somebody asks for it first."""
    if not task.index:
        return MAIN
    if not isinstance(task.thread, Thread):
        thread = Thread.__new__(Thread)
        thread._lab = Life.of_task(task)
        thread._name, thread._daemonic, thread._initialized = f"Thread-{task.name}", False, True
        task.thread = thread
    return task.thread


def main_thread() -> Thread:
    """As the real one."""
    return MAIN


def get_ident() -> int:
    """As the real one."""
    return FIRST_IDENT if here.task is None else ident_of(here.task)


def enumerate_threads() -> list[Thread]:
    """As the real `enumerate`: the main thread, the tasks of the program and what they have started, while alive."""
    memory, task = _memory(), here.task
    if task is not None:
        task.pause(Point("operation", "look at all threads"))
        memory.notice(task, "thread")
        task.fresh = True
    alive = [one for one in memory.stage.tasks if isinstance(one, Task) and not one.done]
    if task is not None:
        task.learns(tuple([one.name for one in alive]))
    return [MAIN, *[thread_of(one) for one in alive]]


def active_count() -> int:
    """As the real one."""
    return len(enumerate_threads())


def start_new_thread(
    function: Callable[..., object], args: tuple[Any, ...], kwargs: Mapping[str, Any] | None = None
) -> int:
    """As the real one: a thread without an object that could be joined.

    Raises:
        TypeError: as the real one.
    """
    if not callable(function):
        raise TypeError("first arg must be callable")
    if not isinstance(args, tuple):
        raise TypeError("2nd arg must be a tuple")
    if kwargs is not None and not isinstance(kwargs, dict):
        raise TypeError("optional 3rd arg must be a dictionary")
    thread = Thread(target=function, args=args, kwargs=kwargs, daemon=True)
    thread.start()
    return FIRST_IDENT if thread._lab.task is None else ident_of(thread._lab.task)


def leave() -> NoReturn:
    """As `_thread.exit`.

    Raises:
        SystemExit: always; it ends a thread in silence.
    """
    raise SystemExit


def excepthook(args: Any, /) -> None:
    """As the real one, but for the printing: the exception is noted."""
    if here.task is not None and args.exc_type is not SystemExit:
        note_crash(here.task, args.exc_value if args.exc_value is not None else args.exc_type())


def no_hook() -> None:
    """As `gettrace` and `getprofile`: none is set."""


def stack_size(size: int = 0, /) -> int:
    """As the real one; the size of a stack is not modelled."""
    if size:
        refuse("threading.stack_size with a size")
    return 0


def _memory() -> Memory:
    if here.memory is None:
        refuse("Looking at threads outside of every execution")
    return here.memory
