"""Grades a learner's file: it passes only when every interleaving of every program of its exercise is as promised."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from racelab.grading.classes.choosing.choice import Choice
from racelab.grading.classes.names import WRONG_ALONE
from racelab.grading.classes.program import FREE_THREADED, GIL
from racelab.grading.classes.report import Report, task_texts
from racelab.grading.classes.result import CANNOT_TELL, FOUND, NONE, Result
from racelab.grading.classes.running.processes import Failed, Processes, Task
from racelab.grading.classes.story import Graded
from racelab.grading.classes.target import TargetError, read

from .course import Exercise

SECONDS: Final = 30.0
"""For all programs of one exercise: they are small, and take less than one."""
LEAST: Final = 1.0
ENDLESS: Final = "does not end within"
"""What the grader says of an execution that goes on and on."""
Progress = Callable[[str], None]


@dataclass(slots=True)
class Proof:
    """What the grader says of one file.

    Attributes:
        verdict: `none` if it passes, `found` if it does not, `cannot tell`.
        sentence: why there is no verdict, or what the file lacks; empty if something was found, or nothing.
        report: with the finding, if there is one.
        proved: the programs that are as promised in every interleaving.
        without: of a pass under the model with the GIL, what the grader says of the file without it.
    """

    verdict: str
    sentence: str = ""
    report: Report | None = None
    proved: list[Result] = field(default_factory=list)
    without: Proof | None = None

    @property
    def passed(self) -> bool:
        """Whether it is proved."""
        return self.verdict == NONE

    @property
    def endless(self) -> bool:
        """Whether nothing can be said because a loop goes round without an end."""
        return ENDLESS in self.sentence

    @property
    def changed(self) -> Result | None:
        """What was found, if it is found when one call comes after another: the class does something else now."""
        found = self.report.findings[0] if self.report is not None else None
        if found is None or found.ending is None or found.ending.stuck:
            return None
        return found if len(found.program.tasks) == 1 or found.name == WRONG_ALONE else None


def prove(exercise: Exercise, file: Path, columns: int, progress: Progress = lambda _: None) -> Proof:
    """Grade a file in a process of its own: see `prove_in`. What passes is tried without the GIL too."""
    with Processes(1) as processes:
        proof = prove_in(processes, exercise, file, columns, progress)
        if proof.passed and exercise.model == GIL:
            proof.without = prove_in(processes, replace(exercise, model=FREE_THREADED), file, columns, progress)
        return proof


def prove_in(
    processes: Processes, exercise: Exercise, file: Path, columns: int, progress: Progress = lambda _: None
) -> Proof:
    """Grade a file.

    Args:
        processes: that run it. They import it once: a file that has changed needs others.
        exercise: what is asked.
        file: of the learner's, in a folder that has the package `promised` too.
        columns: of the terminal.
        progress: is told which program is graded.
    """
    word = f"{_seen_from(Path.cwd(), file)}:{exercise.target}"
    try:
        named = replace(read(f"{file}:{exercise.target}", file.parent), word=word)
        choice = processes.one(Task("choose", (named, exercise.asked()), SECONDS))
        if isinstance(choice, Failed):
            return Proof(CANNOT_TELL, f"{exercise.file} could not be looked at: {choice.reason}.")
        return _proof(exercise, choice, processes, columns, progress)
    except TargetError as problem:
        return Proof(CANNOT_TELL if problem.undecided else FOUND, str(problem))


def _proof(exercise: Exercise, choice: Choice, processes: Processes, columns: int, progress: Progress) -> Proof:
    """Program after program, until one is not as promised."""
    proof, ends = Proof(NONE), time.monotonic() + SECONDS
    for number, asked in enumerate(exercise.programs, 1):
        progress(f"{exercise.file}: program {number} of {len(exercise.programs)}")
        left = max(LEAST, ends - time.monotonic())
        program = replace(choice.program(asked.tasks), make=asked.new, first=asked.first)
        task = Task("grade", (program, choice.model, left, columns), left)
        graded: Graded | Failed = processes.one(task)
        if isinstance(graded, Failed):
            return Proof(CANNOT_TELL, f"{task_texts(asked.tasks)}: {graded.reason}.", proved=proof.proved)
        result = graded.result
        if result.verdict == FOUND:
            report = Report(choice, findings=[result], stories=[graded.story])
            return Proof(FOUND, report=report, proved=proof.proved)
        if result.verdict == CANNOT_TELL:
            why = result.unsure or " ".join(result.gaps)
            return Proof(CANNOT_TELL, f"{task_texts(asked.tasks)}: {why}", proved=proof.proved)
        proof.proved.append(result)
    return proof


def _seen_from(folder: Path, file: Path) -> str:
    """The path as it would be typed in a folder."""
    return str(file.relative_to(folder)) if file.is_relative_to(folder) else str(file)
