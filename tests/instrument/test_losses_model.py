"""Every loss that is told is true of a model in which each write is known: memory, a database, and calls in steps."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator

from racelab.promises.losses import Loss
from tests.instrument.calls import Running
from tests.instrument.test_losses import SESSION, Story

Copy = tuple[frozenset[str], int]
"""The keys and the count that one of the two places has."""

STORIES = 20_000


class Model:
    """The buggy manager in memory, one session, with a note of every write."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self.story = Story()
        self.places: dict[str, Copy] = {"memory": (frozenset(), 0), "database": (frozenset(), 0)}
        self.removers: defaultdict[str, set[int]] = defaultdict(set)
        self.counts: list[tuple[int, int]] = []  # who wrote which count into memory
        self.running: list[tuple[Running, Iterator[None]]] = []
        self.begun = 0

    def run(self) -> None:
        """Begin calls and go on with them, in a random order."""
        calls = self._chance.randint(2, 9)
        while self.running or self.begun < calls:
            if self.begun < calls and (not self.running or self._chance.random() < 0.3):
                self._begin()
            else:
                running, steps = self._chance.choice(self.running)
                if next(steps, self) is self:
                    self.running.remove((running, steps))
                    running.end()

    def _begin(self) -> None:
        self.begun += 1
        kind = self._chance.choice(("update", "update", "increment", "increment", "read"))
        running = self.story.begin(kind, f"key-{self.begun}" if kind == "update" else "", f"{self.begun}")
        running.call.caller = f"{self.begun}"
        steps = {"update": self._update, "increment": self._increment, "read": self._refresh}[kind]
        self.running.append((running, steps(running, self.begun)))

    def _update(self, running: Running, number: int) -> Iterator[None]:
        keys, count = self.places["memory"]
        yield
        self._write("memory", (keys | {running.call.key}, count + 1), number)
        yield
        self._write("database", (keys | {running.call.key}, count + 1), number)
        yield

    def _increment(self, running: Running, number: int) -> Iterator[None]:
        running.call.answer = count = self.places["memory"][1] + 1
        yield
        self._write("memory", (self.places["memory"][0], count), number)
        yield
        self._write("database", (self.places["database"][0], count), number)
        yield

    def _refresh(self, running: Running, number: int) -> Iterator[None]:
        yield
        running.read_row()
        row = self.places["database"]
        yield
        self._write("memory", row, number)
        yield

    def _write(self, place: str, new: Copy, number: int) -> None:
        for key in self.places[place][0] - new[0]:
            self.removers[key].add(number)
        self.places[place] = new
        if place == "memory":
            self.counts.append((number, new[1]))

    def losses(self) -> list[Loss]:
        keys, count = self.places["memory"]
        stored = {key: key.removeprefix("key-") for key in keys}
        found = self.story.losses(count, stored)
        return [loss for told in found.values() for loss in told]

    def check(self, loss: Loss) -> str:
        """Check one loss. Returns what it was lost to."""
        by_role = {role: call for call, role in loss.calls}
        if "gone" in by_role:
            gone, cover = by_role["gone"], by_role["covers"]
            assert gone.key not in self.places["memory"][0]
            assert int(cover.caller) in self.removers[gone.key]
            return cover.kind
        one, other = (call for call, role in loss.calls if role == "same")
        assert one.answer == other.answer
        first, second = sorted(
            next(place for place, (number, _) in enumerate(self.counts) if number == int(call.caller))
            for call in (one, other)
        )
        assert all(count >= (one.answer or 0) for _, count in self.counts[first : second + 1])
        return "same"


def test_every_told_loss_is_true_of_the_writes() -> None:
    """In random orders of steps, the call that is told has overwritten the change that is told."""
    told: defaultdict[str, int] = defaultdict(int)
    for seed in range(STORIES):
        model = Model(random.Random(seed))
        model.run()
        for loss in model.losses():
            told[model.check(loss)] += 1
            assert loss.session_id == SESSION
    assert min(told[kind] for kind in ("update", "read", "same")) > 150, dict(told)
