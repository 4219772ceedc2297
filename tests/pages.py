"""The documents, what is in them, and what their commands print."""

from __future__ import annotations

import contextlib
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from racelab.cli.commands import cli

ROOT = Path(__file__).resolve().parent.parent


PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


CHAPTERS = [ROOT / "docs" / name for name in ("1-see.md", "2-replay.md", "3-fix.md")]


TECHNICAL = ROOT / "docs" / "TECHNICAL.md"


FRONT_DOOR = "python3 lab.py"


def name(path: Path) -> str:
    """How a test names a document."""
    return path.relative_to(ROOT).as_posix()


def blocks(path: Path, language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def run(command: str, folder: Path) -> tuple[int, str]:
    """What a command ends with, and what it prints. The front door itself is opened by the tests of the README."""
    words = shlex.split(command)
    if command.startswith(FRONT_DOOR + " "):
        with contextlib.chdir(folder):
            result = CliRunner().invoke(cli, words[2:], prog_name="lab.py")
        assert isinstance(result.exception, SystemExit | None), result.exception
        return result.exit_code, result.output
    assert words[0] == ".venv/bin/python", command
    script = [sys.executable, *(str(folder / word) if word.endswith(".py") else word for word in words[1:])]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTEST_ADDOPTS": "-p no:locust -p no:cacheprovider"}
    done = subprocess.run(script, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, done.stdout + done.stderr


def headings(document: Path) -> list[str]:
    """The anchors of a document's headings."""
    found = re.findall(r"^#+ (.*)$", document.read_text(encoding="utf-8"), re.MULTILINE)
    return [re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in found]
