"""What the scenarios of a session manager have shown, in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..explorer.traces.explanation import share
from ..grading.classes.finding_lines import COPIED
from ..grading.classes.report import replay_command
from ..grading.classes.result import CANNOT_TELL, FOUND, NONE
from ..grading.classes.scenarios.outcome import NOT_ASKED, Scene, of_outcome
from .terminal import say

if TYPE_CHECKING:
    from rich.console import Console

    from ..grading.classes.report import Report


def print_scenarios(console: Console, report: Report) -> None:
    """Which passed, which have found something, of which nothing can be told, and which were not asked."""
    scenes = report.scenes
    if not scenes:
        return
    say(console, f"\nA session manager: the lab's scenarios over {report.choice.manager}.")
    if passed := of_outcome(scenes, NONE):
        say(console, f"  passed, of so many schedules: {', '.join(one.passed() for one in passed)}", "green")
    for scene in of_outcome(scenes, FOUND):
        _print_found(console, report, scene)
    for scene in of_outcome(scenes, CANNOT_TELL):
        say(console, f"  cannot tell: {scene.name}, because {scene.why}", "yellow")
    for why, names in _reasons(of_outcome(scenes, NOT_ASKED)).items():
        say(console, f"  not asked: {', '.join(names)}, because {why}", "dim")


def _print_found(console: Console, report: Report, scene: Scene) -> None:
    result = scene.result
    assert result is not None
    say(console, f"  {scene.name}: {result.name}. {scene.sentence}", "bold red")
    say(console, f"    {share(result.losing, result.schedules)} badly, such as {result.schedule}.")
    if result is report.findings[0]:
        return
    say(console, f"    {COPIED}{replay_command(report.choice, result)}")
    if result is _first(report) and scene.story is not None:
        for line in ("", scene.story.paragraph, "", *(f"  {line}" for line in scene.story.table), ""):
            say(console, f"    {line}" if line else "")


def _first(report: Report) -> object:
    """The smallest finding of a scenario."""
    return next((one for one in report.findings if one.scenario), None)


def _reasons(scenes: list[Scene]) -> dict[str, list[str]]:
    reasons: dict[str, list[str]] = {}
    for scene in scenes:
        reasons.setdefault(scene.why, []).append(scene.name)
    return reasons
