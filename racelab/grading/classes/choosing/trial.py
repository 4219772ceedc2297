"""Tries expressions one after another on real objects, in a child process: what raises, what blocks, what it changes.

Nothing that leaves the process is let through: opening a file, a socket, a subprocess. What blocks is interrupted.
"""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from types import FrameType, ModuleType
from typing import Any, Final, Literal

from ..call_source import call_source
from .texts import calls_in

Outcome = Literal["returns", "raises", "blocks", "misfits", "refused"]
PATIENCE: Final = 0.25
"""Seconds until a call counts as one that blocks."""
LONGEST: Final = 12.0
"""Seconds that all trials together may take."""
REFUSED: Final = (
    *("socket.connect", "socket.bind", "socket.sendto", "subprocess.", "os.system", "os.fork", "os.exec", "os.kill"),
    *("os.posix_spawn", "os.spawn", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.truncate", "os.link"),
    *("os.symlink", "os.chmod", "os.chown", "os.putenv", "shutil.", "tempfile.", "signal."),
)
"""Audit events, by their beginnings; and opening a file to write, or a database in another folder."""
SQLITE: Final = "sqlite3.connect"
_DEEPEST: Final = 5
_MOST: Final = 500


class _Blocked(BaseException):
    """The call under way takes too long."""


class Refused(BaseException):
    """The call under way would leave the process."""


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of an expression: `detail` is the exception, or what was refused."""

    outcome: Outcome
    value: Any = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Subject:
    """An object on which calls are tried, the names that they have assigned, and the folder in which it was made."""

    it: Any
    names: dict[str, object] = field(default_factory=dict)
    folder: str = field(default_factory=os.getcwd)


class Trial:
    """See the module. One for each process: an audit hook cannot be taken away.

    Attributes:
        starts_threads: whether anything that was tried did.
        made: the first value of each expression that made one.
    """

    def __init__(self, module: ModuleType) -> None:
        self._module = module
        self._inside = False
        self.starts_threads = False
        self.made: dict[str, Any] = {}
        self._began = time.monotonic()
        sys.addaudithook(self._audit)
        signal.signal(signal.SIGALRM, self._interrupt)
        threading.Thread.start = self._noting(threading.Thread.start)  # type: ignore[assignment, method-assign]

    def over(self, part: float = 1.0) -> bool:
        """Whether there is no time left for more, or that part of it has gone."""
        return time.monotonic() > self._began + part * LONGEST

    def make(self, text: str) -> Tried:
        """Evaluate an expression in the module. Relative paths lead into an empty folder, which is thrown away."""
        os.chdir(tempfile.mkdtemp())
        tried = self._run(lambda: eval(text, vars(self._module)))
        if tried.outcome == "returns":
            self.made.setdefault(text, tried.value)
        return tried

    def call(self, text: str, subject: Subject) -> Tried:
        """Run calls, with `it` as the object: what became of the last one, or of the first that did not return."""
        os.chdir(subject.folder)
        tried = Tried("misfits")
        for each in calls_in(text):
            made: dict[str, Any] = {}
            exec(compile(call_source(each, subject.names).text, "<call>", "exec"), vars(self._module), made)
            tried = self._run(partial(made["call"], subject.it, subject.names))
            if tried.outcome != "returns":
                break
        return tried

    def _run(self, function: Callable[[], object]) -> Tried:
        self._inside = True
        signal.setitimer(signal.ITIMER_REAL, PATIENCE)
        try:
            value = function()
        except _Blocked:
            return Tried("blocks")
        except Refused as refused:
            return Tried("refused", detail=str(refused))
        except (TypeError, AttributeError) as error:
            return Tried("misfits", detail=f"{type(error).__name__}: {error}")
        except BaseException as error:  # noqa: BLE001 # whatever the reader's code raises
            return Tried("raises", detail=f"{type(error).__name__}: {error}")
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
            self._inside = False
        return Tried("returns", value)

    def _noting(self, start: Callable[[threading.Thread], None]) -> Callable[[threading.Thread], None]:
        def noted(thread: threading.Thread) -> None:
            self.starts_threads = True
            start(thread)

        return noted

    def _interrupt(self, _number: int, _frame: FrameType | None) -> None:
        if self._inside:
            raise _Blocked

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not self._inside:
            return
        away = event == SQLITE and "/" in os.fsdecode(arguments[0])
        if away or event.startswith(REFUSED) or (event == "open" and _writes(arguments)):
            raise Refused(f"{event}({', '.join(map(repr, arguments[:1]))})")


def _writes(arguments: tuple[Any, ...]) -> bool:
    mode = arguments[1] if len(arguments) > 1 else None
    return mode is None or bool(set(str(mode)) & set("wax+"))


def content(value: object) -> Hashable:
    """What an object holds, to see whether a call has changed it. Runs no code of the reader's."""
    return _content(value, _DEEPEST, [_MOST])


def _content(value: Any, deep: int, left: list[int]) -> Hashable:
    left[0] -= 1
    if isinstance(value, int | float | str | bytes | type(None)):
        return value
    if not deep or left[0] < 0:
        return type(value).__name__
    deep -= 1
    parts: list[Hashable] = []
    if isinstance(value, dict):
        parts += [(_content(k, deep, left), _content(v, deep, left)) for k, v in dict.items(value)]
    elif isinstance(value, list | tuple | deque):
        parts += [_content(each, deep, left) for each in value]
    elif isinstance(value, set | frozenset):
        parts.append(frozenset([_content(each, deep, left) for each in value]))
    if not isinstance(value, type) and type(value).__module__ != "builtins":
        names = vars(value) if hasattr(value, "__dict__") else {}
        parts += [(name, _content(part, deep, left)) for name, part in names.items()]
        slots = [name for base in type(value).__mro__ for name in getattr(base, "__slots__", ())]
        parts += [(name, _content(getattr(value, name, None), deep, left)) for name in slots if name != "__dict__"]
    return (type(value).__name__, *parts)
