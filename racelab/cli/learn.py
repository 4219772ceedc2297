"""The command `learn`: exercises that pass only when the grader proves it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from .names import Commands

if TYPE_CHECKING:
    from ..learning.course import Exercise
    from ..learning.desk import Desk
    from .learn_lesson import Lesson


@click.group(
    cls=Commands,
    invoke_without_command=True,
    short_help="Exercises: find and correct one kind of bug after another.",
)
@click.pass_context
def learn(context: click.Context) -> None:
    """Correct one small class after another. Each has one bug that tests with one thread never show.

    The first call makes the folder my_exercises/ here, with a copy of each exercise. `learn` shows the current one:
    what the class is for, what must never happen, and the interleaving in which it does happen. Open the file in your
    editor, correct the class, and save it: it is graded again at once. It passes when every interleaving of its
    programs ends as some order of the calls does, and not when it merely happens to work. Then the next one comes.

    \b
    While it watches, a key is enough:
      h hint   n next   c check again   l list   r reset   q quit
    The same as commands, which need no terminal:
      learn list             all exercises, and which have passed
      learn check            grade the current one; `learn check transfer` grades another, and you stay where you are
      learn hint             one more hint for it, three in all; from the second on, a check gives advice too
      learn next             go to the next one that has not passed; `learn next transfer` goes to that one
      learn reset transfer   begin it anew; your file is kept as transfer.py.old, or .old2 if there is one

    Edit whatever you like in the class, or write it anew: its methods, and what they answer to one thread, must stay.
    my_exercises/promised/ has the classes that say what they answer; a change there is undone.

    Exit codes: 0 passed, 2 wrong usage, 3 not yet, 4 cannot tell. docs/learn.md has more.
    """
    if context.invoked_subcommand is None:
        from .learn_loop import run

        sys.exit(run(_lesson()))


@learn.command("list", short_help="All exercises, and which have passed.")
def list_all() -> None:
    """List all exercises, and which of them have passed."""
    _lesson().list_all()


@learn.command("next", short_help="Go to the next exercise that has not passed, or to another.")
@click.argument("name", required=False)
def go_on(name: str | None) -> None:
    """Leave the current exercise for now, and show the next one that has not passed; or the one of that name."""
    lesson = _lesson()
    if name is None:
        lesson.show(lesson.desk.go_on())
        return
    wanted = _wanted(lesson.desk, name)
    lesson.desk.choose(wanted)
    lesson.show(wanted)


@learn.command(short_help="One more hint.")
@click.argument("name", required=False)
def hint(name: str | None) -> None:
    """Show one more hint for an exercise, after those that you have seen. There are three."""
    lesson = _lesson()
    lesson.hint(_wanted(lesson.desk, name))


@learn.command(short_help="Grade an exercise.")
@click.argument("name", required=False)
def check(name: str | None) -> None:
    """Grade an exercise: the current one, or another. You stay where you are.

    Exit codes: 0 passed, 3 not yet, 4 cannot tell.
    """
    lesson = _lesson()
    sys.exit(lesson.check(_wanted(lesson.desk, name)).code)


@learn.command(short_help="Begin an exercise anew.")
@click.argument("name")
def reset(name: str) -> None:
    """Begin an exercise anew, with its hints, and go there. What you had is kept beside it, as NAME.py.old."""
    lesson = _lesson()
    lesson.reset(_wanted(lesson.desk, name))


def _lesson() -> Lesson:
    """The folder in the current one, made if it is not there.

    Raises:
        click.ClickException: it cannot be written to.
    """
    from rich.console import Console

    from ..learning.desk import FOLDER, PROGRESS, Desk
    from .learn_lesson import Lesson

    try:
        desk = Desk(Path.cwd() / FOLDER)
    except OSError as problem:
        raise click.ClickException(
            f"The exercises are copied into {FOLDER}/ in the current folder, and that cannot be written: "
            f"{problem.strerror or problem}. Call it where you may write."
        ) from problem
    if desk.damaged:
        click.echo(f"{FOLDER}/{PROGRESS} cannot be read. It begins anew; `learn` grades your files again.", err=True)
    for name in desk.restored:
        click.echo(f"{FOLDER}/{name} was missing. It is as it was in the beginning.", err=True)
    return Lesson(desk, Console(highlight=False))


def _wanted(desk: Desk, name: str | None) -> Exercise:
    """The exercise of that name, or the current one; if all have passed, the last.

    Raises:
        click.UsageError: there is none of that name.
    """
    from ..learning.course import UnknownExercise, course, named

    if name is None:
        return desk.current() or course()[-1]
    try:
        return named(name)
    except UnknownExercise as problem:
        raise click.UsageError(str(problem)) from problem
