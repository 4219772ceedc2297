"""A report for other tools: what each format has to have, for every verdict."""

from __future__ import annotations

import json
import re
import typing
from pathlib import Path
from types import UnionType
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree as ET

import pytest

from racelab.grading.classes.choosing.choice import Choice
from racelab.grading.classes.exports import json_types
from racelab.grading.classes.exports.as_json import as_json
from racelab.grading.classes.exports.junit import junit
from racelab.grading.classes.exports.sarif import sarif
from racelab.grading.classes.program import Program
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import FOUND, Result
from racelab.grading.classes.stage import Stage
from racelab.grading.classes.story import Story, TraceLine

HOME = Path("/home/reader/my project")
FILE = HOME / "cache.py"
CHOICE = Choice(
    "cache.py:Cache", str(HOME), "cache", "", "Cache(1)", calls=('it.put("a", 1)',), file=str(FILE), line=5
)  # fmt: skip
PROGRAM = Program(str(HOME), "cache", "Cache(1)", (('it.put("a", 1)',), ('it.put("a", 2)',)), ("len(it)",))


def result(name: str, *racy: str) -> Result:
    """A finding."""
    return Result(PROGRAM, "gil", FOUND, "left", name, "A1 B2 A1", 1, 4, 6, 2, racy=racy)


LINES = (
    TraceLine(1, "A", str(FILE), 12, "n = self.n", "reads self.n: 0"),
    TraceLine(2, "B", str(FILE), 13, "self.n = n", "self.n: 0 -> \x01", interrupts=True),
    TraceLine(0, "", "", 0, "", "len(it) -> 1"),
)
STORY = Story("lost update", "A call erases another's.", "Lost update. A read.", ("  1 A ...",), LINES)
FINDING = Report(
    CHOICE,
    [result("lost update", "cache.py:12", "cache.py:13"), result("deadlock"), result("lost update", "cache.py:12")],
    [Stage("pairs", 4, done=1, found=3)],
    stories=[STORY],
)
NOTHING = Report(CHOICE, stages=[Stage("pairs", 4, done=4), Stage("two by two", 9, done=2, unfinished=1)])
UNSURE = Report(
    CHOICE, stages=[Stage("pairs", 4, done=3, undecided=1)], reasons={"x": 'it.put("a", 1): It opens \x02.'}
)
EMPTY = Report(CHOICE)
REPORTS = {"found": FINDING, "none": NOTHING, "cannot tell": UNSURE}


def fits(value: Any, kind: Any) -> bool:
    """Whether a value is of a type of `json_types`."""
    if typing.is_typeddict(kind):
        hints = typing.get_type_hints(kind)
        return (
            isinstance(value, dict)
            and value.keys() == hints.keys()
            and all(fits(value[name], part) for name, part in hints.items())
        )
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin is list:
        return isinstance(value, list) and all(fits(each, arguments[0]) for each in value)
    if origin is dict:
        return all(fits(name, arguments[0]) and fits(part, arguments[1]) for name, part in value.items())
    if origin is UnionType:
        return any(fits(value, part) for part in arguments)
    if origin is typing.Literal:
        return value in arguments
    return isinstance(value, kind) and isinstance(value, bool) is (kind is bool)


@pytest.mark.parametrize("verdict", REPORTS)
def test_json_is_what_its_types_say(verdict: str) -> None:
    """Every field is there with its type, for each verdict, and survives JSON."""
    told = json.loads(json.dumps(as_json(REPORTS[verdict])))
    assert told["verdict"] == verdict
    assert fits(told, json_types.ReportJson)
    assert not fits(told | {"seconds": "1"}, json_types.ReportJson)
    assert not fits({name: told[name] for name in told if name != "model"}, json_types.ReportJson)


def test_json_has_the_finding_and_its_replay_line() -> None:
    """The first finding has its schedule and the command that shows it again."""
    first = as_json(FINDING)["findings"][0]
    assert (first["schedule"], first["losing"], first["schedules"]) == ("A1 B2 A1", 2, 6)
    assert "--task 'it.put(\"a\", 1)'" in first["replay"]
    assert first["replay"].endswith("--replay 'A1 B2 A1'")
    assert as_json(FINDING)["trace"][1]["interrupts"] is True


@pytest.mark.parametrize(
    ("report", "failures", "skipped"), [(FINDING, 1, 0), (NOTHING, 0, 1), (UNSURE, 0, 1), (EMPTY, 0, 1)]
)
def test_junit_counts_what_it_has(report: Report, failures: int, skipped: int) -> None:
    """The counts are those of the elements, and the document is well formed."""
    suite = ET.fromstring(junit(report))
    assert (suite.get("tests"), suite.get("errors")) == (str(len(suite.findall("testcase"))), "0")
    assert (suite.get("failures"), len(suite.findall("testcase/failure"))) == (str(failures), failures)
    assert (suite.get("skipped"), len(suite.findall("testcase/skipped"))) == (str(skipped), skipped)


@pytest.mark.parametrize("report", [FINDING, NOTHING, UNSURE, EMPTY])
def test_sarif_keeps_the_rules_of_version_2_1_0(report: Report) -> None:
    """What the standard and GitHub's code scanning ask of a document is there."""
    document = json.loads(json.dumps(sarif(report, HOME)))
    assert document["version"] == "2.1.0"
    (run,) = document["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert all(re.fullmatch("([A-Z][a-z]+)+", rule["name"]) and rule["shortDescription"]["text"] for rule in rules)
    assert all(base["uri"].endswith("/") for base in run["originalUriBaseIds"].values())
    for each in run["results"]:
        assert rules[each["ruleIndex"]]["id"] == each["ruleId"]
        assert (each["kind"], each["level"]) == ("fail", "error")
        assert each["message"]["text"]
        assert len(each["locations"]) == 1
        assert each["partialFingerprints"]
    for place in places(run):
        assert place["region"]["startLine"] >= 1
        base = place["artifactLocation"].get("uriBaseId")
        assert base in run["originalUriBaseIds"] if base else place["artifactLocation"]["uri"].startswith("file:///")


def places(node: Any) -> list[dict[str, Any]]:
    """All physical locations of a document."""
    if isinstance(node, list):
        return [place for each in node for place in places(each)]
    if not isinstance(node, dict):
        return []
    own = [node["physicalLocation"]] if "physicalLocation" in node else []
    return own + [place for each in node.values() for place in places(each)]


def test_sarif_points_into_the_source() -> None:
    """A finding points at the line that races, a deadlock at its class, and the flow at each step."""
    first, deadlock, other = sarif(FINDING, HOME)["runs"][0]["results"]
    assert place(first["locations"][0]) == ("cache.py", 12)
    assert [place(each) for each in first["relatedLocations"]] == [("cache.py", 13)]
    assert place(deadlock["locations"][0]) == ("cache.py", 5)
    flow = first["codeFlows"][0]["threadFlows"][0]["locations"]
    assert [place(step["location"]) for step in flow] == [("cache.py", 12), ("cache.py", 13)]
    assert [step["importance"] for step in flow] == ["important", "essential"]
    assert "codeFlows" not in other
    elsewhere = sarif(FINDING, Path("/elsewhere"))["runs"][0]["results"][0]["locations"][0]
    assert place(elsewhere) == ("file:///home/reader/my project/cache.py", 12)


def test_sarif_points_where_the_thread_is_interrupted() -> None:
    """A finding without a racing line points at the switch, and each finding that is told has its steps."""
    report = Report(CHOICE, [result("deadlock"), result("check-then-act")], stories=[STORY, STORY])
    for each in sarif(report, HOME)["runs"][0]["results"]:
        assert place(each["locations"][0]) == ("cache.py", 12)
        assert [place(other) for other in each["relatedLocations"]] == [("cache.py", 13)]
        assert len(each["codeFlows"][0]["threadFlows"][0]["locations"]) == 2


def test_a_stage_that_was_not_graded_to_its_end_is_no_pass_in_junit() -> None:
    """It is skipped, with what was done of it."""
    suite = ET.fromstring(junit(NOTHING))
    told = {case.get("name"): [part.get("message") for part in case] for case in suite.iter("testcase")}
    assert told == {"pairs": [], "two by two": ["Graded until the time was up: two by two 2 of 9."]}


def test_junit_has_what_its_schemas_ask_for() -> None:
    """The times, the host and the order of the parts."""
    for report in REPORTS.values():
        suite = ET.fromstring(junit(report))
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp", ""))
        assert suite.get("hostname")
        assert all(case.get("time") for case in suite.iter("testcase"))
        tags = [part.tag for part in suite]
        assert tags == ["properties", *["testcase"] * int(suite.get("tests", 0)), "system-out", "system-err"]


def place(location: dict[str, Any]) -> tuple[str, int]:
    """File and line."""
    physical = location["physicalLocation"]
    return unquote(physical["artifactLocation"]["uri"]), physical["region"]["startLine"]


def test_sarif_says_when_nothing_can_be_said() -> None:
    """*Cannot tell* is a notification with the reason, and no result."""
    (run,) = sarif(UNSURE, HOME)["runs"]
    (notification,) = run["invocations"][0]["toolExecutionNotifications"]
    assert "It opens" in notification["message"]["text"]
    assert "toolExecutionNotifications" not in sarif(NOTHING, HOME)["runs"][0]["invocations"][0]
