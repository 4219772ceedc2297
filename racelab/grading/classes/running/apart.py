"""One grading as a process of its own: `python -m ...running.apart LIFELINE`, for a page that shows it.

What is wanted comes as a line of JSON on stdin; a second line stops it, and what was found until then is told. One line
of JSON goes to stdout for each piece of news, and the last of them says how it ended. The process works in the current
folder and removes it at its end. It ends when its parent does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from _thread import interrupt_main
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final, NotRequired, TypedDict

from ..choosing.choice import Choice, Given
from ..choosing.grade_file import text_of
from ..exports.as_json import as_json
from ..exports.json_types import ReportJson
from ..frames import FramesJson
from ..report import Report
from ..result import CANNOT_TELL
from ..target import TargetError, read
from .processes import Failed, Processes, cores
from .session import Session, choose

PASTED: Final = "your_code.py"
"""The name of the file that a pasted source is kept in."""
KEPT: Final = "grade_me.py"
"""The name of the file of calls that a reader can keep."""
LOOK: Final = "Its module is imported and its calls are tried once: see to it that this ends, or say what to call."
MOST_TOLD: Final = 6
"""Findings that are told, one of each name and place."""


class GivenJson(TypedDict):
    """What the reader says, as with the options of the command; empty, or None, where the grader chooses.

    A task is what one thread calls, by `;`.
    """

    new: str
    first: list[str]
    tasks: list[str]
    calls: list[str]
    then: list[str] | None
    holds: list[str]
    ignore: list[str]
    spec: str


class OrderJson(TypedDict):
    """What is graded: a pasted source, or what is seen from a folder; empty for the other."""

    source: str
    target: str
    folder: str
    model: str
    seconds: float
    given: GivenJson


class StepsDoneJson(TypedDict):
    """The programs of one shape: how many there are, how many have a verdict, and which.

    `done` have a verdict, of which `found` end badly; of `undecided` nothing can be said.
    """

    name: str
    programs: int
    done: int
    found: int
    undecided: int


class StoryJson(TypedDict):
    """A finding, told; `number` is its place among those of the report."""

    number: int
    meaning: str
    paragraph: str
    frames: FramesJson | None


class NewsJson(TypedDict):
    """One line. `refused` and `undecided` are sentences, and end it, as `report` does.

    `names` can be graded in place of what was refused, `file` is what is called as a file that can be graded, and
    `advice` says what to do if nothing can be said.
    """

    stages: NotRequired[list[StepsDoneJson]]
    file: NotRequired[str]
    refused: NotRequired[str]
    names: NotRequired[list[str]]
    undecided: NotRequired[str]
    report: NotRequired[ReportJson]
    stories: NotRequired[list[StoryJson]]
    advice: NotRequired[str]


class Grading:
    """See the module.

    Args:
        order: what is graded.
        say: is told how it goes and how it ends.
    """

    def __init__(self, order: OrderJson, say: Callable[[NewsJson], None]) -> None:
        self._order, self._say = order, say
        self._session: Session | None = None

    def run(self) -> None:
        """Grade."""
        order, folder = self._order, Path.cwd()
        if order["source"]:
            (folder / PASTED).write_text(order["source"], encoding="utf-8")
            os.environ["RACELAB_CACHE"] = str(folder)  # no finding is kept of what was pasted
        else:
            folder = Path(order["folder"])
        try:
            named = read(order["target"], folder)
            choice = choose(named, given(order))
            if isinstance(choice, Failed):
                self._say({"undecided": f"{named.word} could not be looked at: {choice.reason}. {LOOK}"})
                return
            self._say({"file": text_of(choice, folder / KEPT)})
            self._say(ended(self._graded(choice)))
        except TargetError as problem:
            if problem.undecided:
                self._say({"undecided": str(problem)})
            else:
                self._say({"refused": str(problem), "names": [*problem.names]})

    def stop(self) -> None:
        """End it early, from another thread; nothing can be told before the first program."""
        if self._session is None:
            os.kill(os.getpid(), signal.SIGTERM)
        else:
            interrupt_main()  # as Ctrl-C does

    def _graded(self, choice: Choice) -> Report:
        with Processes(cores(), choice.paths) as processes:
            session = Session(choice, self._order["seconds"], processes, cores(), self._tell)
            self._session = session
            try:
                return session.run()
            except KeyboardInterrupt:
                return session.interrupted()

    def _tell(self, _line: str) -> None:
        assert self._session is not None
        self._say(
            {
                "stages": [
                    {
                        "name": one.name,
                        "programs": one.wanted(),
                        "done": one.graded(),
                        "found": one.found,
                        "undecided": one.undecided + one.unfinished,
                    }
                    for one in self._session.stages
                ]
            }
        )


def given(order: OrderJson) -> Given:
    """What the reader says.

    Raises:
        TargetError: it is not Python.
    """
    said = order["given"]
    return Given.in_texts(
        said["new"],
        said["tasks"],
        said["calls"],
        said["then"],
        said["holds"],
        said["ignore"],
        said["spec"],
        order["model"],
        first=said["first"],
    )


def ended(report: Report) -> NewsJson:
    """The last piece of news: the report, and its findings told."""
    advice = report.advice() if report.verdict == CANNOT_TELL else ""
    return {"report": as_json(report), "stories": list(stories(report)), "advice": advice}


def stories(report: Report) -> list[StoryJson]:
    """Those findings that differ in their name or in the places that race, the smallest of each."""
    told: dict[tuple[str, tuple[str, ...]], StoryJson] = {}
    for number, (finding, story) in enumerate(zip(report.findings, report.stories, strict=True)):
        if story is not None and len(told) < MOST_TOLD:
            shown: StoryJson = {
                "number": number,
                "meaning": story.meaning,
                "paragraph": story.paragraph,
                "frames": story.frames,
            }
            told.setdefault((finding.name, tuple(finding.racy)), shown)
    return list(told.values())


def main(lifeline: int) -> None:
    """Grade what stdin says."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    try:
        grading = Grading(json.loads(sys.stdin.readline()), _say)
        Thread(target=_stop_when_told, args=(grading,), daemon=True).start()
        grading.run()
    finally:
        shutil.rmtree(Path.cwd(), ignore_errors=True)


def _say(news: NewsJson) -> None:
    """A line in one piece: `print` writes its end apart, and a stop in between would put two on one line."""
    line = f"{json.dumps(news)}\n".encode()
    while line:
        line = line[os.write(sys.stdout.fileno(), line) :]


def _stop_when_told(grading: Grading) -> None:
    if sys.stdin.readline():
        grading.stop()


def _end_with_parent(lifeline: int) -> None:
    with suppress(OSError):
        os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]))
