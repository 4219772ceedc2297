"""The command `grade`: any class as it is, in every interleaving of a few calls."""

from __future__ import annotations

import shutil
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from ..bugs import ExitCode
from ..home import COMMAND
from .grade_files import Files
from .options import Number

if TYPE_CHECKING:
    from ..grading.classes.choosing.choice import Choice, Given
    from ..grading.classes.report import Report

EXIT_CODES = {"none": ExitCode.AS_EXPECTED, "found": ExitCode.NOT_AS_EXPECTED, "cannot tell": ExitCode.CANNOT_TELL}


@click.command(short_help="Any class, as it is, in every interleaving of a few calls.")
@click.argument("target")
@click.option("--new", metavar="EXPR", help="Makes the object: 'Cache(maxsize=2)'.")
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
    from ..grading.classes.choosing.texts import calls_in, checked
    from ..grading.classes.target import TargetError

    for option, texts in {"--new": [new], "--call": calls, "--holds": holds, "--ignore": ignore}.items():
        if any(text is not None and not text.strip() for text in texts):
            raise click.UsageError(f"{option} is empty. Leave it out, or write what is meant.")
    if tasks and calls:
        raise click.UsageError("--task is one program, and --call makes many. Give one of them.")
    if scenarios and (tasks or calls or stress):
        raise click.UsageError("--scenario says what is called: it does not go with --task, --call and --stress.")
    try:
        given = Given(
            None if new is None else checked(new),
            tuple(calls_in(task) for task in tasks),
            tuple(map(checked, calls)),
            tuple(checked(text) for text in then if text.strip()) if then else None,
            tuple(map(checked, holds)),
            ignore,
            spec,
            model or "",
            scenarios=scenarios or None,
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


@dataclass(frozen=True, slots=True)
class Grading:
    """The command with its options; `opened` says that a finding is shown in a browser."""

    target: str
    given: Given
    seconds: float
    processes: int | None
    save: Path | None
    files: Files
    opened: bool = False

    def once(self, stress: bool = False, replay: str | None = None) -> int:
        """Grade, print the report, and return the exit code.

        Args:
            stress: with real threads.
            replay: only this schedule.
        """
        from rich.console import Console

        from .grade_open import open_finding
        from .grade_report import print_report

        began = time.monotonic()
        choice = self._chosen()
        if isinstance(choice, str):
            return self._undecided(choice)
        self._keep(choice)
        if replay is not None:
            return self._replayed(choice, replay, max(1.0, self.seconds - time.monotonic() + began))
        if stress:
            return self._stressed(choice)
        report, ended_by = self._graded(choice, began)
        self.files.write(report)
        print_report(Console(stderr=self.files.prints(), highlight=False), report)
        if ended_by is not None:
            raise ended_by
        if self.opened and report.findings:
            open_finding(report)
        return EXIT_CODES[report.verdict]

    def watch(self) -> int:
        """Grade whenever a source changes, until Ctrl-C. What is half typed meanwhile is told, and waited for."""
        from ..grading.classes.running.watch import changed, places, state
        from ..grading.classes.target import TargetError, read

        watched: tuple[str, ...] = ()
        while True:
            try:
                watched = places(read(self.target, Path.cwd()))
            except TargetError as problem:
                if not watched:
                    raise click.UsageError(str(problem)) from problem
            before = state(*watched)
            try:
                self.once()
            except click.ClickException as problem:
                click.echo(problem.message)
            click.echo("Waiting for a change. Ctrl-C ends this.", err=True)
            click.echo(f"\n{changed(before, *watched)} has changed.\n", err=True)

    def _chosen(self) -> Choice | str:
        """What is graded, or why that could not be found out.

        Raises:
            click.UsageError: the target or what is called is not written as it is meant.
        """
        from ..grading.classes.running.processes import Failed
        from ..grading.classes.running.session import choose
        from ..grading.classes.target import TargetError, read

        try:
            named = read(self.target, Path.cwd())
            chosen = choose(named, self.given, self.seconds)
        except TargetError as problem:
            if not problem.undecided:
                raise click.UsageError(str(problem)) from problem
            return str(problem)
        except (KeyboardInterrupt, SystemExit):
            click.echo(f"cannot tell: Interrupted, with nothing of {self.target} graded.")
            raise
        if isinstance(chosen, Failed):
            return (
                f"{named.word} could not be looked at: {chosen.reason}. Its module runs when it is imported; see to it "
                "that this ends, or say what to call with --new and --call."
            )
        return chosen

    def _undecided(self, why: str) -> int:
        """Nothing was graded: the files say so too."""
        from ..grading.classes.choosing.choice import Choice
        from ..grading.classes.report import Report

        nothing = Choice(self.target, "", "", "", "", model=self.given.model or "gil")
        self.files.write(Report(nothing, reasons={"": why}, limit=self.seconds))
        click.echo(f"cannot tell: {why}", err=self.files.prints())
        return ExitCode.CANNOT_TELL

    def _keep(self, choice: Choice) -> None:
        from ..grading.classes.choosing.grade_file import text_of

        if self.save is None:
            return
        name = self.save.stem
        if self.save.suffix != ".py" or "." in name:
            raise click.UsageError(f"{self.save}: what is called is Python, and is graded by its name. Name a FILE.py.")
        if name in sys.stdlib_module_names or name == choice.module.partition(".")[0]:
            raise click.UsageError(f"{self.save} would be imported in place of the module {name}. Name another file.")
        path = self.save.absolute()
        if path.is_file() and path.read_text(encoding="utf-8") != text_of(choice, path):
            raise click.UsageError(f"{self.save} is there already, and may have been edited. Name another file.")
        try:
            path.write_text(text_of(choice, path), encoding="utf-8")
        except OSError as problem:
            raise click.UsageError(f"{self.save} could not be written: {problem.strerror}.") from problem
        click.echo(f"What is called stands in {self.save}: `{COMMAND} grade {self.save}` grades that.", err=True)

    def _replayed(self, choice: Choice, schedule: str, seconds: float) -> int:
        from rich.console import Console

        from ..explorer.kernel.schedule import BadSchedule, parse, write
        from ..grading.classes.running.session import replay
        from ..grading.classes.target import TargetError
        from .grade_report import say_all

        if not choice.tasks and (choice.calls or len(choice.scenarios) != 1):
            raise click.UsageError("--replay needs the program: give --task once for each thread, as the report does.")
        try:
            told = replay(choice, write(parse(schedule)), seconds, columns())
        except (BadSchedule, TargetError) as problem:
            raise click.UsageError(str(problem)) from problem
        story = told.story
        click.echo(f"{told.verdict}: {told.sentence}")
        if story is not None:
            say_all(Console(highlight=False), [*filter(None, [story.paragraph]), *story.table])
        return EXIT_CODES[told.verdict]

    def _stressed(self, choice: Choice) -> int:
        from rich.console import Console

        from ..grading.classes.running.processes import Processes
        from ..grading.classes.running.stressing import sentences, stress
        from .terminal import MovingLine

        line = MovingLine(Console(stderr=True))
        try:
            with Processes(1, choice.paths) as processes:
                told = stress(choice, self.seconds, processes, line.show)
        finally:
            line.end()
        verdict = "found" if told.seen else "cannot tell"
        shown = "real threads have shown it" if told.seen else "real threads prove nothing by what they do not show"
        click.echo("\n".join([f"{verdict}: {shown}.", *sentences(told)]))
        return EXIT_CODES[verdict]

    def _graded(self, choice: Choice, began: float) -> tuple[Report, BaseException | None]:
        """The report, and what has interrupted the grading: Ctrl-C, or a signal to end."""
        from rich.console import Console

        from ..grading.classes.running.processes import Processes, cores
        from ..grading.classes.running.session import Session, latest
        from .terminal import MovingLine

        count = 1 if choice.tasks else self.processes or cores()
        spent = time.monotonic() - began
        line = MovingLine(Console(stderr=True))
        try:
            with Processes(count, choice.paths, until=latest(self.seconds - spent)) as processes:
                session = Session(choice, self.seconds, processes, count, line.show, columns(), spent)
                try:
                    return session.run(), None
                except (KeyboardInterrupt, SystemExit) as ending:
                    return session.interrupted(), ending
        finally:
            line.end()


NARROWEST: Final = 40


def columns() -> int:
    """The width of the table of a finding, which is indented by two."""
    return max(NARROWEST, min(shutil.get_terminal_size((120, 40)).columns, 160)) - 2
