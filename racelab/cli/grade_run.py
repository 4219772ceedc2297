"""What the command `grade` does with its options: grades, watches, replays, or tries real threads."""

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

if TYPE_CHECKING:
    from ..grading.classes.choosing.choice import Choice, Given
    from ..grading.classes.report import Report

EXIT_CODES: Final = {
    "none": ExitCode.AS_EXPECTED,
    "found": ExitCode.NOT_AS_EXPECTED,
    "cannot tell": ExitCode.CANNOT_TELL,
}


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
        left = max(1.0, self.seconds - time.monotonic() + began)
        if replay is not None:
            return self._replayed(choice, replay, left)
        if stress:
            return self._stressed(choice, left)
        report, ended_by = self._graded(choice, began)
        try:
            self.files.write(report)
        finally:  # the report is not lost with its file
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
        from rich.console import Console

        from ..grading.classes.running.processes import Failed
        from ..grading.classes.running.session import choose
        from ..grading.classes.target import TargetError, read
        from .terminal import MovingLine

        line = MovingLine(Console(stderr=True))
        try:
            named = read(self.target, Path.cwd())
            try:
                chosen = choose(named, self.given, self.seconds, line.show)
            finally:
                line.erase()
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

    def _stressed(self, choice: Choice, seconds: float) -> int:
        from rich.console import Console

        from ..grading.classes.result import FOUND
        from ..grading.classes.running.processes import Processes
        from ..grading.classes.running.session import latest
        from ..grading.classes.running.stressing import Stressing, sentences, stress
        from .terminal import MovingLine

        line, told = MovingLine(Console(stderr=True)), Stressing(choice)
        ended_by: BaseException | None = None
        try:
            with Processes(1, choice.paths, until=latest(seconds)) as processes:
                stress(told, seconds, processes, line.show)
        except (KeyboardInterrupt, SystemExit) as ending:
            ended_by = ending
        finally:
            line.end()
        found = told.verdict() == FOUND
        shown = "real threads have shown it" if found else "real threads prove nothing by what they do not show"
        click.echo("\n".join([f"{told.verdict()}: {shown}.", *sentences(told)]))
        if ended_by is not None:
            raise ended_by
        return EXIT_CODES[told.verdict()]

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
    """The width of the table of a finding, which is indented by two.

    A terminal that tells no size is as wide as rich takes it for: whatever is wider would be broken once more.
    """
    from rich.console import Console

    wide = Console().width if sys.stdout.isatty() else shutil.get_terminal_size((120, 40)).columns
    return max(NARROWEST, min(wide, 160)) - 2
