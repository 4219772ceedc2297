"""The answers of the page of one's own code: see `your_code`."""

from __future__ import annotations

from typing import Literal, TypedDict

from ...grading.classes.exports.json_types import ReportJson
from ...grading.classes.frames import FrameJson
from ...grading.classes.running.apart import StepsDoneJson

State = Literal["none", "running", "stopped", "refused", "undecided", "failed", "done"]


class CodeLineJson(TypedDict):
    """A line of the author's: its number, the spaces before it, and its text in pieces, each with what it is."""

    number: int
    indent: int
    pieces: list[tuple[str, str]]


class CodeFileJson(TypedDict):
    """A file of the author's, or those parts of it that a finding goes through; a gap is a line with the number 0."""

    name: str
    lines: list[CodeLineJson]


class SteppedJson(TypedDict):
    """A finding to step through: the threads, a frame after each line, and the source by the name of its file."""

    threads: list[str]
    frames: list[FrameJson]
    files: dict[str, CodeFileJson]


class FindingToldJson(TypedDict):
    """A finding in words and to step through; `number` is its place among those of the report."""

    number: int
    meaning: str
    paragraph: str
    stepped: SteppedJson | None


class GradeJson(TypedDict):
    """The grading that runs, or the last one. `number` counts them, and `lab` changes when the server is another.

    `why` says why there is no report, or with one that cannot tell, what to do. `names` can be graded in place of what
    was refused. `file` is what is called, as a file that can be graded. `stopping` says that Stop was pressed.
    `source` is what was pasted, once it has ended: it can be edited in any browser.
    """

    lab: str
    number: int
    state: State
    target: str
    pasted: bool
    source: str
    model: str
    seconds: float
    spent: float
    stopping: bool
    stages: list[StepsDoneJson]
    why: str
    names: list[str]
    file: str
    report: ReportJson | None
    findings: list[FindingToldJson]
