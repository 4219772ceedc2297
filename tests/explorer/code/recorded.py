"""What the hooks mark: code with hooks, run as one task, and its accesses."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any, NamedTuple

from racelab.explorer.code.hooks import hooks_for
from racelab.explorer.kernel.cells import WHOLE
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import here
from tests.explorer.touching import Run, running

KINDS = ("read", "write", "both", "change")
SITE = 7


class Mark(NamedTuple):
    """One access: to what, to which part of it, and how."""

    thing: object
    key: Any
    access: str

    def __eq__(self, other: object) -> bool:
        return isinstance(other, tuple) and self.thing is other[0] and tuple(self[1:]) == tuple(other[1:])

    def __hash__(self) -> int:
        return hash((id(self.thing), self.access))

    def __repr__(self) -> str:
        thing = self.thing
        return f"{thing if isinstance(thing, type) else type(thing)}[{self.key}] {self.access}"


class Recorded:
    """The accesses of a task that has run, and what is known of its places afterwards."""

    def __init__(self, marks: list[Mark], places: Places, value: Any) -> None:
        self.marks, self.places, self.value = marks, places, value

    def of(self, thing: object) -> list[tuple[Any, str]]:
        """Those to one thing: key and access."""
        return [(mark.key, mark.access) for mark in self.marks if mark.thing is thing]

    def once(self, thing: object) -> set[tuple[Any, str]]:
        """The same, each one once."""
        return set(self.of(thing))


def record(body: Callable[[], Any], places: Places | None = None) -> Recorded:
    """Run it as one task. An exception of it comes out."""
    places = places or Places()
    answers: list[Any] = []

    def run_body() -> None:
        memory = here.memory
        assert memory is not None
        memory.trace = []
        answers.append(body())

    with running(places, lambda: [run_body]) as run:
        finish(run)
        for error in run.errors():
            if error is not None:
                raise error
        trace = run.memory.trace or []
        marks = [Mark(one.thing.object, "*" if one.key is WHOLE else one.key, KINDS[one.access]) for one in trace]
    return Recorded(marks, places, answers[0])


def finish(run: Run) -> None:
    """Let every task run to its end."""
    for task in run.tasks:
        while not task.done:
            task.resume()


def written(source: str, rebound: tuple[str, ...] = (), **names: Any) -> dict[str, Any]:
    """A module as the rewriter leaves it: hooks are called by their names. Returns its names."""
    space: dict[str, Any] = {"__name__": "authors", **names}
    space["__builtins__"] = {**vars(builtins), **hooks_for(space, "authors", rebound)}
    exec(compile(source, "authors.py", "exec"), space)
    return space
