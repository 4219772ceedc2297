"""A finding as it leaves the process that found it: in words, and without anything of the engine's."""

from __future__ import annotations

from dataclasses import dataclass

from .frames import FramesJson
from .result import Result, Verdict


@dataclass(frozen=True, slots=True)
class TraceLine:
    """One line of the author's in one step of a schedule.

    Attributes:
        step: from 1 on; 0 for what stands at the end.
        task: whose it is.
        file, line: where it is; an empty file if in no source.
        source: that line, without the space around it.
        words: what it does there.
        interrupts: whether the thread before could have gone on.
    """

    step: int
    task: str
    file: str
    line: int
    source: str
    words: str
    interrupts: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """A finding, told.

    Attributes:
        name: the field's name for it; empty if it is a schedule without a finding.
        meaning: of that name, in a sentence.
        paragraph: what happened, and what to do.
        table: the schedule for a terminal.
        lines: the same as data, nothing left out.
        frames: the same for a page that steps through it.
        advice: what to do: the end of the paragraph.
    """

    name: str
    meaning: str
    paragraph: str
    table: tuple[str, ...]
    lines: tuple[TraceLine, ...]
    frames: FramesJson | None = None
    advice: str = ""

    @property
    def happened(self) -> str:
        """The paragraph without what to do."""
        return self.paragraph.removesuffix(self.advice).rstrip()


@dataclass(frozen=True, slots=True)
class Graded:
    """What came of one program: `pointless` if no call of it succeeds, in no order."""

    result: Result
    pointless: bool = False
    story: Story | None = None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one schedule: the verdict over it, in a word and in a sentence; its steps, if they can be told."""

    verdict: Verdict
    sentence: str
    story: Story | None
