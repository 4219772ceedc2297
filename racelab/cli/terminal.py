"""A run in a terminal: a progress line during the run, and a table after it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, get_args

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..bugs import BUGS, Bug, Outcome, Verdict

STYLE = {Verdict.AGREE: "green", Verdict.DISAGREE: "bold red", Verdict.CANNOT_TELL: "yellow"}
EVERY = 5.0  # seconds between two lines where a line cannot be redrawn, as in a log file


class MovingLine:
    """The progress line, redrawn in a terminal and repeated every few seconds in a file."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._said_at = time.monotonic()
        self._said = self._unsaid = ""

    def show(self, line: str) -> None:
        """Draw the line, if it is due."""
        self._unsaid = "" if line == self._said else line
        if self._console.is_terminal:
            print("\r\x1b[2K" + line[: self._console.width - 1], end="", flush=True, file=self._console.file)
        elif self._unsaid and time.monotonic() - self._said_at >= EVERY:
            self._said_at, self._said, self._unsaid = time.monotonic(), line, ""
            print(line, flush=True, file=self._console.file)

    def erase(self) -> None:
        """Erase the progress line in a terminal: another one follows, or nothing has come of it."""
        if self._console.is_terminal:
            print("\r\x1b[2K", end="", flush=True, file=self._console.file)

    def end(self) -> None:
        """Erase the progress line; in a file, print the last one."""
        self.erase()
        if not self._console.is_terminal and self._unsaid:
            print(self._unsaid, flush=True, file=self._console.file)


def progress_line(seconds: float, sample: Mapping[str, Any]) -> str:
    """One sample of /lab/poll in one line: `12 s   4,812 calls   buggy 2,390 acknowledged, 2 unknown   fixed ...`."""
    variants = {name: seen for name, seen in sample.items() if isinstance(seen, dict) and seen}
    calls = sum(seen[outcome] for seen in variants.values() for outcome in get_args(Outcome))
    return "   ".join([f"{seconds:3.0f} s", f"{calls:,} calls", *map(_outcomes, variants, variants.values())])


def _outcomes(variant: str, seen: Mapping[str, Any]) -> str:
    troubles = [f"{seen[outcome]:,} {outcome}" for outcome in ("failed", "unknown") if seen[outcome]]
    return ", ".join([f"{variant} {seen['acknowledged']:,} acknowledged", *troubles])


def print_verdict(console: Console, verdict: Mapping[str, Any]) -> None:
    """Print for each variant the sentence and a table with a row for each bug that was tested, then the environment."""
    for variant, result in verdict["variants"].items():
        say(console, f"\n{variant}: {result['verdict']}", STYLE[result["verdict"]])
        say(console, result["sentence"])
        put = tested(result)
        if put:
            console.print("", _table(result), "", sep="\n")
        for bug, card in put:
            say(console, f"{bug.title}: {card['sentence']}", "dim")
        if untested := [bug.title.lower() for bug in BUGS if bug not in dict(put)]:
            say(console, f"Not tested by this run: {', '.join(untested)}.", "dim")
    say(console, "\n" + environment_line(verdict["environment"]), "dim")


def say(console: Console, words: str, style: str = "") -> None:
    """Print plain text: no markup, no highlighting, no line breaks."""
    console.print(words, style=style, markup=False, highlight=False, soft_wrap=True)


def _table(result: Mapping[str, Any]) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in ("bug", "tested", "wrong"):
        table.add_column(column)
    table.add_column("verdict", no_wrap=True, min_width=len(Verdict.DISAGREE))
    for bug, card in tested(result):
        wrong = f"{card['count']:,} {bug.wrong}" + (f", {card['either']:,} of unknown cause" if card["either"] else "")
        verdict = Text(card["verdict"], STYLE[card["verdict"]])
        table.add_row(bug.title, f"{card['promised']:,} {bug.tested}", wrong, verdict)
    return table


def tested(result: Mapping[str, Any]) -> list[tuple[Bug, Mapping[str, Any]]]:
    """The bugs whose conditions a run met, each with its card."""
    return [(bug, card) for bug in BUGS if (card := result["cards"][bug.key])["promised"]]


def environment_line(environment: Mapping[str, Any]) -> str:
    """The conditions of a measurement. A count of lost changes means nothing without them."""
    lock = {True: "with the GIL", False: "without the GIL"}.get(environment["gil"], "GIL unknown")
    threads = environment["threads"] or "an unknown number of"
    several = environment["workers"] > 1
    workers = f"{environment['workers']:,} workers of " if several else ""
    process = "" if several else f", process {environment['pid']}"
    return (
        f"Python {environment['python']} {lock}, switch interval {environment['switch_interval_ms']:g} ms,"
        f" {workers}{threads} threads, added delay 0 to {environment['window_ms']:g} ms,"
        f" fault rate {environment['fault_rate']:g}, {environment['database']}{process}"
    )
