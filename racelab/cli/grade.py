"""The command `grade`: any class as it is, in every interleaving of a few calls."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import click

from .grade_files import Files
from .grade_run import Grading
from .options import Number


@click.command(short_help="Any class, as it is, in every interleaving of a few calls.")
@click.argument("target")
@click.option("--new", metavar="EXPR", help="Makes the object: 'Cache(maxsize=2)'.")
@click.option(
    "--first",
    multiple=True,
    metavar="CALLS",
    help="Done before any thread begins; all know the names that it assigns: 'key = it.issue()'.",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="CALLS",
    help="What one thread calls, split by ';'. Give it once for each thread.",
)
@click.option("--scenario", "scenarios", multiple=True, metavar="NAME", help="Of a session manager: only these.")
@click.option("--call", "calls", multiple=True, metavar="CALL", help="One of the calls that programs are made of.")
@click.option(
    "--then", multiple=True, metavar="EXPR", help="Observed when all threads have ended. '' observes nothing."
)
@click.option(
    "--holds", multiple=True, metavar="EXPR", help="Must be true in the end, and whenever no call is under way."
)
@click.option(
    "--ignore", multiple=True, metavar="WHAT", help="No difference: a call, a method, or an exception's name."
)
@click.option(
    "--spec", default="", metavar="MODULE:CLASS", help="Another class says what is right, one call after another."
)
@click.option(
    "--model",
    type=click.Choice(["gil", "free-threaded"]),
    help="Where threads may switch. [default: gil, or as the file says]",
)
@click.option(
    "--seconds", type=Number(0.1, 86400), default=30, show_default=True, metavar="N", help="Time for all of it."
)
@click.option(
    "--processes",
    type=click.IntRange(1, 64),
    metavar="N",
    help="How many programs run at once. [default: one for each core]",
)
@click.option(
    "--save",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write what is called into FILE.py, to edit and to grade.",
)
@click.option(
    "--replay", metavar="SCHEDULE", help="Only this schedule of the program that --task gives, such as 'A1 B2 A1'."
)
@click.option(
    "--stress",
    is_flag=True,
    help="Real threads instead: says how often a race is seen, and never proves that there is none.",
)
@click.option("--watch", is_flag=True, help="Grade again whenever a source file changes. Ctrl-C ends it.")
@click.option("--open", "opened", is_flag=True, help="Step through the finding in a browser. Ctrl-C ends it.")
@click.option("--json", "json_file", metavar="FILE", help="Write the report; - is standard output.")
@click.option("--junit", "junit_file", metavar="FILE", help="Write JUnit XML, for a build server.")
@click.option("--sarif", "sarif_file", metavar="FILE", help="Write SARIF 2.1.0, for code review.")
def grade(
    target: str,
    new: str | None,
    first: tuple[str, ...],
    tasks: tuple[str, ...],
    scenarios: tuple[str, ...],
    calls: tuple[str, ...],
    then: tuple[str, ...],
    holds: tuple[str, ...],
    ignore: tuple[str, ...],
    spec: str,
    model: str | None,
    seconds: float,
    processes: int | None,
    save: Path | None,
    replay: str | None,
    stress: bool,
    watch: bool,
    opened: bool,
    json_file: str | None,
    junit_file: str | None,
    sarif_file: str | None,
) -> None:
    """Run a few calls of a class from several threads, in every interleaving, and compare with one call after another.

    TARGET is module:Class, path.py:Class, a function that makes an object, a function over the state of its module, or
    a file that --save has written. The class stays as it is, and needs no test: the grader chooses what to call. It
    runs your code, in child processes: do not grade what you would not import.

    \b
    Let it choose the calls; keep its choice in a file to edit; grade that:
      grade cache.py:Cache
      grade cache.py:Cache --save grade_me.py
      grade grade_me.py --model free-threaded
    Say what each thread calls, one program alone:
      grade cache.py:Cache --new 'Cache(2)' --then 'len(it)' \\
            --task 'it.put("a", 1); it.get("a")' --task 'it.clear()'
    Say which calls programs are made of, and what must hold:
      grade cachetools:TTLCache --call 'it.get("a")' \\
            --call 'it.setdefault("a", 1)' --holds 'len(it) <= 1'

    A class with the ten methods of a session manager is asked the lab's scenarios too; --scenario NAME asks only that.

    In CALLS and EXPR `it` is the object, and the names of its module are known. docs/grade.md explains the verdicts.

    \b
    Exit codes:
      0    none: every program ends as some order of its calls does
      2    wrong usage: something is misspelt, or cannot be imported or written
      3    found: a program ends as no order of its calls does
      4    cannot tell; the report says why
      130  Ctrl-C, 143 SIGTERM: the report says what was done until then
    """
    from ..grading.classes.choosing.choice import Given
    from ..grading.classes.target import TargetError

    _refuse_empty({"--new": [new], "--first": first, "--call": calls, "--holds": holds, "--ignore": ignore})
    if tasks and calls:
        raise click.UsageError("--task is one program, and --call makes many. Give one of them.")
    if scenarios and (tasks or calls or stress):
        raise click.UsageError("--scenario says what is called: it does not go with --task, --call and --stress.")
    try:
        given = Given.in_texts(
            new, tasks, calls, then or None, holds, ignore, spec, model or "", scenarios=scenarios or None, first=first
        )
    except TargetError as problem:
        raise click.UsageError(str(problem)) from problem
    command = Grading(target, given, seconds, processes, save, Files(json_file, junit_file, sarif_file), opened)
    instead = "--stress" if stress else "--replay" if replay else ""
    if opened and (instead or watch):
        raise click.UsageError(f"--open shows what a grading has found: it does not go with {instead or '--watch'}.")
    if instead and (watch or command.files.given() or (stress and replay)):
        raise click.UsageError(f"{instead} only prints: it goes with none of --watch, --json, --junit and --sarif.")
    if watch and save:
        raise click.UsageError("--save writes the choice once: it does not go with --watch.")
    command.files.refuse(target)
    sys.exit(command.watch() if watch else command.once(stress, replay))


def _refuse_empty(given: Mapping[str, Iterable[str | None]]) -> None:
    for option, texts in given.items():
        if any(text is not None and not text.strip() for text in texts):
            raise click.UsageError(f"{option} is empty. Leave it out, or write what is meant.")
