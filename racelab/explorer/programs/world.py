"""The world that a program runs in: a manager, its database, and what else can happen around them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast

from racelab.checker import AtRest, RowView, SessionView, State
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.model import Manager, Row, SessionNotFound, cannot_be_removed
from session_manager.sync import Runtime

from ..kernel.alone import drain, run_alone
from ..kernel.calls import OURS, CannotDecide
from ..kernel.guarded import GuardedValues
from ..kernel.locks import ModelledLock
from ..kernel.points import Point
from ..kernel.runtime import DatabaseSide, ExploredRuntime
from ..kernel.states import States, canonical
from ..kernel.subject import Subject
from ..kernel.tasks import Stage, Task
from .contract import check_methods, check_operations, check_set_up
from .rules import Rule, rule_name, says_no
from .scenario import Does, Scenario

CYCLE = 10.0
"""Seconds that pass before each cleanup cycle of the end: longer than any back-off."""


class Rows(MemoryDatabase):
    """The rows in memory, and whether the manager keeps any.

    Attributes:
        used: whether a row was ever inserted.
    """

    used = False

    def insert(self, row: Row) -> None:
        """Add a row."""
        self.used = True
        super().insert(row)


class World:
    """Everything that one execution needs, made anew for each.

    Args:
        scenario, subject: what runs on what.
        states: for a search that recognises states.
        check: whether to look first if the manager keeps the contract, and has what the program calls.

    Attributes:
        stuck: why set-up cannot go on; empty if it has ended.
        built: what was built so far, where the program builds something.
    """

    AS_METHOD: Mapping[str, str] = {"write_elsewhere": "update_session"}
    """What happens around the manager and changes a session as one of its methods does."""

    def __init__(self, scenario: Scenario, subject: Subject, states: States | None = None, check: bool = False) -> None:
        self.scenario = scenario
        self._check = check
        self.stage = Stage(len(scenario.tasks), announced=not subject.merge_states)
        self.values = GuardedValues(self.stage, states)
        self.runtime = ExploredRuntime(self.values)
        self.runtime.clock_moves = "clock_steps_back" in scenario.methods
        # The database takes two things of a runtime, locks and sleeps.
        side = cast(Runtime, DatabaseSide(self.runtime))
        self.database = Rows(side, DatabaseDials())
        self.built: Sequence[object] = ()
        self._expired: AtRest | None = None
        self.stuck = ""
        try:
            self._set_up(subject)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End all tasks wherever they are. Nothing of this world may be used any more."""
        try:
            self.stage.close()
        finally:
            self.values.close()

    def _set_up(self, subject: Subject) -> None:
        if subject.merge_states and not self._check:
            self._open(subject)  # it has not waited the first time, and is known to do the same each time
        else:
            call = run_alone(self.stage, lambda: self._open(subject))
            if call.error is not None:
                raise call.error
            if call.answer != "ok":
                self.stuck = f"Before the first step: {call.value}"
                return
        census = self.manager.census()
        if self._check:
            check_set_up(self.manager, census, self._ids, self.scenario)
            check_operations(self.manager, self.scenario, self.actions())
        # Views now, because a census may hand out the very sessions.
        self._opened = {name: SessionView.of(data) for name, data in census.sessions.items()}
        self.runtime.clock += 1  # so that what is touched from here on can be told from what is not

    def _open(self, subject: Subject) -> None:
        """Make the manager, with the scenario's sessions."""
        self.manager: Manager = subject.make(self.database, self.runtime)
        self.stage.building = False
        if self._check:
            check_methods(self.manager, self.scenario)
        self.runtime.given_ids = list(self.scenario.sessions)
        self._ids = [self.manager.create_session(f"user-{name}", name) for name in self.scenario.sessions]
        for session_id in self.scenario.closed:
            self.manager.delete_session(session_id)
        if self.scenario.cache_ttl is not None:
            self._set_cache_ttl(self.scenario.cache_ttl)

    def _set_cache_ttl(self, seconds: float) -> None:
        manager: Any = self.manager
        if hasattr(manager, "cache_ttl"):
            manager.cache_ttl = seconds
        if getattr(manager, "cache_ttl", None) != seconds:
            raise CannotDecide(
                f"This scenario needs sessions that are past their TTL, and {type(manager).__name__} has no attribute "
                "`cache_ttl`, in seconds, that takes another value: the scenario does not apply."
            )

    @property
    def beginning(self) -> State:
        """What there was when the tasks began."""
        closed = self.scenario.closed
        stuck = sum(map(cannot_be_removed, closed))
        return replace(State.of(self._opened), removable=len(closed) - stuck, stuck=stuck)

    def actions(self) -> dict[str, Callable[..., object]]:
        """What a program can do beside calling the manager."""
        return {
            "fault": self._fault,
            "clock_steps_back": self._clock_steps_back,
            "write_elsewhere": self._write_elsewhere,
        }

    def action(self, does: Does) -> Callable[..., object]:
        """What to call for an operation: the manager's method, or what happens around it."""
        method: Callable[..., object] = getattr(self.manager, does.method, None) or self.actions()[does.method]
        return method

    def settle(self) -> str:
        """What happens at the end, when all tasks are done: see `Scenario.afterwards`.

        Returns:
            Why it does not end; empty if it does.

        Raises:
            BaseException: what an operation of it raised.
        """
        before = self.at_rest() if self.scenario.cycles else None
        call = run_alone(self.stage, self._settle) if self.scenario.afterwards else None
        drain(self.stage)
        if before is not None:
            self._expired = _without(before, self.manager.census().sessions)
        if call is not None and call.error is not None:
            raise call.error
        return f"After the last step: {call.value}" if call is not None and call.answer != "ok" else ""

    def _settle(self) -> None:
        for _ in range(self.scenario.cycles):
            self.runtime.clock += CYCLE
            self.manager.run_cleanup()
            if not self.manager.census().queue:
                break
        if self.scenario.refresh_at_end:
            for session_id in self.manager.census().sessions:
                self.manager.refresh_from_database(session_id)

    def at_rest(self) -> AtRest:
        """What the manager and its database hold."""
        census, expired = self.manager.census(), self._expired
        rows = {row.data.session_id: RowView.of(row) for row in self.database.rows()}
        held = AtRest(
            sessions={name: SessionView.of(data) for name, data in census.sessions.items()},
            rows=rows if self.database.used else None,
            queue=tuple(census.queue),
            dead_letters=tuple(census.dead_letters),
            active=census.stats.active_sessions,
        )
        return held if expired is None else _together(held, expired)

    def rest(self) -> object:
        """Everything that is left, to compare: two worlds with the same rest will behave alike."""
        census, expired = self.manager.census(), self._expired
        return canonical([census, list(self.database.rows()), *(sorted(expired.sessions.items()) if expired else [])])

    def broken(self, rule: Rule) -> bool:
        """Whether an invariant of the reader's own does not hold now; if it has to wait for a lock, it is not asked.

        Raises:
            CannotDecide: it raised an error that is no AssertionError, or returned something that says nothing.
        """
        try:
            return self.stage.look(lambda: says_no(rule, rule(self.manager))) or False
        except AssertionError:
            return True
        except OURS:
            raise
        except BaseException as error:
            raise CannotDecide(f"The invariant {rule_name(rule)} raised {error!r}, so it says nothing.") from error

    def three_counts(self) -> tuple[int, int, int] | None:
        """See `invariants.Observed`."""
        return self.stage.look(self._three_counts)

    def _three_counts(self) -> tuple[int, int, int]:
        held, census = self.manager.counts(), self.manager.census()
        rows = len(self.database.ids() - {*census.queue, *census.dead_letters}) if self.database.used else held.store
        return held.store, held.statistics, rows

    def calls_while_waited_for(self) -> int:
        """See `invariants.Observed`. Cleanup may wait for cleanup: it is in no hurry."""
        waiting = [task.pending.on for task in self.stage.tasks if task.pending is not None and _is_kept(task)]
        return max((lock.asked_meanwhile() for lock in waiting if isinstance(lock, ModelledLock)), default=0)

    def _fault(self) -> None:
        """The next operation that releases a lock dies there."""
        self.stage.point(Point("world", "inject a fault at the next lock release"))
        self.stage.fault_armed = True

    def _clock_steps_back(self, seconds: str) -> None:
        """As a clock does that is set right. What runs on, such as a monotonic clock, does not notice."""
        self.stage.point(Point("world", f"the clock steps back {seconds} s"))
        self.runtime.set_back += float(seconds)

    def _write_elsewhere(self, session_id: str, key: str, value: str) -> None:
        """Another process changes the row, in one statement.

        Raises:
            SessionNotFound: the row is not there any more, or is marked as deleted.
        """
        self.stage.point(Point("world", f"another process writes {key} = {value}"))
        with self.stage.outside():
            row = self.database.read(session_id)
            if row is None:
                raise SessionNotFound(session_id)
            data = row.data.with_key(key, value)
            data.access_count += 1
            data.last_activity += timedelta(seconds=1)
            if not self.database.save(Row(data, row.version + 1)):
                raise SessionNotFound(session_id)


def _without(before: AtRest, sessions: Collection[str]) -> AtRest | None:
    """The part of a state whose sessions are not among those. They have expired: nothing but the clock moved."""
    gone = {name: view for name, view in before.sessions.items() if name not in sessions}
    rows = before.rows and {name: row for name, row in before.rows.items() if name in gone}
    return AtRest(gone, rows, (), (), len(gone)) if gone else None


def _together(held: AtRest, expired: AtRest) -> AtRest:
    """A state as it was before sessions expired: what became of them is no answer to any call."""
    gone = expired.sessions.keys()
    return AtRest(
        sessions={**held.sessions, **expired.sessions},
        rows=held.rows if held.rows is None else {**held.rows, **(expired.rows or {})},
        queue=tuple([name for name in held.queue if name not in gone]),
        dead_letters=tuple([name for name in held.dead_letters if name not in gone]),
        active=held.active + expired.active,
    )


def _is_kept(task: Task) -> bool:
    """Whether a task has to wait, in an operation that somebody waits for."""
    return not task.ready() and task.calls[task.current].method != "run_cleanup"
