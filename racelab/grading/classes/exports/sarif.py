"""A report as SARIF 2.1.0, which tools for code review read: a result for each finding, at its place in the source."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Final

from ..report import Report, replay_command, task_texts
from ..result import CANNOT_TELL, Result
from ..story import TraceLine

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
    run: Object = {
        "tool": {
            "driver": {
                "name": "Session Race Lab",
                "rules": [_rule(each, names[each], report) for each in rules],
            }
        },
        "originalUriBaseIds": {BASE: {"uri": home.as_uri().rstrip("/") + "/"}},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(report)],
        "results": [_result(report, each, rules, home, first=i == 0) for i, each in enumerate(report.findings)],
        "properties": {"verdict": report.verdict, "model": report.choice.model},
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule_id(result: Result) -> str:
    return (result.name or result.kind).replace(" ", "-")


def _rule(identifier: str, name: str, report: Report) -> Object:
    meaning = f"{name}."
    if report.story and _rule_id(report.findings[0]) == identifier:
        meaning = report.story.meaning
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


def _result(report: Report, result: Result, rules: list[str], home: Path, first: bool) -> Object:
    identifier, choice = _rule_id(result), report.choice
    calls = task_texts(result.program.tasks)
    name = result.name or result.kind
    text = f"{name[:1].upper()}{name[1:]} with {calls}. {replay_command(choice, result)}"
    places = [_place(each, choice.root, home) for each in result.racy] or [_location(choice.file, choice.line, home)]
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
    if first and report.story and (flow := [_step(line, home) for line in report.story.lines if line.file]):
        told["codeFlows"] = [{"threadFlows": [{"locations": flow}]}]
    return told


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
