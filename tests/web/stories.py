"""Losses of every kind, as the verdict tells them."""

from __future__ import annotations

import itertools
import random
from functools import cache

from racelab.promises.losses import Loss
from tests.instrument.calls import done
from tests.instrument.test_losses import SESSION, Story
from tests.instrument.test_losses_model import Model


def losses_of_the_model() -> list[Loss]:
    """Losses of every kind of change, in random orders of steps."""
    found: list[Loss] = []
    for seed in itertools.count():
        model = Model(random.Random(seed))
        model.run()
        found += model.losses()
        if len(found) >= 100:
            return found
    raise AssertionError


def leak() -> Loss:
    """A row that cleanup tries to remove for ever."""
    story = Story()
    done(story.ledger, "delete", SESSION)
    for _ in range(5):
        story.ledger.row_kept(SESSION)
    return story.losses(is_open=False, queue=[SESSION])["cleanup_leak"][0]


def half() -> Loss:
    """A logout that ended half-way."""
    story = Story()
    story.begin("delete").end("unknown")
    return story.losses(is_open=False)["phantom_sessions"][0]


def undone() -> Loss:
    """A session that a save has opened again."""
    story = Story()
    save, logout = story.begin("update", "a", "1"), story.begin("delete")
    logout.end()
    save.end()
    return story.losses(1, {"a": "1"})["phantom_sessions"][0]


@cache
def all_kinds() -> tuple[Loss, ...]:
    """Those of the model, and one of each other kind."""
    return (*losses_of_the_model(), leak(), half(), undone())
