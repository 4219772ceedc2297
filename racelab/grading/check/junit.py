"""A report as JUnit XML, which build servers show: a test case for each column."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from ...bugs import Verdict
from .report import Column, Report
from .settings import COLUMNS

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    """The document. *Do not agree* is a failure, *cannot tell* is skipped, with its sentence."""
    wrong = sum(column.verdict is Verdict.DISAGREE for column in report.columns)
    unsure = sum(column.verdict is Verdict.CANNOT_TELL for column in report.columns)
    counts = {"tests": str(len(report.columns)), "failures": str(wrong), "errors": "0", "skipped": str(unsure)}
    suite = ET.Element("testsuite", {"name": _clean(f"check {report.url}"), **counts})
    properties = ET.SubElement(suite, "properties")
    for name, value in {"verdict": report.verdict.value, **report.conditions}.items():
        ET.SubElement(properties, "property", name=name, value=_clean(str(value)))
    for column in report.columns:
        _case(suite, column)
    ET.SubElement(suite, "system-out").text = _clean("\n".join([report.sentence, *report.notes]))
    ET.indent(suite)
    return ET.tostring(suite, encoding="unicode", xml_declaration=False) + "\n"


def _case(suite: ET.Element, column: Column) -> None:
    case = ET.SubElement(suite, "testcase", classname="check", name=column.key)
    if "seconds" in column.conditions:
        case.set("time", str(column.conditions["seconds"]))
    if column.verdict is Verdict.DISAGREE:
        failure = ET.SubElement(case, "failure", message=_clean(column.sentence), type=column.verdict.value)
        failure.text = _clean(f"{COLUMNS[column.key]}: {column.odds}")
    elif column.verdict is Verdict.CANNOT_TELL:
        ET.SubElement(case, "skipped", message=_clean(column.sentence))


def _clean(text: str) -> str:
    """Without the characters that XML cannot hold, which a server may have sent."""
    return _NOT_IN_XML.sub("\N{REPLACEMENT CHARACTER}", text)
