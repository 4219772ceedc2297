"""Labs for the tests of the instrument, stopped when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

pytest.register_assert_rewrite("tests.instrument.labs", "tests.instrument.calls", "tests.instrument.evidence")

from tests.instrument.labs import World  # noqa: E402 - only what is imported after that line is rewritten


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    """Makes labs, and stops them."""
    worlds: list[World] = []

    def make(**config: Any) -> World:
        worlds.append(World(config))
        return worlds[-1]

    yield make
    for world in worlds:
        world.lab.stop()


@pytest.fixture
def world(make_world: Callable[..., World]) -> World:
    """A lab in memory whose threads are not started."""
    return make_world()


@pytest.fixture
def started(world: World) -> World:
    """The same with its threads."""
    return world.start()
