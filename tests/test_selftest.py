"""`lab.py test`: which browser it takes, what it runs, what `--quick` leaves out, and what it reports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from racelab.cli import selftest
from racelab.cli.commands import cli
from tests import conftest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that programs are looked for in; the user is not root, and no Mac keeps a browser elsewhere."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("RACELAB_CHROMIUM", raising=False)
    monkeypatch.setattr(selftest, "MAC_BROWSERS", ())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


@dataclass
class Tools:
    """Instead of running them: each tool's command and environment. Those in `failing` fail."""

    failing: set[str] = field(default_factory=set)
    commands: dict[str, list[str]] = field(default_factory=dict)
    environments: dict[str, dict[str, str]] = field(default_factory=dict)

    def passes(self, tool: list[str], environment: dict[str, str]) -> bool:
        """Note what would be run."""
        self.commands[tool[0]], self.environments[tool[0]] = tool, environment
        return tool[0] not in self.failing


@pytest.fixture
def tools(programs: Path, monkeypatch: pytest.MonkeyPatch) -> Tools:
    """Tools that only note how they were called."""
    tools = Tools()
    monkeypatch.setattr(selftest, "_passes", tools.passes)
    monkeypatch.setattr(selftest, "COMPILED", ())
    monkeypatch.setattr(selftest, "_collected", nullcontext)
    return tools


def program(folder: Path, name: str) -> str:
    """A program of that name."""
    path = folder / name
    path.touch(mode=0o755)
    return str(path)


def lab(*arguments: str) -> list[str]:
    """The lines that `lab.py test` prints with these arguments; it must pass."""
    done = CliRunner().invoke(cli, ["test", *arguments])
    assert done.exit_code == 0, done.output
    return done.output.splitlines()


def test_the_browser_that_was_named_goes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """RACELAB_CHROMIUM is taken before any browser that is installed."""
    installed = program(programs, "chromium")
    assert selftest.find_chromium() == installed
    named = program(programs, "my-browser")
    monkeypatch.setenv("RACELAB_CHROMIUM", named)
    assert selftest.find_chromium() == named


@pytest.mark.parametrize("has", [["chromium-headless-shell", "chromium"], ["chromium"], []])
def test_root_on_debian_gets_the_first_browser_that_there_is(
    has: list[str], programs: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What cannot be installed is said, and the next one is tried; without any, there is no browser."""

    def apt_get(command: str, *arguments: str) -> str:
        if command == "install" and arguments[-1] not in has:
            return f"Unable to locate package {arguments[-1]}"
        if command == "install":
            program(programs, arguments[-1])
        return ""

    program(programs, "apt-get")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(selftest, "DEBIAN", programs)
    monkeypatch.setattr(selftest, "_apt_get", apt_get)
    assert Path(selftest.install_chromium()).name == (has[0] if has else "")
    missing = [name for name in selftest.PACKAGES if name not in has]
    assert capsys.readouterr().err.count("Unable to locate") == len(missing)


def test_a_missing_browser_is_reported(tools: Tools) -> None:
    """Without a browser a notice says SKIPPED, and pytest is told of none."""
    assert "SKIPPED" in "\n".join(lab())
    assert "RACELAB_CHROMIUM" not in tools.environments["pytest"]


def test_one_failure_fails_the_run_and_hides_no_other(
    programs: Path, tools: Tools, capsys: pytest.CaptureFixture[str]
) -> None:
    """When ruff fails, mypy and pytest still run, with the browser found."""
    tools.failing.add("ruff")
    browser = program(programs, "google-chrome")
    assert selftest.run(["-k", "words"]) == 1
    assert list(tools.commands) == ["ruff", "mypy", "pytest"]
    assert tools.environments["pytest"]["RACELAB_CHROMIUM"] == browser
    assert "Failed: ruff. Total time: 0 s." in capsys.readouterr().out


def test_the_lab_is_compiled_before_its_tests(tools: Tools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where Python is told to keep no bytecode; a file with a mistake is left to ruff."""
    for name, text in (("right", "x = 1"), ("wrong", "x = =")):
        (tmp_path / "racelab" / "web" / f"{name}.py").parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "racelab" / "web" / f"{name}.py").write_text(text)
    monkeypatch.setattr(selftest, "ROOT", tmp_path)
    monkeypatch.setattr(selftest, "COMPILED", ("racelab",))
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    lab()
    assert [path.name.partition(".")[0] for path in tmp_path.rglob("*.pyc")] == ["right"]


def test_the_tests_are_read_once_before_several_processes_run_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where Python is told to keep no bytecode; a file with a mistake is left to pytest."""
    for name, text in (("right", "def test_it(): assert 1"), ("wrong", "x = =")):
        (tmp_path / f"test_{name}.py").write_text(text)
    monkeypatch.setattr(selftest, "ROOT", tmp_path)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    with selftest._collected():
        pass
    assert [path.name.partition(".")[0] for path in tmp_path.rglob("*pytest*.pyc")] == ["test_right"]


def test_arguments_go_to_pytest_and_keep_it_in_one_process(tools: Tools) -> None:
    """Only a run without arguments is spread over processes."""
    lab("tests/subject", "-k", "words", "-x")
    assert tools.commands["pytest"] == ["pytest", "--durations", "10", "tests/subject", "-k", "words", "-x"]
    lab()
    assert tools.commands["pytest"] == ["pytest", "--durations", "10", *selftest.IN_PARALLEL]


def test_quick_names_what_it_leaves_out(tools: Tools) -> None:
    """`--quick` looks for no browser, and its last line names what it left out."""
    for arguments in (["--quick"], ["--quick", "-k", "words"], ["-k", "words", "--quick"]):
        said = lab(*arguments)
        assert said[-1] == "Left out: browser, Locust, stress, package, commands, exhaustive"
        assert "SKIPPED" not in "\n".join(said)
        chosen = "not (browser or locust or stress or package or commands or exhaustive)"
        assert tools.commands["pytest"][-2:] == ["-m", chosen]
    assert "Left out" not in "\n".join(lab())


def test_quick_leaves_out_registered_markers_only() -> None:
    """Each name that `--quick` leaves out is a marker that pytest knows."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["pytest"]["ini_options"]
    markers = {line.partition(":")[0] for line in settings["markers"]}
    assert {name.lower() for name in selftest.LEFT_OUT} <= markers


def test_quick_leaves_out_whole_files_and_single_tests() -> None:
    """`--quick` collects no Locust, README or stress test, and keeps the rest."""
    chosen = selftest._pytest(["--collect-only", "-qq", "tests/locust", "tests/stress", "tests/test_readme.py"], True)
    command = [sys.executable, "-m", *chosen, "-p", "no:cacheprovider"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False).stdout
    assert {line.partition(":")[0] for line in said.splitlines() if line.startswith("tests/")} == {
        "tests/locust/test_heard.py",
        "tests/locust/test_judgement.py",
        "tests/locust/test_labs.py",
        "tests/locust/test_one_lab.py",
        "tests/locust/test_progress.py",
    }


def test_each_group_of_several_files_has_a_place_in_the_order() -> None:
    """None that takes minutes begins last because its name was forgotten, or is another one now."""
    assert sorted(conftest.ORDER) == sorted(
        [conftest.THE_REST, conftest.TOGETHER, conftest.EXHAUSTIVE, *conftest.APART]
    )
    assert all(any(ROOT.glob(f"{prefix}*")) for prefix in (*conftest.APART, *conftest.WORKERS, *conftest.COMPUTE))


ONE_OF_THEM = {"tests/explorer/test_why.py": "::test_of_the_labs_own_managers_nothing_is_shown_twice"}
"""Of a file whose tests take long, the one whose mark lets it begin early."""


def test_tests_that_do_not_only_compute_stay_in_one_process() -> None:
    """Each file that computes runs in one worker, and all other files share one. Those that take longest begin."""
    computing = {"tests/checker/test_rows.py", "tests/checker/test_counting.py", "tests/explorer/test_why.py"}
    others = {"tests/instrument/test_viewers.py", "tests/instrument/test_bugs.py", "tests/instrument/test_journal.py"}
    command = [sys.executable, "-m", "pytest", "-v", "-n", "2", *selftest.IN_PARALLEL[2:], "-p", "no:cacheprovider"]
    done = subprocess.run(
        [*command, *(f"{file}{ONE_OF_THEM.get(file, '')}" for file in sorted(computing | others))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    workers: dict[str, set[str]] = {}
    first: dict[str, str] = {}
    for worker, file in re.findall(r"\[(gw\d)\].*PASSED (\S+)::", done.stdout):
        name = "others" if file in others else file
        workers.setdefault(name, set()).add(worker)
        first.setdefault(worker, name)
    assert workers.keys() == computing | {"others"}, done.stdout
    assert not {group for group, its in workers.items() if len(its) > 1}
    assert set(first.values()) == {"others", "tests/explorer/test_why.py"}
