"""The command line: what it refuses, what it lists, and how the demonstration judges what it measured."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from itertools import product
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import click
import psutil  # type: ignore[import-untyped] # it comes without types
import pytest
from click.testing import CliRunner

from racelab import server
from racelab.bugs import BUGS, ExitCode
from racelab.cli import loads
from racelab.cli.commands import cli
from racelab.cli.demo import Ended, judge, summary
from racelab.private_redis import PROGRAMS
from racelab.several import VARIANTS
from tests.subject.cases import Cases
from tests.workers import until

ROOT = Path(__file__).resolve().parent.parent
FINE = Ended(0, "")


def racelab(*arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run the command line as lab.py does."""
    command = [sys.executable, "-m", "racelab", *arguments]
    environment = {**os.environ, **environ}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False)


def result(verdict: str, promised: int = 100, count: int = 0) -> dict[str, Any]:
    """One variant's part of a verdict, with the same card for every bug."""
    card = {"promised": promised, "present": promised - count, "count": count, "verdict": verdict, "sentence": ""}
    cards = {bug.key: dict(card) for bug in BUGS}
    return {"verdict": verdict, "sentence": "", "failed_requests": 0, "unknown": 2, "cards": cards}


@pytest.fixture
def verdict() -> dict[str, Any]:
    """What the demonstration hopes for: all four bugs on buggy, none on fixed."""
    variants = {"buggy": result("do not agree", count=7), "fixed": result("agree")}
    return {"environment": {"python": "3.11.7"}, "variants": variants}


def test_all_four_on_buggy_and_none_on_fixed_is_success(verdict: dict[str, Any]) -> None:
    """All four bugs on buggy and none on fixed give exit code 0."""
    assert judge(verdict, FINE)[0] == 0


def test_every_card_must_be_as_expected(verdict: dict[str, Any]) -> None:
    """One card out of eight that is not as expected is enough for exit code 3."""
    unexpected = (("buggy", "agree"), ("buggy", "cannot tell"), ("fixed", "do not agree"))
    with Cases() as cases:
        for (variant, said), bug in product(unexpected, BUGS):
            with cases.case(variant, said, bug.key):
                changed = deepcopy(verdict)
                changed["variants"][variant]["cards"][bug.key]["verdict"] = said
                assert judge(changed, FINE)[0] == 3


def test_cannot_tell_is_not_good_enough_on_fixed(verdict: dict[str, Any]) -> None:
    """A card of fixed that reads 'cannot tell' is enough for exit code 3."""
    with Cases() as cases:
        for bug in BUGS:
            with cases.case(bug.key):
                changed = deepcopy(verdict)
                changed["variants"]["fixed"]["cards"][bug.key]["verdict"] = "cannot tell"
                code, reason = judge(changed, FINE)
                assert code == 3
                assert "Not ruled out on fixed" in reason


def test_an_anomaly_outside_the_cards_counts(verdict: dict[str, Any]) -> None:
    """A verdict that disagrees on fixed gives exit code 3, whatever its cards say."""
    verdict["variants"]["fixed"]["verdict"] = "do not agree"
    assert judge(verdict, FINE)[0] == 3


def test_nothing_promised_is_nothing_measured(verdict: dict[str, Any]) -> None:
    """Without a promise the exit code is 4, and the load tool's last words say why."""
    with Cases() as cases:
        for variant in ("buggy", "fixed"):
            with cases.case(variant):
                changed = deepcopy(verdict)
                changed["variants"][variant] = result("cannot tell", promised=0)
                code, reason = judge(changed, Ended(1, "\nConnection refused"))
                assert code == 4
                assert "Connection refused" in reason


def test_failed_requests_are_no_verdict(verdict: dict[str, Any]) -> None:
    """Failed requests give exit code 1, whoever counted them, server or load tool."""
    assert judge(verdict, Ended(1, ""))[0] == 1
    verdict["variants"]["fixed"]["failed_requests"] = 1
    assert judge(verdict, FINE)[0] == 1


def test_the_summary_has_the_shape_that_scripts_read(verdict: dict[str, Any]) -> None:
    """The summary has `variants.buggy.lost_updates.count` and its neighbours."""
    numbers = summary(verdict)
    assert set(numbers) == {"environment", "failed_requests", "unknown", "variants"}
    assert numbers["variants"]["buggy"]["lost_updates"] == {
        "promised": 100,
        "present": 93,
        "count": 7,
        "verdict": "do not agree",
    }
    assert set(numbers["variants"]["fixed"]) == {bug.key for bug in BUGS}
    assert numbers["unknown"] == 4


def test_loads_are_listed_without_being_imported(tmp_path: Path) -> None:
    """Loads are listed by their docstrings, without being imported."""
    (tmp_path / "storm.py").write_text('"""Everybody at once.\n\nMore."""\nraise SystemExit("imported")\n')
    (tmp_path / "silent.py").write_text("")
    (tmp_path / "_helper.py").write_text('"""Not a load."""\n')
    assert loads.available(tmp_path) == {"silent": "(no description)", "storm": "Everybody at once."}


def test_locusts_own_tables_are_printed_on_demand_only() -> None:
    """A load silences Locust's log, which prints its tables, unless it is verbose."""
    quiet, verbose = (loads.Load("mixed", "http://127.0.0.1:9", 1, 1, verbose=flag).command() for flag in (False, True))
    assert [word for word in quiet if word not in verbose] == ["--skip-log-setup"]
    assert [word for word in verbose if word not in quiet] == []


def test_an_unknown_load_is_answered_with_the_known_ones() -> None:
    """An unknown load ends with 2 and the names of all loads."""
    refused = racelab("load", "lost_update")
    assert refused.returncode == 2
    assert all(name in refused.stderr for name in loads.available())


def test_an_unknown_manager_is_refused_before_a_lab_is_started(monkeypatch: pytest.MonkeyPatch) -> None:
    """It ends with 2 and the managers there are; those and `both`, and any if the environment names some, go on."""
    monkeypatch.setattr(server, "Server", Mock(side_effect=server.ServerError("started")))
    monkeypatch.delenv(VARIANTS, raising=False)
    refused, *taken = (
        CliRunner().invoke(cli, ["load", "mixed", "--variant", name]) for name in ("redis-fixed", "buggy", "both")
    )
    assert refused.exit_code == ExitCode.USAGE
    assert "no manager 'redis-fixed'. It has: buggy, fixed, or both." in refused.output
    monkeypatch.setenv(VARIANTS, '["redis-fixed"]')
    taken.append(CliRunner().invoke(cli, ["load", "mixed", "--variant", "redis-fixed"]))
    assert [str(each.exception) for each in taken] == ["started"] * 3


def test_load_is_sent_to_a_lab_only() -> None:
    """An address where no lab answers is refused with exit code 2."""
    name = next(iter(loads.available()))
    refused = racelab("load", name, "--url", "http://127.0.0.1:9")
    assert refused.returncode == 2
    assert "No Session Race Lab answers at http://127.0.0.1:9" in refused.stderr


def test_an_address_without_http_is_answered_with_how_to_write_it() -> None:
    """Exit code 2, and the address as it should be; so is a port that is none."""
    name = next(iter(loads.available()))
    for given, wanted in (("127.0.0.1:8611", "127.0.0.1:8611"), ("http://127.0.0.1:x", "127.0.0.1:8000")):
        refused = racelab("load", name, "--url", given)
        assert refused.returncode == 2
        assert f"http://{wanted}. Got '{given}'" in refused.stderr
        assert "urlopen" not in refused.stderr


def test_further_labs_are_handed_on_and_asked_first() -> None:
    """`--also` reaches Locust for each lab; without `--url`, or where no lab answers, it is exit code 2."""
    command = loads.Load("mixed", "http://a", 1, 1, also=("http://b", "http://c")).command()
    assert command[-4:] == ["--also", "http://b", "--also", "http://c"]
    alone = racelab("load", "mixed", "--also", "http://127.0.0.1:9")
    assert (alone.returncode, "Give that, too" in alone.stderr) == (2, True)


def test_wrong_usage_is_exit_code_2() -> None:
    """A wrong option or command ends with exit code 2 and a sentence."""
    with Cases() as cases:
        for arguments in (["demo", "--users", "0"], ["serve", "--port", "99999"], ["nonsense"]):
            with cases.case(*arguments):
                refused = racelab(*arguments)
                assert refused.returncode == 2
                assert "Error:" in refused.stderr
                assert "Traceback" not in refused.stderr


def test_an_unknown_command_is_answered_with_those_there_are() -> None:
    """Every group names the nearest of its commands, or lists all where none is near; options stay click's."""
    context = click.Context(cli)
    groups = {"": cli} | {name: each for name, each in cli.commands.items() if isinstance(each, click.Group)}
    assert set(groups) == {"", "learn", "survey"}
    for name, group in groups.items():
        before = [name] if name else []
        far = CliRunner().invoke(cli, [*before, "0000"])
        assert far.exit_code == ExitCode.USAGE
        for known in group.list_commands(context):
            assert f"\n  {known} " in far.output
            near = CliRunner().invoke(cli, [*before, f"{known}x"])
            assert f"There is no command '{known}x'. Did you mean {known}" in near.output
            assert "Choose from" not in near.output
    assert "No such option" in CliRunner().invoke(cli, ["--chek"]).output


@contextmanager
def started(*arguments: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A command that goes on until it is told to stop, and the address that it prints first."""
    command = [sys.executable, "-m", "racelab", *arguments, "--port", str(free_port())]
    environment = {**os.environ, "RACELAB_INSTANCE": str(folder / "here"), "TMPDIR": str(folder)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process, process.stdout.readline().split(" is at ")[1].split()[0]
        finally:
            process.terminate()


def free_port() -> int:
    """A port that was free a moment ago."""
    with server.listen(0) as listener:
        port: int = listener.getsockname()[1]
        return port


def test_serve_answers_until_it_is_told_to_stop(tmp_path: Path) -> None:
    """`serve` prints its address, answers there, and ends in order at SIGINT."""
    with started("serve", folder=tmp_path) as (process, url):
        assert set(server.fetch(f"{url}/lab/status")["variants"]) == {"buggy", "fixed"}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
    assert list((tmp_path / "here").glob("*.sqlite"))
    with pytest.raises(OSError, match="refused"):
        server.fetch(f"{url}/health")


def test_serve_starts_a_redis_of_its_own_and_ends_it(tmp_path: Path) -> None:
    """`serve --redis` keeps its data in the instance, lets nobody else have it, and leaves no process behind."""
    if not any(map(shutil.which, PROGRAMS)):
        pytest.skip("No redis-server is installed: NOTHING was tested of `serve --redis`")
    for recovered in (0, 1):  # the second one finds what the first has stored
        with started("serve", "--redis", "--workers", "2", folder=tmp_path) as (process, url):
            status = server.fetch(f"{url}/lab/status")
            assert set(status["variants"]) == {"redis-buggy", "redis-fixed"}
            assert status["variants"]["redis-fixed"]["recovered"] == recovered
            refused = racelab("serve", "--redis", "--port", str(free_port()), RACELAB_INSTANCE=str(tmp_path / "here"))
            assert (refused.returncode, "Another lab has a Redis on" in refused.stderr) == (2, True)
            server.fetch(f"{url}/redis-fixed/api/login", {"username": "ann", "password": "x"})
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 0
    until(lambda: not [one for one in psutil.process_iter(["cmdline"]) if str(tmp_path) in str(one.info["cmdline"])])


def test_serve_says_how_to_get_an_engine(tmp_path: Path) -> None:
    """Where none is installed, and where the URL leads nowhere. It shows no password."""
    with Cases() as cases:
        for arguments, path, why in (
            (["--redis"], str(tmp_path), "apt install redis-server"),
            (["--redis", "127.0.0.1:6379"], os.environ["PATH"], "redis://127.0.0.1:6379"),
            (["--redis", "redis://127.0.0.1:1"], os.environ["PATH"], "Redis at redis://127.0.0.1:1 cannot be used"),
            (["--redis", "redis://ann:geheim@127.0.0.1:1?password=geheim"], os.environ["PATH"], "Redis at redis://"),
            (["--redis", "redis://ann:geheim@127.0.0.1:one"], os.environ["PATH"], "--redis takes a URL such as"),
            (["--postgres", "postgresql://ann:geheim@127.0.0.1/l"], os.environ["PATH"], "--postgres takes a URL such"),
            (["--postgres", "--workers", "2"], os.environ["PATH"], "--postgres takes a URL such"),
            (["--postgres", "postgresql+psycopg://ann:geheim@127.0.0.1:1/l"], os.environ["PATH"], "MANAGER_POSTGRES"),
            (["--workers", "2"], os.environ["PATH"], "live in the memory of one process"),
        ):
            with cases.case(*arguments):
                refused = racelab("serve", *arguments, "--port", str(free_port()), PATH=path)
                assert refused.returncode != 0
                assert why in refused.stderr
                assert "Traceback" not in refused.stderr
                assert "geheim" not in refused.stderr


def test_a_demonstration_that_is_stopped_leaves_nothing_running(tmp_path: Path) -> None:
    """A signal during the load ends load and server, and removes the databases."""
    with Cases() as cases:
        for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 128 + signal.SIGTERM)):
            with cases.case(number.name):
                with started("demo", "--seconds", "60", folder=tmp_path) as (process, url):
                    assert process.stdout
                    process.stdout.readline()  # the load is about to start
                    process.send_signal(number)
                    assert process.wait(40) == code
                assert not list(tmp_path.glob("racelab-*"))
                with pytest.raises(OSError, match="refused"):
                    server.fetch(f"{url}/health")


def test_the_command_line_does_not_import_gevent() -> None:
    """The command line imports neither gevent nor Locust."""
    imports = "import racelab.cli.commands, racelab.cli.demo, racelab.cli.selftest, sys"
    code = f"{imports}; sys.exit('gevent' in sys.modules or 'locust' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0
