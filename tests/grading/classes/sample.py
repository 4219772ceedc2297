"""One class with a known answer: how it is used, and what the grader has to say."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from racelab.grading.classes.program import FREE_THREADED, Program

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Sample:
    """See the module.

    Attributes:
        module: the file, without its ending, in the folder `root`.
        make: an expression for the object; empty for a module of functions, then `it` is the module.
        tasks: for each thread what it calls.
        then: what is looked at in the end.
        gil, free_threaded: the right verdict under either model.
        names: what the field calls it; the first one is meant, the others are not wrong.
        holds: what is true at every end of a correct one.
        root: the folder of the module.
    """

    module: str
    make: str
    tasks: tuple[tuple[str, ...], ...]
    then: tuple[str, ...] = ()
    gil: str = "none"
    free_threaded: str = "none"
    names: tuple[str, ...] = ()
    holds: tuple[str, ...] = ()
    root: Path = field(default=HERE, repr=False)

    def __str__(self) -> str:
        return f"{self.module}:{self.make.partition('(')[0]}" if self.make else self.module


def program_of(sample: Sample) -> Program:
    """What the grader is given."""
    return Program(str(sample.root), sample.module, sample.make, sample.tasks, sample.then, sample.holds)


def expected(sample: Sample, model: str) -> str:
    """The verdict that is right under a model of memory."""
    return sample.free_threaded if model == FREE_THREADED else sample.gil
