"""`explore` and `replay` on the command line: exit codes, what is printed, and that it can be pasted back."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from racelab.catalogue.variants import VARIANTS
from racelab.cli import explore as explore_commands
from racelab.explorer.programs.scenarios import SCENARIOS

ROOT = Path(__file__).resolve().parents[2]
COMMANDS: dict[str, click.Command] = {"explore": explore_commands.explore, "replay": explore_commands.replay}
FINE, USAGE, FOUND, CANNOT_TELL = 0, 2, 3, 4


def run(command: str, *arguments: str) -> Result:
    """A command in this process. What goes wrong in it is a failure of the test."""
    return CliRunner(catch_exceptions=False).invoke(COMMANDS[command], arguments)


def pasted(line: str) -> Result:
    """A line that was printed, as a person would paste it."""
    front_door, name, *arguments = shlex.split(line.partition("python3 ")[2])
    assert front_door == "lab.py"
    return run(name, *arguments)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["lost-increment"], FOUND),
        (["lost-increment", "--variant", "fixed"], FINE),
        (["lost-increment", "--variant", "atomic-counter"], FINE),
        (["lost-increment", "--policy", "full"], FOUND),
        (["lost-increment", "--policy", "random", "--executions", "50", "--seed", "3"], FOUND),
        (["lost-increment", "--policy", "pct", "--executions", "50"], FOUND),
        (["lost-increment", "--policy", "pct", "--executions", "50", "--variant", "fixed"], CANNOT_TELL),
        (["lost-increment", "--bound", "0"], FINE),
        (["lost-increment", "--without", "A1"], FINE),
        (["lost-increment", "--repeat", "2"], FOUND),
        (["stale-clock", "--repeat", "4", "--variant", "fixed", "--seconds", "0.01"], CANNOT_TELL),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_the_exit_code_is_the_verdict(arguments: list[str], code: int) -> None:
    """In text and as JSON, and the JSON says the same."""
    assert run("explore", *arguments).exit_code == code
    told = run("explore", *arguments, "--json")
    assert told.exit_code == code
    verdict = {FINE: "none", FOUND: "found", CANNOT_TELL: "cannot tell"}[code]
    assert json.loads(told.stdout)["verdict"] == verdict


def test_explore_says_how_many_schedules_there_are_and_how_many_lose() -> None:
    """And shows the smallest of these, step by step, with the paragraph."""
    told = run("explore", "lost-increment").stdout
    numbers = json.loads(run("explore", "lost-increment", "--json").stdout)
    assert (numbers["schedules"], numbers["losing"]) == (20, 14)
    assert all(words in told for words in ("20 schedules", "14 of them", "A1 B3 A2", "step 5", "1 preemption"))


def test_the_json_has_a_witness_for_each_anomaly() -> None:
    """With what a script needs to replay it, and what a person needs to believe it."""
    told = json.loads(run("explore", "lost-increment", "--json").stdout)
    assert told["exhausted"] is True
    assert told["unsure"] is None
    assert {"lost-update", "duplicate-answer"} <= told["witnesses"].keys()
    for witness in told["witnesses"].values():
        assert witness["preemptions"] <= 2
        assert witness["anomalies"]
        assert run("replay", "lost-increment", witness["schedule"]).exit_code == FOUND


def test_a_bound_is_said_beside_the_verdict() -> None:
    """'None' with a bound is not 'none' without one."""
    told = run("explore", "lost-increment", "--bound", "0")
    assert "at most 0 preemptions" in told.stdout
    assert json.loads(run("explore", "lost-increment", "--bound", "0", "--json").stdout)["bound"] == 0
    assert "at most" not in run("explore", "lost-increment", "--variant", "fixed").stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["lost-increment"],
        ["stale-then-saved", "--variant", "seed-less-than"],
        ["lost-increment", "--repeat", "3", "--policy", "random"],
        ["stale-then-saved", "--without", "A2"],
        ["cleanup-and-delete", "--policy", "random", "--executions", "30"],
        ["three-counts"],
    ],
    ids=" ".join,
)
def test_the_printed_command_replays_what_was_found(arguments: list[str]) -> None:
    """The very trace that stands above it, with the same schedule and the same paragraph."""
    told = run("explore", *arguments)
    if told.exit_code == FINE:
        assert "Replay it" not in told.stdout
        return
    before, _, line = told.stdout.strip().rpartition("Replay it: ")
    again = pasted(line)
    assert again.exit_code == FOUND
    assert again.stdout.strip() in before


@pytest.mark.parametrize(
    ("arguments", "known"),
    [
        (["lost-updates"], SCENARIOS),
        (["lost-increment", "--variant", "correct"], VARIANTS),
        (["lost-increment", "--without", "C1"], ["A1", "B1"]),
    ],
    ids=["scenario", "variant", "operation"],
)
@pytest.mark.parametrize("command", COMMANDS)
def test_an_unknown_name_is_answered_with_the_known_ones(command: str, arguments: list[str], known: list[str]) -> None:
    """Exit code 2, and no look into the source."""
    refused = run(command, *arguments)
    assert refused.exit_code == USAGE
    assert all(name in refused.stderr for name in known)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_name_everything_there_is_is_listed(command: str) -> None:
    """Asking what there is, is no mistake."""
    told = run(command)
    assert told.exit_code == FINE
    assert all(name in told.stdout for name in [*SCENARIOS, *VARIANTS])


@pytest.mark.parametrize(
    "arguments",
    [
        ["--policy", "pct", "--bound", "1"],
        ["--seed", "2"],
        ["--policy", "full", "--executions", "9"],
        ["--seconds", "nan"],
    ],
    ids=" ".join,
)
def test_an_option_is_refused_where_it_means_nothing(arguments: list[str]) -> None:
    """A drawn schedule has as many preemptions as it has; and where all are tried, nothing is drawn."""
    assert run("explore", "lost-increment", *arguments).exit_code == USAGE


@pytest.mark.parametrize("arguments", [["--variant", "nope"], ["--json"], ["--without", "A1"]], ids=" ".join)
def test_options_without_a_scenario_are_refused(arguments: list[str]) -> None:
    """A list is no answer to a question about one of them; and it is no JSON."""
    refused = run("explore", *arguments)
    assert refused.exit_code == USAGE
    assert not refused.stdout


@pytest.mark.parametrize("command", COMMANDS)
def test_leaving_out_everything_is_refused(command: str) -> None:
    """Nothing happens then, and nothing that is wrong would be called a pass."""
    refused = run(command, "lost-increment", "--without", "A1 B1")
    assert refused.exit_code == USAGE
    assert "leaves out every operation" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["lost-increment", "A1 B3 A2"], FOUND, "an identical, stale"),
        (["lost-increment", "a1.b3.a2"], FOUND, "an identical, stale"),
        (["lost-increment", "A1", "B3", "A2"], FOUND, "an identical, stale"),
        (["lost-increment", "A1B3A2"], FOUND, "an identical, stale"),
        (["lost-increment", "A3 B3"], FINE, "A had finished before B began"),
        (["lost-increment"], FINE, "A had finished before B began"),
        (["lost-increment", "A2 B3 A1", "--variant", "fixed"], USAGE, "Step 4"),
        (["lost-increment", "A1 C1"], USAGE, "there is no task C"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_replay_ends_as_the_schedule_does(arguments: list[str], code: int, said: str) -> None:
    """Something is wrong, nothing is, or it cannot be followed: the steps that could be are shown."""
    told = run("replay", *arguments)
    assert told.exit_code == code
    assert said in " ".join(told.stdout.split())


@pytest.mark.parametrize("schedule", ["A1 B", "A1 B?", "A1 " * 20_000, "A" * 100_000], ids=["fine", "?", "long", "AAA"])
def test_a_bad_schedule_is_refused_in_a_sentence(schedule: str) -> None:
    """Exit code 2; whatever was pasted, the answer is short."""
    refused = run("replay", "lost-increment", schedule)
    assert (refused.exit_code == USAGE) is (schedule != "A1 B")
    assert len(refused.stderr) < 500
    assert "Traceback" not in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["lost-incremnt"], "Did you mean lost-increment?"),
        (["lost-increment", "--variant", "fixd"], "Did you mean fixed?"),
        (["fixed"], "'fixed' is a variant. Name a scenario first: lost-increment --variant fixed"),
        (["zzz"], "There is no scenario 'zzz'. Choose from:"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_name_that_is_none_is_answered_with_the_one_that_was_meant(
    command: str, arguments: list[str], said: str
) -> None:
    """Or with all there are."""
    refused = run(command, *arguments)
    assert refused.exit_code == USAGE
    assert said in refused.stderr


def test_the_front_door_leads_there() -> None:
    """As a process of its own: the exit code comes through, and nothing but JSON is on the standard output."""
    command = [sys.executable, "-m", "racelab", "explore", "lost-increment", "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == FOUND
    assert json.loads(ended.stdout)["losing"] == 14
    assert ended.stderr == ""
