"""One class of a library: what is promised about threads, and the programs it is tried with."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from racelab.grading.classes.program import Program

USES: Final = Path(__file__).resolve().parent / "uses"
PROMISED: Final = "promises it"
PARTLY: Final = "promises it in part"
SILENT: Final = "says nothing"
WITHDRAWN: Final = "promises none"
PYTHON: Final = ""
PYTHON_DOCS: Final = "https://docs.python.org/3/library/"


@dataclass(frozen=True, slots=True)
class Trial:
    """One program, chosen by hand: few calls that collide.

    Attributes:
        make, tasks, then: as in `Program`.
        module: where they are evaluated, if not in the library's own: one of `uses/`.
        remark: what a reader must know besides: why a finding breaks no promise, or what the model does not see.
    """

    make: str
    tasks: tuple[tuple[str, ...], ...]
    then: tuple[str, ...] = ()
    module: str = ""
    remark: str = ""


@dataclass(frozen=True, slots=True)
class Library:
    """See the module.

    Attributes:
        name: `cachetools.LRUCache`.
        module: where it is imported from.
        promise: safety with threads: `PROMISED`, `PARTLY`, `SILENT` or `WITHDRAWN`.
        fact: what the documentation says, in our words; `link` is where.
        trials: the programs.
        package: as pip knows it; `PYTHON` for the standard library.
    """

    name: str
    module: str
    promise: str
    fact: str
    link: str
    trials: tuple[Trial, ...]
    package: str = PYTHON

    def release(self) -> str:
        """Which one is installed: 'cachetools 8.0.1'."""
        return f"{self.package} {version(self.package)}" if self.package else f"Python {platform.python_version()}"

    def programs(self) -> list[Program]:
        """What the grader is given."""
        return [
            Program(str(USES), trial.module or self.module, trial.make, trial.tasks, trial.then)
            for trial in self.trials
        ]


def twice(*calls: str) -> tuple[tuple[str, ...], ...]:
    """Two threads that call the same."""
    return (calls, calls)


def sets(key: str, value: str) -> tuple[str, ...]:
    """A thread that does `it[key] = value`."""
    return (f"it.__setitem__({key!r}, {value})",)
