"""A report as JUnit XML, which build servers show: a test case for each shape of programs."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from ..report import Report, Stage, replay_command
from ..result import CANNOT_TELL

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The document. A finding is a failure; what could not be decided is skipped, with the reason."""
    failed = sum(stage.found > 0 for stage in report.stages)
    unsure = [stage for stage in report.stages if not stage.found and _unsure(report, stage)]
    cases = len(report.stages) or 1
    counts = {"tests": str(cases), "failures": str(failed), "errors": "0"}
    counts |= {"skipped": str(len(unsure) if report.stages else 1), "time": f"{report.seconds:.3f}"}
    suite = ET.Element("testsuite", {"name": _clean(f"grade {report.choice.word}"), **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in {"verdict": report.verdict, "model": report.choice.model}.items():
        ET.SubElement(properties, "property", name=name, value=value)
    for stage in report.stages or [Stage("programs", 0)]:
        case = ET.SubElement(suite, "testcase", classname=_clean(report.choice.word), name=_clean(stage.name))
        if stage.found:
            _failure(case, report)
        elif stage in unsure or not report.stages:
            ET.SubElement(case, "skipped", message=_clean(report.sentence()))
    ET.SubElement(suite, "system-out").text = _clean(report.sentence())
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _unsure(report: Report, stage: Stage) -> bool:
    return stage.undecided > 0 or (report.verdict == CANNOT_TELL and stage is report.stages[0])


def _failure(case: ET.Element, report: Report) -> None:
    first = report.findings[0]
    failure = ET.SubElement(case, "failure", message=_clean(report.sentence()), type=_clean(first.name or first.kind))
    calls = [f"{letter}: {'; '.join(task)}" for letter, task in zip("ABCDEFGH", first.program.tasks, strict=False)]
    told = [report.story.paragraph, *report.story.table] if report.story else []
    lines = [*calls, *told, replay_command(report.choice, first)]
    failure.text = _clean("\n".join(filter(None, lines)))


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold, which a value of the reader's may have."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
