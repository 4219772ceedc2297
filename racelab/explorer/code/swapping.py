"""What an execution changes in the process: `sys.modules`, `sys.path`, the two streams, and the states of the process.

`close` puts all of it back.
Code may look into `sys.modules` itself, and so do `dataclasses`, `enum` and `pickle`. So models stand there, and the
author's private modules. Modules of the standard library never see a model: they are imported while the real ones are
back in their places, because they stay for the whole process.
"""

from __future__ import annotations

import importlib
import io
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any, ClassVar, Final

from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.threads import here

from . import lent
from .process_state import Saved
from .python_modules import is_of_python

SET: Final = "{} of sys.stdout or sys.stderr is set, where nothing is printed: what it would do is not explored."


class SilentBytes(Modelled, io.RawIOBase):
    """What is below a text stream."""

    def write(self, data: Any, /) -> int:
        """Nothing is kept."""
        return len(data)

    def writable(self) -> bool:
        """As a terminal."""
        return True


class Silence(Modelled, io.TextIOBase):
    """Takes what the author's code prints. Thousands of executions would print it thousands of times."""

    encoding = "utf-8"
    errors = "strict"

    def __setattr__(self, name: str, value: object) -> None:
        if here.memory is not None and name[:1] != "_":  # Python notes that it is closed
            here.memory.places.unfaithful[SET.format(name)] += 1
        super().__setattr__(name, value)

    @property
    def buffer(self) -> SilentBytes:
        """For bytes."""
        return SilentBytes()

    def reconfigure(self, **_: object) -> None:
        """Nothing is written, however it is written."""

    def write(self, text: str) -> int:
        """Nothing is kept."""
        return len(text)

    def writable(self) -> bool:
        """As a terminal."""
        return True


class Swap:
    """See the module. It takes effect at once.

    Args:
        modules: what stands in `sys.modules` from now on, by name.
    """

    _known: ClassVar[dict[str, ModuleType]] = {}
    """What was in `sys.modules` when one began. To compare it costs a fraction of what another copy does."""

    def __init__(self, modules: Mapping[str, ModuleType]) -> None:
        if sys.modules != Swap._known:
            Swap._known = dict(sys.modules)
        self._before = Swap._known
        self._path, self._folders = sys.path, list(sys.path)
        self._streams = sys.stdout, sys.stderr
        self._state = Saved()
        self._lent = lent.begin()
        self._placed = dict(modules)
        self._closed = False
        sys.stdout = sys.stderr = Silence()
        sys.modules.update(modules)

    def place(self, name: str, module: ModuleType) -> None:
        """It stands in `sys.modules` until the end, or until it is removed."""
        self._placed[name] = sys.modules[name] = module

    def remove(self, name: str) -> None:
        """Put back what stood there before, if anything did."""
        self._placed.pop(name, None)
        self._restore(name)

    def real(self, name: str) -> ModuleType:
        """A real module, imported if it has to be. It and all that it imports see the real modules."""
        known = self._before.get(name)
        if known is not None:
            return known
        with self._lifted():
            return importlib.import_module(name)

    def close(self) -> None:
        """Put everything back. Twice is as good as once."""
        if self._closed:
            return
        self._closed = True
        self._state.put_back()
        lent.put_back(self._lent)
        sys.stdout, sys.stderr = self._streams
        sys.path = self._path
        if sys.path != self._folders:
            sys.path[:] = self._folders
        for name in self._placed:
            self._restore(name)
        if sys.modules != self._before:
            self._tidy()

    def _restore(self, name: str) -> None:
        before = self._before.get(name)
        if before is not None:
            sys.modules[name] = before
        else:
            sys.modules.pop(name, None)

    @contextmanager
    def _lifted(self) -> Iterator[None]:
        """While it lasts the real modules are back. What is imported meanwhile stays."""
        streams, (sys.stdout, sys.stderr) = (sys.stdout, sys.stderr), self._streams
        present = {name: sys.modules.get(name) for name in self._placed}
        for name in self._placed:
            self._restore(name)
        others, state = set(sys.modules), Saved()
        try:
            yield
        finally:
            self._state.keep(state.changed())
            new = {name: module for name, module in list(sys.modules.items()) if name not in others}
            self._before = self._before | new  # in a copy: another one may begin with what this one began with
            for name, module in present.items():
                if module is not None:
                    sys.modules[name] = module
            sys.stdout, sys.stderr = streams

    def _tidy(self) -> None:
        """What the code has put there or taken away itself; and what Python has imported in the middle of something."""
        late = [name for name in sys.modules if name not in self._before]
        for name in late:
            del sys.modules[name]
        sys.modules.update(
            {name: module for name, module in self._before.items() if sys.modules.get(name) is not module}
        )
        for name in late:  # it may have met models: once more, with the real modules
            if is_of_python(name):
                with suppress(ImportError):
                    importlib.import_module(name)
