"""What set-up has filled and no task writes is passed over; with the first write all begins anew."""

from __future__ import annotations

import pytest

from racelab.explorer.kernel.cells import BOTH, CHANGE, READ, WHOLE, WRITE
from racelab.explorer.kernel.places import Places
from racelab.explorer.kernel.threads import Thread, here
from tests.explorer.touching import Body, Box, Run, running, touch


def filled(*keys: object) -> Box:
    """A box of which set-up has written something."""
    box, memory = Box(), here.memory
    assert memory is not None
    here.task = Thread(memory.stage, "", [], alone=True, memory=memory, index=0)
    for key in keys:
        touch(box, key, WRITE, 8)
    here.task = None
    return box


def run_both(places: Places, keys: tuple[object, ...], look: object, write: object, access: int = WRITE) -> Run:
    """A looks at one location, then B writes one."""

    def make() -> list[Body]:
        box = filled(*keys)
        return [lambda: touch(box, look, READ, 1), lambda: touch(box, write, access, 2)]

    with running(places, make) as run:
        run.go("A" if run.tasks[0].ready() else "")
        run.go("B" if run.tasks[1].ready() else "")
    return run


@pytest.mark.parametrize("access", [WRITE, BOTH, CHANGE])
@pytest.mark.parametrize(("look", "write"), [("x", "x"), ("x", WHOLE), (WHOLE, "x"), (WHOLE, WHOLE)])
def test_the_first_write_begins_anew_and_then_the_race_is_found(look: object, write: object, access: int) -> None:
    """Also where one of the two is to the whole, of which the other is a part."""
    places = Places()
    first = run_both(places, (look,), look, write, access)
    assert first.memory.grown
    assert not places.racy
    second = run_both(places, (look,), look, write, access)
    assert second.memory.grown
    assert places.racy == {1, 2}
    assert not run_both(places, (look,), look, write, access).memory.grown


def test_a_write_beside_it_changes_nothing() -> None:
    """Only what is written is looked at from then on."""
    places = Places()
    assert not run_both(places, ("x",), "x", "y").memory.grown
    assert not places.written


def test_what_a_task_has_put_there_is_never_passed_over() -> None:
    """Only what set-up has filled may be the same for all."""
    assert run_both(places := Places(), (), "x", "x").memory.grown
    assert places.racy == {1, 2}


def test_who_looks_at_what_nobody_writes_learns_nothing() -> None:
    """And it makes no difference who has looked first."""
    states, places = [], Places()
    places.racy |= {1, 2}
    for turns in ("", "A", "B", "AB"):

        def make() -> list[Body]:
            box = filled("x")
            return [lambda: touch(box, "x", READ, 1), lambda: touch(box, "x", READ, 2)]

        with running(places, make) as run:
            run.go(turns)
            states.append(run.memory.state())
            assert not run.memory.grown
            assert not places.unordered
    assert len(set(states)) == 1
