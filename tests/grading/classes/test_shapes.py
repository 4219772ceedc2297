"""Names on small classes of one fault each: from the source through every interleaving to the name."""

from __future__ import annotations

from pathlib import Path

import pytest

from racelab.grading.classes import names
from racelab.grading.classes.program import Program
from racelab.grading.classes.search import grade_program
from racelab.grading.classes.table import MOST, WIDE
from racelab.grading.classes.telling import tell

SHAPES = Path(__file__).resolve().parent / "zoo" / "samples"


@pytest.mark.parametrize(
    ("make", "tasks", "then", "wanted"),
    [
        ("CopyOnWrite()", ("it.put('a', 1)", "it.put('b', 2)"), "it.size()", names.LOST_UPDATE),
        ("OnceUser()", ("it.same()", "it.same()"), "", names.CHECK_THEN_ACT),
        ("Lazy()", ("it.value", "it.value"), "", names.CHECK_THEN_ACT),
        ("Taker()", ("it.take()", "it.take()"), "", names.CHECK_THEN_ACT),
        ("SemaPool()", ("it.take()", "it.take()"), "", names.CHECK_THEN_ACT),
        ("Members()", ("it.leave('x')", "it.leave('x')"), "", names.CHECK_THEN_ACT),
        ("Pops()", ("it.take('k')", "it.take('k')"), "", names.CHECK_THEN_ACT),
        ("Bounded(1)", ("it.add(1)", "it.add(2)"), "it.items", names.CHECK_THEN_ACT),
        ("Closed()", ("it.ask()", "it.close()"), "", names.CHECK_THEN_ACT),
        ("Memo()", ("it.get(1)", "it.get(1)"), "it.calls", names.DOUBLE_EXECUTION),
        ("Returned()", ("it.add()", "it.add()"), "", names.NON_REPEATABLE),
        ("Stack()", ("it.pop()", "it.pop()"), "", names.NON_REPEATABLE),
        ("Accounts()", ("it.move(3)", "it.total()"), "", names.TORN_READ),
        ("Rollback()", ("it.attempt(-1)", "it.get()"), "", names.DIRTY_READ),
        ("Gate()", ("it.wait()", "it.open()"), "", names.LOST_WAKE_UP),
        ("Subs()", ("it.tell()", "it.drop('a')"), "", names.ITERATION),
        ("Philosophers()", ("it.eat(0)", "it.eat(1)", "it.eat(2)"), "", names.DEADLOCK),
        ("Pair()", ("it.set(1)", "it.set(2)"), "(it.x, it.y)", names.ATOMICITY_VIOLATION),
    ],
)
def test_each_shape_has_its_name(make: str, tasks: tuple[str, ...], then: str, wanted: str) -> None:
    """And a table that fits a screen."""
    program = Program(str(SHAPES), "shapes", make, tuple((task,) for task in tasks), (then,) if then else ())
    result = grade_program(program)
    assert result.name == wanted
    lines = tell(result).table()
    assert len(lines) <= MOST
    assert max(map(len, lines)) <= WIDE
