"""Grades what a test hands over, in processes of their own: the test's process imports and changes nothing."""

from __future__ import annotations

import os
from typing import Final

from ..choosing.choice import Choice, Given
from ..program import GIL, MODELS
from ..report import Report
from ..running.processes import Failed, Processes, cores
from ..running.session import Session, choose
from ..target import Named, TargetError

BOTH: Final = "both"
SECONDS: Final = 30.0
WIDE: Final = 116
"""Columns of the table of a finding."""
XDIST: Final = "PYTEST_XDIST_WORKER"
NO_MODEL: Final = "There is no model {!r}. There are: gil, free-threaded and both."
NO_TIME: Final = "{!r} is no time to grade in. Give a number of seconds above 0."
NOT_LOOKED_AT: Final = (
    "{} could not be looked at: {}. Its module runs when it is imported; see to it that this ends, or say what to call "
    "and how it is made (new='Cache(2)')."
)


def models_of(model: str) -> tuple[str, ...]:
    """The models of memory that a word stands for, `gil` first.

    Raises:
        TargetError: there is no such model.
    """
    if model == BOTH:
        return MODELS
    if model not in MODELS:
        raise TargetError(NO_MODEL.format(model))
    return (model,)


def seconds_of(seconds: object) -> float:
    """A time that something can be graded in.

    Raises:
        TargetError: it is none.
    """
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        raise TargetError(NO_TIME.format(seconds))
    return float(seconds)


def chosen(target: Named, given: Given) -> Choice:
    """What is graded.

    Raises:
        TargetError: nothing can be graded so.
    """
    choice = choose(target, given)
    if isinstance(choice, Failed):
        raise TargetError(NOT_LOOKED_AT.format(target.word, choice.reason), undecided=True)
    return choice


def grade(choice: Choice, seconds: float) -> Report:
    """Run every interleaving of the choice's program, or of those that are made of its calls.

    Where pytest itself runs in several processes, each of them has one for this. The command's last finding is left
    alone: a test does the same each time.

    Raises:
        TargetError: it cannot be graded.
    """
    count = 1 if choice.tasks or XDIST in os.environ else cores()
    with Processes(count, choice.paths) as processes:
        return Session(choice, seconds, processes, count, columns=WIDE, remembers=False, without=False).run()


def default_model(model: str | None, asked: str | None) -> str:
    """The model of a test: as the test says, else as the command line says."""
    return model or asked or GIL
