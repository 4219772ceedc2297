"""What docs/grade.md and the README say that `grade` prints, it prints."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from racelab.home import ROOT

pytestmark = pytest.mark.commands

PAGES = ("README.md", "docs/grade.md")
COMMAND = "$ python3 lab.py grade "
ECHO = "$ echo $?"
ANYTHING = "..."
PATIENCE = 100.0


def sources() -> Iterator[tuple[str, str]]:
    """The files that the page asks to save: their names, and what is in them."""
    for block in re.findall(r"```python\n(.*?)```", (ROOT / "docs" / "grade.md").read_text(), re.DOTALL):
        named = re.match(r"# (\w+\.py)\n", block)
        if named is not None:
            yield named[1], block


def examples() -> Iterator[tuple[str, str, list[str]]]:
    """The page, a command, and the lines that it is said to print."""
    for page in PAGES:
        for block in re.findall(r"```console\n(.*?)```", (ROOT / page).read_text(), re.DOTALL):
            parts = re.split(r"^(?=\$ )", block, flags=re.MULTILINE)
            for part in filter(None, parts):
                command, *lines = part.splitlines()
                if command.startswith(COMMAND) or command == ECHO:
                    yield page, command, lines


EXAMPLES = list(examples())
GRADES = [(page, command, lines) for page, command, lines in EXAMPLES if command != ECHO]


def matches(said: Sequence[str], printed: Sequence[str]) -> bool:
    """Whether the lines were printed: `...` is any number of lines, and at the end of a line any rest of it."""
    if not said:
        return not printed
    first, rest = said[0], said[1:]
    if first == ANYTHING:
        return any(matches(rest, printed[skipped:]) for skipped in range(len(printed) + 1))
    if not printed:
        return False
    whole = first.removesuffix(ANYTHING)
    alike = printed[0].startswith(whole) if whole != first else printed[0] == first
    return alike and matches(rest, printed[1:])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the files of the page, and the examples of the project."""
    for name, text in sources():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    return tmp_path


@pytest.mark.parametrize(("page", "command", "lines"), GRADES, ids=[command[2:] for _, command, _ in GRADES])
def test_a_command_prints_what_the_page_says(page: str, command: str, lines: list[str], folder: Path) -> None:
    """Each line of the page comes, in its place."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RACELAB_CACHE": str(folder / "cache"), "COLUMNS": "200"}
    words = [sys.executable, "-m", "racelab", *shlex.split(command)[3:]]
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert matches(lines, done.stdout.splitlines()), f"{page} says\n{chr(10).join(lines)}\nand it is\n{done.stdout}"
    after = EXAMPLES[EXAMPLES.index((page, command, lines)) + 1 :][:1]
    if after and after[0][1] == ECHO:
        assert after[0][2] == [str(done.returncode)]


def test_there_are_examples_of_both_verdicts() -> None:
    """The page shows a finding and a pass; the comparison tells a wrong line from a right one."""
    said = [line for _, _, lines in GRADES for line in lines]
    assert any(line.startswith("found: ") for line in said)
    assert any(line.startswith("none: ") for line in said)
    assert matches(["a", ANYTHING, "c..."], ["a", "b", "b", "cd"])
    assert not matches(["a", ANYTHING, "c"], ["a", "b", "cd"])
    assert not matches(["a"], ["a", "b"])
