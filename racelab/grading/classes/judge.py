"""Whether an ending of concurrent calls is one that the calls can have one after another."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from racelab.explorer.kernel.calls import CannotDecide

from .execution import Precedence
from .program import Program
from .result import ANSWERS, BROKEN, CRASH, DEADLOCK, LEFT, RAISES, Answer, Ending

IGNORED = Answer("ignored", None)
MAY_WAIT = (
    "Its calls only succeed together, and in some of their orders more of them wait for ever than in others: whether "
    "they may cannot be told. Give a program in which all of them can end."
)


class Judge:
    """Knows every ending of the calls one after another.

    Args:
        program: whose `ignore` says what does not count.

    Attributes:
        hand_over: whether a call that cannot go on has let the next one begin: see `oracle.HandOver`.
    """

    def __init__(self, program: Program) -> None:
        self.endings: dict[Ending, set[Precedence]] = {}
        self.hand_over = False
        self._program = program
        self._ignored = frozenset(program.ignore)
        self._stuck: set[tuple[object, str]] = set()
        self._known: dict[tuple[Ending, Precedence | None], str] = {}
        self._raised: set[object] = set()

    def add(self, ending: Ending, precedence: Precedence) -> None:
        """One more ending of calls that came one after another."""
        told = self._without_ignored(ending)
        self.endings.setdefault(told, set()).add(precedence)
        self._stuck.update((told.answers, name) for name in told.stuck)
        self._raised.update(_raised(told))
        self._known.clear()

    def any_succeeds(self) -> bool:
        """Whether any call is answered at all in any order."""
        return any(answer.how != "raises" for ending in self.endings for answer in _answers(ending))

    def all_wait(self) -> bool:
        """Whether some call waits for ever in whatever order they come."""
        return all(ending.stuck for ending in self.endings)

    def least_unanswered(self) -> int:
        """How many calls have no answer in the order that leaves the fewest without one."""
        return min(map(_unanswered, self.endings), default=0)

    def never_succeed(self) -> dict[str, str]:
        """Calls and observations that raise in every order, and what they raise."""
        raised: dict[str, str] = {}
        succeeded: set[str] = set()
        for ending in self.endings:
            rows = zip((*self._program.tasks, self._program.then), (*ending.answers, ending.then), strict=True)
            for text, answer in (pair for row in rows for pair in zip(*row, strict=False)):
                if answer is not None and answer.how == "raises":
                    raised.setdefault(text, str(answer.value))
                elif answer is not None:
                    succeeded.add(text)
        return {text: kind for text, kind in raised.items() if text not in succeeded}

    def wrong_by_itself(self, ending: Ending) -> str:
        """How an ending is bad even though the calls came one after another; or empty."""
        if ending.broken:
            return BROKEN
        return CRASH if ending.crashes and not ending.stuck else ""

    def kind(self, ending: Ending, precedence: Precedence | None) -> str:
        """How it ends badly: a key of `KINDS`, or empty if it does not.

        Args:
            ending: of a concurrent execution.
            precedence: which calls had ended before others began; None if that shall not count.
        """
        key = ending, precedence
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._judge(self._without_ignored(ending), precedence)
        return found

    def explains_in_any_order(self, ending: Ending) -> bool:
        """Whether it comes out in whatever order the calls come, so that no order needs to be looked at."""
        return len(self.orders_of(ending)) == self.orders()

    def orders_of(self, ending: Ending) -> set[Precedence]:
        """The orders of the calls in which it comes out."""
        return self._orders_of(self._without_ignored(ending))

    def expected(self, precedence: Precedence) -> Ending | None:
        """How the calls end one after another where that had ended before what began; None if in several ways."""
        kept = [one for one, orders in self.endings.items() if any(compatible(precedence, order) for order in orders)]
        return kept[0] if len(kept) == 1 else None

    def orders(self) -> int:
        """How many orders of the calls there were."""
        return len({precedence for orders in self.endings.values() for precedence in orders})

    def _judge(self, ending: Ending, precedence: Precedence | None) -> str:
        if ending.broken:
            return BROKEN
        if ending.stuck:
            if not all((ending.answers, name) in self._stuck for name in ending.stuck):
                return DEADLOCK
            if self.hand_over and _unanswered(ending) > self.least_unanswered():
                raise CannotDecide(MAY_WAIT)
            return ""
        orders = self._orders_of(ending)
        if orders and (precedence is None or any(compatible(precedence, order) for order in orders)):
            return ""
        whole = [one for one in self.endings if not one.stuck]
        if ending.crashes and all(one.crashes != ending.crashes for one in whole):
            return CRASH
        if _raised(ending) - self._raised:
            return RAISES
        return LEFT if any(_alike(one.answers, ending.answers) for one in whole) else ANSWERS

    def _orders_of(self, ending: Ending) -> set[Precedence]:
        orders = self.endings.get(ending)
        if orders is not None and not self._ignored:
            return orders
        alike = [one for one in self.endings if self._ignored and _are_alike(one, ending)]
        return {order for one in alike for order in self.endings[one]}

    def _without_ignored(self, ending: Ending) -> Ending:
        if not self._ignored:
            return ending
        answers = [self._kept(*both) for both in zip(self._program.tasks, ending.answers, strict=True)]
        then = self._kept(self._program.then, ending.then)
        return replace(ending, answers=tuple(answers), then=tuple(one for one in then if one is not None))

    def _kept(self, texts: Sequence[str], answers: Sequence[Answer | None]) -> tuple[Answer | None, ...]:
        return tuple([self._or_ignored(*both) for both in zip(texts, answers, strict=False)])

    def _or_ignored(self, text: str, answer: Answer | None) -> Answer | None:
        if answer is None:
            return None
        method = text.partition("(")[0].rpartition(".")[2].strip()
        raised = answer.value if answer.how == "raises" else None
        return IGNORED if not self._ignored.isdisjoint((text, method, raised)) else answer


def compatible(precedence: Precedence, order: Precedence) -> bool:
    """Whether no call that had ended before another began comes after it in that order of calls, or not at all."""
    for i, calls in enumerate(precedence):
        for y, before in enumerate(calls):
            for j, ended in enumerate(before):
                if j != i and any(x >= len(order[j]) or order[j][x][i] > y for x in range(ended)):
                    return False
    return True


def _are_alike(one: Ending, other: Ending) -> bool:
    return (
        (one.stuck, one.crashes, one.broken) == (other.stuck, other.crashes, other.broken)
        and _alike(one.answers, other.answers)
        and _alike((one.then,), (other.then,))
    )


def _unanswered(ending: Ending) -> int:
    return sum(answer is None for calls in ending.answers for answer in calls)


def _alike(some: Sequence[Sequence[Answer | None]], others: Sequence[Sequence[Answer | None]]) -> bool:
    """Whether they are the same, apart from what is ignored in either."""
    pairs = (pair for both in zip(some, others, strict=True) for pair in zip(*both, strict=True))
    return all(one == other or IGNORED in (one, other) for one, other in pairs)


def _answers(ending: Ending) -> Iterable[Answer]:
    return (answer for calls in ending.answers for answer in calls if answer is not None)


def _raised(ending: Ending) -> set[object]:
    return {answer.value for answer in _answers(ending) if answer.how == "raises"}
