"""What goes around the model: files that are written, sockets, processes, threads of the system, foreign code.

Python tells of it by its audit events. A hook for them cannot be removed, so there is one for the whole process, and it
does nothing while nothing is explored. What an execution does out there may have other effects the next time, and other
tasks could notice: no verdict is given, and it is not done, because thousands of executions would do it thousands of
times. Files that are only read are assumed to stay as they are, whoever reads them.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import CodeType
from typing import Any, Final, NoReturn

from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.origin import PYTHON, of_file
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import here

from . import packages
from .private_importlib import under_way
from .python_modules import is_of_python

READS: Final = "Files and folders that are read do not change meanwhile."
OUTSIDE: Final = "{} is not modelled, and was not done: {}."
SOCKET: Final = "A socket is made, which is not modelled."
FOREIGN_CODE: Final = "Code of {} runs that was not rewritten: what it does cannot be seen."
AROUND: Final = "The module {} is imported around the explorer: what it does cannot be seen."

_REAL: Final = (
    *("_thread.start_", "builtins.breakpoint", "builtins.input", "cpython.run_", "ctypes.", "fcntl.", "ftplib."),
    *("http.client.", "imaplib.", "mmap.", "msvcrt.", "nntplib.", "poplib.", "pty.", "resource.", "shutil."),
    *("signal.", "smtplib.", "socket.", "sqlite3.", "subprocess.", "sys.addaudithook", "sys.setprofile"),
    *("sys.settrace", "sys._current_", "syslog.", "telnetlib.", "tempfile.", "time.sleep", "urllib.", "webbrowser."),
    *("winreg.", "_winapi.", "os.add_dll", "os.chdir", "os.chflags", "os.chmod", "os.chown", "os.exec", "os.fork"),
    *("os.kill", "os.link", "os.lockf", "os.mkdir", "os.posix_spawn", "os.putenv", "os.remove", "os.rename"),
    *("os.rmdir", "os.setxattr", "os.spawn", "os.startfile", "os.symlink", "os.system", "os.truncate", "os.unsetenv"),
    *("os.utime", "os.removexattr"),
)
"""Beginnings of the names of events that are real things outside."""
_LOOKS: Final = ("os.listdir", "os.scandir", "os.walk", "os.fwalk", "glob.", "os.getxattr", "os.listxattr")
_DEVICES: Final = ("/dev/", "/proc/", "/sys/", "/run/")
_ALWAYS_DIFFERENT: Final = ("/dev/", "/run/")
_OF_ENVIRONMENT: Final = frozenset({"os.putenv", "os.unsetenv"})
_WRITES: Final = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class _Watch:
    """Of the execution under way.

    Attributes:
        places: where it is told; None while nothing is explored.
        thread: only this one is watched.
        importing: how many modules are being imported.
        executing: the code of the one that begins now.
        quiet: how many of the lab's own doings are under way.
    """

    def __init__(self) -> None:
        self.places: Places | None = None
        self.thread = self.importing = self.quiet = 0
        self.executing: CodeType | None = None
        self.installed = False
        self.kinds: dict[str, str] = {}


_watch = _Watch()
_harmless: Final[set[str]] = set()
"""Events that were met and are no business of the lab's: Python tells of every `id` and every look at a function."""


def begin(places: Places) -> Places | None:
    """From now on what the code of this thread does outside is told there. Returns where it was told before."""
    if not _watch.installed:
        _watch.installed = True
        sys.addaudithook(_audit)
    before, _watch.places = _watch.places, places
    _watch.thread = threading.get_ident()
    return before


def end(before: Places | None) -> None:
    """As it was before `begin`."""
    _watch.places = before


@contextmanager
def importing(code: CodeType) -> Iterator[None]:
    """While the code of a module runs, which was rewritten."""
    _watch.importing += 1
    _watch.executing = code
    try:
        yield
    finally:
        _watch.importing -= 1


@contextmanager
def unwatched() -> Iterator[None]:
    """While the lab does something of its own in the name of a task, such as opening its file of a database."""
    _watch.quiet += 1
    try:
        yield
    finally:
        _watch.quiet -= 1


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    if event in _harmless:
        return
    places = _watch.places
    if places is None or _watch.quiet or (here.task is None and not _watch.importing):
        return
    kind = _watch.kinds.get(event)
    if kind is None:
        kind = _watch.kinds[event] = _kind(event)
        if not kind:
            _harmless.add(event)
    if kind and threading.get_ident() == _watch.thread:
        _watch.quiet += 1  # what finds it out is no business of the author's
        try:
            _tell(places, kind, event, arguments)
        finally:
            _watch.quiet -= 1


def _kind(event: str) -> str:
    if event in ("open", "import", "exec", "socket.__new__"):
        return event
    if event.startswith(_LOOKS):
        return "look"
    return "real" if event.startswith(_REAL) else ""


def _tell(places: Places, kind: str, event: str, arguments: tuple[Any, ...]) -> None:
    if kind == "real" and not (event in _OF_ENVIRONMENT and _watch.importing and _is_set_up()):
        first = arguments[0] if arguments else None
        what = os.fsdecode(first) if isinstance(first, (str, bytes, os.PathLike)) else ""
        _refuse(places, OUTSIDE.format(event, what or "it has effects outside of the explored code"))
    elif kind == "look":
        places.assumed.add(READS)
    elif kind == "real":
        return  # the variables of this process, while nobody else runs
    elif kind == "socket.__new__":  # nothing has happened yet, and whoever has begun to make a loop can end it
        places.unfaithful[SOCKET] += 1
    elif kind == "open":
        _tell_of_file(places, *arguments[:3])
    else:
        _tell_of_code(places, kind, arguments[0])


def _is_set_up() -> bool:
    """Whether no other task is there: before the first step, and after the last one."""
    return here.task is None or not here.task.index


def _tell_of_code(places: Places, kind: str, what: object) -> None:
    if kind == "import":
        if under_way.loader is not None and not under_way.loader.may_be_imported(str(what)):
            places.unfaithful[AROUND.format(what)] += 1
    elif isinstance(what, CodeType) and what is not _watch.executing:
        file = what.co_filename
        if not file.startswith("<") and of_file(file) != PYTHON:
            places.unfaithful[FOREIGN_CODE.format(file)] += 1


def _refuse(places: Places, reason: str) -> NoReturn:
    """An exception of a hook keeps Python from doing it."""
    if not _rewrites(places):
        places.unfaithful[reason] += 1
    give_up(reason)


def _rewrites(places: Places) -> bool:
    """Whether code of others does it during set-up: that is rewritten from now on, and may meet a model instead."""
    frame = sys._getframe() if places.others and _is_set_up() else None
    while frame is not None:
        top = str(frame.f_globals.get("__name__")).partition(".")[0]
        if top in places.others and not is_of_python(top) and top not in places.left and not packages.why_not(top):
            places.rewritten.add(top)
            return True
        frame = frame.f_back
    return False


def give_up(reason: str) -> NoReturn:
    """End the exploration.

    Raises:
        CannotDecide: always.
    """
    if here.memory is not None:
        here.memory.stage.give_up(reason)
    raise CannotDecide(reason)


def _tell_of_file(places: Places, path: object, mode: object, flags: object) -> None:
    name = os.fsdecode(path) if isinstance(path, (str, bytes, os.PathLike)) else ""
    writes = (
        bool(set(mode) & set("wax+")) if isinstance(mode, str) else bool(isinstance(flags, int) and flags & _WRITES)
    )
    if not name or writes or name.startswith(_DEVICES if not _is_set_up() else _ALWAYS_DIFFERENT):
        _refuse(places, OUTSIDE.format("open", name or "a descriptor of the system"))
    elif not name.endswith((".py", ".pyc")):  # of a traceback, or of an import
        places.assumed.add(READS)
