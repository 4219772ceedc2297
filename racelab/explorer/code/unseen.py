"""Code of packages of others that runs though no hook has met it: Python calls special methods by itself.

Python is asked to tell which functions begin, whoever calls them. From 3.12 on `sys.monitoring` does, and costs nothing
for functions of the lab and of Python. Before, only a profiler can, which slows everything down: it watches the first
executions of a program, which run what there is to run, and not all of them.
"""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from cProfile import Profile
from types import CodeType
from typing import Any, Final

from racelab.explorer.kernel.origin import LAB, PYTHON, of_file

MOST_PROFILED: Final = 4
"""Executions of a program."""
_TOOLS: Final = (4, 3, 5)
"""Numbers that no tool of Python's has."""
_monitoring: Final[Any] = getattr(sys, "monitoring", None)


class Unseen:
    """What has begun since `begin`, by file. Twice begun, or twice ended, is as good as once."""

    def __init__(self) -> None:
        self._watches = False
        self._paused = 0
        self._profile: Profile | None = None

    def begin(self, executions: int) -> None:
        """From now on; `executions` of the program have been watched before."""
        if self._watches:
            return
        if not _begin_monitoring():
            if executions >= MOST_PROFILED:
                return
            self._profile = Profile(builtins=False)
        self._watches = True
        self._go_on()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """While modules are imported, whose code may run as it is."""
        self._stop()
        self._paused += 1
        try:
            yield
        finally:
            self._paused -= 1
            self._go_on()

    def end(self) -> None:
        """No longer."""
        self._stop()
        self._watches = False

    def met(self, packages: Collection[str]) -> str:
        """One of these packages of which something has run since this was asked; empty if nothing has."""
        if not self._watches:
            return ""
        with self.paused():
            if self._profile is not None:
                entries = self._profile.getstats()
                _began.update(one.code.co_filename for one in entries if isinstance(one.code, CodeType))
                self._profile.clear()
            files = sorted(_began)
            _began.clear()
        return next((top for file in files if (top := _top_of(file)) in packages), "")

    def _go_on(self) -> None:
        if self._watches and not self._paused:
            _listens[0] = True
            if self._profile is not None:
                self._profile.enable()

    def _stop(self) -> None:
        _listens[0] = False
        if self._watches and self._profile is not None:
            self._profile.disable()


_began: Final[set[str]] = set()
_listens: Final = [False]
_tool: Final[list[int]] = []
_tops: Final[dict[str, str]] = {}
"""By file, the package that it belongs to; empty if no module has it."""


def _begin_monitoring() -> bool:
    """Once for the whole process. Whether there is such a thing."""
    if _monitoring is None:
        return False
    if not _tool:
        _tool.append(next(one for one in _TOOLS if _monitoring.get_tool(one) is None))
        _monitoring.use_tool_id(_tool[0], "racelab")
        _monitoring.register_callback(_tool[0], _monitoring.events.PY_START, _begins)
        _monitoring.set_events(_tool[0], _monitoring.events.PY_START)
    return True


def _begins(code: CodeType, _offset: int) -> object:
    """A function begins. Of one that is never asked for nothing is told again."""
    file = code.co_filename
    if file.startswith("<") or of_file(file) in (LAB, PYTHON):
        return _monitoring.DISABLE
    if _listens[0]:
        _began.add(file)
    return None


def _top_of(file: str) -> str:
    known = _tops.get(file)
    if known is None:
        modules = list(sys.modules.items())
        names = [name for name, module in modules if getattr(module, "__file__", None) == file]
        known = _tops[file] = names[0].partition(".")[0] if names else ""
    return known
