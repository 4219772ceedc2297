"""The memory of the process is bounded in total: beyond the limit nothing more is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from racelab.live.memory import Memory, MemoryIsFull
from tests.instrument.labs import World


def test_beyond_the_limit_nothing_is_stored_and_all_else_works(make_world: Callable[..., World]) -> None:
    """Logins and saves get 503 with a sentence; reads, logouts and the verdict are as before."""
    world = make_world(MAX_MEMORY_MB=1).start()
    world.lab.sampler.stop()
    world.lab.memory._full = False
    sessions = {variant: world.login(variant) for variant in ("buggy", "fixed")}
    world.lab.sampler.sample()
    for variant, session in sessions.items():
        answers = [
            world.client.post(f"/{variant}/api/login", json={"username": "ann", "password": "x"}),
            world.save(session, variant=variant),
        ]
        for answer in answers:
            assert answer.status_code == 503, answer.text
            assert "holds more than 1 MB" in answer.get_json()["detail"]
            assert answer.get_json()["definite"] is True
        assert world.client.get(f"/{variant}/api/session/{session}").status_code == 200
        assert world.logout(session, variant).status_code == 200
    world.lab.settle()
    assert world.verdict()["variants"]["fixed"]["verdict"] == "agree"


def test_below_the_limit_and_without_one_everything_is_stored(make_world: Callable[..., World]) -> None:
    """A high limit and none at all refuse nothing."""
    for limit in (0, 1_000_000):
        world = make_world(MAX_MEMORY_MB=limit).start()
        world.lab.sampler.sample()
        assert world.save(world.login()).status_code == 200


def test_a_limit_is_a_number_of_megabytes(make_world: Callable[..., World]) -> None:
    """Anything else is refused when the app is built."""
    for wrong in (-1, True, "1 GB", 1.5):
        with pytest.raises(ValueError, match="MAX_MEMORY_MB must be a whole number"):
            make_world(MAX_MEMORY_MB=wrong)


def test_memory_that_was_given_back_can_be_used_again() -> None:
    """The limit is held against what there is now, and not against the most there ever was."""
    memory = Memory(1)
    memory.measure()
    with pytest.raises(MemoryIsFull):
        memory.refuse_if_full()
    memory._megabytes = 1_000_000
    memory.measure()
    memory.refuse_if_full()
