"""A finding on a narrow terminal: every line fits, breaks between words, and cuts nothing without a mark."""

from __future__ import annotations

import io
import os

import pytest
from rich.console import Console

from racelab.cli.grade_report import say
from racelab.cli.grade_run import columns
from racelab.grading.classes.rows import Rows
from racelab.grading.classes.telling import tell
from racelab.grading.classes.wrapping import wrapped

from .sample import Sample
from .test_trace import found
from .zoo.table import WRONG


@pytest.mark.parametrize("columns", [38, 58, 78])
@pytest.mark.parametrize("sample", WRONG[::4], ids=str)
def test_a_table_fits_a_narrow_terminal(sample: Sample, columns: int) -> None:
    """And says all that the wide one says."""
    told = tell(found(sample))
    lines = told.table(columns)
    assert max(map(len, lines)) <= columns
    text = " ".join(" ".join(line.split()) for line in lines)
    for row in Rows(told.trace, told.cause).all():
        if row.weight == 3:
            assert all(" ".join(word.split()) in text for word in row.words if len(word) < columns - 20)


def test_what_a_line_did_comes_beside_it_where_there_is_room() -> None:
    """And below it where there is none."""
    told = tell(found(WRONG[0]))
    assert any("return self._balance" in line and "reads self._balance: 0" in line for line in told.table())
    assert not any("return self._balance" in line and "reads self._balance: 0" in line for line in told.table(58))


def test_a_thing_is_broken_only_if_it_is_longer_than_a_line() -> None:
    """A call and its answer stay together."""
    assert any(line.strip() == "it.deposit(2) -> None" for line in tell(found(WRONG[0])).table(58))


def said(text: str, monkeypatch: pytest.MonkeyPatch, columns: str = "") -> list[str]:
    """What is printed, by a console that is no terminal."""
    if columns:
        monkeypatch.setenv("COLUMNS", columns)
    else:
        monkeypatch.delenv("COLUMNS", raising=False)
    console = Console(file=io.StringIO(), highlight=False)
    say(console, text)
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


TEXT = "Lost update. A read self.count (0) in line 14. Then B changed self.count from 0 to 1 in line 15."


def test_a_paragraph_is_broken_between_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where COLUMNS says."""
    lines = said(TEXT, monkeypatch, "50")
    assert max(map(len, lines)) <= 50
    assert " ".join(lines) == TEXT


def test_a_paragraph_in_a_file_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads it there breaks it himself."""
    assert said(TEXT, monkeypatch) == [TEXT]


def test_a_command_is_left_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is copied."""
    command = "Replay it: python3 lab.py grade cache.py:Cache --task 'it.put(1)' --task 'it.put(2)' --replay 'A1 B1'"
    assert said(command, monkeypatch, "50") == [command]


BROKEN = "it.ask('a, b') raises ValueError: no (such) query, don't ask (pool.py:21), expected ['a b', (1, 2)]"


@pytest.mark.parametrize("room", [16, 24, 40, 200])
def test_what_is_broken_hangs_and_no_call_is_broken_that_fits(room: int) -> None:
    """Nor a text or a value; and an arrow stays with what comes after it."""
    lines = wrapped(BROKEN, room)
    assert max(map(len, lines)) <= room
    assert "".join("".join(lines).split()) == "".join(BROKEN.split())
    assert all(line.startswith("  ") for line in lines[1:])
    assert any("it.ask('a, b')" in line for line in lines)
    assert any("(pool.py:21)," in line for line in lines)
    assert any("['a b', (1, 2)]" in line for line in lines) is (room > 16)
    assert wrapped("it.buy('bob') -> True", 16) == ["it.buy('bob')", "  -> True"]


def test_a_table_is_no_wider_than_the_console_that_prints_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal that does not tell its size, too; a file has more room."""
    monkeypatch.delenv("COLUMNS", raising=False)
    monkeypatch.setattr("os.get_terminal_size", lambda *_: os.terminal_size((0, 0)))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert columns() == Console().width - 2
    monkeypatch.setattr("sys.stdout.isatty", lambda: False)
    assert columns() == 118
