"""What hooks mark: an author's code, rewritten and run as tasks, and the accesses of these."""

from __future__ import annotations

import builtins
import sys
import textwrap
import types
from collections.abc import Callable
from typing import Any

from racelab.explorer.code.hooks import hooks_for
from racelab.explorer.code.rewriter import Rewritten, rewrite
from racelab.explorer.kernel.cells import WHOLE
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import here
from tests.explorer.touching import Mutex, Run, running

KINDS = ("read", "write", "both", "change")


class Recorded:
    """A task that has run.

    Attributes:
        value: what it returned.
        marks: its accesses: to what, to which part of that, and how.
        places: what is known of the source afterwards.
    """

    def __init__(self, value: Any, marks: list[tuple[object, Any, str]], places: Places) -> None:
        self.value, self.marks, self.places = value, marks, places

    def of(self, thing: object) -> set[tuple[Any, str]]:
        """The accesses to one thing: key and kind. The whole is `*`."""
        return {(key, access) for one, key, access in self.marks if one is thing}


def module(source: str, **names: Any) -> dict[str, Any]:
    """An author's module, as the loader makes it. Returns its names.

    Args:
        names: globals that it has from the beginning.
    """
    return execute(rewrite(textwrap.dedent(source), "authors.py", "authors"), **names)


def execute(rewritten: Rewritten, **names: Any) -> dict[str, Any]:
    """Run the code of a module, which is known by its name meanwhile."""
    made = types.ModuleType("authors")
    space = vars(made)
    space |= {"Mutex": Mutex, **names}
    space["__builtins__"] = {**vars(builtins), **hooks_for(space, "authors", rewritten.globals)}
    sys.modules["authors"] = made
    try:
        exec(rewritten.code, space)
    finally:
        del sys.modules["authors"]
    _modules.append(made)
    return space


_modules: list[types.ModuleType] = []
"""Kept: the names of a module go when it goes."""


def record(body: Callable[[], Any], places: Places | None = None) -> Recorded:
    """Run something as one task. An exception of it comes out."""
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
        run.memory.mortals.tell(places, stays=None)
        trace = run.memory.trace or []
        marks = [(one.thing.object, "*" if one.key is WHOLE else one.key, KINDS[one.access]) for one in trace]
    return Recorded(answers[0], marks, places)


def touched(statement: str, **names: Any) -> Recorded:
    """Run one statement, or several lines of them, as one task; `names` are its arguments."""
    source = f"def run({', '.join(names)}):\n{textwrap.indent(textwrap.dedent(statement), '    ')}"
    run = module(source)["run"]
    return record(lambda: run(**names))


def finish(run: Run) -> None:
    """Let one task after the other run to its end."""
    for task in run.tasks:
        while not task.done:
            task.resume()


class Program:
    """A module with functions `make`, `one` and `other`: two tasks on what `make` returns.

    Attributes:
        it, names: what `make` has returned, and the names of the module, in the last execution.
    """

    def __init__(self, source: str, free_threaded: bool = False) -> None:
        self.places = Places(free_threaded)
        self._rewritten = rewrite(source, "authors.py", "authors")  # once: its sites have numbers

    def make(self) -> list[Callable[[], object]]:
        names = execute(self._rewritten)
        it = names["make"]()
        assert here.memory is not None
        here.memory.adopt(it, None)
        self.it, self.names = it, names
        return [lambda: names["one"](it), lambda: names["other"](it)]

    def find(self) -> set[int]:
        """The racy places, found by letting the tasks run one after the other, until nothing new appears."""
        before = None
        while before != self.places.found():
            before = self.places.found()
            for turns in ((0, 1), (1, 0)):
                with running(self.places, self.make) as run:
                    for index in turns:
                        while not run.tasks[index].done and run.tasks[index].ready():
                            run.tasks[index].resume()
                    finish(run)
        return self.places.racy

    def explore(self, look: Callable[[Any], Any]) -> set[Any]:
        """Every schedule, by depth-first search without any reduction. Returns what `look` saw at the ends."""
        self.find()
        prefixes: list[list[int]] = [[]]
        seen: set[Any] = set()
        while prefixes:
            prefix = prefixes.pop()
            with running(self.places, self.make) as run:
                for index in prefix:
                    run.tasks[index].resume()
                turns = list(prefix)
                while ready := [index for index, task in enumerate(run.tasks) if task.ready()]:
                    prefixes += [[*turns, index] for index in ready[1:]]
                    turns.append(ready[0])
                    run.tasks[ready[0]].resume()
                errors = tuple([type(error).__name__ for error in run.errors() if error is not None])
                here.task = None
                memory, here.memory = here.memory, None
                seen.add((look(self.it), *errors))
                here.memory = memory
        return seen
