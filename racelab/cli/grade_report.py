"""The report of `grade` in a terminal: the finding first, then what was run, and what was assumed."""

from __future__ import annotations

import os
import textwrap
from typing import TYPE_CHECKING, Final

from ..grading.classes.finding_lines import COPIED, finding_lines
from ..grading.classes.report import task_texts
from ..grading.classes.result import CANNOT_TELL
from . import terminal
from .grade_scenarios import print_scenarios

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rich.console import Console

    from ..grading.classes.report import Report
    from ..grading.classes.result import Result

STYLE: Final = {"none": "green", "found": "bold red", "cannot tell": "yellow"}
NARROWEST: Final = 40
USUAL: Final = 80
MOST_OTHERS: Final = 8
MOST_REASONS: Final = 5


def say_all(console: Console, lines: Iterable[str]) -> None:
    """Print lines, each broken between words where the terminal ends."""
    for line in lines:
        say(console, line)


def say(console: Console, text: str, style: str = "") -> None:
    """Print text, broken between words where a terminal ends, or where COLUMNS says that a narrow one does.

    A command is left whole, to be copied; and in a file, each paragraph is one line.
    """
    told = os.environ.get("COLUMNS", "")
    narrow = console.is_terminal or (told.isdecimal() and int(told) < USUAL)
    for line in text.split("\n"):
        parts = [line]
        if narrow and len(line) > console.width and not line.lstrip().startswith(COPIED):
            indent = " " * (len(line) - len(line.lstrip()))
            width = max(console.width, NARROWEST)
            hang = f"{indent}  " if indent else ""
            parts = textwrap.wrap(line, width, subsequent_indent=hang, break_long_words=False, break_on_hyphens=False)
        for part in parts:
            terminal.say(console, part, style)


def print_report(console: Console, report: Report) -> None:
    """Print it all."""
    say(console, f"{report.verdict}: {report.sentence()}", STYLE[report.verdict])
    for line in filter(None, [report.not_graded(), *report.without_gil()]):
        say(console, line, STYLE["cannot tell"])
    if report.before:
        say(console, f"The last finding, {report.before}, is not found any more.", STYLE["none"])
    if report.findings:
        _print_finding(console, report, report.findings[0])
        _print_others(console, report)
    elif report.verdict == CANNOT_TELL:
        for reason in list(report.reasons.values())[:MOST_REASONS]:
            say(console, f"  {reason}")
        say(console, report.advice())
    print_scenarios(console, report)
    say(console, "")
    _print_choice(console, report)
    for each in report.assumed:
        say(console, f"Assumed: {each}", "dim")
    say(console, f"{conditions(report)}.", "dim")


def conditions(report: Report) -> str:
    """Which programs were graded, under which model, and what that took."""
    parts = [f"Model {report.choice.model}", ", ".join(map(str, report.stages)) or "no program"]
    if unfinished := sum(stage.unfinished for stage in report.stages):
        parts.append(f"{unfinished:,} cut off by the end of the time")
    if report.interrupted:
        parts.append("interrupted")
    if report.not_begun:
        parts.append(f"not begun: {', '.join(report.not_begun)}")
    if pointless := sum(stage.pointless for stage in report.stages):
        parts.append(f"{pointless:,} left out, in which no call succeeds")
    processes = f"{report.processes} processes" if report.processes > 1 else "1 process"
    return "; ".join([*parts, f"{report.executions:,} executions in {report.seconds:.2f} s, {processes}"])


def _print_finding(console: Console, report: Report, result: Result) -> None:
    *lines, how_many = finding_lines(report, result)
    for line in lines:
        say(console, line)
    say(console, how_many, "dim")


def _print_others(console: Console, report: Report) -> None:
    others = [one for one in report.findings[1:] if not one.scenario]
    if not others:
        return
    programs = (
        "1 more program of this size ends badly" if len(others) == 1 else f"{len(others):,} more programs end badly"
    )
    say(console, f"\n{programs}:")
    for each in others[:MOST_OTHERS]:
        say(console, f"  {each.name or each.kind}: {task_texts(each.program.tasks)}")
    if len(others) > MOST_OTHERS:
        say(console, "  ... (--json has them all)")


def _print_choice(console: Console, report: Report) -> None:
    choice = report.choice
    if choice.chosen and choice.calls:
        say(console, "What was called (--save grade_me.py writes it into a file to edit):", "dim")
        made, first = [choice.make] * bool(choice.make), [("FIRST", choice.first)] * bool(choice.first)
        for name, texts in (("NEW", made), *first, ("CALLS", choice.calls), ("THEN", choice.then)):
            say(console, f"  {name:5} {'  '.join(texts) or 'nothing'}", "dim")
    for name, why in choice.left_out:
        say(console, f"  left out: {name}, because {why}", "dim")
