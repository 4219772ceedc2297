"""The command `check`: its exit codes, its files, and what it refuses."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from click.testing import CliRunner

from racelab.cli.check import in_words
from racelab.cli.commands import cli
from racelab.grading.check import COLUMNS
from racelab.home import ROOT
from tests.grading.plain import Faults, plain

QUICK = ("--seconds", "1", "--clients", "4", "--columns", "keys,increments")


def run(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """The command, as `lab.py` runs it."""
    command = [sys.executable, "-m", "racelab", "check", *arguments]
    environment = {**os.environ, **environ}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.stress
def test_a_correct_server_ends_with_0_and_a_wrong_one_with_3(tmp_path: Path) -> None:
    """The last line has the verdict, the table the columns, and the files the same."""
    with plain() as right, plain(Faults(blobs=True)) as wrong:
        good = run(right.url, *QUICK)
        bad = run(wrong.url, *QUICK, "--json", str(tmp_path / "r.json"), "--junit", str(tmp_path / "r.xml"))
    assert (good.returncode, bad.returncode) == (0, 3), good.stderr + bad.stderr
    assert good.stdout.splitlines()[-1].startswith("agree: No anomaly was observed in 2 columns.")
    assert bad.stdout.splitlines()[-1].startswith("do not agree: The store does not keep what it acknowledges")
    told = json.loads((tmp_path / "r.json").read_text())
    assert (told["verdict"], list(told["columns"])) == ("do not agree", ["increments", "keys"])
    assert f"{told['columns']['keys']['wrong']:,} of {told['columns']['keys']['tested']:,}" in bad.stdout
    assert f"keys: {told['columns']['keys']['sentence']}" in bad.stdout.splitlines()
    assert ET.parse(tmp_path / "r.xml").getroot().get("failures") == "2"
    assert wrong.url in bad.stdout


def test_a_condition_is_printed_as_people_write_it() -> None:
    """The number is before its noun, and one is no plural; a unit is after its number; a text is after its name."""
    given = {"requests": 6596, "rounds": 1, "seconds": 10.0, "at_once": 8, "took_s": 1234.5, "hold_ms": 100, "s": 2}
    assert [in_words(name, value) for name, value in given.items()] == [
        *("6,596 requests", "1 round", "10 seconds", "8 at once", "took 1,234.5 s", "hold 100 ms", "2 s")
    ]
    texts = {"python": "3.13.1", "system": "Linux x86_64", "store_s": "x"}
    assert [in_words(*each) for each in texts.items()] == ["Python 3.13.1", "on Linux x86_64", "store s x"]


def test_no_such_server_ends_with_4_and_a_sentence() -> None:
    """Nothing is printed but the conditions and the sentence."""
    with plain() as server:
        ended = run(f"{server.url}/shop", *QUICK)
    assert ended.returncode == 4
    assert "GET /shop/read answered 404" in ended.stdout.splitlines()[-1]


@pytest.mark.stress
def test_json_goes_to_standard_output_alone() -> None:
    """With `--json -` the output is the report and nothing else."""
    with plain() as server:
        ended = run(server.url, *QUICK, "--json", "-", COLUMNS="140")
    assert json.loads(ended.stdout)["verdict"] == "agree"
    assert "what was seen" in ended.stderr
    assert "No anomaly" in ended.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a device that is always full")
def test_a_report_that_cannot_be_written_is_an_error() -> None:
    """A full disk ends with 2 and a sentence, and the verdict is printed nevertheless."""
    with plain() as server:
        ended = run(f"{server.url}/shop", *QUICK, "--json", "/dev/full")
    assert ended.returncode == 2
    assert "No space left" in ended.stderr
    assert "answered 404" in ended.stdout


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["127.0.0.1:5000"], "http://127.0.0.1:5000"),
        (["http://127.0.0.1:1", "--columns", "keys,kyes"], "There is no column 'kyes'"),
        (["http://127.0.0.1:1", "--columns", ","], "at least one"),
        (["http://127.0.0.1:1", "--clients", "1"], "2<=x<=64"),
        (["http://127.0.0.1:1", "--seconds", "nan"], "not a number"),
        (["http://127.0.0.1:1", "--json", "/nowhere/at/all"], "No such file"),
        ([], "Missing argument"),
    ],
)
def test_wrong_usage_ends_with_2(arguments: list[str], words: str) -> None:
    """It says what is wrong, before anything is asked."""
    ended = CliRunner().invoke(cli, ["check", *arguments])
    assert ended.exit_code == 2
    assert words in ended.stderr


def test_the_help_names_every_column() -> None:
    """A reader of --help learns what each column counts."""
    told = CliRunner().invoke(cli, ["check", "--help"]).output
    assert [key for key, counts in COLUMNS.items() if key not in told] == []
