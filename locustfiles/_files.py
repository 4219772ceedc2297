"""The verdict in files: as JSON, as JUnit XML for a CI server, and in Locust's HTML report."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from locustfiles._judgement import TITLES
from locustfiles._look import Told, with_verdict
from locustfiles._verdict import Report
from racelab.bugs import ExitCode, Verdict


def as_json(report: Report) -> str:
    """Exit code and reason, the lab's verdict (null if there is none), and what the users' ledger says of it."""
    told = {
        "exit_code": int(report.conclusion.code),
        "reason": report.conclusion.reason,
        "verdict": report.verdict,
        "users": report.lines,
    }
    return json.dumps(told, indent=2) + "\n"


def as_junit(report: Report) -> str:
    """One test case for the load, and one for each bug of each manager: passed, failed, or skipped if nobody can tell.

    What a card says is not measured against `--expect`; the case of the load is.
    """
    suite = ElementTree.Element("testsuite", name="session race lab")
    load = ElementTree.SubElement(suite, "testcase", classname="load", name="as expected")
    if report.conclusion.code == ExitCode.CANNOT_TELL:
        ElementTree.SubElement(load, "error", message=report.conclusion.reason)
    elif report.conclusion.code != ExitCode.AS_EXPECTED:
        ElementTree.SubElement(load, "failure", message=report.conclusion.reason)
    for variant, result in (report.verdict or {"variants": {}})["variants"].items():
        for bug, card in result["cards"].items():
            _add(suite, variant, TITLES[bug], card)
    for kind in ("failure", "error", "skipped"):
        suite.set(f"{kind}s".replace("skippeds", "skipped"), str(len(suite.findall(f"testcase/{kind}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True) + "\n"


def _add(suite: ElementTree.Element, variant: str, title: str, card: Mapping[str, Any]) -> None:
    case = ElementTree.SubElement(suite, "testcase", classname=variant, name=title)
    if card["verdict"] == Verdict.DISAGREE:
        ElementTree.SubElement(case, "failure", message=card["sentence"])
    elif card["verdict"] == Verdict.CANNOT_TELL:
        ElementTree.SubElement(case, "skipped", message=f"Cannot tell: {card['sentence']}")


def write(report: Report, options: Any) -> None:
    """Write the files that were asked for."""
    for path, make in ((options.verdict_json, as_json), (options.verdict_junit, as_junit)):
        if path:
            Path(path).write_text(make(report), encoding="utf-8")


def add_to_report(told: Told, options: Any, since: float) -> None:
    """Put the verdict into the file of `--html`. Locust writes it before the last request has been judged.

    Args:
        told: the result.
        options: Locust's.
        since: Unix time; an older file is not this load's, for Locust writes none at SIGTERM.
    """
    path = Path(options.html_file or "")
    if path.is_file() and path.stat().st_mtime >= since:
        path.write_text(with_verdict(path.read_text(encoding="utf-8"), told), encoding="utf-8")
