"""`learn` at a terminal: shows the current exercise, grades it whenever it is saved, and takes a key at a time."""

from __future__ import annotations

import os
import select
import sys
import termios
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from ..bugs import ExitCode
from ..grading.classes.running.watch import EVERY, State, state
from ..home import COMMAND
from .grade_report import say

if TYPE_CHECKING:
    from ..learning.course import Exercise
    from .learn_lesson import Lesson

KEYS: Final = "Save the file to grade it. h hint, n next, c check, l list, r reset, q quit"
ONCE: Final = (
    f"This is no terminal, so the file is graded once and not watched. `{COMMAND} learn check` grades it again."
)
ESCAPE: Final = "\x1b"
"""Begins what an arrow sends: one key, and several characters."""
SURE: Final = "Begin {} anew? Your file is kept beside it. y or n"


def run(lesson: Lesson) -> int:
    """Show and grade the current exercise; at a terminal, again and again. Returns the exit code."""
    if sys.stdin.isatty() and lesson.console.is_terminal:
        with _single_keys():
            return _Loop(lesson).run()
    exercise = lesson.desk.current()
    lesson.show(exercise)
    if exercise is None:
        return ExitCode.AS_EXPECTED
    code = lesson.check(exercise).code
    say(lesson.console, f"\n{ONCE}", "dim")
    return code


class _Loop:
    def __init__(self, lesson: Lesson) -> None:
        self._lesson, self._exercise = lesson, lesson.desk.current()
        self._seen: State = {}
        self._ended = False

    def run(self) -> int:
        """Until q, or until all have passed."""
        self._present()
        while self._exercise is not None and not self._ended:
            key = _key(EVERY)
            if key:
                self._take(key, self._exercise)
            elif state(str(self._lesson.desk.file(self._exercise))) not in (self._seen, {}):
                self._check(self._exercise)
        return ExitCode.AS_EXPECTED

    def _take(self, key: str, exercise: Exercise) -> None:
        """Do what a key says; another one says what there is."""
        lesson = self._lesson
        if key in ("q", "\x04"):
            self._ended = True
        elif key == "n":
            self._exercise = lesson.desk.go_on()
            self._present()
        elif key == "h":
            lesson.hint(exercise)
        elif key == "l":
            lesson.list_all()
        elif key == "c":
            self._check(exercise)
        elif key == "r":
            self._reset(exercise)
        else:
            self._say(KEYS)

    def _reset(self, exercise: Exercise) -> None:
        self._say(SURE.format(exercise.file))
        if _key(None) in ("y", "Y"):
            self._lesson.reset(exercise)
            self._present()

    def _present(self) -> None:
        self._lesson.show(self._exercise)
        if self._exercise is not None:
            self._check(self._exercise)

    def _check(self, exercise: Exercise) -> None:
        """Grade it; if it passes, go on to the next one."""
        self._seen = state(str(self._lesson.desk.file(exercise)))
        if self._lesson.check(exercise).passed:
            self._exercise = self._lesson.desk.go_on()
            self._say("")
            self._present()
        else:
            self._say(f"\n{KEYS}")

    def _say(self, text: str) -> None:
        say(self._lesson.console, text, "dim")


def _key(seconds: float | None) -> str:
    """The key that is pressed within that time; empty if none is. A terminal that is gone is a q."""
    ready, _, _ = select.select([sys.stdin], [], [], seconds)
    if not ready:
        return ""
    key = os.read(sys.stdin.fileno(), 1).decode(errors="replace") or "q"
    if key == ESCAPE:
        termios.tcflush(sys.stdin, termios.TCIFLUSH)
    return key


@contextmanager
def _single_keys() -> Iterator[None]:
    """Keys reach us one by one, without Enter. Ctrl-C still interrupts."""
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
