"""The search that merges states, beside the one that runs every schedule, on managers that a generator wrote.

Each manager has three locks. Its operations take them one after another, and do inside what has misled a comparison of
values before: they keep references, replace entries by equal ones, order sets and deques anew, and store functions.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.search import execution
from racelab.explorer.search.findings import Findings
from session_manager.model import Census, SessionStats
from session_manager.sync import Guarded, Runtime

SEED, PROGRAMS = 20_260, 36
Action = Callable[[Any, dict[str, Any]], None]


@dataclass
class Entry:
    """Something that can be kept, replaced and changed."""

    number: int


def keep(slots: Any, known: dict[str, Any]) -> None:
    known["entry"] = slots["entry"]


def change_kept(slots: Any, known: dict[str, Any]) -> None:
    known.setdefault("entry", slots["entry"]).number += 1


def read_kept(slots: Any, known: dict[str, Any]) -> None:
    known["read"] = (known.get("read"), known.setdefault("entry", slots["entry"]).number)


def replace(slots: Any, known: dict[str, Any]) -> None:
    slots["entry"] = Entry(slots["entry"].number)


def is_the_same(slots: Any, known: dict[str, Any]) -> None:
    known["same"] = (known.get("same"), known.get("entry") is slots["entry"])


def move(slots: Any, known: dict[str, Any]) -> None:
    slots["entry"], slots["spare"] = slots["spare"], slots["entry"]


def order_anew(slots: Any, known: dict[str, Any]) -> None:
    numbers = slots["numbers"]
    last = min(numbers) if next(iter(numbers)) else max(numbers)
    numbers.clear()
    numbers.update((last,))
    numbers.update((0, 8))


def first_of_all(slots: Any, known: dict[str, Any]) -> None:
    known["first"] = (known.get("first"), next(iter(slots["numbers"])))


def rotate(slots: Any, known: dict[str, Any]) -> None:
    slots["line"].rotate(1)


def first_in_line(slots: Any, known: dict[str, Any]) -> None:
    known["line"] = slots["line"][0]


def store_function(slots: Any, known: dict[str, Any]) -> None:
    number = slots["entry"].number
    slots["function"] = lambda: number


def call_function(slots: Any, known: dict[str, Any]) -> None:
    known["called"] = slots["function"]()


def count(slots: Any, known: dict[str, Any]) -> None:
    slots["count"] += 1


def write_back(slots: Any, known: dict[str, Any]) -> None:
    slots["count"] = known.get("count", 0) + 1


def read_count(slots: Any, known: dict[str, Any]) -> None:
    known["count"] = slots["count"]


ACTIONS: tuple[Action, ...] = (
    *(keep, change_kept, read_kept, replace, is_the_same, move, order_anew, first_of_all, rotate, first_in_line),
    *(store_function, call_function, count, write_back, read_count),
)
Section = tuple[int, tuple[Action, ...]]


class Written:
    """A manager whose operations are lists of sections, each under one of its locks."""

    scripts: dict[str, tuple[Section, ...]]

    def __init__(self, database: Any, runtime: Runtime) -> None:
        self._locks: list[Guarded[dict[str, Any]]] = [runtime.lock(f"lock {n}", self._fresh()) for n in range(3)]

    @staticmethod
    def _fresh() -> dict[str, Any]:
        slots = {"entry": Entry(0), "spare": Entry(0), "numbers": {0, 8}, "line": deque([0, 1, 1])}
        return {**slots, "function": int, "count": 0}

    def __getattr__(self, name: str) -> Callable[[], Any]:
        if name not in type(self).scripts:
            raise AttributeError(name)
        return lambda: self._run(type(self).scripts[name])

    def _run(self, script: tuple[Section, ...]) -> tuple[Any, ...]:
        known: dict[str, Any] = {}
        for number, actions in script:
            with self._locks[number] as slots:
                for action in actions:
                    action(slots, known)
        return tuple(sorted((key, value) for key, value in known.items() if key != "entry"))

    def census(self) -> Census:
        return Census({}, [], [], SessionStats())


def anything(manager: object) -> bool:
    """Only answers and what is left are compared."""
    return True


def both_ways(explore: Explorer, program: list[str], manager: type[Written]) -> tuple[Findings, Findings]:
    """What is found when states are merged, and when every schedule is run."""
    maker = cast("Maker", manager)
    merged = explore(program, maker, reduce=True, sessions=(), at_rest=anything)
    return merged, explore(program, maker, reduce=False, sessions=(), at_rest=anything)


def written(chance: random.Random) -> tuple[list[str], type[Written]]:
    """A program of two tasks, seldom three, and the manager that it is for."""
    scripts = {}
    for name in ("one", "two", "three", "four"):
        sections = [
            (chance.randrange(chance.choice((1, 3))), tuple(chance.choices(ACTIONS, k=chance.randint(1, 3))))
            for _ in range(chance.randint(1, 2))
        ]
        scripts[name] = tuple(sections)
    tasks = [chance.choice(("one", "two", "three", "four", "one; two")), chance.choice(("two", "three", "four"))]
    return [*tasks, *(["four"] if chance.random() < 0.1 else [])], type("Random", (Written,), {"scripts": scripts})


@pytest.mark.exhaustive
def test_merging_states_changes_no_outcome_and_no_count(explore: Explorer) -> None:
    """Of 36 random managers each has the same outcomes, as often, both ways."""
    chance = random.Random(SEED)
    differ, merged = [], 0
    for number in range(PROGRAMS):
        program, manager = written(chance)
        with_states, without = both_ways(explore, program, manager)
        merged += with_states.merged
        if with_states.not_merged or with_states.outcomes != without.outcomes or not without.exhausted:
            differ.append((number, program, with_states.not_merged or without.unsure))
    assert not differ
    assert merged > PROGRAMS, "hardly a state was reached twice: this proves nothing"


class Readings:
    """What locks guard as it reads: equal objects count as the same, and sets have no order."""

    def content(self, lock: Any) -> object:
        return tuple(sorted((key, self._read(value)) for key, value in lock.value.items()))

    @staticmethod
    def _read(value: Any) -> str:
        return repr(sorted(value) if isinstance(value, set) else value() if callable(value) else value)

    def grow(self, maker: str) -> None:
        """Nothing is kept from step to step."""

    def everything(self, locks: Any, in_order: bool) -> object:
        return tuple(self.content(lock) for lock in locks if isinstance(lock.value, dict) and lock.value)


def test_a_comparison_of_values_is_misled_by_such_programs(explore: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """With values alone some of these managers lose outcomes."""
    monkeypatch.setattr(execution, "Heap", lambda *_: Readings())
    chance = random.Random(SEED)
    for _ in range(PROGRAMS):
        program, manager = written(chance)
        with_states, without = both_ways(explore, program, manager)
        if with_states.exhausted and with_states.outcomes != without.outcomes:
            return
    pytest.fail("none did: the generator writes nothing that tells the two apart")
