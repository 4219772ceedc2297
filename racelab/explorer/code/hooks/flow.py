"""Where control goes: functions that begin, loops that go round, generators that go on, `with` blocks."""

from __future__ import annotations

from typing import Any, Final

from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.threads import here

from . import interrupted, of_process

MOST_ROUNDS: Final = 200_000
TOO_MANY_ROUNDS: Final = (
    f"A loop goes round {MOST_ROUNDS:,} times without waiting for anything. It never ends, or cannot be explored."
)


def enter() -> None:
    """A function begins: a switch can happen here."""
    task, memory = here.task, here.memory
    if task is not None:
        if memory is not None and memory.places.looked:
            of_process.begins(memory, task)
        if task.inside >= 0:
            interrupted.entered(task)
        else:
            task.fresh = True


def again(is_again: bool) -> None:
    """A `while` loop goes back to its beginning, if it has been there before."""
    if is_again:
        went_back()


def went_back() -> None:
    """A loop goes round once more.

    Raises:
        CannotDecide: it has done so very often, and has not stopped since.
    """
    task, memory = here.task, here.memory
    if task is not None and memory is not None:
        interrupted.switchable(task)
        task.rounds += 1
        if task.rounds > MOST_ROUNDS and task.index:
            memory.stage.give_up(TOO_MANY_ROUNDS)
    elif memory is not None and memory.stage.ending is not None:
        memory.stage.passed("")  # or a loop in a `finally` would go on for ever


def called(value: Any) -> Any:
    """Something was called without a hook: a switch can happen here. Returns the value."""
    task = here.task
    if task is not None:
        interrupted.switchable(task)
    return value


def resumed(value: Any) -> Any:
    """A generator goes on. Returns what was sent to it."""
    enter()
    return value


def not_modelled(value: Any, what: str) -> Any:
    """Something that no hook follows: from here on no verdict may be given. Returns the value."""
    if here.memory is not None:
        here.memory.places.unfaithful[f"{what} is not modelled."] += 1
    return value


class Managed:
    """A context manager whose exit is a place where a switch can happen. Python calls both methods of its class."""

    __slots__ = ("_call", "_manager", "_site")

    def __init__(self, manager: Any, site: int, call: Any) -> None:
        self._manager, self._site, self._call = manager, site, call

    def __enter__(self) -> Any:
        enters = type(self._manager).__enter__
        return self._call(enters.__get__(self._manager) if hasattr(enters, "__get__") else enters, self._site)

    def __exit__(self, *error: object) -> Any:
        leaves = type(self._manager).__exit__
        try:
            return self._call(
                leaves.__get__(self._manager) if hasattr(leaves, "__get__") else leaves, self._site, *error
            )
        finally:
            enter()


def is_manager(manager: object, inside: bool) -> bool:
    """Whether it is a context manager that needs to be followed.

    Args:
        inside: whether C code has called the function with the block: then it can be interrupted after the block. Else
            a model says itself where a switch can happen.
    """
    kind = type(manager)
    followed = inside or not issubclass(type(manager), Modelled)
    return followed and hasattr(kind, "__enter__") and hasattr(kind, "__exit__")
