"""Operations on one object as data, so that the model, the real thing and the standard library's source can run them."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from tests.explorer.primitives.exploring import outcome

Step = tuple[str, tuple[Any, ...]]


class Script:
    """The operations of one task, one after another. `said` has what each returned or raised so far."""

    def __init__(self, steps: Sequence[Step], thing: Any) -> None:
        self.steps, self.thing = steps, thing
        self.said: list[str] = []

    def __call__(self) -> tuple[str, ...]:
        for name, arguments in self.steps:
            self.said.append(outcome(lambda: self._do(name, arguments)))  # noqa: B023 - called at once
        return tuple(self.said)

    def _do(self, name: str, arguments: tuple[Any, ...]) -> object:
        found = getattr(self.thing, name)
        return found(*arguments) if callable(found) else found


def scripts_over(make: Callable[[], Any], tasks: Sequence[Sequence[Step]]) -> Callable[[], list[Script]]:
    """The same operations over whatever `make` makes."""

    def bodies() -> list[Script]:
        thing = make()
        return [Script(steps, thing) for steps in tasks]

    return bodies


def choose(chance: random.Random, steps: Sequence[Step], *lengths: int) -> list[list[Step]]:
    """Some operations for each task."""
    return [[chance.choice(steps) for _ in range(length)] for length in lengths]
