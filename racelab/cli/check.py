"""The command `check`: a server's session store, column by column."""

from __future__ import annotations

import json
import sys
from itertools import starmap
from typing import IO, TYPE_CHECKING, Any

import click

from ..bugs import ExitCode, Verdict
from .options import Number

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from ..grading.check import ColumnKey, Report

WIDE = 120
"""Characters of a terminal that has room for the sentences in the table; in a narrower one they follow it."""

SAID = {"python": "Python", "system": "on"}
"""What the names of some conditions are called."""
UNITS = ("ms", "s")

EXIT_CODES = {
    Verdict.AGREE: ExitCode.AS_EXPECTED,
    Verdict.DISAGREE: ExitCode.NOT_AS_EXPECTED,
    Verdict.CANNOT_TELL: ExitCode.CANNOT_TELL,
}


class ColumnNames(click.ParamType[Any]):
    """Some of the columns, separated by commas."""

    name = "columns"

    def convert(
        self, value: str | tuple[ColumnKey, ...], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[ColumnKey, ...]:
        """The columns in their order; refuses a name that none has."""
        from ..grading.check import COLUMNS

        if isinstance(value, tuple):
            return value
        named = [name.strip().replace("-", "_") for name in value.split(",") if name.strip()]
        if unknown := [name for name in named if name not in COLUMNS]:
            self.fail(f"There is no column {unknown[0]!r}. The columns are: {', '.join(COLUMNS)}.", param, ctx)
        if not named:
            self.fail(f"Name at least one column: {', '.join(COLUMNS)}.", param, ctx)
        return tuple(key for key in COLUMNS if key in named)


@click.command(short_help="The session store of any running server.")
@click.argument("url")
@click.option(
    "--clients", type=click.IntRange(2, 64), default=8, show_default=True, metavar="N", help="Requests at one time."
)
@click.option(
    "--seconds",
    type=Number(1, 3600),
    default=10,
    show_default=True,
    metavar="S",
    help="Time for increments, keys, keys_while_reading and other_visitor together.",
)
@click.option(
    "--hold",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    metavar="MS",
    help="Milliseconds that the server waits between reading and writing a session, as a view that works.",
)
@click.option("--columns", type=ColumnNames(), metavar="A,B", help="Only these. [default: all]")
@click.option("--json", "json_file", type=click.File("w", lazy=False), metavar="FILE", help="Write the report to FILE.")
@click.option(
    "--junit", "junit_file", type=click.File("w", lazy=False), metavar="FILE", help="The same for a build server."
)
@click.option(
    "--protocol",
    type=click.Choice(["auto", "routes", "module"]),
    default="auto",
    show_default=True,
    help="routes: the four of the snippets. module: the six of the Rust original, as this lab has under /buggy.",
)
def check(
    url: str,
    clients: int,
    seconds: float,
    hold: int,
    columns: tuple[ColumnKey, ...] | None,
    json_file: IO[str] | None,
    junit_file: IO[str] | None,
    protocol: str,
) -> None:
    """Check the session store of the server at URL, whatever it is written in. Only of your own: it loads the server.

    Add four small routes to a test copy of your app. racelab/grading/snippets/ has them for Flask, Django, FastAPI and
    Express, and docs/check.md explains them. They are expected under /race; for another path, give it in the URL.

    \b
      check http://127.0.0.1:5000
      check http://127.0.0.1:5000 --columns increments,logout_read --seconds 5
      check http://127.0.0.1:8000/buggy         a manager of this lab, by its own routes

    \b
    The columns, and what is wrong in each:
      increments          acknowledged increments of one session that are missing
      keys                acknowledged keys of one session that are missing
      keys_while_reading  the same for one writer, while others only read
      logout_read         logouts undone by a read in flight
      logout_write        logouts undone by a write in flight
      other_visitor       reads in which a visitor sees the data of another one
      rows                expired sessions that the store still holds (needs a fifth route)

    Exit codes: 0 no anomaly was observed, 2 wrong usage, 3 the store does not keep what it acknowledges, 4 cannot tell;
    the last line says why.
    """
    from typing import cast

    from rich.console import Console

    from ..grading.check import Settings
    from ..grading.check import check as run
    from ..grading.check.address import BadAddress
    from ..grading.check.junit import junit
    from ..grading.check.settings import ProtocolName
    from .terminal import MovingLine

    line = MovingLine(Console(stderr=True))
    settings = Settings(clients, seconds, hold, columns, cast("ProtocolName", protocol))
    try:
        report = run(url, settings, line.show)
    except BadAddress as problem:
        raise click.UsageError(str(problem)) from problem
    finally:
        line.end()
    unwritten = [
        *_write(json_file, json.dumps(report.as_json(), indent=1) + "\n"),
        *_write(junit_file, junit(report)),
    ]
    taken = any(file is not None and file.name == sys.stdout.name for file in (json_file, junit_file))
    print_report(Console(stderr=taken), report)
    if unwritten:
        raise unwritten[0]
    sys.exit(EXIT_CODES[report.verdict])


def _write(file: IO[str] | None, text: str) -> list[click.ClickException]:
    """Write a report to its file, if there is one, to the end. Returns why that failed: the table is still worth it."""
    if file is None:
        return []
    try:
        file.write(text)
        file.flush()  # an error when the file is closed would be told to nobody
    except OSError as problem:
        return [click.ClickException(f"The report could not be written to {file.name}: {problem.strerror}.")]
    return []


def print_report(console: Console, report: Report) -> None:
    """Print a table of the columns, the conditions, and the verdict in the last line."""
    from .terminal import STYLE, say

    if report.protocol:
        wide = console.width >= WIDE
        console.print(_table(report, wide))
        console.print()
        for each in report.columns if not wide else ():
            say(console, f"{each.key}: {each.sentence}")
    for note in report.notes:
        say(console, note, "dim")
    say(console, f"{report.url}: {', '.join(starmap(in_words, report.conditions.items()))}", "dim")
    say(console, f"{report.verdict.value}: {report.sentence}", STYLE[report.verdict])


def _table(report: Report, wide: bool) -> Table:
    """A row for each column; with its sentence where there is room for it."""
    from rich.table import Table
    from rich.text import Text

    from .terminal import STYLE

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for heading in ("column", "verdict", "wrong of tested", "odds"):
        table.add_column(heading, no_wrap=True)
    if wide:
        table.add_column("what was seen", overflow="fold")
    for each in report.columns:
        verdict = Text(each.verdict.value, STYLE[each.verdict])
        counts = f"{each.wrong:,} of {each.tested:,}" if each.tested else ""
        table.add_row(each.key, verdict, counts, each.odds, *([Text(each.sentence)] if wide else []))
    return table


def in_words(name: str, value: str | float) -> str:
    """A condition as people write it: 8 clients, took 14.2 s, Python 3.13.1. The page See has the same words."""
    words = name.replace("_", " ")
    if isinstance(value, str):
        return f"{SAID.get(name, words)} {value}"
    number = f"{value:,.2f}".rstrip("0").rstrip(".")
    what, _, unit = words.rpartition(" ")
    if what and unit in UNITS:
        return f"{what} {number} {unit}"
    return f"{number} {words.removesuffix('s') if value == 1 else words}"
