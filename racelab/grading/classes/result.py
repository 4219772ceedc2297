"""What the grading of one program has found: three-valued, with the smallest schedule that shows it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal

from .answer_texts import raised, text_of
from .program import GIL, Program

NONE: Final = "none"
FOUND: Final = "found"
CANNOT_TELL: Final = "cannot tell"
DEADLOCK, CRASH, RAISES, BROKEN, LEFT, ANSWERS = "deadlock", "crash", "raises", "broken", "left", "answers"
KINDS: Final = {
    DEADLOCK: "threads wait for each other, or for what never comes",
    CRASH: "a thread that the class has started ends with an exception",
    RAISES: "a call raises what it raises in no order of the calls",
    BROKEN: "what must hold does not",
    LEFT: "each answer is right, and what is left is what no order of the calls leaves",
    ANSWERS: "no order of the calls explains the answers",
}
"""How an execution can end badly, and what that means."""
Verdict = Literal["none", "found", "cannot tell"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What one call came to.

    Attributes:
        how: `ok`, or `raises`.
        value: the value as something that can be compared, or the name of the exception's class.
        detail: what the exception says, and `line` where it was raised: `room.py:24`. Both may differ between two
            executions, and do not count.
    """

    how: str
    value: object
    detail: str = field(default="", compare=False, repr=False)
    line: str = field(default="", compare=False, repr=False)

    def __str__(self) -> str:
        return f"raises {raised(self.value, self.detail, self.line)}" if self.how == "raises" else text_of(self.value)


@dataclass(frozen=True, slots=True)
class Ending:
    """How an execution ended.

    Attributes:
        answers: of each thread's calls; None for a call that has not ended.
        then: what was observed afterwards; empty if threads wait for ever.
        waiting: who waits for ever, and for what, in words.
        stuck: the names of those.
        crashes: the exceptions that have ended the class's own threads.
        broken: the expressions that must hold and did not.
    """

    answers: tuple[tuple[Answer | None, ...], ...]
    then: tuple[Answer, ...] = ()
    waiting: tuple[str, ...] = ()
    stuck: tuple[str, ...] = ()
    crashes: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()


@dataclass(slots=True)
class Result:
    """See the module.

    Attributes:
        model: of memory: `program.MODELS`.
        kind: how the witness ends, a key of `KINDS`; empty if nothing was found.
        name: the field's name for it.
        schedule: of the witness, `A2 B3 A1`: the fewest preemptions, then the fewest steps.
        schedules: how many there are, if all were covered; else how many were run. `losing` of them end badly.
        executions, states, restarts: what it took. It begins anew for each new racy place.
        orders: how many different outcomes the calls have one after another.
        in_order: whether it counts which call had ended before another began; if not, no order at all explains the
            witness.
        unsure: why nothing certain can be said; empty if something can.
        never: calls and observations that raise in every order of the calls, and what.
        gaps: why more may happen than was run: a finding stands, and nothing found is no pass.
        assumed: what was assumed, in sentences.
        racy: the places that race, `cache.py:12`; `stops` are the same to the column, for a replay.
        looked: what is looked at without waiting, for a replay too: see `kernel.places.Places`.
        ending: of the witness.
        expected: how the specification ends in the order of the witness, if there is one that ends in one way only.
        scenario: of a session manager, whose program it is; `name` is the checker's then. Empty for any other.
    """

    program: Program
    model: str = GIL
    verdict: Verdict = CANNOT_TELL
    kind: str = ""
    name: str = ""
    schedule: str = ""
    preemptions: int = 0
    steps: int = 0
    schedules: int = 0
    losing: int = 0
    executions: int = 0
    states: int = 0
    restarts: int = 0
    orders: int = 0
    in_order: bool = True
    seconds: float = 0.0
    unsure: str = ""
    never: tuple[tuple[str, str], ...] = ()
    gaps: tuple[str, ...] = ()
    assumed: tuple[str, ...] = ()
    racy: tuple[str, ...] = ()
    stops: tuple[str, ...] = field(default=(), repr=False)
    looked: tuple[str, ...] = field(default=(), repr=False)
    ending: Ending | None = None
    expected: Ending | None = None
    scenario: str = ""
