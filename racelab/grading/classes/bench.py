"""What all executions of one program share: what is known of its places, and the modules that can serve again."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from racelab.explorer.code.kept import Kept
from racelab.explorer.kernel.places import Places

from .expressions import Expressions
from .program import FREE_THREADED, Program


@dataclass(slots=True)
class Bench:
    """See the module."""

    program: Program
    places: Places
    kept: Kept = field(default_factory=Kept)
    expressions: Expressions = field(init=False)
    root: Path = field(init=False)

    def __post_init__(self) -> None:
        self.root = Path(self.program.root)
        self.expressions = Expressions(self.kept)

    @classmethod
    def of(cls, program: Program, model: str) -> Bench:
        """For a model of memory."""
        return cls(program, Places(model == FREE_THREADED))
