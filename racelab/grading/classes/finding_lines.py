"""A finding as lines: what happened, the program, its schedule in the author's lines, and how to run it again."""

from __future__ import annotations

from typing import Final

from racelab.explorer.traces.explanation import share

from .program import Program
from .report import Report, replay_command
from .result import KINDS, Answer, Ending, Result

LETTERS: Final = "ABCDEFGH"
COPIED: Final = "Replay it: "
"""How the line with the command begins."""


def finding_lines(report: Report, result: Result, advised: bool = True) -> list[str]:
    """See the module. The last line says how many schedules end badly. Advice may be left to somebody else."""
    story = report.story
    happened = f"{KINDS.get(result.kind, result.kind).capitalize()}."
    if story:
        happened = story.paragraph if advised else story.happened
    lines = [happened, ""]
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


def answer_lines(program: Program, ending: Ending, expected: Ending | None = None) -> list[str]:
    """What each call and observation came to, a line each; and, where a specification answers something else, that.

    Args:
        program: whose calls they are.
        ending: how they ended.
        expected: how the specification ends, if that is known.
    """
    wanted = expected or ending
    heads = [f"{letter}: " * (len(program.tasks) > 1) for letter, _ in zip(LETTERS, program.tasks, strict=False)]
    rows = zip(heads, program.tasks, ending.answers, wanted.answers, strict=False)
    lines = [f"{head}{_told(*one)}" for head, *row in rows for one in zip(*row, strict=False)]
    observed = zip(program.then, ending.then, wanted.then, strict=False)
    return lines + [f"Afterwards: {_told(*one)}" for one in observed]


def _told(call: str, answer: Answer | None, wanted: Answer | None) -> str:
    if answer is None:
        return f"{call} has not ended"
    other = f", expected {wanted}" if wanted not in (answer, None) else ""
    return f"{call} {'' if answer.how == 'raises' else '-> '}{answer}{other}"


def _ends(result: Result) -> list[str]:
    """How it ends, from the result alone."""
    ending = result.ending
    if ending is None:
        return []
    told = answer_lines(result.program, ending, result.expected)
    told += [f"Waits for ever: {each}" for each in ending.waiting]
    told += [f"Crashed: {each}" for each in ending.crashes]
    return told + [f"Does not hold: {each}" for each in ending.broken]


def _times(number: int) -> str:
    return {0: "nowhere", 1: "once", 2: "twice"}.get(number, f"{number} times")
