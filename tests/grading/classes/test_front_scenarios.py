"""The command `grade` on a session manager: the scenarios in its report, its files and its exit code."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from xml.etree import ElementTree as ET

from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.grading.classes.choosing.choice import Choice, Given
from racelab.grading.classes.choosing.grade_file import text_of
from racelab.grading.classes.exports import json_types
from racelab.grading.classes.exports.as_json import as_json
from racelab.grading.classes.exports.junit import junit
from racelab.grading.classes.exports.sarif import sarif
from racelab.grading.classes.program import Program
from racelab.grading.classes.report import Report
from racelab.grading.classes.result import NONE, Result
from racelab.grading.classes.running.processes import Processes
from racelab.grading.classes.running.session import Session
from racelab.grading.classes.scenarios.outcome import Scene
from racelab.grading.classes.stage import Stage
from tests.grading.classes.front import chosen, command, saved
from tests.grading.classes.managers import RIGHT, manager, wrong
from tests.grading.classes.test_front_exports import fits

TAKES_TWO = RIGHT.replace("def __init__(self):", "def __init__(self, ttl, max_sessions):\n        self.ttl = ttl")


def report_on(path: Path, *scenarios: str) -> Report:
    """The report of a grading that asks these scenarios alone."""
    choice = chosen(path, "Manager", Given(scenarios=scenarios))
    with Processes(1) as processes:
        return Session(choice, 60, processes, 1).run()


def test_a_manager_is_asked_all_scenarios_besides_its_calls(tmp_path: Path) -> None:
    """A class with the ten methods is recognised, and any other is not."""
    choice = chosen(manager(tmp_path), "Manager")
    assert (choice.manager, choice.scenarios) == ("Manager()", tuple(SCENARIOS))
    assert choice.calls
    less = manager(tmp_path, ("def run_cleanup", "def clean_up"), name="less")
    assert chosen(less, "Manager").scenarios == ()


def test_the_author_says_which_program_and_no_scenario_is_asked(tmp_path: Path) -> None:
    """With --task and --call the program is the author's."""
    path = manager(tmp_path)
    assert chosen(path, "Manager", Given(tasks=(("it.get_stats()",),))).scenarios == ()
    assert chosen(path, "Manager", Given(calls=("it.get_stats()",))).scenarios == ()


def test_arguments_of_a_manager_are_known_by_their_names(tmp_path: Path) -> None:
    """A TTL and a limit get values with which sessions can be opened."""
    choice = chosen(saved(tmp_path, TAKES_TWO, "manager.py"), "Manager")
    assert choice.manager == "Manager(60.0, 100)"


def test_a_finding_of_a_scenario_is_told_everywhere(tmp_path: Path) -> None:
    """Its anomaly, its schedule and its trace are in the JSON, the JUnit and the SARIF; and so is what passed."""
    path = wrong(tmp_path, "stale overwrite")
    report = report_on(path, "lost-update", "stale-overwrite", "stale-clock")
    told = as_json(report)
    assert fits(told, json_types.ReportJson)
    assert told["verdict"] == "found"
    assert told["sentence"] == f"stale-overwrite in {path}:Manager, in the scenario stale-overwrite."
    assert [(one["name"], one["outcome"]) for one in told["scenarios"]] == [
        ("lost-update", "none"),
        ("stale-overwrite", "found"),
        ("stale-clock", "not asked"),
    ]
    passed, found, left = told["scenarios"]
    assert passed["finding"] is not None
    assert passed["finding"]["schedules"] == 2
    assert found["finding"] == told["findings"][0]
    assert (found["anomaly"], found["finding"]["schedule"]) == ("stale-overwrite", "B1 A1 B1")
    assert found["trace"] == told["trace"]
    assert any("row = self._rows" in line["source"] for line in found["trace"])
    assert "A's key 'theme' was saved as 'dark' and is not stored" in told["paragraph"]
    assert left["why"] == "it needs a clock that is set back"
    cases = {case.get("name"): [part.tag for part in case] for case in ET.fromstring(junit(report)).iter("testcase")}
    assert cases == {
        "scenario lost-update": [],
        "scenario stale-overwrite": ["failure"],
        "scenario stale-clock": ["skipped"],
    }
    (result,) = sarif(report, tmp_path)["runs"][0]["results"]
    assert (result["ruleId"], result["properties"]["schedule"]) == ("stale-overwrite", "B1 A1 B1")
    assert "--scenario stale-overwrite --replay 'B1 A1 B1'" in result["message"]["text"]


def test_a_finding_of_a_scenario_is_replayed_by_the_command_that_is_printed(tmp_path: Path) -> None:
    """The printed line shows the same schedule again, and ends with 3; another schedule shows nothing."""
    path = wrong(tmp_path, "lost update")
    run = command(f"{path.name}:Manager", "--scenario", "lost-increment", folder=tmp_path)
    assert run.returncode == 3, run.stderr
    assert "found: lost-update in manager.py:Manager, in the scenario lost-increment." in run.stdout
    (line,) = re.findall(r"Replay it: .* grade (.*)", run.stdout)
    again = command(*shlex.split(line), folder=tmp_path)
    assert again.returncode == 3, again.stderr
    assert "Lost update. Session 's1': The count grew by 1 and should have grown by 2" in again.stdout
    assert "self._find(session_id).access_c" in again.stdout
    other = command(f"{path.name}:Manager", "--scenario", "lost-increment", "--replay", "A2 B2", folder=tmp_path)
    assert (other.returncode, "Lost update" in other.stdout) == (0, False), other.stderr
    assert other.stdout.startswith("none: Along this schedule nothing is wrong that the scenario asks for.")
    other = command(f"{path.name}:Manager", "--scenario", "lost-increment", "--replay", "B1 A2 B1", folder=tmp_path)
    assert other.returncode == 3, other.stderr
    assert other.stdout.startswith("found: lost-update: Session 's1': The count grew by 1 and should have grown by 2")
    other = command(f"{path.name}:Manager", "--scenario", "lost-increment", "--replay", "B1 A5", folder=tmp_path)
    assert (other.returncode, "Step 4 of 'B1 A5' does not fit." in other.stderr) == (2, True), other.stdout


def test_scenarios_that_pass_are_a_pass_and_say_of_how_many_schedules(tmp_path: Path) -> None:
    """Exit code 0, with the counts; a scenario that cannot be asked is said with the reason."""
    path = manager(tmp_path)
    run = command(f"{path.name}:Manager", "--scenario", "lost-update", "--scenario", "double-delete", folder=tmp_path)
    assert run.returncode == 0, run.stderr
    assert "In every interleaving manager.py:Manager does what the scenarios ask: scenarios 2 of 2." in run.stdout
    assert "passed, of so many schedules: lost-update (2), double-delete (2)" in run.stdout
    run = command(f"{path.name}:Manager", "--scenario", "cleanup-dies", folder=tmp_path)
    assert run.returncode == 4
    assert "not asked: it needs a lock that a fault strikes at" in run.stdout
    run = command(f"{path.name}:Manager", "--scenario", "lost-updates", folder=tmp_path)
    assert run.returncode == 2
    assert "Did you mean lost-update" in run.stderr
    run = command(f"{path.name}:Stats", "--scenario", "lost-update", folder=tmp_path)
    assert run.returncode == 2
    assert "is no session manager: it has no create_session" in run.stderr


def test_a_saved_choice_has_the_scenarios_and_is_graded_with_them(tmp_path: Path) -> None:
    """What --save writes is read back as the same scenarios, made in the same way."""
    path = manager(tmp_path)
    choice = chosen(path, "Manager", Given(scenarios=("lost-update",)))
    file = saved(tmp_path, text_of(choice, tmp_path / "grade_me.py"), "grade_me.py")
    again = chosen(file)
    assert (again.manager, again.scenarios, again.calls) == ("Manager()", ("lost-update",), ())
    whole = chosen(path, "Manager")
    again = chosen(saved(tmp_path, text_of(whole, file), "all.py"))
    assert (again.manager, again.scenarios, again.calls) == (whole.manager, whole.scenarios, whole.calls)


def scene(outcome: str, late: bool = False) -> Scene:
    """A scenario with that outcome, which calls `get_session`."""
    program = Program("", "m", "C()", (("it.get_session(s1)",),))
    result = Result(program, verdict="none") if outcome == NONE else None
    return Scene("lost-update", "", outcome, "why not", late, result=result)  # type: ignore[arg-type] # one of four


def verdict(*scenes: Scene, never: bool = False) -> str:
    """Of a report whose pairs are done; `never` says that the only call never succeeded there."""
    choice = Choice("c.py:C", "", "c", "", "C()", calls=("it.get_session(1)",), chosen=("calls",))
    report = Report(choice, stages=[Stage("pairs", 1, done=1)], scenes=list(scenes))
    report.never = {"it.get_session(1)": "KeyError"} if never else {}
    return report.verdict


def test_only_what_nobody_can_tell_keeps_a_pass_away() -> None:
    """A scenario that is not asked, or that the end of the time cut off, leaves the pass."""
    assert verdict(scene(NONE), scene("not asked"), scene("cannot tell", late=True)) == NONE
    assert verdict(scene(NONE), scene("cannot tell")) == "cannot tell"


def test_a_method_that_a_scenario_has_called_is_known() -> None:
    """That the grader knows no id to call it with is no reason for doubt then."""
    assert verdict(never=True) == "cannot tell"
    assert verdict(scene("not asked"), never=True) == "cannot tell"
    assert verdict(scene(NONE), never=True) == NONE
