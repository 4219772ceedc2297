"""A barrier whose action stops in the middle: nobody comes in, leaves or breaks it meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from racelab.explorer.primitives.locks import Lock
from racelab.explorer.primitives.modules import THREADING
from tests.explorer.primitives import stdlib_over_locks
from tests.explorer.primitives.exploring import Body, endings, outcome


def acting(of: Any, other: str, fails: bool = False) -> Any:
    """Two tasks meet, the action stops, and a third task does something else."""

    def make() -> list[Body]:
        gate, done = Lock(), [0]

        def action() -> None:
            with gate:
                done[0] += 1
            if fails:
                raise KeyError("x")

        barrier = of.Barrier(2, action)

        def meddle() -> tuple[str, int]:
            return outcome(getattr(barrier, other)), done[0]

        return [lambda: outcome(barrier.wait), lambda: outcome(barrier.wait), meddle]

    return make


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("other", ["abort", "reset"])
def test_an_action_is_not_interrupted_by_another_operation(other: str, fails: bool) -> None:
    """The endings are those of the library's own source, whose lock is held while the action runs."""
    of_model = set(endings(acting(THREADING, other, fails)))
    assert of_model == set(endings(acting(stdlib_over_locks.THREADING, other, fails)))
    assert len(of_model) > 1
