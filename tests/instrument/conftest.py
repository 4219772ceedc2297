"""Labs for the tests of the instrument, stopped when the test ends."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient

from app import create_app

pytest.register_assert_rewrite(
    "tests.instrument.labs",
    "tests.instrument.calls",
    "tests.instrument.evidence",
    "tests.instrument.refusals",
    "tests.instrument.journals",
)

from tests.instrument import journals  # noqa: E402 - only what is imported after that line is rewritten
from tests.instrument.labs import CALM, World  # noqa: E402 - only what is imported after that line is rewritten


@pytest.fixture(autouse=True)
def no_journal_stays() -> Iterator[None]:
    """Close the journals of a test."""
    yield
    journals.close_all()


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


@pytest.fixture(scope="module")
def lived_in() -> World:
    """A lab with dials that were turned, a session, a dead letter and a run that has ended.

    One for all tests that only have something refused: what is to be shown is that nothing changes it.
    """
    world = World()
    world.tell("/lab/reset")
    world.logout(world.login_of_length(odd=True))
    world.lab.settle()
    world.tell("/lab/dials", {"db_latency_ms": 7, "cache_ttl_s": 60})
    return world


@pytest.fixture(scope="module")
def client() -> FlaskClient:
    """Nothing here changes anything, so one app serves all tests."""
    return create_app(CALM).test_client()
