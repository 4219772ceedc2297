"""The exercises in their order: what each asks, and its hints. `course.toml` has them; no file of a learner's does."""

from __future__ import annotations

import ast
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from racelab.grading.classes.choosing.choice import Given
from racelab.grading.classes.choosing.texts import calls_in
from racelab.grading.classes.program import GIL
from racelab.grading.classes.target import close
from racelab.home import ROOT

TABLE: Final = Path(__file__).with_name("course.toml")
EXERCISES: Final = ROOT / "exercises"
SOLUTIONS: Final = ROOT / "solutions"
PROMISED: Final = "promised"
"""The folder, and the package, of the classes that say what is right."""
BETWEEN_THREADS: Final = " | "


class UnknownExercise(Exception):
    """There is no exercise of that name: a sentence, with those that look like it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One program of an exercise: how its object is made, what comes before any thread begins, the calls of each."""

    new: str
    first: tuple[str, ...]
    tasks: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise.

    Attributes:
        name: of its module, and the word for it on the command line.
        number: from 1 on.
        title: of what its class does, not of what is wrong.
        target: the name of the class.
        kind: the field's name for the bug.
        model: of memory, under which it is graded.
        programs: what is called; the first has one thread, which uses everything that the class has.
        then: what is observed when all threads have ended.
        hints: each stronger than the one before.
        given: the file that a learner begins with.
        promised: the file of the class that says what is right, its calls one after another: usually `given` itself.
    """

    name: str
    number: int
    title: str
    target: str
    kind: str
    model: str
    programs: tuple[Asked, ...]
    then: tuple[str, ...]
    hints: tuple[str, ...]
    given: Path
    promised: Path

    @property
    def file(self) -> str:
        """The name of its file."""
        return self.given.name

    @property
    def solution(self) -> Path:
        """One way to correct it."""
        return SOLUTIONS / self.file

    def about(self) -> str:
        """What the class is for, and what must never happen: a line for each paragraph."""
        told = ast.get_docstring(ast.parse(self.given.read_text(encoding="utf-8"))) or ""
        return "\n\n".join(" ".join(paragraph.split()) for paragraph in told.split("\n\n"))

    def asked(self) -> Given:
        """What the grader is told, with the first program."""
        first = self.programs[0]
        return Given(
            new=first.new,
            tasks=first.tasks,
            then=self.then,
            spec=f"{PROMISED}.{self.name}:{self.target}",
            model=self.model,
            first=first.first,
        )


@cache
def course() -> tuple[Exercise, ...]:
    """All exercises."""
    rows = tomllib.loads(TABLE.read_text(encoding="utf-8"))["exercise"]
    return tuple(_exercise(number, row) for number, row in enumerate(rows, 1))


def named(name: str) -> Exercise:
    """The exercise of that name; its file's name, or its number, will do.

    Raises:
        UnknownExercise: there is none.
    """
    word = Path(name).name.removesuffix(".py")
    for each in course():
        if word in (each.name, str(each.number)):
            return each
    names = [each.name for each in course()]
    raise UnknownExercise(f"There is no exercise {name!r}.{close(word, names)} There are: {', '.join(names)}.")


def _exercise(number: int, row: dict[str, Any]) -> Exercise:
    given = EXERCISES / f"{row['name']}.py"
    return Exercise(
        name=row["name"],
        number=number,
        title=row["title"],
        target=row["class"],
        kind=row["kind"],
        model=row.get("model", GIL),
        programs=tuple(_asked(row, told) for told in row["programs"]),
        then=tuple(row["then"]),
        hints=tuple(row["hints"]),
        given=given,
        promised=EXERCISES / PROMISED / given.name if row.get("promised") else given,
    )


def _asked(row: dict[str, Any], told: str | dict[str, Any]) -> Asked:
    """A program: its calls; or a table with those, and with what is its own of `new` and `first`."""
    own = {"calls": told} if isinstance(told, str) else told
    tasks = tuple(map(calls_in, own["calls"].split(BETWEEN_THREADS)))
    return Asked(own.get("new", row["new"]), tuple(own.get("first", row.get("first", ()))), tasks)
