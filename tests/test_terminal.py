"""The line that says how far a load is, where it cannot be redrawn."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from racelab.cli import terminal


@pytest.mark.parametrize(("every", "printed"), [(0.0, "1 s\n2 s\n"), (1000.0, "2 s\n")])
def test_the_last_line_is_printed_and_none_twice(every: float, printed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the last one was due or not; it may be shown again unchanged."""
    monkeypatch.setattr(terminal, "EVERY", every)
    line = terminal.MovingLine(Console(file=(file := io.StringIO())))
    for said in ("1 s", "2 s", "2 s"):
        line.show(said)
    line.end()
    assert file.getvalue() == printed
