"""The command `survey`: the stores that people run, measured with `check`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING

import click

from ..bugs import ExitCode
from ..home import INSTALLED
from .names import Commands, near
from .options import Number

if TYPE_CHECKING:
    from ..grading.survey.json_types import RowJson
    from ..grading.survey.rows import Row

EVERY_ROW = "all"
RUNS = 3


@click.group(cls=Commands, short_help="The session stores that people run: which anomalies each has.")
def survey() -> None:
    """Serve the session stores that people run, each as its users serve it, and drive each with `check`.

    \b
      survey list                          the stores, what each needs, and whether that is installed
      survey run flask-session-redis       one of them
      survey run all --runs 3              all, as docs/survey.md has them

    docs/survey.md has the table, and for each anomaly its cause and what helps.
    """


@survey.command("list", short_help="The stores, and what each needs.")
def list_rows() -> None:
    """List the stores: what each needs, and whether its packages are installed. Nothing is installed by this."""
    from ..grading.survey import environments, measure
    from ..grading.survey.rows import rows

    for row in rows().values():
        needs = ", ".join(filter(None, [row.server, row.needs and "Redis"]))
        if problem := measure.why_not(row):
            state = problem.partition(". ")[0]
        elif row.is_own:
            state = "in the lab"
        else:
            state = "installed" if environments.is_ready(row.environment) else "not installed yet"
        click.echo(f"  {row.name:26} {row.title:44} {needs:18} {state}")
    click.echo(f"\n`survey run NAME` installs what is missing into {environments.folder()}, and nowhere else.")


@survey.command("run", short_help="Measure some stores, or all.")
@click.argument("names", nargs=-1, metavar="NAME...")
@click.option(
    "--runs", type=click.IntRange(1, 20), default=RUNS, show_default=True, metavar="N", help="Runs of each store."
)
@click.option("--seconds", type=Number(1, 600), default=12, show_default=True, metavar="N", help="Of load in each run.")
@click.option(
    "--json", "file", type=click.File("w", lazy=False), metavar="FILE", help="Write the table to FILE; - prints it."
)
@click.option("--write", is_flag=True, help="Write the rows into docs/survey.json, and docs/survey.md from it.")
def run(names: Sequence[str], runs: int, seconds: float, file: IO[str] | None, write: bool) -> None:
    """Measure stores by their names, or `all`. A cell says yes or no only if all runs agree.

    What a store needs is installed once, with its versions pinned, into the folder .survey (or RACELAB_SURVEY). Redis
    is a private one. Nothing else is changed on this computer.

    Exit codes: 0 measured, 2 wrong usage, 3 an anomaly in the project's own store, 4 something could not be measured.
    """
    from ..grading.survey import results

    wanted = _wanted(names)
    if write and INSTALLED:
        raise click.UsageError(
            "--write changes the documents of a checkout, and an installed lab has none. Use --json."
        )
    if write and not results.KEPT.parent.is_dir():
        raise click.UsageError(f"--write changes {results.KEPT}, and that folder is not there. Use --json FILE.")
    measured, problems = _measure(wanted, runs, seconds, done=_write if write else None)
    table = results.merged(None, measured)
    if file is not None:
        json.dump(table, file, indent=1)
        file.write("\n")
    if file is None or file.name != "<stdout>":  # click may have wrapped it, so that it is not sys.stdout
        _tell(measured)
    for name, problem in problems.items():
        click.echo(f"\n{name} was not measured. {problem}", err=True)
    sys.exit(_exit_code(measured, problems))


def _wanted(names: Sequence[str]) -> list[Row]:
    """The rows by their names.

    Raises:
        click.UsageError: there are none, or one is unknown.
    """
    from ..grading.survey.rows import rows

    known = rows()
    if not names:
        raise click.UsageError(f"Name the stores to measure, or `{EVERY_ROW}`:\n{_choice()}")
    if EVERY_ROW in names:
        return list(known.values())
    for name in names:
        if name not in known:
            raise click.UsageError(f"There is no store {name!r}.{near(name, known)} Choose from:\n{_choice()}")
    return [row for row in known.values() if row.name in names]


def _choice() -> str:
    from ..grading.survey.rows import rows

    return "\n".join(f"  {row.name:26} {row.title}" for row in rows().values())


def _measure(
    wanted: Sequence[Row], runs: int, seconds: float, done: Callable[[RowJson], None] | None
) -> tuple[list[RowJson], dict[str, str]]:
    """Measure what can be measured here, and hand each row on at once: the whole may take half an hour.

    Returns:
        The rows, and why others are not among them.
    """
    from rich.console import Console

    from .. import private_redis
    from ..grading.check import Settings
    from ..grading.survey.environments import NotInstalled
    from ..grading.survey.measure import Measuring, redis_for, why_not
    from ..grading.survey.serving import NotServed
    from .terminal import MovingLine

    measured: list[RowJson] = []
    problems = {row.name: problem for row in wanted if (problem := why_not(row))}
    can = [row for row in wanted if row.name not in problems]
    line = MovingLine(Console(stderr=True))
    with ExitStack() as stack:
        stack.callback(line.end)
        try:
            measuring = Measuring(Settings(seconds=seconds), runs, line.show, stack.enter_context(redis_for(can)))
        except private_redis.NoRedis as problem:
            return measured, problems | {row.name: str(problem) for row in can}
        for row in can:
            try:
                measured.append(measuring.row(row))
            except (NotInstalled, NotServed) as problem:
                problems[row.name] = str(problem)
            else:
                if done is not None:
                    done(measured[-1])
    return measured, problems


def _write(row: RowJson) -> None:
    """Put a row into the documents."""
    from ..grading.survey import markdown, results

    kept = results.merged(results.kept(), [row])
    results.KEPT.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")
    results.KEPT.with_suffix(".md").write_text(markdown.markdown(kept), encoding="utf-8")


def _tell(measured: Sequence[RowJson]) -> None:
    """Print the answers of each row, and for each *yes* how often, why, and what helps."""
    from ..grading.survey.markdown import SHORT

    for row in measured:
        click.echo(f"\n{row['title']} ({', '.join(f'{name} {version}' for name, version in row['versions'].items())})")
        for key, cell in row["cells"].items():
            wrong, tested = (sum(run[what] for run in cell["runs"]) for what in ("wrong", "tested"))
            count = f"{wrong:,} of {tested:,}" if wrong else ""
            told = ", ".join(filter(None, [count, cell["odds"], cell["why"]]))
            click.echo(f"  {SHORT[key]:24} {cell['answer']:12} {told}")
        for cause in row["causes"]:
            click.echo(f"  {', '.join(SHORT[key] for key in cause['columns'])}: {cause['cause']}")
            click.echo(f"    What helps: {cause['help']}")


def _exit_code(measured: Sequence[RowJson], problems: dict[str, str]) -> ExitCode:
    """3 goes before 4: an anomaly in the own store is the worse news."""
    if any(cell["answer"] == "yes" for row in measured if row["own"] for cell in row["cells"].values()):
        return ExitCode.NOT_AS_EXPECTED
    return ExitCode.CANNOT_TELL if problems else ExitCode.AS_EXPECTED
