"""A finding as lines: what happened, the program, its schedule in the author's lines, and how to run it again."""

from __future__ import annotations

from typing import Final

from racelab.explorer.traces.explanation import share

from .report import Report, replay_command
from .result import KINDS, Result

LETTERS: Final = "ABCDEFGH"
COPIED: Final = "Replay it: "
"""How the line with the command begins."""


def finding_lines(report: Report, result: Result) -> list[str]:
    """See the module. The last line says how many schedules end badly."""
    story = report.story
    lines = [story.paragraph if story else f"{KINDS.get(result.kind, result.kind).capitalize()}.", ""]
    if result.program.make:
        lines.append(f"  it = {result.program.make}")
    lines += [f"  {text}" for text in result.program.first]
    lines += [f"  {letter}: {'; '.join(task)}" for letter, task in zip(LETTERS, result.program.tasks, strict=False)]
    lines += ["", *(f"  {line}" for line in (story.table if story and story.table else _ends(result))), ""]
    lines.append(f"{COPIED}{replay_command(report.choice, result)}")
    lines.append(
        f"{share(result.losing, result.schedules, ' of this program')} badly. "
        f"This one interrupts a thread {_times(result.preemptions)}."
    )
    return lines


def _ends(result: Result) -> list[str]:
    """How it ends, from the result alone."""
    ending = result.ending
    if ending is None:
        return []
    told = [
        f"{letter}: {call} -> {answer if answer is not None else 'has not ended'}"
        for letter, calls, answers in zip(LETTERS, result.program.tasks, ending.answers, strict=False)
        for call, answer in zip(calls, answers, strict=False)
    ]
    told += [f"Afterwards: {text} -> {answer}" for text, answer in zip(result.program.then, ending.then, strict=False)]
    told += [f"Waits for ever: {each}" for each in ending.waiting]
    told += [f"Crashed: {each}" for each in ending.crashes]
    return told + [f"Does not hold: {each}" for each in ending.broken]


def _times(number: int) -> str:
    return {0: "nowhere", 1: "once", 2: "twice"}.get(number, f"{number} times")
