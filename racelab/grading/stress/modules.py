"""The author's module for rounds with real threads: executed anew for each round, rewritten if it is to be nudged."""

from __future__ import annotations

import builtins
import importlib
import importlib.util
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FunctionType, ModuleType

from racelab.explorer.code.rewriter import rewrite

from ..classes.call_source import call_source
from ..classes.program import Program
from .nudges import Nudges


class Source:
    """See the module. Other modules are imported once, as always: what they keep, rounds share.

    Args:
        program: whose module it is.
        nudges: None for the module as it stands.
        folder: where rounds run; a temporary one, because it is emptied.

    Raises:
        ImportError: there is no such module, or it has no source.
    """

    def __init__(self, program: Program, nudges: Nudges | None, folder: Path) -> None:
        self.program, self._nudges, self._folder = program, nudges, folder
        if program.root not in sys.path:
            sys.path.insert(0, program.root)
        importlib.invalidate_caches()
        self._spec = importlib.util.find_spec(program.module)
        if self._spec is None or self._spec.origin is None or not self._spec.origin.endswith(".py"):
            raise ImportError(f"{program.module} has no source that could be run anew for each round.")
        self._text = Path(self._spec.origin).read_text(encoding="utf-8")
        self._codes: dict[tuple[str, ...], CodeType] = {}
        self._module = self._compiled(self._text, self._spec.origin)

    def fresh(self) -> tuple[ModuleType, object, dict[str, object]]:
        """The module, executed anew, the object, and the names that all threads know."""
        assert self._spec is not None
        self._begin_in_an_empty_folder()
        module = importlib.util.module_from_spec(self._spec)
        if self._nudges is not None:
            module.__dict__["__builtins__"] = {**vars(builtins), **self._nudges.hooks()}
        sys.modules[self.program.module] = module  # dataclasses and enum look there
        exec(self._module, module.__dict__)
        it = self.value(self.program.make, module, None) if self.program.make else module
        names: dict[str, object] = {}
        for text in self.program.first:
            self.value(text, module, it, names)
        return module, it, names

    def value(self, text: str, module: ModuleType, it: object, names: dict[str, object] | None = None) -> object:
        """An expression, or a statement, in which `it` is the object; `names` are those of the thread, and change."""
        names = {} if names is None else names
        key = text, *names
        code = self._codes.get(key)
        if code is None:
            code = self._codes[key] = _call(text, names)
        return FunctionType(code, module.__dict__)(it, names)

    @contextmanager
    def nudged(self) -> Iterator[None]:
        """While it lasts nudges happen."""
        if self._nudges is None:
            yield
            return
        self._nudges.armed = True
        try:
            yield
        finally:
            self._nudges.armed = False

    def _begin_in_an_empty_folder(self) -> None:
        """A thread that is stuck since an earlier round may still hold a file open there."""
        for path in self._folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        os.chdir(self._folder)

    def _compiled(self, text: str, file: str) -> CodeType:
        if self._nudges is None:
            return compile(text, file, "exec", dont_inherit=True)
        return rewrite(text, file, self.program.module).code


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """While it lasts the working folder is a temporary one. Each round begins there, and finds it empty."""
    before = Path.cwd()
    with TemporaryDirectory(prefix="stress-", ignore_cleanup_errors=True) as folder:
        try:
            yield Path(folder)
        finally:
            os.chdir(before)


def _call(text: str, known: Collection[str]) -> CodeType:
    """The code of a function of the object, and of the names that its thread has assigned."""
    code = compile(call_source(text, known).text, "<call>", "exec")
    return next(part for part in code.co_consts if isinstance(part, CodeType))
