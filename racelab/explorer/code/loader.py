"""Imports the author's modules privately, and anew for each execution, with their source rewritten.

Each has builtins of its own: the hooks that its code calls, and an `__import__` that leads back here. Modules to which
nothing was written are used again (see `kept`). What lies in the author's folder or among the installed libraries as
Python source is rewritten; models take the place of what can be modelled (see `racelab.explorer.primitives`).
"""

from __future__ import annotations

import builtins
import importlib.util
import sys
from collections.abc import Mapping
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import CodeType, ModuleType, TracebackType
from typing import Any, Final

from racelab.explorer.kernel.calls import OURS
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import Thread, here

from . import lent, outside
from .around import Around
from .failures import CannotImport, why
from .finding import STDLIB, find, find_of_python, is_in, is_namespace, source_of
from .hooks import hooks_for
from .hooks.classes import tell_of_module
from .hooks.interrupted import switchable
from .hooks.lasting import note
from .kept import Kept
from .names import absolute, wanted
from .own_copies import PARTS, WHOLE, OwnCopies
from .private_importlib import IMPORTLIB, import_now, under_way
from .process_state import Saved
from .python_modules import HARMLESS_COMPILED, HIDDEN, LEFT_ALONE, is_of_python, may_stay
from .sources import rewritten
from .swapping import Swap
from .theirs import Theirs

COMPILED: Final = "The module {} is compiled or has no source: what it does cannot be seen."
TWO_AT_ONCE: Final = "Two tasks import the module {} at the same time: how one waits for the other is not modelled."
MAIN: Final = "The module __main__ is imported: which one that is depends on how the program is started."


class Loader:
    """The private modules of one execution. What it changes in the process is put back by `close`, whatever happens.

    Args:
        root: the folder from which the author's modules are imported.
        places: where it is told why no verdict may be given.
        kept: modules that earlier executions have left unchanged.
        modelled: the modules that take the place of Python's, by name.

    Attributes:
        modules: the author's and the libraries', by full name; `theirs` are those that are imported as they are.
    """

    def __init__(self, root: Path, places: Places, kept: Kept, modelled: Mapping[str, ModuleType]) -> None:
        kept.begin_anew(places)
        self.modules: dict[str, ModuleType] = dict(kept.modules)
        self._root, self._places, self._kept, self._modelled = root, places, kept, modelled
        self._path = [str(root), *sys.path]
        self._under_way: dict[str, Thread | None] = {}
        self._late: set[str] = set()
        self._target = ""
        for reason in kept.unfaithful:
            if reason not in places.unfaithful:
                places.unfaithful[reason] += 1
        self._copies = _copies_for(modelled)
        self._swap = Swap({**modelled, **self._copies.known, **self.modules})
        self._outer = under_way.loader
        under_way.loader = self
        self._watched = outside.begin(places)
        self.theirs = Theirs(root, self._path, places, kept, self._real)
        self._around = Around(self.theirs.around)
        self._around.begin()

    def __enter__(self) -> Loader:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def load(self, name: str) -> ModuleType:
        """The module that a program is about: always private, also if it is one of Python's.

        Raises:
            CannotImport: it cannot be imported.
        """
        self._target = self.theirs.target = name
        try:
            return self.module(name)
        except OURS:
            raise
        except BaseException as error:
            raise CannotImport(why(name, error, self._root)) from error

    def imports(
        self, name: str, namespace: Mapping[str, Any] | None, names: tuple[str, ...] | None, level: int
    ) -> ModuleType:
        """What an import statement binds. The arguments are those of `__import__`."""
        full = absolute(name, namespace, level)
        new = full not in sys.modules
        module = self.module(full)
        if here.task is not None and (new or (names and hasattr(module, "__path__"))):
            switchable(here.task)  # Python runs code of its own that is written in Python
        if not names:
            top = full.partition(".")[0] if not level else full[: len(full) - len(name) + len(name.partition(".")[0])]
            return self.module(top)
        for part in wanted(module, names):
            try:
                self.module(f"{full}.{part}")
            except ModuleNotFoundError as error:
                if error.name != f"{full}.{part}":
                    raise
        return module

    def module(self, name: str) -> ModuleType:
        """The module of that full name, imported if it has to be."""
        known = self.modules.get(name)
        if known is not None:
            owner = self._under_way.get(name, here.task)
            if owner is not here.task:
                self.not_modelled(TWO_AT_ONCE.format(name))
            return known
        top = name.partition(".")[0]
        if name == self._target or self._is_in_root(top):
            return self._private(name)
        if name in self._modelled:
            note(self._modelled[name])
            return self._modelled[name]
        if name == "importlib":
            return IMPORTLIB
        if name == "__main__":
            self.not_modelled(MAIN)
            return sys.modules[name]
        if is_of_python(name):
            return self._of_python(name)
        return self._of_library(name)

    def rewritten(self, name: str) -> ModuleType:
        """A module of Python's, imported anew and rewritten, and known to nobody else."""
        with outside.unwatched():
            spec = find_of_python(name)
        assert spec is not None
        memory, task = here.memory, here.task
        known, placed = self.modules.pop(name, None), sys.modules.get(name)
        here.memory = here.task = None
        try:
            return self._run(name, spec, source_of(spec))
        finally:
            here.memory, here.task = memory, task
            self.modules.pop(name, None)
            self._swap.remove(name)
            if known is not None:
                self.modules[name] = known
            if placed is not None and sys.modules.get(name) is not placed:
                self._swap.place(name, placed)

    def not_modelled(self, reason: str) -> None:
        """No verdict may be given; kept modules go on telling it."""
        self._places.unfaithful[reason] += 1
        self._kept.unfaithful.add(reason)

    def is_importing(self) -> bool:
        """Whether the code of a module runs."""
        return bool(self._under_way)

    def keep_unchanged(self) -> None:
        """Call it at the end of an execution, before its tasks are ended."""
        if here.memory is not None:
            self._kept.keep_unchanged(self.modules, here.memory, self._late)
            reason = self.theirs.end(here.memory)
            if reason:
                self.not_modelled(reason)

    def close(self) -> None:
        """Put everything back. Twice is as good as once."""
        if under_way.loader is self:
            under_way.loader = self._outer
            outside.end(self._watched)
        self._around.end()
        self.theirs.close()
        self._swap.close()

    # Modules of Python

    def _of_python(self, name: str) -> ModuleType:
        if name in WHOLE or name in PARTS:
            copy = self._copies.copy(name, self.rewritten)
            self._swap.place(name, copy)  # where `pickle` looks
            return copy
        if name in HIDDEN:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        if not may_stay(name):
            self.theirs.note_python(name)
        module = self._real(name)
        note(module)
        parent, _, tail = name.rpartition(".")
        if parent:
            above = self.module(parent)
            if not hasattr(above, tail):  # a model, or the private `importlib`
                setattr(above, tail, module)
        return module

    def _real(self, name: str) -> ModuleType:
        with outside.unwatched(), self._around.none():
            return self._swap.real(name)

    # Libraries

    def may_be_imported(self, name: str) -> bool:
        """Whether a module may be imported by code that is not rewritten."""
        return is_of_python(name) or self.theirs.has(name)

    def _of_library(self, name: str) -> ModuleType:
        if name.partition(".")[0] in LEFT_ALONE | HARMLESS_COMPILED:
            return self._real(name)
        if self.theirs.has(name):
            return self.theirs.module(name, self.modules)
        try:
            return self._private(name)
        except ImportError:
            self.theirs.leave(name)
            raise

    # The author's modules

    def _private(self, name: str) -> ModuleType:
        parent, _, tail = name.rpartition(".")
        above = self.module(parent) if parent else None
        if name in self.modules:  # the package has imported it
            return self.modules[name]
        if above is not None and not hasattr(above, "__path__"):
            raise ModuleNotFoundError(f"No module named {name!r}; {parent!r} is not a package", name=name)
        spec = self._find(name, above)
        if spec is None:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
        file = source_of(spec)
        if file is None and not is_namespace(spec):
            if name.partition(".")[0] in self._places.rewritten:
                raise self.theirs.hides(name)
            self.not_modelled(COMPILED.format(name))
            return self._real(name)
        module = self._run(name, spec, file)
        if above is not None:
            setattr(above, tail, module)
        return module

    def _is_in_root(self, top: str) -> bool:
        known = self._kept.in_root.get(top)
        if known is None:
            known = self._kept.in_root[top] = is_in(self._root, top)
        return known

    def _find(self, name: str, above: ModuleType | None) -> ModuleSpec | None:
        if name not in self._kept.specs:
            if not self._kept.specs:
                importlib.invalidate_caches()  # files may have come since Python looked
            path = self._path if above is None else list(above.__path__)
            if name == self._target and is_of_python(name):
                path.append(STDLIB)
            with outside.unwatched():
                self._kept.specs[name] = find(name, path)
        return self._kept.specs[name]

    def _run(self, name: str, spec: ModuleSpec, file: str | None) -> ModuleType:
        """Make the module and run its code. Meanwhile and afterwards it is known by its name, as in Python."""
        with outside.unwatched():
            source = None if file is None else rewritten(name, file, spec)
        module = _empty(name, spec)
        names = vars(module)
        hooks = hooks_for(names, name, source.globals if source is not None else ())
        names["__builtins__"] = {**vars(builtins), **hooks, "__import__": import_now}
        self.modules[name] = module
        self._swap.place(name, module)
        if source is None:
            return module
        self._under_way[name] = here.task
        if here.task is not None and here.task.index:
            self._late.add(name)
        written = self._written() if len(self._under_way) == 1 else None
        try:
            self._execute(name, source.code, names)
        except BaseException:
            self.modules.pop(name, None)
            self._swap.remove(name)
            raise
        finally:
            del self._under_way[name]
        if here.memory is not None:
            tell_of_module(here.memory, module)
        if written is not None:
            self._forget_beginnings(written)
        self._replaced(name, module)
        return self.modules[name]

    def _execute(self, name: str, code: CodeType, names: dict[str, Any]) -> None:
        state, begun = Saved(), lent.begin()
        with outside.importing(code):
            exec(code, names)
        if state.changed() or lent.begin() > begun:
            self._kept.import_anew(name)

    def _replaced(self, name: str, module: ModuleType) -> None:
        """A module may put another object in its place in `sys.modules`."""
        present = sys.modules.get(name, module)
        if present is not module:
            self.modules[name] = present
            self._swap.place(name, present)

    def _written(self) -> set[int] | None:
        """The cells that set-up has written; None when tasks run, or threads that were started."""
        memory, task = here.memory, here.task
        if memory is None or (task is not None and task.index) or memory.stage.tasks:
            return None
        return {id(cell) for thing in memory.things.values() for cell in thing.cells.values() if cell.written}

    def _forget_beginnings(self, written: set[int]) -> None:
        """What a module has put into its own tables while it was imported is how it begins, and no change."""
        if here.memory is None or self._written() is None:
            return
        for thing in here.memory.things.values():
            for cell in thing.cells.values():
                if cell.written and id(cell) not in written:
                    cell.written = False


_last: Final[list[OwnCopies]] = []
"""Those for the models that were used last."""


def _copies_for(modelled: Mapping[str, ModuleType]) -> OwnCopies:
    if not _last or _last[0].modelled is not modelled:
        _last[:] = [OwnCopies(modelled)]
    return _last[0]


def _empty(name: str, spec: ModuleSpec) -> ModuleType:
    """The module before its code has run, with the names that Python gives to every module."""
    module = ModuleType(name)
    module.__spec__, module.__loader__ = spec, spec.loader
    module.__package__ = spec.parent
    if spec.submodule_search_locations is not None:
        module.__path__ = spec.submodule_search_locations
    if spec.has_location:
        module.__file__ = spec.origin
    return module
