"""Each named bug is found on the buggy manager by a short schedule, and never on the fixed one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from racelab.bugs import BUGS
from racelab.catalogue.variants import subject_of
from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.tasks import NAMES
from racelab.explorer.programs import lazy
from racelab.explorer.programs.invariants import STEP_INVARIANTS
from racelab.explorer.programs.scenario import Scenario
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.execution import Execution
from session_manager.model import Manager
from session_manager.state import Lazy
from tests.explorer.cells import explored

ANOMALY = {
    "lost-increment": "lost-update",
    "lost-update": "lost-update",
    "update-and-increment": "lost-update",
    "stale-overwrite": "stale-overwrite",
    "stale-increment": "stale-overwrite",
    "stale-read": "stale-overwrite",
    "stale-then-saved": "stale-overwrite",
    "stale-clock": "stale-overwrite",
    "revoked-still-in": "still-authenticated",
    "phantom-create": "uncounted-session",
    "phantom-delete": "counts-differ",
    "three-counts": "three-counts",
    "failed-step": "orphan-row",
    "cleanup-leak": "cleanup-leak",
    "cleanup-and-delete": "cleanup-leak",
}
"""What each scenario shows on the buggy manager."""
NOT_ON_BUGGY = {
    "read-and-increment",  # for managers that hand out a session and no copy
    "refresh-arrives",  # for fixes that never refresh
    "double-delete",  # for fixes that count one delete twice
    "create-and-delete",  # for fixes that take locks in two orders
    "update-after-delete",  # for fixes that bring a session back
    "calls-after-delete",  # likewise
    "cleanup-dies",  # for fixes that keep what is waiting in a local variable
    "lazy-once",  # the original's lazy globals are correct
}
OTHER_PROCESS = {"other-process"}
"""The module was made for one process."""


def test_the_table_has_a_line_for_every_scenario() -> None:
    """Each scenario says which anomaly it shows, or what else it is for."""
    assert SCENARIOS.keys() == {*ANOMALY, *NOT_ON_BUGGY, *OTHER_PROCESS}


def test_each_bug_is_found_on_buggy_by_a_short_schedule() -> None:
    """Each anomaly has a witness of at most 20 characters and 2 preemptions."""
    offenders = []
    for scenario, anomaly in ANOMALY.items():
        found = explored("buggy", scenario).witnesses.get(anomaly)
        if found is None or len(found.schedule) > 20 or found.preemptions > 2 or not found.ending.anomalies:
            offenders.append(scenario)
    assert not offenders


def test_no_schedule_fails_on_fixed() -> None:
    """On `fixed` every scenario survives every schedule, without a bound."""
    offenders = []
    for scenario in SCENARIOS:
        findings = explored("fixed", scenario)
        complete = findings.verdict == "none" and findings.exhausted and findings.bound is None
        if not complete or findings.losing or not findings.schedules:
            offenders.append(scenario)
    assert not offenders


def test_what_buggy_does_correctly_is_correct_in_every_schedule() -> None:
    """On `buggy`, the scenarios that a fix may break survive every schedule."""
    assert not [scenario for scenario in sorted(NOT_ON_BUGGY) if explored("buggy", scenario).verdict != "none"]


def test_two_operations_each_are_decided_as_well(explore: Explorer) -> None:
    """With each program done twice, `buggy` fails as before and `fixed` survives."""
    twice = {name: scenario.repeated(2) for name, scenario in SCENARIOS.items()}
    assert not [name for name in ANOMALY if explore(twice[name], "buggy", bound=1).verdict != "found"]
    assert not [name for name in SCENARIOS if explore(twice[name], "fixed", bound=1).verdict != "none"]


def test_every_bug_card_has_a_scenario_that_shows_it() -> None:
    """Each bug of the dashboard is shown by a scenario on `buggy`."""
    shown = {SCENARIOS[name].bug for name in ANOMALY}
    assert not [bug.key for bug in BUGS if bug.key.removesuffix("s") not in shown]


def unknown(scenario: Scenario) -> Iterator[str]:
    """What a scenario asks for and there is not."""
    if not scenario.title.endswith("."):
        yield f"a sentence: {scenario.title}"
    if not len(scenario.tasks) <= len(scenario.roles) <= len(NAMES):
        yield f"a role for each task: {scenario.roles}"
    yield from set(scenario.watch) - STEP_INVARIANTS.keys()
    yield from set(scenario.closed) - set(scenario.sessions)
    with Execution(scenario, subject_of("buggy")) as run:
        known = run.world.actions()
    methods = {does.method for task in scenario.tasks for does in task}
    yield from (method for method in methods if not hasattr(Manager, method) and method not in known)


def test_a_scenario_asks_only_for_what_there_is() -> None:
    """A scenario's methods, step invariants, sessions and roles exist."""
    assert not {name: asked for name, scenario in SCENARIOS.items() if (asked := [*unknown(scenario)])}
    assert not [name for name, scenario in SCENARIOS.items() if scenario.name != name]


class Unlocked(Lazy[int]):
    """As the shipped one, but for the lock."""

    def get(self) -> int:
        if not self._built:
            self._built.append(self._build())
        return self._built[0]


class NotReadAgain(Lazy[int]):
    """Locks, and does not read again when it has the lock."""

    def get(self) -> int:
        if not self._built:
            with self._once as built:
                built.append(self._build())
        return self._built[0]


class BuiltAgain(Lazy[int]):
    """Builds another value where it finds one."""

    def get(self) -> int:
        if self._built:
            self._built.append(self._build())
        return super().get()


def test_a_lazy_global_that_can_be_built_twice_is_caught(explore: Explorer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The shipped lazy global is built once in every schedule, and wrong ones twice."""
    explore.must_survive("lazy-once", "buggy")
    for kind in (Unlocked, NotReadAgain, BuiltAgain):
        monkeypatch.setattr(lazy, "Lazy", kind)
        found = explore.must_find("lazy-once", "buggy", "built-twice")
        assert found.preemptions <= 1, kind
