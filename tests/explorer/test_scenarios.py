"""Each named bug is found on the buggy manager by a schedule short enough to read aloud, and never on the fixed one."""

from __future__ import annotations

import pytest

from racelab.bugs import BUGS
from racelab.catalogue.variants import subject_of
from racelab.explorer.kernel.tasks import NAMES
from racelab.explorer.programs import lazy
from racelab.explorer.programs.invariants import STEP_INVARIANTS
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.pytest_plugin import Explorer
from racelab.explorer.search.execution import Execution
from session_manager.model import Manager
from session_manager.state import Lazy

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
    "lazy-once",  # the seed's lazy globals are right
}
OTHER_PROCESS = {"other-process"}
"""The module was made for one process."""


def test_the_table_has_a_line_for_every_scenario() -> None:
    """A new one has to say what it is for."""
    assert SCENARIOS.keys() == {*ANOMALY, *NOT_ON_BUGGY, *OTHER_PROCESS}


@pytest.mark.parametrize("scenario", ANOMALY)
def test_each_bug_is_found_on_buggy_by_a_schedule_that_can_be_read_aloud(explore: Explorer, scenario: str) -> None:
    """At most 20 characters and at most 2 preemptions; and some schedules of most programs do no harm."""
    found = explore.must_find(scenario, "buggy", ANOMALY[scenario])
    assert len(found.schedule) <= 20
    assert found.preemptions <= 2
    assert found.ending.anomalies


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_no_schedule_is_wrong_on_fixed(explore: Explorer, scenario: str) -> None:
    """All of them were covered, without any bound."""
    findings = explore.must_survive(scenario, "fixed")
    assert findings.exhausted
    assert findings.bound is None
    assert findings.losing == 0 < findings.schedules


@pytest.mark.parametrize("scenario", sorted(NOT_ON_BUGGY))
def test_what_buggy_does_right_is_right_in_every_schedule(explore: Explorer, scenario: str) -> None:
    """Such scenarios are there for what a fix may break."""
    explore.must_survive(scenario, "buggy")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_two_operations_each_are_decided_as_well(explore: Explorer, scenario: str) -> None:
    """The same program done twice: the bugs are there, and with one preemption nothing is wrong on fixed."""
    twice = SCENARIOS[scenario].repeated(2)
    assert (explore(twice, "buggy", bound=1).verdict == "found") >= (scenario in ANOMALY)
    explore.must_survive(twice, "fixed", bound=1)


@pytest.mark.parametrize("bug", [bug.key for bug in BUGS])
def test_every_bug_card_has_a_scenario_that_shows_it(bug: str) -> None:
    """The cards of the dashboard lead to them."""
    assert any(SCENARIOS[name].bug == bug.removesuffix("s") for name in ANOMALY)


@pytest.mark.parametrize("name", SCENARIOS)
def test_a_scenario_asks_only_for_what_there_is(name: str) -> None:
    """Methods, watches, sessions; and everybody in it has a role."""
    scenario = SCENARIOS[name]
    assert scenario.name == name
    assert scenario.title.endswith(".")
    assert len(scenario.tasks) <= len(scenario.roles) <= len(NAMES)
    assert set(scenario.watch) <= STEP_INVARIANTS.keys()
    assert set(scenario.closed) <= set(scenario.sessions)
    with Execution(scenario, subject_of("buggy")) as run:
        for does in (does for task in scenario.tasks for does in task):
            assert hasattr(Manager, does.method) or does.method in run.world.actions()


class Unlocked(Lazy[int]):
    """As the shipped one, but for the lock."""

    def get(self) -> int:
        if not self._built:
            self._built.append(self._build())
        return self._built[0]


class NotLookedAtAgain(Lazy[int]):
    """Locks, and does not look again when it has the lock."""

    def get(self) -> int:
        if not self._built:
            with self._once as built:
                built.append(self._build())
        return self._built[0]


@pytest.mark.parametrize("kind", [Unlocked, NotLookedAtAgain])
def test_a_lazy_global_that_can_be_built_twice_is_caught(
    explore: Explorer, monkeypatch: pytest.MonkeyPatch, kind: type[Lazy[int]]
) -> None:
    """The shipped one is built once in every schedule; these are not."""
    explore.must_survive("lazy-once", "buggy")
    monkeypatch.setattr(lazy, "Lazy", kind)
    found = explore.must_find("lazy-once", "buggy", "built-twice")
    assert found.preemptions <= 1
