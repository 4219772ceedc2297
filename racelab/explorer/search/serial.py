"""What happens when the calls of a program come one after another, in every order: what a manager answers by itself.

More than one after another would acknowledge cannot be acknowledged at one time: a pool of two that has let in three
has looked and acted in two steps. No specification says how large the pool is; the manager itself does (after Line-Up:
Burckhardt, Dern, Musuvathi and Tan, "Line-up: a complete and automatic linearizability checker", PLDI 2010).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import factorial, prod

from ..kernel.subject import Subject
from ..kernel.tasks import NAMES
from ..programs.scenario import Scenario
from .execution import MOST_STEPS, Execution, Inspect

MOST_ORDERS = 1_000
"""A program with more serial orders than that is not looked at."""
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answers:
    """One execution, by place: the n-th call of a task. `refused` has the class of the error as well."""

    acknowledged: frozenset[Place]
    refused: frozenset[tuple[Place, type]]
    others: bool

    @classmethod
    def of(cls, run: Execution) -> Answers:
        """What the clients were answered."""
        calls = [((task.name, n), call) for task in run.tasks if not task.started for n, call in enumerate(task.calls)]
        return cls(
            frozenset([place for place, call in calls if call.answer == "ok"]),
            frozenset([(place, type(call.error)) for place, call in calls if call.answer == "refused"]),
            any(call.answer == "unknown" for _, call in calls),
        )


class Serial:
    """All serial executions of a program."""

    def __init__(self, all_of_them: Sequence[Answers]) -> None:
        self._acknowledged = {answers.acknowledged for answers in all_of_them}
        self._refused = {one for answers in all_of_them for one in answers.refused}

    def explains(self, answers: Answers) -> bool:
        """Whether some order acknowledges all those calls.

        Only asked where the same calls are refused that some order refuses: what was refused because of a conflict may
        have changed what the others were answered.
        """
        comparable = not answers.others and answers.refused <= self._refused
        return not comparable or any(answers.acknowledged <= acknowledged for acknowledged in self._acknowledged)


def serial_orders(scenario: Scenario, subject: Subject, inspect: Inspect | None = None) -> Serial | None:
    """Run every order; None where there are too many, where one does not end, or where nothing is asked.

    Nothing is for managers whose specification is known to be complete, and in programs in which a fault strikes.
    """
    sizes = [len(calls) for calls in scenario.tasks]
    if subject.merge_states or "fault" in scenario.methods or _orders(sizes) > MOST_ORDERS:
        return None
    orders = _permutations("", list(zip(NAMES, sizes, strict=False)))
    found = [_run(scenario, subject, order, inspect) for order in orders]
    ended = [answers for answers in found if answers is not None]
    return Serial(ended) if len(ended) == len(found) else None


def _orders(sizes: Sequence[int]) -> int:
    return factorial(sum(sizes)) // prod(map(factorial, sizes))


def _permutations(begun: str, left: Sequence[tuple[str, int]]) -> Iterator[str]:
    """'AAB', 'ABA', 'BAA': whose call is next."""
    if not any(many for _, many in left):
        yield begun
    for name, many in left:
        if many:
            yield from _permutations(begun + name, [(one, n - (one == name)) for one, n in left])


def _run(scenario: Scenario, subject: Subject, order: str, inspect: Inspect | None) -> Answers | None:
    with Execution(scenario, subject, inspect=inspect) as run:
        for name in order:
            task = run.named(name)
            if task is None:
                return None
            answered = task.current
            while task.current == answered:
                if not task.ready() or len(run.turns) >= MOST_STEPS:
                    return None
                run.step(task)
        return Answers.of(run)
