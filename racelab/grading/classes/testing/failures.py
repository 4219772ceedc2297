"""What a failed test prints: the name of the race, what happened, the schedule in the author's lines, how to replay."""

from __future__ import annotations

from typing import Final

from racelab.home import COMMAND

from ..finding_lines import finding_lines
from ..program import FREE_THREADED
from ..report import UNKNOWN, Report, task_texts
from ..result import CANNOT_TELL, FOUND, Result

MOST_OTHERS: Final = 5
MOST_REASONS: Final = 3
IN_ORDER: Final = "{} {} in an order in which the threads that it starts run one after another."
CALLS: Final = (
    "Call something else, or put what reaches out of the process behind a method that a subclass in the test replaces. "
    "`{}` tries real threads, and says the odds."
)
BODY: Final = "Leave out of the test what reaches out of the process, or what is not written in Python of yours."
ALONE: Final = "Give what a second thread calls, too: race(Cache, \"put('a', 1)\", \"get('a')\")."
ALONE_IN_BODY: Final = (
    "Nothing was interleaved, so that nothing is tested: {} starts no thread that runs beside another. Start two "
    "threads in its body before the first is joined; or leave out the mark."
)
NO_THREADS: Final = "{} {} before it starts a thread. Without the mark, pytest shows where."


def failure(report: Report) -> str:
    """Why a class has not passed: a finding, or that nothing can be said. Empty if it has passed."""
    if report.verdict == FOUND:
        return found(report)
    return cannot_tell(report) if report.verdict == CANNOT_TELL else ""


def found(report: Report) -> str:
    """The smallest finding, and how many others there are."""
    first, others = report.findings[0], report.findings[1:]
    lines = [report.sentence(), *finding_lines(report, first)]
    if first.model == FREE_THREADED:
        lines.append(f"The model is {FREE_THREADED}: threads may switch before every access that races.")
    if others:
        lines.append(f"{len(others):,} more of this size end badly, such as:")
        lines += [f"  {each.name or each.kind}: {_calls(each)}" for each in others[:MOST_OTHERS]]
    return "\n".join(lines)


def fails_in_order(report: Report, name: str) -> str:
    """A test that fails without any race: its threads have only to run one after another.

    Args:
        report: with what came out.
        name: of the test.
    """
    first = report.findings[0]
    if not first.schedule:
        return NO_THREADS.format(name, _raised(first))
    _, *lines = finding_lines(report, first)  # the paragraph is about races
    return "\n".join([IN_ORDER.format(name, _raised(first)), *lines])


def cannot_tell(report: Report, advice: str = CALLS) -> str:
    """Why nothing can be said, and what to do.

    Args:
        report: that says it.
        advice: if more time would not help.
    """
    lines = [f"Cannot tell: {report.sentence()}"]
    if not report.reasons and report.alone():
        return "\n".join([*lines, ALONE])
    lines += [f"  {reason}" for reason in list(report.reasons.values())[1:MOST_REASONS]]
    if report.reasons:
        lines.append(advice.format(f"{COMMAND} grade {report.choice.word} --stress"))
    else:
        enough = report.enough()
        more = f"={enough}, or pytest --race-seconds {enough}" if enough else ", or pytest --race-seconds"
        unknown = "" if enough else f"{UNKNOWN} "
        lines.append(f"{unknown}Give it more time (seconds{more}), or fewer calls.")
    return "\n".join(lines)


def nothing_found(report: Report) -> str:
    """What there is instead of the race that a test wants to find."""
    if report.verdict == CANNOT_TELL:
        return cannot_tell(report)
    return f"Nothing was found. {report.sentence()}"


def refused(reason: object) -> str:
    """Why no verdict is possible at all: the target cannot be graded."""
    return f"Cannot tell: {reason}"


def _calls(result: Result) -> str:
    return task_texts(result.program.tasks)


def _raised(result: Result) -> str:
    answers = result.ending.answers if result.ending is not None else ()
    last = next((each[-1] for each in answers if each), None)
    if last is None:
        return "does not end"
    return f"raises {last.value}" if last.how == "raises" else str(last)
