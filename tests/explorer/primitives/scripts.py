"""Operations on one object as data, for the model, the real thing and the standard library's source."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from typing import Any

from racelab.explorer.kernel.cells import Modelled
from racelab.explorer.kernel.points import Point
from racelab.explorer.kernel.threads import here
from tests.explorer.primitives.exploring import outcome

Step = tuple[str, tuple[Any, ...]]
PLAIN_READS = ("is_set", "_value", "n_waiting", "broken", "is_shutdown")
"""What the real classes read without their lock."""
LOOK = Point("operation", "look")


def _wait(condition: Any, timeout: float | None = None) -> object:
    with condition:
        return condition.wait(timeout)


def _notify(condition: Any, many: int = 1) -> object:
    with condition:
        return condition.notify(many)


def _notify_all(condition: Any) -> object:
    with condition:
        return condition.notify_all()


def _wait_twice(condition: Any) -> object:
    with condition:
        return condition.wait(1), condition.wait(1)


def _hold(thing: Any) -> object:
    with thing:
        return None


WITH: dict[str, Callable[..., object]] = {
    "with wait": _wait,
    "with notify": _notify,
    "with notify_all": _notify_all,
    "with two waits": _wait_twice,
    "with": _hold,
}
"""Operations on a lock or a condition while it is held."""


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
        if name in PLAIN_READS and here.task is not None and not isinstance(self.thing, Modelled):
            here.task.pause(LOOK)  # the standard library's own source is not rewritten
        if name in WITH:
            return WITH[name](self.thing, *arguments)
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
