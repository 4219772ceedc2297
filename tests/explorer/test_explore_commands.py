"""`explore` and `replay` on the command line: exit codes, what is printed, and that it can be pasted."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path

import click
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


EXIT_CODES = {
    "lost-increment": FOUND,
    "lost-increment --variant fixed": FINE,
    "lost-increment --variant atomic-counter": FINE,
    "lost-increment --policy full": FOUND,
    "lost-increment --policy random --executions 50 --seed 3": FOUND,
    "lost-increment --policy pct --executions 50": FOUND,
    "lost-increment --policy pct --executions 50 --variant fixed": CANNOT_TELL,
    "lost-increment --bound 0": FINE,
    "lost-increment --without A1": FINE,
    "lost-increment --repeat 2": FOUND,
    "stale-clock --repeat 4 --variant fixed --seconds 0.01": CANNOT_TELL,
}


def test_the_exit_code_is_the_verdict() -> None:
    """The exit code, in text and as JSON, is the verdict in the JSON."""
    offenders, verdicts = [], {"none": FINE, "found": FOUND, "cannot tell": CANNOT_TELL}
    for arguments, code in EXIT_CODES.items():
        text, told = run("explore", *arguments.split()), run("explore", *arguments.split(), "--json")
        if [text.exit_code, told.exit_code, verdicts[json.loads(told.stdout)["verdict"]]] != [code] * 3:
            offenders.append(arguments)
    assert not offenders


def test_explore_says_how_many_schedules_there_are_and_how_many_fail() -> None:
    """`explore` prints the counts and the smallest failing schedule with its steps."""
    told = run("explore", "lost-increment").stdout
    numbers = json.loads(run("explore", "lost-increment", "--json").stdout)
    assert (numbers["schedules"], numbers["losing"]) == (20, 14)
    assert all(words in told for words in ("20 schedules", "14 of them", "A1 B3 A2", "step 5", "1 preemption"))


def test_the_json_has_a_witness_for_each_anomaly() -> None:
    """Each anomaly in the JSON has a schedule that replays it."""
    told = json.loads(run("explore", "lost-increment", "--json").stdout)
    assert told["exhausted"] is True
    assert told["unsure"] is None
    assert {"lost-update", "duplicate-answer"} <= told["witnesses"].keys()
    for witness in told["witnesses"].values():
        assert witness["preemptions"] <= 2
        assert witness["anomalies"]
        assert run("replay", "lost-increment", witness["schedule"]).exit_code == FOUND


def test_a_bound_is_said_beside_the_verdict() -> None:
    """A search with a bound says so in text and as JSON."""
    told = run("explore", "lost-increment", "--bound", "0")
    assert "at most 0 preemptions" in told.stdout
    assert json.loads(run("explore", "lost-increment", "--bound", "0", "--json").stdout)["bound"] == 0
    assert "at most" not in run("explore", "lost-increment", "--variant", "fixed").stdout


REPLAYED = [
    "lost-increment",
    "stale-then-saved --variant seed-less-than",
    "lost-increment --repeat 3 --policy random",
    "stale-then-saved --without A2",
    "cleanup-and-delete --policy random --executions 30",
    "three-counts",
]


def test_the_printed_command_replays_what_was_found() -> None:
    """The command that `explore` prints shows the trace that it printed."""
    offenders, fine = [], []
    for arguments in REPLAYED:
        told = run("explore", *arguments.split())
        before, found, line = told.stdout.strip().rpartition("Replay it: ")
        if told.exit_code == FINE and not found:
            fine.append(arguments)
            continue
        again = pasted(line)
        if again.exit_code != FOUND or again.stdout.strip() not in before:
            offenders.append(arguments)
    assert not offenders
    assert fine == ["stale-then-saved --variant seed-less-than"]


def unlike(refused: list[tuple[tuple[str, ...], list[str]]]) -> list[str]:
    """The command lines that are not refused with those words, and an exit code that says how they are used."""
    offenders = []
    for arguments, words in refused:
        for command in COMMANDS:
            told = run(command, *arguments)
            if told.exit_code != USAGE or not all(word in told.stderr for word in words):
                offenders.append(f"{command} {' '.join(arguments)}")
    return offenders


def test_an_unknown_name_is_answered_with_the_known_ones() -> None:
    """An unknown scenario, variant or operation is refused with all known ones."""
    unknown: list[tuple[tuple[str, ...], list[str]]] = [
        (("lost-updates",), [*SCENARIOS]),
        (("lost-increment", "--variant", "correct"), [*VARIANTS]),
        (("lost-increment", "--without", "C1"), ["A1", "B1"]),
    ]
    assert not unlike(unknown)


def test_a_misspelled_name_is_answered_with_the_one_that_was_meant() -> None:
    """A name that resembles a known one is refused with the known one."""
    misspelled: list[tuple[tuple[str, ...], list[str]]] = [
        (("lost-incremnt",), ["Did you mean lost-increment?"]),
        (("lost-increment", "--variant", "fixd"), ["Did you mean fixed?"]),
        (("fixed",), ["'fixed' is a variant. Name a scenario first: lost-increment --variant fixed"]),
        (("zzz",), ["There is no scenario 'zzz'. Choose from:"]),
    ]
    assert not unlike(misspelled)


def test_leaving_out_everything_is_refused() -> None:
    """A program without an operation is refused, and does not pass."""
    assert not unlike([(("lost-increment", "--without", "A1 B1"), ["This omits every operation"])])


def test_without_a_name_everything_there_is_is_listed() -> None:
    """Without arguments both commands list all scenarios and variants."""
    told = {command: run(command) for command in COMMANDS}
    assert not [command for command, answer in told.items() if answer.exit_code != FINE]
    names = [*SCENARIOS, *VARIANTS]
    assert not [(command, name) for command, answer in told.items() for name in names if name not in answer.stdout]


def test_an_option_is_refused_where_it_means_nothing() -> None:
    """An option that the policy would ignore is refused."""
    meaningless = "--policy pct --bound 1", "--seed 2", "--policy full --executions 9", "--seconds nan"
    codes = {options: run("explore", "lost-increment", *options.split()).exit_code for options in meaningless}
    assert codes == dict.fromkeys(meaningless, USAGE)


def test_options_without_a_scenario_are_refused() -> None:
    """Options without a scenario are refused, and nothing is listed."""
    told = {options: run("explore", *options.split()) for options in ("--variant nope", "--json", "--without A1")}
    assert not [options for options, answer in told.items() if answer.exit_code != USAGE or answer.stdout]


REPLAYS: list[tuple[tuple[str, ...], int, str]] = [
    (("A1 B3 A2",), FOUND, "an identical value, computed from that stale read"),
    (("a1.b3.a2",), FOUND, "an identical value, computed from that stale read"),
    (("A1", "B3", "A2"), FOUND, "an identical value, computed from that stale read"),
    (("A1B3A2",), FOUND, "an identical value, computed from that stale read"),
    (("A3 B3",), FINE, "A had finished before B began"),
    ((), FINE, "A had finished before B began"),
    (("A2 B3 A1", "--variant", "fixed"), USAGE, "Step 4"),
    (("A1 C1",), USAGE, "there is no task C"),
]


def test_replay_ends_as_the_schedule_does() -> None:
    """`replay` shows the steps and the outcome, or the step that cannot be taken."""
    told = [(arguments, code, said, run("replay", "lost-increment", *arguments)) for arguments, code, said in REPLAYS]
    assert not [arguments for arguments, code, _, answer in told if answer.exit_code != code]
    assert not [arguments for arguments, _, said, answer in told if said not in " ".join(answer.stdout.split())]


def test_a_bad_schedule_is_refused_in_a_sentence() -> None:
    """What is no schedule is refused in fewer than 500 characters."""
    bad = ["A1 B?", "A1 " * 20_000, "A" * 100_000]
    told = [(schedule, run("replay", "lost-increment", schedule)) for schedule in bad]
    assert not [schedule[:9] for schedule, refused in told if refused.exit_code != USAGE]
    assert not [schedule[:9] for schedule, refused in told if not 0 < len(refused.stderr) < 500]
    assert not [schedule[:9] for schedule, refused in told if "Traceback" in refused.stderr]
    assert run("replay", "lost-increment", "A1 B").exit_code != USAGE


def test_the_front_door_leads_there() -> None:
    """As a process, `explore --json` prints only JSON and exits with the verdict."""
    command = [sys.executable, "-m", "racelab", "explore", "lost-increment", "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == FOUND
    assert json.loads(ended.stdout)["losing"] == 14
    assert ended.stderr == ""
