"""The command `survey`: what it lists, what it refuses, what it writes, and how it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from racelab import private_redis
from racelab.bugs import ExitCode
from racelab.cli.commands import cli
from racelab.grading.survey import environments, measure, results
from racelab.grading.survey.environments import NotInstalled
from racelab.grading.survey.json_types import RowJson
from racelab.grading.survey.measure import Measuring
from racelab.grading.survey.rows import NAMES, Row
from tests.grading import survey_runs


def survey(*words: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cli, ["survey", *words], prog_name="lab.py")


class Found:
    """Takes the place of a measurement."""

    def __init__(self) -> None:
        self.wrong: dict[str, int] = {}
        self.broken: set[str] = set()

    def row(self, row: Row) -> RowJson:
        """What is found in a row."""
        if row.name in self.broken:
            raise NotInstalled("The network is away.")
        return survey_runs.row(row.name, survey_runs.run(**self.wrong))


@pytest.fixture
def found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Found:
    """Rows that are not really measured, and documents in a folder of their own."""
    made_up = Found()

    def measured(_: Measuring, row: Row) -> RowJson:
        return made_up.row(row)

    monkeypatch.setattr(Measuring, "row", measured)
    monkeypatch.setattr(results, "KEPT", tmp_path / "survey.json")
    monkeypatch.setattr(private_redis, "start", lambda _: "unix:///nowhere")
    return made_up


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A computer without Redis, without Node, and with nothing installed for the survey."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    monkeypatch.setenv("RACELAB_SURVEY", str(tmp_path / "survey"))


def test_the_list_has_every_row_with_what_it_needs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each row is a line with its needs, and whether it is installed."""
    monkeypatch.setattr(measure, "why_not", lambda _: "")
    monkeypatch.setenv("RACELAB_SURVEY", str(tmp_path))
    monkeypatch.setattr(environments, "is_ready", lambda name: name == "flask")
    lines = {line.split()[0]: line for line in survey("list").output.splitlines()[: len(NAMES)]}
    assert tuple(lines) == NAMES
    assert lines["flask-session-redis"].endswith("gunicorn, Redis    installed")
    assert lines["django-db"].endswith("not installed yet")
    assert lines["racelab-memory"].endswith("in the lab")


@pytest.mark.usefixtures("bare")
def test_the_list_says_what_the_computer_lacks(tmp_path: Path) -> None:
    """Rows that need Redis or Node say that it is missing; nothing is installed."""
    lines = {line.split()[0]: line for line in survey("list").output.splitlines()[: len(NAMES)]}
    assert "Neither redis-server nor valkey-server is installed" in lines["flask-session-redis"]
    assert "is installed" not in lines["flask-cookie"]
    assert not (tmp_path / "survey").exists()


def test_an_unknown_store_is_refused_with_the_nearest() -> None:
    """A wrong name is wrong usage, and the error has the nearest name and all names."""
    refused = survey("run", "flask-session-reddis")
    assert refused.exit_code == ExitCode.USAGE
    assert "There is no store 'flask-session-reddis'. Did you mean flask-session-redis?" in refused.output
    assert all(name in refused.output for name in NAMES)


def test_no_store_is_refused_with_the_choice() -> None:
    """Without a name the command lists the names, and measures nothing."""
    refused = survey("run")
    assert refused.exit_code == ExitCode.USAGE
    assert "Name the stores to measure, or `all`" in refused.output


def test_a_measured_store_is_told_with_the_cause(found: Found) -> None:
    """Each column has its answer, and a yes its cause and what helps."""
    found.wrong = {"keys_while_reading": 40}
    done = survey("run", "flask-session-redis")
    assert done.exit_code == ExitCode.AS_EXPECTED
    assert "keys lost to readers     yes          40 of 300, 13 %" in done.stdout
    assert "What helps: SESSION_REFRESH_EACH_REQUEST = False" in done.stdout


def test_an_anomaly_of_the_own_store_is_not_as_expected(found: Found) -> None:
    """A yes of the project's own store ends with 3, one of another store does not."""
    found.wrong = {"keys": 1}
    assert survey("run", "racelab-memory").exit_code == ExitCode.NOT_AS_EXPECTED
    assert survey("run", "flask-cookie").exit_code == ExitCode.AS_EXPECTED


def test_a_store_that_cannot_be_measured_stops_no_other(found: Found) -> None:
    """The others are measured, the sentence is told, and the end is `cannot tell`."""
    found.broken = {"flask-cookie"}
    done = survey("run", "flask-cookie", "django-db")
    assert done.exit_code == ExitCode.CANNOT_TELL
    assert "flask-cookie was not measured. The network is away." in done.stderr
    assert "Django, db" in done.stdout


@pytest.mark.usefixtures("found", "bare")
def test_without_redis_its_rows_say_so() -> None:
    """A row that needs Redis is left out with a sentence, and another one is measured."""
    done = survey("run", "flask-session-redis", "django-db")
    assert done.exit_code == ExitCode.CANNOT_TELL
    assert "flask-session-redis was not measured. Neither redis-server" in done.stderr
    assert "apt install redis-server" in done.stderr
    assert "Django, db" in done.stdout


@pytest.mark.usefixtures("found", "bare")
def test_without_node_its_row_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of Node is left out with a sentence that says what to install."""
    monkeypatch.setattr(shutil, "which", lambda name: "/bin/redis-server" if "redis" in name else None)
    done = survey("run", "express-session-redis")
    assert done.exit_code == ExitCode.CANNOT_TELL
    assert "Node.js is not installed" in done.stderr


@pytest.mark.usefixtures("found")
def test_a_redis_that_does_not_start_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Redis that is installed and does not start is a sentence, not a traceback."""

    def start(_: Path) -> str:
        raise private_redis.NoRedis("Redis did not start.")

    monkeypatch.setattr(private_redis, "start", start)
    done = survey("run", "flask-session-redis")
    assert done.exit_code == ExitCode.CANNOT_TELL
    assert "Redis did not start." in done.stderr


@pytest.mark.usefixtures("found")
def test_the_table_is_printed_as_json_and_nothing_else() -> None:
    """`--json -` prints the table alone, so that it can be piped on."""
    done = survey("run", "django-db", "--json", "-")
    table: dict[str, Any] = json.loads(done.stdout)
    assert [row["name"] for row in table["rows"]] == ["django-db"]
    assert table == json.loads(json.dumps(results.merged(None, [survey_runs.row("django-db", survey_runs.run())])))


def test_write_replaces_the_rows_that_were_measured(found: Found) -> None:
    """`--write` keeps the other rows, and makes the document of all."""
    survey("run", "django-db", "flask-cookie", "--write")
    found.wrong = {"keys": 7}
    assert survey("run", "django-db", "--write").exit_code == ExitCode.AS_EXPECTED
    table = results.kept()
    assert table is not None
    assert [(row["name"], row["cells"]["keys"]["answer"]) for row in table["rows"]] == [
        ("flask-cookie", "no"),
        ("django-db", "yes"),
    ]
    assert "[Flask's signed cookie](#flask-cookie) | no | no" in results.KEPT.with_suffix(".md").read_text()


def test_write_of_nothing_changes_nothing(found: Found) -> None:
    """If no row could be measured, the documents stay as they are."""
    found.broken = {"django-db"}
    assert survey("run", "django-db", "--write").exit_code == ExitCode.CANNOT_TELL
    assert not results.KEPT.exists()


@pytest.mark.usefixtures("found")
def test_write_outside_the_project_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Where there are no documents, `--write` is wrong usage and measures nothing."""
    monkeypatch.setattr(results, "KEPT", tmp_path / "nowhere" / "survey.json")
    refused = survey("run", "django-db", "--write")
    assert refused.exit_code == ExitCode.USAGE
    assert "--write" in refused.output
