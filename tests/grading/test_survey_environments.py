"""The environments of the survey: made once, made anew when they are not whole, and refused in words."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from racelab.grading.survey import environments
from racelab.grading.survey.environments import NODE, NotInstalled


class Steps:
    """Takes the place of the commands of an installation: notes each, and breaks off where it is told to."""

    def __init__(self) -> None:
        self.commands: list[list[str]] = []
        self.told: list[str] = []
        self.break_off_at = ""

    def run(self, command: Sequence[str], what: str, where: Path) -> None:
        """Note a step."""
        self.commands.append(list(command))
        if self.break_off_at and self.break_off_at in what:
            raise KeyboardInterrupt
        if "venv" in command:
            Path(command[-1]).mkdir()

    def make(self, name: str = "flask") -> None:
        """Make an environment."""
        environments.make(name, self.told.append)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Steps:
    """Installations into an empty folder, without their commands."""
    found = Steps()
    monkeypatch.setenv("RACELAB_SURVEY", str(tmp_path / "survey"))
    monkeypatch.setattr(environments, "_run", found.run)
    monkeypatch.setattr(environments, "_a_pip", lambda: ["pip"])
    return found


def test_an_environment_is_made_once(steps: Steps) -> None:
    """The second row that needs it finds it, and nothing is installed again."""
    assert not environments.is_ready("flask")
    steps.make()
    assert environments.is_ready("flask")
    many = len(steps.commands)
    steps.make()
    assert len(steps.commands) == many == 2
    assert steps.told == ["Making an environment for flask", "Installing what flask.txt pins"]


def test_what_is_installed_is_pinned_by_its_hash(steps: Steps) -> None:
    """pip is asked for hashes, and npm for exactly what the lock file has."""
    steps.make()
    assert "--require-hashes" in steps.commands[-1]
    steps.make("express")
    assert steps.commands[-1][1:3] == ["ci", "--ignore-scripts"]
    assert (environments.folder() / NODE / "package-lock.json").exists()


def test_an_installation_that_was_interrupted_is_done_again(steps: Steps) -> None:
    """Half an environment is not taken for a whole one: it is removed and made anew."""
    steps.break_off_at = "install"
    with pytest.raises(KeyboardInterrupt):
        steps.make()
    left = environments.folder() / "flask" / "half"
    left.touch()
    assert not environments.is_ready("flask")
    steps.break_off_at = ""
    steps.make()
    assert environments.is_ready("flask")
    assert not left.exists()


def test_other_pins_make_it_anew(steps: Steps, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment with other pins is not ready, and one with the same pins is."""
    steps.make()
    pins = shutil.copytree(environments.PINS, tmp_path / "pins")
    monkeypatch.setattr(environments, "PINS", pins)
    assert environments.is_ready("flask")
    (pins / "flask.txt").write_text("flask==3.2.0\n")
    assert not environments.is_ready("flask")


def test_an_environment_that_was_moved_is_made_anew(
    steps: Steps, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An environment works only where it was made."""
    steps.make()
    (tmp_path / "survey").rename(tmp_path / "elsewhere")
    monkeypatch.setenv("RACELAB_SURVEY", str(tmp_path / "elsewhere"))
    assert not environments.is_ready("flask")


def test_the_own_rows_need_no_environment(steps: Steps) -> None:
    """The project's own store runs in the environment of the lab."""
    steps.make("")
    assert steps.commands == []
    assert not environments.folder().exists()
    assert environments.python("") == sys.executable
    assert environments.versions("", ["flask"])["flask"] > "3"


def test_without_node_it_says_so(steps: Steps, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row of Node without Node is refused in a sentence that says what to do."""
    monkeypatch.setattr(shutil, "which", lambda _: None)
    with pytest.raises(NotInstalled, match=r"Node\.js is not installed.*apt install nodejs npm"):
        steps.make("express")
    assert not environments.is_ready("express")


def test_without_a_network_it_says_what_pip_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A failed installation tells the end of its output, and to look at the network."""
    monkeypatch.setenv("RACELAB_SURVEY", str(tmp_path))
    say = ["-c", "import sys; print('No route to the server'); sys.exit(1)"]
    monkeypatch.setattr(environments, "_a_pip", lambda: [sys.executable, *say])
    with pytest.raises(NotInstalled, match=r"(?s)flask\.txt pins:\nNo route to the server\nMost often.*network"):
        environments.make("flask", lambda _: None)
    assert not environments.is_ready("flask")


def test_an_environment_without_the_package_says_so(steps: Steps) -> None:
    """A package that is not installed is an error that names the environment."""
    with pytest.raises(NotInstalled, match="lacks a package"):
        environments.versions("", ["no-such-package"])
    steps.make("express")
    with pytest.raises(NotInstalled, match="express is damaged"):
        environments.versions("express", ["express"])
