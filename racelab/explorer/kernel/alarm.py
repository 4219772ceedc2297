"""Cuts off a step that does not end: a loop without a scheduling point, or waiting for something real.

A thread watches whether steps end. If none does for some seconds while the manager's code runs, the exploring thread is
interrupted with `Stalled`: by a signal in the main thread, where that ends even the wait for a lock, and in another
thread by an exception that Python raises at its next loop or call. Code that catches it is interrupted again and again.

No timer is used, because a test's time-out may have set it. Code of C that runs on and on cannot be interrupted, nor
can waiting for a real lock in another thread than the main one.
"""

from __future__ import annotations

import ctypes
import signal
import sys
import threading
from _thread import get_ident  # the real one, which no exploration refuses
from time import monotonic
from types import FrameType, TracebackType
from typing import Any, Final, Self

from . import origin
from .guard import NotModelled, real_again

LIMIT: Final = 5.0
"""Seconds. The longest step of the lab's own scenarios takes a thousandth of one."""
AGAIN: Final = 0.1
"""Seconds after which code that has caught the interruption is interrupted once more."""
MOST_FRAMES: Final = 3
_SIGNAL: Final[int | None] = getattr(signal, "SIGURG", None)
"""What it does by default is nothing, so one that comes too late does no harm."""
_DEBUGGERS: Final = {"bdb", "pdb"}
_innermost: dict[int, Alarm] = {}


class Stalled(NotModelled):
    """A step does not end; the sentence says where. In another thread Python makes one from a class alone."""

    said = ""

    def __init__(self, said: str = "") -> None:
        super().__init__("", said or self.said)


def innermost() -> Alarm | None:
    """The alarm that is held in this thread."""
    return _innermost.get(get_ident())


class Alarm:
    """Hold it for a whole exploration, and call `stepped` at the end of each step. Explorations may be nested.

    Args:
        limit: seconds without the end of a step after which the exploration is cut off.
    """

    def __init__(self, limit: float = LIMIT) -> None:
        self._limit = limit
        self._steps = 0
        self._said = ""
        self._swallowed = ""
        self._thread = 0
        self._entered_at = 0
        self._outer: Alarm | None = None
        self._by_signal = False
        self._handler: Any = None
        self._deciding = threading.Lock()
        self._ended = threading.Event()

    def stepped(self) -> None:
        """A step has ended.

        Raises:
            Stalled: it was interrupted, and something in the manager has caught that.
        """
        self._steps += 1
        if self._swallowed:
            said, self._swallowed = self._swallowed, ""
            raise Stalled(said)

    def __enter__(self) -> Self:
        self._thread = threading.get_ident()
        self._entered_at = id(sys._getframe(1))
        self._outer = _innermost.get(self._thread)
        self._by_signal = self._take_signal()
        _innermost[self._thread] = self
        with real_again():
            self._watcher = threading.Thread(target=self._watch, name="explorer-alarm", daemon=True)
            self._watcher.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._end()
        except Stalled:  # it came a moment too late: the last step had ended
            self._end()

    def _end(self) -> None:
        with real_again():
            self._ended.set()
            self._watcher.join()
        if not self._by_signal:
            if self._said:
                _let_arrive(self._thread)
        elif self._handler is not None:
            signal.signal(_SIGNAL, self._handler)  # type: ignore[arg-type] # there is one, if it was taken
            self._handler = None
        if self._outer is not None:
            self._outer._steps += 1
            _innermost[self._thread] = self._outer
        else:
            _innermost.pop(self._thread, None)

    def _take_signal(self) -> bool:
        """Whether the thread can be interrupted by a signal: only the main thread of the main interpreter can."""
        if _SIGNAL is None or self._thread != threading.main_thread().ident:
            return False
        self._handler = signal.getsignal(_SIGNAL)
        if self._handler is None:  # somebody's of C, that could not be put back
            return False
        try:
            signal.signal(_SIGNAL, self._interrupt)
        except ValueError:
            return False
        return True

    def _watch(self) -> None:
        steps, since, pause = -1, monotonic(), self._limit / 4
        while not self._ended.wait(pause):
            if steps != self._steps or _innermost.get(self._thread) is not self:
                steps, since, pause = self._steps, monotonic(), self._limit / 4
            elif monotonic() - since >= self._limit and self._strike(steps):
                pause = min(AGAIN, self._limit / 4)

    def _strike(self, steps: int) -> bool:
        """Interrupt the exploring thread, if it runs code of the manager's and is still in that step."""
        with self._deciding:
            said = self._where(sys._current_frames().get(self._thread))
            if not said or steps != self._steps or self._ended.is_set():
                return False
            self._said = self._swallowed = said
            if self._by_signal:
                signal.pthread_kill(self._thread, _SIGNAL)  # type: ignore[arg-type]
            else:
                _raise_in(self._thread, type("Stalled", (Stalled,), {"said": said}))
            return True

    def _interrupt(self, _signal: int, frame: FrameType | None) -> None:
        """The handler of the signal. Not for a step that has ended meanwhile."""
        if self._said and not self._ended.is_set() and self._where(frame):
            said, self._said = self._said, ""
            raise Stalled(said)

    def _where(self, frame: FrameType | None) -> str:
        """What to say of the innermost places in the manager's code; empty if it is not in any."""
        places: list[str] = []
        while frame is not None and id(frame) != self._entered_at:
            if frame.f_globals.get("__name__") in _DEBUGGERS:
                return ""
            code = frame.f_code
            if _is_the_managers(code.co_filename):
                places.append(f"{code.co_filename}:{frame.f_lineno} in {code.co_name}")
            frame = frame.f_back
        if not places:
            return ""
        callers = "".join(f", called at {place}" for place in places[1:MOST_FRAMES])
        return (
            f"A step has not ended for {self._limit:g} s, at {places[0]}{callers}. There it loops without a scheduling "
            "point, or waits for something real. Let it wait for a lock or a signal of the runtime."
        )


def _is_the_managers(file: str) -> bool:
    whose = origin.of_file(file)
    if whose != origin.LAB:
        return whose == origin.AUTHOR
    return file.startswith(origin.SUBJECT) and not file.endswith("sync.py")


def _raise_in(thread: int, error: type[Stalled]) -> None:
    """Raise an error in another thread at its next loop or call."""
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread), ctypes.py_object(error))


def _let_arrive(thread: int) -> None:
    """In that thread itself: when this returns, no error is on its way to it.

    One more replaces the one that may be, and is caught. To cancel it would be simpler, but after that CPython 3.11 has
    an interruption pending for good, and hangs as soon as a profiler, a debugger or coverage is used.
    """
    try:
        _raise_in(thread, Stalled)
        while True:
            pass
    except Stalled:
        return
