"""The state that the users of one process share. Pure; a process has one `SHOP`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from racelab.promises.client_ledger import ClientLedger
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
    boards: dict[str, Board] = field(default_factory=dict)
    ledgers: dict[str, ClientLedger] = field(default_factory=dict)
    _taken: dict[str, set[int]] = field(default_factory=dict)

    def open(self, variants: Sequence[str], seed: int) -> None:
        """Start again without users."""
        self.seed = seed
        self.boards = {variant: Board() for variant in variants}
        self.ledgers = {variant: ClientLedger() for variant in variants}
        self._taken = {variant: set() for variant in variants}

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
