"""The programs over ordinary classes as the grader gets them, and what the peers are told of them."""

from __future__ import annotations

from benchmarks._first_bug import Promises
from benchmarks._known import told
from benchmarks.plain.table import Plain
from benchmarks.sctbench.program import KnownBug
from racelab.grading.classes.program import Program
from racelab.grading.classes.result import Answer


def program_of(bug: KnownBug | Plain) -> Program:
    """What the grader is given."""
    return Program(str(bug.root), bug.module, bug.make, bug.tasks, bug.then, bug.holds, spec=bug.spec)


def plain(answer: Answer | None) -> str:
    """An answer as `benchmarks._known` tells it. What it cannot tell would make a peer find what is none."""
    if answer is None or answer.how == "raises":
        return "-" if answer is None else str(answer)
    match answer.value:
        case int() | str() | None:
            return repr(answer.value)
        case ("bool", str(text)):
            return text
    raise ValueError(f"{answer.value!r} cannot be compared with what a peer sees: let the program answer more simply.")


def allowed(known: Promises) -> tuple[str, ...]:
    """How a program may end. A peer has no promises of its own, so it is told ours."""
    return tuple(told([map(plain, calls) for calls in one.answers], map(plain, one.then)) for one in known.allowed)
