"""One schedule of a program, whatever it leads to: how it ends, and which order of the calls ends so too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.clock import Times
from racelab.explorer.kernel.garbage import without_collecting
from racelab.explorer.kernel.guard import NotModelled
from racelab.explorer.kernel.schedule import parse, write

from ..bench import Bench
from ..execution import MOST_STEPS, Execution, Precedence
from ..exploring import Enough, Limits, Tally
from ..finding_lines import LETTERS
from ..in_time import InTime
from ..judge import compatible
from ..oracle import specified
from ..program import Program
from ..result import CANNOT_TELL, FOUND, KINDS, NONE, Result
from ..search import grade_program
from ..serial import one_after_another
from ..story import Replayed
from ..target import TargetError
from ..telling import learn, until_known
from .telling import told

LEARNING: Final = 0.6
"""This part of the time is for finding out where threads stop."""
LOSES: Final = "This schedule ends badly: {}."
HARMLESS: Final = "This schedule loses nothing. It ends as the calls do in this order: {}."
MISFITS: Final = "Step {} of {!r} does not fit: {}. {}"
STOPS: Final = "{!r} stops before the end, after step {}: {} can go on. Such a schedule goes to the end: {!r}."
GO_ON: Final = "There, {} can go on. Threads stop where the model {} lets them, and the source may have changed."
NOBODY: Final = "All has ended by then. Threads stop where the model {} lets them, and the source may have changed."
NO_ORDER: Final = "How the calls end one after another is not known: {}"


@dataclass(frozen=True, slots=True)
class _Followed:
    """What a schedule has led to: `problem` says why it does not fit, if it does not."""

    problem: str = ""
    kind: str = ""
    order: Precedence | None = None


@dataclass(frozen=True, slots=True)
class _Led:
    """How an execution came out: which calls had ended before others began, and what was read from the clock."""

    problem: str
    precedence: Precedence
    times: Times


def replay(
    say: Callable[[int], None], program: Program, model: str, schedule: str, seconds: float, columns: int
) -> Replayed:
    """Follow a schedule, and judge how it ends.

    Args:
        say: is told the number of executions now and then.
        program: whose schedule it is.
        model: of memory.
        schedule: as `kernel/schedule.py` writes it.
        seconds: for finding out where threads stop, and what the calls do one after another.
        columns: of the terminal.

    Raises:
        TargetError: the program has no such schedule.
    """
    result = grade_program(program, model, seconds * LEARNING, say)
    if result.verdict == FOUND and result.schedule == schedule:
        story = told(result, columns)
        if story is not None:
            return Replayed(FOUND, story.name or LOSES.format(KINDS[result.kind]), story)
    result.schedule, result.ending, result.kind = schedule, None, ""
    with Alarm(), without_collecting():
        try:
            judge, unknown = _judge(program, model, seconds * (1 - LEARNING)), ""
        except (CannotDecide, NotModelled) as reason:
            judge, unknown = None, str(reason)
        try:
            followed = _follow(result, judge)
        except (CannotDecide, NotModelled) as reason:
            return Replayed(CANNOT_TELL, str(reason), None)
    if followed.problem:
        raise TargetError(followed.problem)
    story = told(result, columns)
    if unknown or story is None:
        return Replayed(CANNOT_TELL, NO_ORDER.format(unknown) if unknown else "It does not end so again.", story)
    if followed.kind:
        return Replayed(FOUND, story.name or LOSES.format(KINDS[followed.kind]), story)
    return Replayed(NONE, HARMLESS.format(_in_words(program, followed.order)), story)


def _judge(program: Program, model: str, seconds: float) -> InTime:
    """Who knows how the calls end one after another.

    Raises:
        CannotDecide: that cannot be found out.
    """
    tally = Tally(Limits(seconds))
    _, found = one_after_another(Bench.of(specified(program), model), tally, program)
    if tally.unfinished:
        raise CannotDecide(tally.unfinished)
    return InTime(found.judge, program, model, tally)


def _follow(result: Result, in_time: InTime | None) -> _Followed:
    bench, turns = Bench.of(result.program, result.model), parse(result.schedule)
    seen = until_known(bench, lambda: _led(bench, result, turns))
    if seen.problem or in_time is None or result.ending is None:
        return _Followed(seen.problem)
    try:
        judge, kept = in_time.judge_of(result.ending, seen.precedence, seen.times)
    except Enough:
        raise CannotDecide(NO_ORDER.format("the time was up.")) from None
    result.kind = judge.kind(result.ending, kept)
    orders = sorted(judge.orders_of(result.ending))
    fitting = (order for order in orders if kept is None or compatible(kept, order))
    return _Followed("", result.kind, next(fitting, next(iter(orders), None)))


def _led(bench: Bench, result: Result, turns: Sequence[str]) -> _Led | None:
    """Where the schedule leads; None if more is known now of where threads stop."""
    with Execution(bench) as run:
        if learn(bench, result) or run.memory.grown:
            return None
        problem = _take(run, turns, result.model)
        if learn(bench, result):
            return None
        result.preemptions, result.steps = run.preemptions, len(run.turns)
        result.ending = None if problem else run.ending()
        return _Led(problem, run.precedence(), run.memory.clock.times())


def _take(run: Execution, turns: Sequence[str], model: str) -> str:
    """Take these steps; why that is not possible, or not all."""
    text = write(turns)
    for number, name in enumerate(turns, 1):
        ready = {thread.name: thread for thread in run.ready()}
        if name not in ready:
            who = GO_ON.format(" or ".join(ready), model) if ready else NOBODY.format(model)
            return MISFITS.format(number, text, _why_not(run, name), who)
        run.step(ready[name])
    names = [one.name for one in run.ready()]
    if not names:
        return ""
    while len(run.turns) < MOST_STEPS and (left := run.ready()):
        run.step(run.last() or left[0])
    return STOPS.format(text, len(turns), " and ".join(names), run.schedule())


def _why_not(run: Execution, name: str) -> str:
    thread = next((one for one in run.threads if one.name == name), None)
    if thread is None:
        return f"there is no thread {name} by then"
    return f"{name} only sleeps, and all calls have ended" if run.finished() and thread.ready() else thread.why_not()


def _in_words(program: Program, order: Precedence | None) -> str:
    """The calls one after another."""
    if order is None:
        return "in which they wait for ever, too"
    calls = [
        (sum(before), letter, call)
        for letter, texts, befores in zip(LETTERS, program.tasks, order, strict=False)
        for call, before in zip(texts, befores, strict=False)
    ]
    return "; ".join(f"{letter}: {call}" for _, letter, call in sorted(calls, key=lambda each: each[0]))
