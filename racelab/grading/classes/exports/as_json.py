"""A report as JSON."""

from __future__ import annotations

import platform
from typing import cast

from ..report import Report, replay_command
from ..result import Result
from ..scenarios.outcome import Scene
from ..stage import Stage
from ..story import Story
from .json_types import ChoiceJson, FindingJson, ReportJson, ScenarioJson, StageJson, TraceLineJson


def as_json(report: Report) -> ReportJson:
    """The whole report, typed."""
    choice, story = report.choice, report.story
    return {
        "target": choice.word,
        "model": "gil" if choice.model == "gil" else "free-threaded",
        "verdict": report.verdict,
        "sentence": report.sentence(),
        "whole": report.whole(),
        "without_gil": report.without_gil(),
        "meaning": story.meaning if story else "",
        "paragraph": story.paragraph if story else "",
        "findings": [_finding(report, each) for each in report.findings],
        "trace": _trace(story),
        "only_free_threaded": report.only_free_threaded,
        "interrupted": report.interrupted,
        "stages": [_stage(each) for each in report.stages],
        "not_begun": [*report.not_begun],
        "scenarios": [_scenario(report, each) for each in report.scenes],
        "reasons": [*report.reasons.values()],
        "assumed": [*report.assumed],
        "graded": _choice(report),
        "seconds": round(report.seconds, 3),
        "processes": report.processes,
        "executions": report.executions,
        "python": platform.python_version(),
    }


def _finding(report: Report, result: Result) -> FindingJson:
    return {
        "name": result.name,
        "kind": result.kind,
        "tasks": [list(task) for task in result.program.tasks],
        "schedule": result.schedule,
        "preemptions": result.preemptions,
        "steps": result.steps,
        "schedules": result.schedules,
        "losing": result.losing,
        "racy": [*result.racy],
        "replay": replay_command(report.choice, result) if result.schedule else "",
        "first": [*result.program.first],
        "scenario": result.scenario,
    }


def _trace(story: Story | None) -> list[TraceLineJson]:
    return [
        cast("TraceLineJson", {name: getattr(line, name) for name in TraceLineJson.__annotations__})
        for line in (story.lines if story else ())
    ]


def _scenario(report: Report, scene: Scene) -> ScenarioJson:
    return {
        "name": scene.name,
        "title": scene.title,
        "outcome": scene.outcome,
        "why": scene.why,
        "anomaly": scene.result.name if scene.result else "",
        "sentence": scene.sentence,
        "finding": _finding(report, scene.result) if scene.result else None,
        "trace": _trace(scene.story),
    }


def _stage(stage: Stage) -> StageJson:
    return {
        "name": stage.name,
        "programs": stage.total,
        "none": stage.done,
        "found": stage.found,
        "unfinished": stage.unfinished,
        "undecided": stage.undecided,
        "pointless": stage.pointless,
    }


def _choice(report: Report) -> ChoiceJson:
    choice = report.choice
    return {
        "new": choice.make,
        "manager": choice.manager,
        "first": [*choice.first],
        "tasks": [list(task) for task in choice.tasks],
        "calls": [*choice.calls],
        "then": [*choice.then],
        "holds": [*choice.holds],
        "ignore": [*choice.ignore],
        "spec": choice.spec,
        "chosen": [*choice.chosen],
        "left_out": dict(choice.left_out),
        "not_graded": report.not_graded(),
    }
