"""A `with` statement over a lock ends with a place for a switch: no hook of the code's is there to say so."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import pytest

from racelab.explorer.kernel.cells import READ
from racelab.explorer.kernel.places import Places
from racelab.explorer.primitives import MODELLED
from tests.explorer.touching import Body, Box, running, touch

THREADING = MODELLED["threading"]
KINDS = ("Lock", "RLock", "Condition", "Semaphore", "BoundedSemaphore")


@pytest.mark.parametrize("kind", KINDS)
def test_after_a_block_with_a_lock_a_switch_can_happen(kind: str) -> None:
    """A task stops before the next racy access, although the block had one itself."""
    places = Places()
    places.racy |= {1, 2}

    def make() -> Sequence[Body]:
        box = Box(x=0)
        made: Callable[[], AbstractContextManager[object]] = getattr(THREADING, kind)
        manager = made()

        def run_a() -> None:
            with manager:
                touch(box, "x", READ, 1)
            touch(box, "x", READ, 2)

        return [run_a]

    with running(places, make) as run:
        stops = []
        while not run.tasks[0].done:
            stops.append(run.tasks[0].pending)
            run.tasks[0].resume()
        assert run.errors() == [None]
        assert stops[-1] is places.point(2)
        assert places.point(1) in stops
