"""One program with a known fault, and what others have found out about the original."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True, slots=True)
class KnownBug:
    """See the module.

    Attributes:
        name: that of the original in SCTBench.
        threads, points: of the original: how many threads, and at most how many scheduling points (`buggy.txt`).
        module, make, tasks, then: our class, and how it is used.
        fault: what goes wrong.
        holds: what the original asserts at the end, if the class itself cannot show it.
        spec: 'module:Class' of what was meant, made with the same arguments, if the original is wrong in every order.
        always: every schedule of the original fails.
        period: schedules until PERIOD found the original's bug, as its authors report; None if they do not.
        note: in what ours is smaller.
    """

    name: str
    threads: int
    points: int
    module: str
    make: str
    tasks: tuple[tuple[str, ...], ...]
    then: tuple[str, ...]
    fault: str
    holds: tuple[str, ...] = ()
    spec: str = ""
    always: bool = False
    period: int | None = None
    note: str = ""
    root: Path = field(default=ROOT, repr=False)

    def __str__(self) -> str:
        return self.name
