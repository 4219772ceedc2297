"""The limit on sessions: exact when little room is left, and counted rarely when there is much."""

from __future__ import annotations

from itertools import cycle

import pytest

from session_manager.model import TooManySessions
from session_manager.shared.room import SECONDS, SHARE, Room
from session_manager.sync import ThreadRuntime


class Clock(ThreadRuntime):
    """Its time is set by the test."""

    time = 0.0

    def monotonic(self) -> float:
        """What was set."""
        return self.time


class Site:
    """Sessions that several workers open, and how often they were counted."""

    def __init__(self, most: int) -> None:
        self.clock, self.most = Clock(), most
        self.held = self.counted = 0

    def worker(self) -> Room:
        """One more."""
        return Room(self._count, self.clock)

    def open(self, room: Room) -> None:
        """A session, if there is room."""
        room.take(self.most)
        self.held += 1

    def fill(self, rooms: list[Room]) -> None:
        """Let the workers open sessions in turns until one is refused."""
        for room in cycle(rooms):
            self.open(room)

    def _count(self) -> int:
        self.counted += 1
        return self.held


def test_one_worker_opens_exactly_as_many_as_are_allowed() -> None:
    """The last session that fits is opened, and the next is refused."""
    site = Site(1000)
    room = site.worker()
    for _ in range(1000):
        site.open(room)
    with pytest.raises(TooManySessions):
        site.open(room)
    assert site.held == 1000


def test_many_logins_share_a_count() -> None:
    """With much room a hundredth of it is opened between two counts."""
    site = Site(100 * SHARE)
    room = site.worker()
    for _ in range(101):
        site.open(room)
    assert site.counted == 1
    site.open(room)
    assert site.counted == 2


def test_as_many_workers_as_shares_cannot_pass_the_limit_together() -> None:
    """Workers that counted at one time keep to the limit together."""
    site = Site(10 * SHARE)
    rooms = [site.worker() for _ in range(SHARE - 10)]
    for room in rooms:
        site.open(room)
    with pytest.raises(TooManySessions):
        site.fill(rooms)
    assert site.held <= site.most


def test_an_old_count_is_not_believed() -> None:
    """After a second a worker counts again, and sees what others have opened."""
    site = Site(100 * SHARE)
    room = site.worker()
    site.open(room)
    site.held = site.most
    site.open(room)
    site.clock.time = SECONDS
    with pytest.raises(TooManySessions):
        site.open(room)


def test_after_a_refusal_the_next_login_counts_again() -> None:
    """Room that a logout has made is used at once."""
    site = Site(3)
    room = site.worker()
    site.held = 3
    with pytest.raises(TooManySessions):
        site.open(room)
    site.held = 2
    site.open(room)
    assert site.held == 3
