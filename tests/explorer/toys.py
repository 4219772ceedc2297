"""Managers that are wrong in one small way each, and the points and answers of tasks."""

from __future__ import annotations

from typing import Any

from racelab.catalogue.variants import Variant, subject_of
from racelab.explorer.fixture import scenario_of
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.search.execution import Execution
from session_manager import buggy
from session_manager.databases import Database
from session_manager.state import State
from session_manager.sync import Guarded, Runtime

INCREMENTS = ("increment_access s1", "increment_access s1")
TWO = ("get_active_count", "get_cleanup_queue_size")
"""Two operations without arguments, for toys that replace them."""
Manager = buggy.SessionManager


def made_by(kind: type[Manager]) -> Maker:
    """What makes a manager of that kind."""

    def maker(database: Database, runtime: Runtime) -> Manager:
        return kind(database, State.private(runtime), runtime)

    maker.__name__ = kind.__name__
    return maker


def toy(base: type[Manager] = Manager, **members: Any) -> Maker:
    """The buggy manager, or another, with some methods of one's own."""
    return made_by(type("Toy", (base,), {"__module__": __name__, **members}))


class LockBeside(Manager):
    """The most usual style there is: a lock, and beside it what it guards."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._lock: Guarded[None] = self._runtime.lock("lock", None)
        self._open = True

    def get_active_count(self) -> int:
        with self._lock:
            first = self._open
        with self._lock:
            second = self._open
        with self._lock:
            assert first == second
        return 1

    def get_cleanup_queue_size(self) -> int:
        with self._lock:
            self._open = False
        return 0


class Slotted:
    """A manager without a `__dict__`, around another one."""

    __slots__ = ("_manager",)

    def __init__(self, database: Database, runtime: Runtime) -> None:
        self._manager = made_by(Manager)(database, runtime)

    def __getattr__(self, name: str) -> Any:
        if name == "__dict__":
            raise AttributeError(name)
        return getattr(self._manager, name)


def alone(variant: Variant, task: str, **more: Any) -> list[str]:
    """Before what a task stops that runs alone."""
    points = []
    with Execution(scenario_of([task], **more), subject_of(variant)) as run:
        (task_a,) = run.tasks
        while (point := task_a.pending) is not None:
            points.append(f"{point.kind} {point.name}".strip())
            run.step(task_a)
    return points


def answers(variant: Variant, *tasks: str, schedule: str, **more: Any) -> list[object]:
    """What each operation answered under a schedule."""
    with Execution(scenario_of(tasks, **more), subject_of(variant)) as run:
        for name in parse(schedule):
            run.step(next(task for task in run.tasks if task.name == name))
        return [call.value for task in run.tasks for call in task.calls]
