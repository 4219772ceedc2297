"""A report as SARIF 2.1.0, which tools for code review read: a result for each finding, at its place in the source."""

from __future__ import annotations

import hashlib
from itertools import zip_longest
from pathlib import Path
from typing import Any, Final

from ..report import Report, replay_command, task_texts
from ..result import CANNOT_TELL, Result
from ..story import Story, TraceLine

SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
BASE: Final = "SRCROOT"
Object = dict[str, Any]


def sarif(report: Report, home: Path) -> Object:
    """The document.

    Args:
        home: the folder that paths are relative to.
    """
    rules = list(dict.fromkeys(_rule_id(each) for each in report.findings))
    names = {_rule_id(each): each.name or each.kind for each in report.findings}
    told = list(zip_longest(report.findings, report.stories[: len(report.findings)]))
    meanings = {_rule_id(each): story.meaning for each, story in told if story is not None}
    run: Object = {
        "tool": {
            "driver": {
                "name": "Session Race Lab",
                "rules": [_rule(each, names[each], meanings.get(each) or f"{names[each]}.") for each in rules],
            }
        },
        "originalUriBaseIds": {BASE: {"uri": home.as_uri().rstrip("/") + "/"}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(report, each, story, rules, home) for each, story in told],
        "properties": {"verdict": report.verdict, "model": report.choice.model},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule_id(result: Result) -> str:
    return (result.name or result.kind).replace(" ", "-")


def _rule(identifier: str, name: str, meaning: str) -> Object:
    words = identifier.replace("_", "-").split("-")
    return {
        "id": identifier,
        "name": "".join(word.capitalize() for word in words),
        "shortDescription": {"text": f"{name[:1].upper()}{name[1:]}."},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{meaning} Replay the schedule to see each step: the command is in the result's message."},
        "defaultConfiguration": {"level": "error"},
    }


def _invocation(report: Report) -> Object:
    told: Object = {"executionSuccessful": not report.interrupted}
    if report.verdict == CANNOT_TELL:
        text = f"{report.sentence()} {report.advice()}"
        told["toolExecutionNotifications"] = [{"level": "warning", "message": {"text": text}}]
    return told


def _result(report: Report, result: Result, story: Story | None, rules: list[str], home: Path) -> Object:
    identifier, choice = _rule_id(result), report.choice
    calls = task_texts(result.program.tasks)
    name = result.name or result.kind
    text = f"{name[:1].upper()}{name[1:]} with {calls}. {replay_command(choice, result)}"
    places = [_place(each, choice.root, home) for each in result.racy]
    lines = [line for line in (story.lines if story else ()) if line.file]
    places = places or _switch(lines, home) or [_location(choice.file, choice.line, home)]
    told: Object = {
        "ruleId": identifier,
        "ruleIndex": rules.index(identifier),
        "kind": "fail",
        "level": "error",
        "message": {"text": text},
        "locations": places[:1],
        "partialFingerprints": {"raceFinding/v1": _fingerprint(choice.module, identifier, calls)},
        "properties": {"schedule": result.schedule, "losing": result.losing, "schedules": result.schedules},
    }
    if places[1:]:
        told["relatedLocations"] = [{"id": i, **place} for i, place in enumerate(places[1:])]
    if lines:
        told["codeFlows"] = [{"threadFlows": [{"locations": [_step(line, home) for line in lines]}]}]
    return told


def _switch(lines: list[TraceLine], home: Path) -> list[Object]:
    """Where the first thread is interrupted, and what comes between."""
    at = next((i for i, line in enumerate(lines) if line.interrupts), 0)
    places = [_location(line.file, line.line, home) for line in lines[at - 1 : at + 1]] if at else []
    return places[:1] if places[1:] == places[:1] else places


def _fingerprint(*parts: str) -> str:
    """The same as long as the finding is: lines may move."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _place(racy: str, root: str, home: Path) -> Object:
    """Of `folder/file.py:12`, seen from where imports begin."""
    file, _, line = racy.rpartition(":")
    return _location(str(Path(root, file)), int(line) if line.isdigit() else 1, home)


def _step(line: TraceLine, home: Path) -> Object:
    place = _location(line.file, line.line, home)
    text = f"{line.task}: {line.words or line.source}"
    return {
        "location": {**place, "message": {"text": text}},
        "importance": "essential" if line.interrupts else "important",
    }


def _location(file: str, line: int, home: Path) -> Object:
    path = Path(file)
    if path.is_relative_to(home):
        artifact = {"uri": _quoted(path.relative_to(home)), "uriBaseId": BASE}
    else:
        artifact = {"uri": path.absolute().as_uri()}
    return {"physicalLocation": {"artifactLocation": artifact, "region": {"startLine": max(1, line)}}}


def _quoted(path: Path) -> str:
    from urllib.parse import quote

    return quote(path.as_posix())
