"""What the tests of the loader share: an author's files, and one execution that imports them."""

from __future__ import annotations

import textwrap
import types
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

from racelab.explorer.code.kept import Kept
from racelab.explorer.code.loader import Loader
from racelab.explorer.kernel.cells import CHANGE, WHOLE
from racelab.explorer.kernel.memory import Memory
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.tasks import Stage
from racelab.explorer.kernel.threads import Thread, here
from racelab.explorer.kernel.waiting import Primitive


class Lock(Primitive):
    """Enough of a lock for a module to have one."""

    def __init__(self) -> None:
        super().__init__("lock")

    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...


def model(name: str, **names: Any) -> ModuleType:
    """A module that stands for one of Python's."""
    module = types.ModuleType(name)
    vars(module).update(names)
    return module


THREADING = model("threading", Lock=Lock, MODELLED=True)
MODELLED = {
    "threading": THREADING,
    "_thread": model("_thread", RLock=Lock, get_ident=int, allocate_lock=Lock),
    "time": model("time", monotonic=float, sleep=float),
}


def write(thing: object, index: int = 1) -> None:
    """A task changes an object; with the index 0 set-up does."""
    memory = here.memory
    assert memory is not None
    memory.mark(Thread(memory.stage, "A", [], memory=memory, index=index), thing, WHOLE, CHANGE, 1)


class Folder:
    """An author's folder, and what is known of it over all executions."""

    def __init__(self, root: Path, files: Mapping[str, str]) -> None:
        self.root = root
        self.places, self.kept = Places(), Kept()
        self.modelled: dict[str, ModuleType] = dict(MODELLED)
        for name, source in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(source), encoding="utf-8")

    @contextmanager
    def execution(self) -> Iterator[Loader]:
        """One execution. Afterwards unchanged modules are kept."""
        before = here.memory
        here.memory = Memory(Stage(1, announced=False), self.places)
        loader = Loader(self.root, self.places, self.kept, self.modelled)
        try:
            yield loader
            loader.keep_unchanged()
        finally:
            loader.close()
            here.memory = before

    def value(self, module: str, name: str) -> Any:
        """What a name of a module is in an execution of its own."""
        with self.execution() as loader:
            return getattr(loader.load(module), name)
