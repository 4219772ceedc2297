"""What `learn` does and prints: an exercise, what the grader says of it, its hints, the list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console

from ..bugs import ExitCode
from ..grading.classes.finding_lines import answer_lines, finding_lines
from ..grading.classes.names import NAMES
from ..grading.classes.program import GIL
from ..grading.classes.report import task_texts
from ..grading.classes.result import CANNOT_TELL
from ..home import COMMAND
from ..learning.course import PROMISED, course
from ..learning.desk import CHANGED, FOLDER, OPEN, PASSED
from ..learning.proof import prove
from .grade_report import say
from .grade_run import EXIT_CODES, columns
from .terminal import MovingLine

if TYPE_CHECKING:
    from ..grading.classes.program import Program
    from ..grading.classes.result import Result
    from ..learning.course import Exercise
    from ..learning.desk import Desk
    from ..learning.proof import Proof

BAR: Final = 34
MARKS: Final = {PASSED: "x", CHANGED: "~", OPEN: " "}
ADVISED: Final = 2
"""From this hint on a check gives the grader's advice too: the first one is a question, and the last one the answer."""
POLLING: Final = (
    "A loop that asks again and again whether something has come may go round for ever: the grader tries that too. Let "
    "the thread wait instead, with a Condition, an Event or a Semaphore that the other thread signals."
)
ALL_PASSED: Final = "All exercises have passed."


@dataclass(frozen=True, slots=True)
class Checked:
    """How a check ended: `code` is that of the command."""

    passed: bool
    code: ExitCode


@dataclass(frozen=True, slots=True)
class Lesson:
    """A learner's desk, and the terminal before it."""

    desk: Desk
    console: Console

    def show(self, exercise: Exercise | None) -> None:
        """An exercise: where it is, and what it is about. Without one: that all have passed."""
        self._say(self._bar(), "dim")
        if exercise is None:
            self._say(f"{ALL_PASSED} `{COMMAND} grade` takes classes of your own: docs/grade.md.", "green")
            return
        self._say(f"\n{exercise.number}. {exercise.title}: {FOLDER}/{exercise.file}\n", "bold")
        self._say(exercise.about())

    def check(self, exercise: Exercise) -> Checked:
        """Grade it, enter what came out, and print that."""
        if self.desk.lay_out(exercise):
            self._say(f"{FOLDER}/{PROMISED}/{exercise.file} was edited. It is as it was again.", "dim")
        digest, line = self.desk.digest(exercise), MovingLine(Console(stderr=True))
        try:
            proof = prove(exercise, self.desk.file(exercise), columns(), line.show)
        finally:
            line.end()
        self.desk.enter(exercise, digest, proof.passed)
        self._say("")
        if proof.passed:
            self._say_passed(exercise, proof)
        elif proof.changed is not None:
            self._say_changed(exercise, proof.changed)
        elif proof.report is not None:
            self._say_found(exercise, proof)
        else:
            self._say_unsure(proof)
        return Checked(proof.passed, EXIT_CODES[proof.verdict])

    def hint(self, exercise: Exercise) -> None:
        """The hints that have been shown, and one more."""
        shown = self.desk.next_hint(exercise)
        for number, text in enumerate(exercise.hints[:shown], 1):
            self._say(f"Hint {number} of {len(exercise.hints)} for {exercise.file}: {text}")
        if shown == ADVISED:
            self._say("From now on a check also says what the grader advises for the file as it is.", "dim")
        if shown == len(exercise.hints):
            self._say(f"That was the last one. One way to correct it is in {exercise.solution}.", "dim")

    def list_all(self) -> None:
        """All exercises, with what has become of each."""
        current = self.desk.current()
        self._say(self._bar(), "dim")
        for each in course():
            state = self.desk.state(each)
            told = {PASSED: f"passed: {each.kind}", CHANGED: f"{each.title} (changed)"}.get(state, each.title)
            here = "<- you are here" if each == current else ""
            self._say(f"[{MARKS[state]}] {each.number:2}  {each.name:9} {told:44} {here}".rstrip())

    def reset(self, exercise: Exercise) -> None:
        """Begin it anew."""
        kept = self.desk.reset(exercise)
        self._say(f"{FOLDER}/{exercise.file} is as it was in the beginning, and you are there.")
        if kept is not None:
            self._say(f"What you had is in {FOLDER}/{kept.name}.")

    def _bar(self) -> str:
        total = len(course())
        passed = sum(self.desk.state(each) == PASSED for each in course())
        full = BAR * passed // total
        return f"[{'#' * full}{'-' * (BAR - full)}] {passed} of {total} passed"

    def _say_passed(self, exercise: Exercise, proof: Proof) -> None:
        self._say(
            f"passed: {FOLDER}/{exercise.file}. Proved for every interleaving, {_models(exercise, proof)}:", "green"
        )
        self._say("Interleavings of each program; | stands between two threads:")
        for result in proof.proved:
            self._say(f"  {result.schedules:>5,}  {_texts(result.program, exercise)}")
        if proof.without is not None and proof.without.report is not None:
            found = proof.without.report.findings[0]
            self._say(f"It rests on the GIL: without it there is a {found.name or found.kind}. A lock would hold.")
        for each in dict.fromkeys(text for result in proof.proved for text in result.assumed):
            self._say(f"Assumed: {each}", "dim")
        self._say(f"It was: {exercise.kind}. {NAMES[exercise.kind].meaning}")

    def _say_found(self, exercise: Exercise, proof: Proof) -> None:
        assert proof.report is not None
        result = proof.report.findings[0]
        *lines, how_many = finding_lines(proof.report, result, self.desk.hints(exercise) >= ADVISED)
        self._say(f"not yet: {result.name or result.kind} in {FOLDER}/{exercise.file}.", "bold red")
        for each in lines:
            self._say(each)
        self._say(how_many, "dim")

    def _say_changed(self, exercise: Exercise, result: Result) -> None:
        """It needs no calls at the same time to go wrong."""
        assert result.ending is not None
        self._say(f"not yet: {FOLDER}/{exercise.file} answers something else than it should:", "bold red")
        for line in answer_lines(result.program, result.ending, result.expected):
            self._say(f"  {line}")
        self._say(
            "That comes also when one call ends before the next begins. So look for what one call changes or leaves "
            f"behind, and not for a lock. {FOLDER}/{PROMISED}/{exercise.file} says what each should answer."
        )

    def _say_unsure(self, proof: Proof) -> None:
        word = proof.verdict if proof.verdict == CANNOT_TELL else "not yet"
        self._say(f"{word}: {_without_options(proof.sentence)}", "yellow")
        if proof.endless:
            self._say(POLLING)
        elif word == CANNOT_TELL:
            self._say("The exercise can be solved without what the grader cannot follow here.")

    def _say(self, text: str, style: str = "") -> None:
        say(self.console, text, style)


def _models(exercise: Exercise, proof: Proof) -> str:
    """Under which models of memory it is proved."""
    if exercise.model != GIL:
        return "without the GIL"
    return "with the GIL and without" if proof.without is not None and proof.without.passed else "with the GIL"


def _texts(program: Program, exercise: Exercise) -> str:
    """The calls of a program; and the object that is its own, if it has one."""
    own = f"   with it = {program.make}" if program.make != exercise.programs[0].new else ""
    return f"{task_texts(program.tasks)}{own}"


def _without_options(text: str) -> str:
    """Without the sentences about options of `grade`: an exercise says itself what is called."""
    return " ".join(part for part in re.split(r"(?<=[.!?]) ", text) if "--" not in part)
