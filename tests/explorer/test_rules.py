"""Invariants of the reader's own: when they are asked, what they may return, and what they excuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from racelab.explorer.fixture import Explorer
from racelab.explorer.traces.explanation import paragraph
from tests.explorer.rights import a_lock, always, right, with_init
from tests.explorer.toys import toy


def there_and_back(self: Any) -> int:
    """An operation after whose first section the number is not zero."""
    with self.own as own:
        own[0] = 1
    with self.own as own:
        own[0] = 0
    return 0


def test_an_invariant_of_ones_own_is_asked_after_every_step(explore: Explorer) -> None:
    """An invariant is checked after every step; one that raises is cannot tell."""

    def is_zero(manager: Any) -> None:
        assert manager.own.peek()[0] == 0

    def misspelt(manager: Any) -> bool:
        return bool(manager.owned)

    maker = with_init(a_lock, get_cleanup_queue_size=there_and_back)
    explore.must_find(["get_cleanup_queue_size"], maker, "is-zero", holds=is_zero)
    explore.must_survive(["get_cleanup_queue_size"], maker, at_rest=is_zero)
    told = explore(["get_cleanup_queue_size"], maker, holds=[misspelt])
    assert told.verdict == "cannot tell"
    assert "The invariant misspelt raised AttributeError" in told.unsure


def test_an_explanation_says_after_which_step_an_invariant_does_not_hold(explore: Explorer) -> None:
    """An explanation names a broken invariant, and the step that broke it."""

    def is_zero(manager: Any) -> bool:
        """The number is zero."""
        return bool(manager.own.peek()[0] == 0)

    def is_one(manager: Any) -> bool:
        return bool(manager.own.peek()[0] == 1)

    maker = with_init(a_lock, get_cleanup_queue_size=there_and_back)
    for options, finding in (
        ({"holds": is_zero}, "After step 2 the invariant is-zero does not hold: The number is zero."),
        ({"at_rest": is_one}, "At the end the invariant is-one does not hold."),
        ({"at_rest": is_zero}, "Nothing is wrong"),
    ):
        assert finding in paragraph(explore.replay(["get_cleanup_queue_size"], maker, "", **cast(Any, options)))


async def later(manager: object) -> bool:
    """An invariant of a coroutine runs nothing."""
    return False


EMPTY_ANSWERS: tuple[Callable[[Any], object], ...] = (
    lambda manager: [later(manager)][0],
    lambda manager: iter([manager]),
    lambda manager: always,
    lambda manager: NotImplemented,
)


def test_an_invariant_that_returns_no_answer_says_nothing(explore: Explorer) -> None:
    """A coroutine, a generator or a function in place of an answer is cannot tell, at the end and after each step."""
    for option in ("holds", "at_rest"):
        for rule in EMPTY_ANSWERS:
            found = explore(["get_active_count"], "fixed", **{option: rule})  # type: ignore[arg-type] # one of two
            assert found.verdict == "cannot tell", (option, found.verdict)
            assert "which is neither true nor false" in found.unsure
        assert explore(["get_active_count"], "fixed", **{option: always}).verdict == "none"  # type: ignore[arg-type]


def exits(manager: object) -> bool:
    """An invariant that ends the process."""
    raise SystemExit(3)


def test_an_invariant_that_exits_says_nothing(explore: Explorer) -> None:
    """SystemExit does not leave the exploration raw."""
    found = explore(["get_active_count"], "fixed", holds=exits)
    assert found.verdict == "cannot tell"
    assert "raised SystemExit(3)" in found.unsure


def test_an_invariant_that_breaks_before_a_deadlock_is_named_as_well(explore: Explorer) -> None:
    """What had to hold after each step is told however the execution ends."""

    def dead(self: Any) -> None:
        with self.own as own:
            own[0] = -1
        with self.own, self.own:
            """It waits for itself."""

    def is_positive(manager: Any) -> bool:
        return bool(manager.own.peek()[0] >= 0)

    found = explore(["dead"], with_init(a_lock, dead=dead), holds=is_positive)
    assert set(found.witnesses) == {"deadlock", "is-positive"}
    assert set(explore(["dead"], with_init(a_lock, dead=dead), holds=always).witnesses) == {"deadlock"}


def test_an_invariant_is_judged_in_each_schedule(explore: Explorer) -> None:
    """Exactly the 12 of 20 schedules with both inside at once are found."""

    def stays(self: Any) -> None:
        with self.own as own:
            own[0] += 1
        with self.own as own:
            own[0] -= 1

    def at_most_one(manager: Any) -> bool:
        return bool(manager.own.peek()[0] <= 1)

    findings = explore(["stay", "stay"], with_init(a_lock, stay=stays), holds=at_most_one)
    assert (findings.losing, findings.schedules) == (12, 20)


def test_an_invariant_that_holds_excuses_no_other_anomaly(explore: Explorer) -> None:
    """A lost increment beside an own operation is cannot tell, and never a pass."""

    def waits(self: Any) -> None:
        self._runtime.nap(0.01)

    program = ["increment_access s1; wait", "increment_access s1"]
    for manager, verdict in ((toy(wait=waits), "cannot tell"), (right(wait=waits), "none")):
        assert explore(program, manager, sessions=("s1",), at_rest=bool).verdict == verdict
