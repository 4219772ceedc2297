"""The scenarios of a session manager: what its methods answer first, then each scenario in a process of its own."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..choosing.choice import Choice
from ..program import Program
from ..result import CANNOT_TELL
from ..scenarios.outcome import NOT_ASKED, Scene
from ..story import Replayed
from .processes import Failed, Processes, Task

if TYPE_CHECKING:
    from ..scenarios.probe import Contract

SHARE = 3
"""One scenario takes at most this part of the time that is left."""
LEAST = 0.5
PROBING = 20.0
"""Seconds that its methods may take one after another."""
NO_TIME = "the time was up"


class Scenes:
    """Plays the scenarios of a choice.

    Args:
        choice: with the names of scenarios.
        processes: that play them.
        columns: of the terminal.
    """

    def __init__(self, choice: Choice, processes: Processes, columns: int) -> None:
        self._choice, self._processes, self._columns = choice, processes, columns

    def all(self, until: float, model: str = "") -> Iterator[Scene]:
        """Each scenario, as it ends.

        Args:
            until: when to stop, by `time.monotonic`.
            model: of memory, if not the choice's.
        """
        names, contract = self._choice.scenarios, self.contract()
        if isinstance(contract, str):
            for name in names:
                yield Scene(name, "", NOT_ASKED, contract)
            return
        left = set(names)
        for task, value in self._processes.all(self._tasks(contract, until, model or self._choice.model)):
            left.discard(task.key)
            failed = isinstance(value, Failed)
            yield Scene(task.key, "", CANNOT_TELL, f"{value.reason}.") if failed else value
        for name in names:
            if name in left:
                yield Scene(name, "", CANNOT_TELL, NO_TIME, late=True)

    def contract(self) -> Contract | str:
        """What its methods answer one after another; or why no scenario can be asked."""
        program, model = self._program(), self._choice.model
        told: Contract | str | Failed = self._processes.one(Task("probe", (program, model), PROBING))
        return told.reason if isinstance(told, Failed) else told

    def replay(self, schedule: str, seconds: float) -> Replayed:
        """One schedule of the choice's scenario, judged and told.

        Raises:
            TargetError: there is no such schedule.
        """
        contract = self.contract()
        if isinstance(contract, str):
            return Replayed(CANNOT_TELL, f"{contract}.", None)
        (name,), model = self._choice.scenarios, self._choice.model
        arguments = self._program(), contract, name, model, schedule, seconds, self._columns
        told: Replayed | Failed = self._processes.one(Task("replay scenario", arguments, seconds))
        return Replayed(CANNOT_TELL, f"{told.reason}.", None) if isinstance(told, Failed) else told

    def _tasks(self, contract: Contract, until: float, model: str) -> Iterator[Task]:
        for name in self._choice.scenarios:
            left = until - time.monotonic()
            if left <= 0:
                return
            seconds = max(LEAST, left if len(self._choice.scenarios) == 1 else left / SHARE)
            yield Task("scenario", (self._program(), contract, name, model, seconds, self._columns), seconds, name)

    def _program(self) -> Program:
        return Program(self._choice.root, self._choice.module, self._choice.manager, ())
