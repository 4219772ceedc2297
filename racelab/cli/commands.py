"""The command line: of `python3 lab.py ...` once everything is installed, and of the command `racelab`."""

from __future__ import annotations

import io
import os
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import IO, NoReturn
from urllib.parse import urlsplit

import click

from .. import home, server, several
from ..bugs import ExitCode
from ..home import COMMAND, PROGRAM
from . import check, engines, explore, grade, klass, learn, loads, matrix, survey
from .names import Commands
from .options import Number, port

users = click.option(
    "--users", type=click.IntRange(2, 500), default=24, show_default=True, metavar="N", help="Concurrent users."
)


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
def cli() -> None:
    """Measure which acknowledged changes a session manager loses, and replay the interleavings that lose them.

    Two managers get the same load: `buggy`, which is wrong on purpose, and `fixed`. Afterwards the lab compares the
    acknowledged changes with the stored ones. Start with `demo`, then open the page that it names. `serve --redis
    --workers 3` has the same bugs over Redis and several processes.

    Exit codes: 0 as expected, 1 requests failed, 2 wrong usage, 3 anomalies where none were expected (or none where
    some were), 4 nothing was measured, or cannot tell.
    """


@cli.command(short_help="A server, a load, and a verdict.")
@click.option("--seconds", type=Number(1, 3600), default=20, show_default=True, metavar="N", help="How long.")
@users
@port
@click.option("--once", is_flag=True, help="Stop after the verdict; exit 0 if all four bugs were seen, on buggy only.")
@click.option("--no-wait", is_flag=True, help="Instead: save without added delay and faults until a change vanishes.")
@click.option("--json", "file", type=click.File("w", lazy=False), metavar="FILE", help="Write the numbers to FILE.")
def demo(seconds: float, users: int, port: int | None, once: bool, no_wait: bool, file: IO[str] | None) -> None:
    """Run a server, a load, and print a verdict on both managers.

    Uses a fresh database in a temporary folder and still serves after the verdict, until Ctrl-C. Is it staged? See for
    yourself with --no-wait: four threads, rows in memory, and nothing between two locks but the code of buggy.py.
    """
    from rich.console import Console

    from .demo import Demo

    sys.exit(Demo(seconds, users, port, once, file, no_wait).run(Console()))


@cli.command(short_help="The server alone.")
@port
@click.option(
    "--threads", type=click.IntRange(9, 1000), default=server.THREADS, metavar="N", help="Concurrent requests."
)
@click.option(
    "--redis",
    is_flag=False,
    flag_value="",
    metavar="[URL]",
    callback=engines.checked,
    help="Keep the sessions in Redis or Valkey; without a URL, in one that is started for it.",
)
@click.option("--workers", type=click.IntRange(1, 64), metavar="N", help="Processes; they need --redis or --postgres.")
@click.option(
    "--postgres",
    metavar="URL",
    callback=engines.checked,
    help="Keep them in PostgreSQL: postgresql+psycopg://USER@HOST/DATABASE",
)
def serve(port: int | None, threads: int, workers: int | None, redis: str | None, postgres: str | None) -> None:
    """Run the server alone, with its databases in the folder instance/ (or RACELAB_INSTANCE). Ctrl-C stops it.

    With --redis it serves `redis-buggy` and `redis-fixed` in place of `buggy` and `fixed`, with --postgres
    `postgres-fixed`, and with both all three. Becomes gunicorn, so signals and exit codes are gunicorn's own.
    """
    instance = home.instance()
    listener = server.listen(port or server.DEFAULT_PORT)
    listener.set_inheritable(True)
    settings = {"RACELAB_INSTANCE": str(instance), "RACELAB_THREADS": str(threads), "PYTHONPATH": str(home.ROOT)}
    settings |= engines.settings(instance, redis, postgres)
    if workers:
        settings["RACELAB_WORKERS"] = str(workers)
    os.chdir(home.ROOT)  # gunicorn imports `app` from where it starts, and where the reader stands may be another one
    os.execve(sys.executable, server.gunicorn_command(listener), {**os.environ, **settings})


@cli.command(short_help="One workload, and its verdict.")
@click.argument("name", required=False)
@click.option(
    "--variant",
    default="both",
    show_default=True,
    metavar="NAME",
    help="The manager under load: buggy, fixed, or another one of the lab at --url; both: all of them.",
)
@users
@click.option("--seconds", type=Number(1, 3600), default=10, show_default=True, metavar="N", help="How long.")
@click.option(
    "--expect",
    type=click.Choice(["usual", "fixed", "consistent", "inconsistent", "any"]),
    default="usual",
    show_default=True,
    help="fixed: no anomaly on fixed, and any on the others. consistent: none at all. inconsistent: its bug is seen."
    " usual: fixed for mixed, else consistent. Another result is exit code 3.",
)
@click.option("--url", metavar="URL", help="A running lab. Without it, the command starts one.")
@click.option(
    "--also",
    multiple=True,
    metavar="URL",
    help="A further lab on the store of the one at --url; may be repeated. The users take them in turns.",
)
@click.option("--verbose", is_flag=True, help="Print Locust's own tables too.")
def load(
    name: str | None,
    variant: str,
    users: int,
    seconds: float,
    expect: str,
    url: str | None,
    also: tuple[str, ...],
    verbose: bool,
) -> None:
    """Run one workload, and print its verdict. Without a NAME: list the workloads."""
    names = loads.available()
    name = name.replace("-", "_") if name else None  # as the explorer's names are written
    if name not in names:
        problem = f"There is no load {name!r}. The loads are:" if name else "Choose a load:"
        raise click.UsageError("\n".join([problem, *(f"  {known:18} {line}" for known, line in names.items())]))
    if also and url is None:
        raise click.UsageError("--also names further labs beside the one at --url. Give that, too.")
    if url is not None:
        first, *others = (each.rstrip("/") for each in (url, *also))
        for each in (first, *others):
            _refuse_no_address(each)
            _refuse_no_lab(each)
        sys.exit(_run(loads.Load(name, first, users, seconds, variant, expect, verbose, tuple(others), progress=True)))
    _refuse_no_manager(variant)
    threads = max(server.THREADS, users + 8)
    with (
        tempfile.TemporaryDirectory(prefix="racelab-") as instance,
        server.Server(Path(instance), threads=threads) as lab,
    ):
        sys.exit(_run(loads.Load(name, lab.url, users, seconds, variant, expect, verbose, progress=True)))


for command in (
    *(explore.explore, explore.replay, matrix.matrix),
    *(grade.grade, learn.learn, klass.klass, check.check, survey.survey),
):
    cli.add_command(command)


@cli.command(
    context_settings={"ignore_unknown_options": True, "help_option_names": ["--help"]},
    options_metavar="[--quick]",
    short_help="The linters and all tests.",
)
@click.option(
    "--quick", is_flag=True, help="About a minute: without browser, Locust, stress, package, command, long tests."
)
@click.argument("pytest_arguments", nargs=-1, type=click.UNPROCESSED)
def test(quick: bool, pytest_arguments: tuple[str, ...]) -> None:
    """Run ruff, mypy and pytest, and print the slowest ten tests and the total time.

    \b
      test --quick               while you work; the last line names what was left out
      test                       before you commit: everything
      test tests/checker         one folder
      test -k front_door -x      the tests with that name; stop at the first failure
      test --quick -k words      the quick ones among them

    All arguments but --quick go to pytest. Without any, the explorer's and the checker's tests run beside the others,
    in a process more than there are processors, five at most. --quick replaces an -m of your own.

    Exit codes: 0 all pass, 1 something fails, 2 the tools are not installed.
    """
    if home.INSTALLED:
        raise click.UsageError("An installed lab comes without its tests: run them in a checkout.")
    from . import selftest

    sys.exit(selftest.run(pytest_arguments, quick=quick))


def _run(wanted: loads.Load) -> int:
    click.echo(
        f"{wanted.name}: {wanted.users} users for {wanted.seconds:g} s at {' and '.join([wanted.url, *wanted.also])}",
        err=True,
    )
    process = wanted.start()
    try:
        return loads.wait(process)
    finally:
        server.stop(process, loads.STOP_PATIENCE)


def _refuse_no_address(url: str) -> None:
    """Refuse what is no address of a server, and say how one is written."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in ("http", "https") and parts.hostname and parts.port != 0:
            return
    such = "127.0.0.1:8000" if "/" in url else url
    raise click.UsageError(f"The address of a lab is written like http://{such}. Got {url!r}.")


def _refuse_no_manager(variant: str) -> None:
    """Refuse a manager that a lab started here has not. If the environment names its managers, the lab itself does."""
    has = sorted(several.LOCAL)
    if variant != "both" and variant not in has and several.VARIANTS not in os.environ:
        raise click.UsageError(
            f"The lab that this command starts has no manager {variant!r}. It has: {', '.join(has)}, or both. "
            "Another one needs the --url of a running lab that has it."
        )


def _refuse_no_lab(url: str) -> None:
    """Refuse to load a server that is not a lab."""
    try:
        server.fetch(f"{url}/lab/status")["variants"]
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise click.UsageError(
            f"No Session Race Lab answers at {url} ({error}). Start one with `{COMMAND} serve`, or leave out --url."
        ) from error


def _end_in_order(number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does: by an exception, so that all child processes are stopped."""
    sys.exit(128 + number)


def main() -> None:
    """Run the command, and print a known problem as a sentence."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _end_in_order)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(
            errors="backslashreplace"
        )  # as standard error does: a letter may be none of the terminal's
    # A script that starts us in the background makes us ignore SIGINT; obey it nevertheless.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        cli.main(prog_name=PROGRAM, standalone_mode=False)
    except click.ClickException as problem:
        problem.show()
        sys.exit(ExitCode.USAGE)
    except server.ServerError as problem:
        print(problem, file=sys.stderr)
        sys.exit(ExitCode.USAGE if isinstance(problem, server.PortBusyError) else ExitCode.CANNOT_TELL)
    except (KeyboardInterrupt, click.Abort):
        print("\nStopped.", file=sys.stderr)
        sys.exit(ExitCode.INTERRUPTED)
