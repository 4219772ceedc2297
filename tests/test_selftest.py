"""`lab.py test`: which browser it takes, what it says when there is none, and that one failure is enough to fail."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from racelab.cli import selftest


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder that programs are looked for in; nobody is root, and no Mac keeps a browser elsewhere."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("RACELAB_CHROMIUM", raising=False)
    monkeypatch.setattr(selftest, "MAC_BROWSERS", ())
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    return tmp_path


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, str]]:
    """Instead of running them: what each tool was given as its environment. ruff fails, the others pass."""
    asked: dict[str, dict[str, str]] = {}

    def passes(tool: list[str], environment: dict[str, str]) -> bool:
        asked[tool[0]] = environment
        return tool[0] != "ruff"

    monkeypatch.setattr(selftest, "_passes", passes)
    return asked


def program(folder: Path, name: str) -> str:
    """A program of that name."""
    path = folder / name
    path.touch(mode=0o755)
    return str(path)


def test_the_browser_that_was_named_goes_first(programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader with several browsers decides; otherwise the first known name is taken."""
    installed = program(programs, "chromium")
    assert selftest.find_chromium() == installed
    named = program(programs, "my-browser")
    monkeypatch.setenv("RACELAB_CHROMIUM", named)
    assert selftest.find_chromium() == named


def test_no_browser_is_said_loudly(
    programs: Path, tools: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """The tests are told by the variable being absent, the person by a box of stars."""
    selftest.run([])
    assert "SKIPPED" in capsys.readouterr().out
    assert "RACELAB_CHROMIUM" not in tools["pytest"]


def test_one_failure_fails_the_whole_and_hides_no_other(
    programs: Path, tools: dict[str, dict[str, str]], capsys: pytest.CaptureFixture[str]
) -> None:
    """ruff fails here; mypy and pytest are run all the same, with the browser that was found."""
    browser = program(programs, "google-chrome")
    assert selftest.run(["-k", "words"]) == 1
    assert list(tools) == ["ruff", "mypy", "pytest"]
    assert tools["pytest"]["RACELAB_CHROMIUM"] == browser
    assert "Failed: ruff." in capsys.readouterr().out
