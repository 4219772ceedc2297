"""The plain classes, and how they are used. Half of them are right."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent / "programs"


@dataclass(frozen=True, slots=True)
class Plain:
    """One class, and a program over it.

    Attributes:
        name: in the tables.
        module, make, tasks, then: the class, how it is made, what each thread calls, and what is looked at afterwards.
        fault: what goes wrong; empty if nothing does.
        holds, spec: as `KnownBug` has them: none are needed here.
    """

    name: str
    module: str
    make: str
    tasks: tuple[tuple[str, ...], ...]
    then: tuple[str, ...] = ()
    fault: str = ""
    holds: tuple[str, ...] = ()
    spec: str = ""
    root: Path = field(default=ROOT, repr=False)


HIT: Final = "it.hit('a')"
CLASSES: Final = (
    Plain("counter", "hits", "Hits()", ((HIT, HIT), (HIT, HIT)), ("it.of('a')",), "lost update"),
    Plain("counter, locked", "hits", "GuardedHits()", ((HIT, HIT, HIT), (HIT, HIT, HIT)), ("it.of('a')",)),
    Plain("registry", "registry", "Registry()", (("it.number('x')",),) * 2, ("it.names()",), "check-then-act"),
    Plain("registry, locked", "registry", "Once()", (("it.number('x')", "it.number('y')"),) * 2, ("it.names()",)),
    Plain("buffer", "buffer", "Buffer(1)", (("it.put('a')", "it.put('b')"), ("it.get()", "it.get()"))),
    Plain("bank", "bank", "Bank()", (("it.move(0, 1, 2)", "it.move(1, 0, 1)"), ("it.total()",)), fault="torn read"),
)
