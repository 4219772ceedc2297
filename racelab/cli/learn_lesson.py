"""What `learn` does and prints: an exercise, what the grader says of it, its hints, the list."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from rich.console import Console

from ..bugs import ExitCode
from ..grading.classes.finding_lines import finding_lines
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
    from ..grading.classes.result import Result
    from ..learning.course import Exercise
    from ..learning.desk import Desk
    from ..learning.proof import Proof

BAR: Final = 34
MARKS: Final = {PASSED: "x", CHANGED: "~", OPEN: " "}
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
        self.desk.lay_out(exercise)
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
        self._say(f"{FOLDER}/{exercise.file} is as it was in the beginning.")
        if kept is not None:
            self._say(f"What you had is in {FOLDER}/{kept.name}.")

    def _bar(self) -> str:
        total = len(course())
        passed = sum(self.desk.state(each) == PASSED for each in course())
        full = BAR * passed // total
        return f"[{'#' * full}{'-' * (BAR - full)}] {passed} of {total} passed"

    def _say_passed(self, exercise: Exercise, proof: Proof) -> None:
        gil = "with" if exercise.model == GIL else "without"
        self._say(f"passed: {FOLDER}/{exercise.file}. Proved for every interleaving {gil} the GIL:", "green")
        self._say("how many there are, of which calls (| stands between two threads)")
        for result in proof.proved:
            self._say(f"  {result.schedules:>5,}  {task_texts(result.program.tasks)}")
        for each in dict.fromkeys(text for result in proof.proved for text in result.assumed):
            self._say(f"Assumed: {each}", "dim")
        self._say(f"It was: {exercise.kind}. {NAMES[exercise.kind].meaning}")

    def _say_found(self, exercise: Exercise, proof: Proof) -> None:
        assert proof.report is not None
        result = proof.report.findings[0]
        *lines, how_many = finding_lines(proof.report, result)
        self._say(f"not yet: {result.name or result.kind} in {FOLDER}/{exercise.file}.", "bold red")
        for each in lines:
            self._say(each)
        self._say(how_many, "dim")

    def _say_changed(self, exercise: Exercise, result: Result) -> None:
        """It needs no second thread to go wrong."""
        self._say(f"not yet: {FOLDER}/{exercise.file} does something else than it should, in one thread:", "bold red")
        program, ending = result.program, result.ending
        assert ending is not None
        texts, answers = (*program.tasks[0], *program.then), (*ending.answers[0], *ending.then)
        for text, answer in zip(texts, answers, strict=False):
            self._say(f"  {text} {'->' if answer and answer.how == 'ok' else ''} {answer}")
        self._say(f"{FOLDER}/{PROMISED}/{exercise.file} says what it should answer, one call after another.")

    def _say_unsure(self, proof: Proof) -> None:
        word = proof.verdict if proof.verdict == CANNOT_TELL else "not yet"
        self._say(f"{word}: {_without_options(proof.sentence)}", "yellow")
        if word == CANNOT_TELL:
            self._say("The exercise can be solved without that.")

    def _say(self, text: str, style: str = "") -> None:
        say(self.console, text, style)


def _without_options(text: str) -> str:
    """Without the sentences about options of `grade`: an exercise says itself what is called."""
    return " ".join(part for part in re.split(r"(?<=[.!?]) ", text) if "--" not in part)
