"""A known bug as a plain program: for tools that are given what its threads do, and what may come out."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable, Sequence
from types import ModuleType
from typing import Final

from benchmarks.sctbench.program import ROOT, KnownBug
from benchmarks.sctbench.table import PROGRAMS

KNOWN: Final = "known bug"
BY_NAME: Final = {bug.name: bug for bug in PROGRAMS}


class Known:
    """One execution of it.

    Args:
        name: of the program.
        allowed: what may come out, as `told` tells it.
    """

    def __init__(self, name: str, allowed: Sequence[str]) -> None:
        self._bug, self._allowed = BY_NAME[name], allowed
        self._module = _module(self._bug)
        self._it = eval(self._bug.make, vars(self._module))
        self._answers = [["-"] * len(calls) for calls in self._bug.tasks]

    def task(self, number: int) -> None:
        """What one thread does."""
        for place, text in enumerate(self._bug.tasks[number]):
            self._answers[number][place] = self._answer(text)

    def right(self, times: int) -> bool:  # noqa: ARG002
        """Whether it came out as it may."""
        then = [self._answer(text) for text in self._bug.then]
        holds = all(eval(text, vars(self._module), {"it": self._it}) for text in self._bug.holds)
        return holds and told(self._answers, then) in self._allowed

    def _answer(self, text: str) -> str:
        try:
            return repr(eval(text, vars(self._module), {"it": self._it}))
        except Exception as error:  # noqa: BLE001 - it is the answer
            return f"raises {type(error).__name__}"


def told(answers: Iterable[Iterable[object]], then: Iterable[object]) -> str:
    """What came out, as text: the calls of each thread, and what is left."""
    calls = " | ".join("; ".join(map(str, each)) for each in answers)
    return f"{calls} -> {'; '.join(map(str, then))}"


def _module(bug: KnownBug) -> ModuleType:
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    return importlib.import_module(bug.module)
