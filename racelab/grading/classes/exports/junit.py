"""A report as JUnit XML, which build servers show: a test case for each shape of programs."""

from __future__ import annotations

import platform
import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from ..report import Report, replay_command
from ..result import CANNOT_TELL, FOUND, Result
from ..scenarios.outcome import NOT_ASKED, Scene, of_outcome
from ..stage import Stage
from ..story import Story

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The document. A finding is a failure; what could not be decided is skipped, with the reason."""
    failed = sum(stage.found > 0 for stage in report.stages)
    unsure = [stage for stage in report.stages if not stage.found and _unsure(report, stage)]
    failed += len(of_outcome(report.scenes, FOUND))
    left_out = len(of_outcome(report.scenes, NOT_ASKED)) + len(of_outcome(report.scenes, CANNOT_TELL))
    stages = report.stages or ([] if report.scenes else [Stage("programs", 0)])
    counts = {"tests": str(len(stages) + len(report.scenes)), "failures": str(failed), "errors": "0"}
    skipped = left_out + len(unsure) + (not report.stages and not report.scenes)
    counts |= {"skipped": str(skipped), "time": f"{report.seconds:.3f}"}
    counts |= {
        "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}",
        "hostname": _clean(platform.node()) or "localhost",
    }
    suite = ET.Element("testsuite", {"name": _clean(f"grade {report.choice.word}"), **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in {"verdict": report.verdict, "model": report.choice.model}.items():
        ET.SubElement(properties, "property", name=name, value=value)
    for stage in stages:
        case = ET.SubElement(suite, "testcase", classname=_clean(report.choice.word), name=_clean(stage.name))
        case.set("time", f"{stage.seconds:.3f}")
        if stage.found:
            _failure(case, report)
        elif stage in unsure or not report.stages:
            ET.SubElement(case, "skipped", message=_clean(_why(report, stage)))
    for scene in report.scenes:
        _scenario(suite, report, scene)
    ET.SubElement(suite, "system-out").text = _clean(report.sentence())
    ET.SubElement(suite, "system-err")
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _scenario(suite: ET.Element, report: Report, scene: Scene) -> None:
    case = ET.SubElement(suite, "testcase", classname=_clean(report.choice.word), name=_clean(f"scenario {scene.name}"))
    if scene.outcome in (NOT_ASKED, CANNOT_TELL):
        ET.SubElement(case, "skipped", message=_clean(f"{scene.outcome}: {scene.why}"))
    elif scene.outcome == FOUND and scene.result is not None:
        failure = ET.SubElement(case, "failure", message=_clean(scene.sentence), type=_clean(scene.result.name))
        failure.text = _clean(_told(report, scene.result, scene.story))


def _unsure(report: Report, stage: Stage) -> bool:
    """A stage that was not graded to its end is no pass."""
    partly = stage.undecided > 0 or stage.graded() < stage.wanted()
    return partly or (report.verdict == CANNOT_TELL and stage is report.stages[0])


def _why(report: Report, stage: Stage) -> str:
    """Why a stage is no pass: as the report says, or that the time was up for the rest of it."""
    return report.sentence() if report.verdict == CANNOT_TELL else f"Graded until the time was up: {stage}."


def _failure(case: ET.Element, report: Report) -> None:
    first = report.findings[0]
    failure = ET.SubElement(case, "failure", message=_clean(report.sentence()), type=_clean(first.name or first.kind))
    failure.text = _clean(_told(report, first, report.story))


def _told(report: Report, result: Result, story: Story | None) -> str:
    calls = [f"{letter}: {'; '.join(task)}" for letter, task in zip("ABCDEFGH", result.program.tasks, strict=False)]
    told = [story.paragraph, *story.table] if story else []
    return "\n".join(filter(None, [*result.program.first, *calls, *told, replay_command(report.choice, result)]))


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold, which a value of the reader's may have."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
