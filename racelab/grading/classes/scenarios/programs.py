"""The scenarios as programs over a class of the reader's; and why some cannot be asked of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from racelab.explorer.programs.scenario import OF_A_SESSION, Does, Scenario
from racelab.explorer.programs.scenarios import SCENARIOS

from ..program import Program
from .methods import COUNTS
from .probe import Contract

KEPT: Final = {"create_session": "opened", "get_session": "seen"}
"""The names that keep what these have returned, as it is: an id, and a session that should be a copy."""
NEVER: Final = {
    "write_elsewhere": "it needs a database that another process writes to",
    "clock_steps_back": "it needs a clock that is set back",
    "fault": "it needs a lock that a fault strikes at",
    "get_lazy": "it is about a value that is built at its first use, and no method of a manager",
}
"""What only the lab's own managers have around them."""
WATCHES: Final = ("counts-differ", "uncounted-session", "three-counts")


@dataclass(frozen=True, slots=True)
class Asked:
    """A scenario as a program over the reader's class.

    Attributes:
        program: its sessions are opened, and closed, in `given`.
        watch: what must hold after every step: a name, and an expression.
        odd: the sessions whose id has to have an odd length.
        opened: the names of all sessions that are opened before the first step.
    """

    scenario: Scenario
    program: Program
    contract: Contract
    watch: tuple[tuple[str, str], ...] = ()
    odd: tuple[str, ...] = ()
    opened: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NotAsked:
    """A scenario that the class cannot be asked, and why."""

    name: str
    why: str


def asked(name: str, program: Program, contract: Contract) -> Asked | NotAsked:
    """A scenario over a class.

    Args:
        name: of the scenario.
        program: an empty one over the class: where it is, and how it is made.
        contract: what its methods answer one after another.
    """
    scenario = _without_what_it_has_not(SCENARIOS[name], contract)
    if why := next(_missing(scenario, contract), ""):
        return NotAsked(name, why)
    makes = _Opening(scenario, contract)
    given = [*makes.texts, *(f"it.delete_session({one})" for one in scenario.closed)]
    if scenario.cache_ttl is not None:
        given.append(f"it.{contract.ttl} = {scenario.cache_ttl}")
    tasks = tuple(tuple(map(text_of, calls)) for calls in scenario.tasks)
    then = [*(f"it.get_session({one})" for one in scenario.sessions[:2]), *(f"it.{one}()" for one in COUNTS)]
    return Asked(
        scenario,
        replace(program, tasks=tasks, then=tuple(then), first=tuple(given)),
        contract,
        tuple(_watches(scenario, contract)),
        makes.odd,
        makes.opened,
    )


def text_of(does: Does) -> str:
    """'update_session s1 theme dark' as `it.update_session(s1, "theme", "dark")`; some answers get a name."""
    words = [json.dumps(word) for word in does.arguments]
    if does.method in OF_A_SESSION:
        words[0] = does.arguments[0]
    name = KEPT.get(does.method, "")
    return f"{name and f'{name} = '}it.{does.method}({', '.join(words)})"


def _without_what_it_has_not(scenario: Scenario, contract: Contract) -> Scenario:
    """Without the operation that is not one of the ten, where that is not what the scenario is about."""
    if contract.revokes or all(len(calls) == 1 for calls in scenario.tasks):
        return scenario
    tasks = tuple(tuple(one for one in calls if one.method != "revoke_session") for calls in scenario.tasks)
    return replace(scenario, tasks=tasks)


def _missing(scenario: Scenario, contract: Contract) -> Iterator[str]:
    yield from (why for method, why in NEVER.items() if method in scenario.methods)
    if "revoke_session" in scenario.methods and not contract.revokes:
        yield "the class has no revoke_session"
    if scenario.cache_ttl is not None and not contract.ttl:
        yield "it needs sessions past their TTL, and the object has no attribute cache_ttl or ttl"
    if "odd" in scenario.sessions and not contract.odd:
        yield "it needs a session whose row cannot be removed: an id of odd length, and none of twelve has one"
    if "three-counts" in scenario.watch and not contract.queues:
        yield "a deleted session does not wait in the cleanup queue"
    if contract.counts and any(name in WATCHES for name in scenario.watch):
        yield contract.counts


def _watches(scenario: Scenario, contract: Contract) -> Iterator[tuple[str, str]]:
    """Looked at after every step by the public methods. The queue may be late: no caller can count on it."""
    counts, active = "it.get_active_count()", contract.active
    rest = f"{len(scenario.sessions)} - it.get_cleanup_queue_size()"
    for name in scenario.watch:
        if name in ("uncounted-session", "counts-differ"):
            yield name, f"{counts} == {active}"
        elif name == "three-counts":
            yield name, f"len({{{counts}, {active}, {rest}}}) < 3"


@dataclass(slots=True)
class _Opening:
    """The calls that open a scenario's sessions: as many more as it takes until one has an id of odd length."""

    scenario: Scenario
    contract: Contract
    texts: list[str] = field(default_factory=list)
    opened: tuple[str, ...] = ()
    odd: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        names = list(self.scenario.sessions)
        if "odd" in names:
            names.remove("odd")
            while len(names) < self.contract.odd - 1:
                names.append(f"x{len(names)}")
            names.insert(self.contract.odd - 1, "odd")
            self.odd = ("odd",)
        self.opened = tuple(names)
        self.texts = [f'{one} = it.create_session("user-{one}", "{one}")' for one in names]
