"""One grading as a process of its own: `python -m ...running.apart LIFELINE`, for a page that shows it.

What is wanted comes as JSON on stdin, one line of JSON goes to stdout for each piece of news, and the last of them says
how it ended. The process works in the current folder and removes it at its end. It ends when its parent does.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import Final, NotRequired, TypedDict

from ..choosing.choice import Given
from ..exports.as_json import as_json
from ..exports.json_types import ReportJson
from ..frames import FramesJson
from ..result import CANNOT_TELL
from ..target import TargetError, read
from .processes import Failed, Processes, cores
from .session import Session, choose

PASTED: Final = "your_code.py"
"""The name of the file that a pasted source is kept in."""


class OrderJson(TypedDict):
    """What is graded: a pasted source, or what is seen from a folder; empty for the other."""

    source: str
    target: str
    folder: str
    model: str
    seconds: float


class StepsDoneJson(TypedDict):
    """The programs of one shape: how many there are, how many have a verdict, and how many end badly."""

    name: str
    programs: int
    done: int
    found: int


class NewsJson(TypedDict):
    """One line. `refused` and `undecided` are sentences, and end it, as `report` does.

    `advice` says what to do if nothing can be said.
    """

    stages: NotRequired[list[StepsDoneJson]]
    refused: NotRequired[str]
    undecided: NotRequired[str]
    report: NotRequired[ReportJson]
    frames: NotRequired[FramesJson | None]
    advice: NotRequired[str]


def grade(order: OrderJson, say: Callable[[NewsJson], None]) -> None:
    """Grade, and tell how it goes and how it ends."""
    folder = Path.cwd()
    if order["source"]:
        (folder / PASTED).write_text(order["source"], encoding="utf-8")
        os.environ["RACELAB_CACHE"] = str(folder)  # no finding is kept of what was pasted
    try:
        named = read(order["target"], folder if order["source"] else Path(order["folder"]))
        choice = choose(named, Given(model=order["model"]))
        if isinstance(choice, Failed):
            say({"undecided": f"{named.word} could not be looked at: {choice.reason}."})
            return
        with Processes(cores(), choice.paths) as processes:
            session = Session(choice, order["seconds"], processes, cores(), lambda _: say({"stages": shown()}))

            def shown() -> list[StepsDoneJson]:
                return [
                    {"name": one.name, "programs": one.wanted(), "done": one.graded(), "found": one.found}
                    for one in session.stages
                ]

            report = session.run()
        advice = report.advice() if report.verdict == CANNOT_TELL else ""
        say({"report": as_json(report), "frames": report.story.frames if report.story else None, "advice": advice})
    except TargetError as problem:
        say({"undecided": str(problem)} if problem.undecided else {"refused": str(problem)})


def main(lifeline: int) -> None:
    """Grade what stdin says."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    Thread(target=_end_with_parent, args=(lifeline,), daemon=True).start()
    try:
        grade(json.load(sys.stdin), lambda news: print(json.dumps(news), flush=True))
    finally:
        shutil.rmtree(Path.cwd(), ignore_errors=True)


def _end_with_parent(lifeline: int) -> None:
    with suppress(OSError):
        os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main(int(sys.argv[1]))
