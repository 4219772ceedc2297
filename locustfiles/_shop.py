"""The state that the users of one process share. A process has one `SHOP`."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from racelab.promises.heard import Heard
from racelab.traffic import Board


@dataclass(frozen=True, slots=True)
class Seat:
    """The variant of a user, and its number there. The number decides its role in the crew."""

    variant: str
    number: int


@dataclass(slots=True)
class Shop:
    """Boards, seats and ledgers by variant."""

    seed: int = 1
    opened_at: float = 0.0
    boards: dict[str, Board] = field(default_factory=dict)
    ledgers: dict[str, Heard] = field(default_factory=dict)
    _turns: dict[str, Iterator[str]] = field(default_factory=dict)
    _taken: dict[str, set[int]] = field(default_factory=dict)

    def open(self, variants: Sequence[str], seed: int, also: Sequence[str] = ()) -> None:
        """Start again without users. `also` are the servers beside the usual one."""
        self.seed, self.opened_at = seed, time.monotonic()
        self.boards = {variant: Board() for variant in variants}
        self.ledgers = {variant: Heard() for variant in variants}
        self._turns = {variant: cycle(["", *also]) for variant in variants}
        self._taken = {variant: set() for variant in variants}

    def next_server(self, variant: str) -> str:
        """The server for the next request to that manager; empty for the usual one. They take turns."""
        return next(self._turns[variant])

    def may_refresh(self, ttl: float) -> bool:
        """Whether a session of these users may be past that TTL, in seconds: then a read of it refreshes it."""
        return time.monotonic() - self.opened_at >= ttl

    def enter(self) -> Seat:
        """The lowest free number of the variant with the fewest users, so that crews fill up one after another."""
        variant = min(self._taken, key=lambda name: len(self._taken[name]))
        taken = self._taken[variant]
        number = next(n for n in range(len(taken) + 1) if n not in taken)
        taken.add(number)
        return Seat(variant, number)

    def leave(self, seat: Seat) -> None:
        """Free a seat."""
        self._taken[seat.variant].discard(seat.number)


SHOP = Shop()
