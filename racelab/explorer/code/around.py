"""Imports that code of others does itself, in the middle of something: what they find sees the real modules too."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast


class Around:
    """A finder that comes first while something is explored.

    Args:
        imports: imports a module of others as it is; None if it is not theirs.
    """

    def __init__(self, imports: Callable[[str], ModuleType | None]) -> None:
        self._imports = imports
        self._inside = False

    def begin(self) -> None:
        """From now on."""
        sys.meta_path.insert(0, self)

    def end(self) -> None:
        """Twice is as good as once."""
        if self in sys.meta_path:
            sys.meta_path.remove(self)

    @contextmanager
    def none(self) -> Iterator[None]:
        """While a module is imported as it is anyway."""
        before, self._inside = self._inside, True
        try:
            yield
        finally:
            self._inside = before

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: object = None) -> ModuleSpec | None:  # noqa: ARG002
        """What a finder is asked for."""
        if self._inside:
            return None
        with self.none():
            module = self._imports(name)
        if module is None:
            return None
        spec = ModuleSpec(name, cast("Any", _There(module)))
        module.__spec__ = spec  # or Python would load it once more by its own
        return spec


class _There:
    """Loads what is there already."""

    def __init__(self, module: ModuleType) -> None:
        self._module, self._spec = module, module.__spec__

    def create_module(self, spec: ModuleSpec) -> Any:  # noqa: ARG002
        """The module."""
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """It was run; Python has given it another spec meanwhile."""
        module.__spec__ = self._spec
