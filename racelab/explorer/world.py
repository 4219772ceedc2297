"""A scenario, and the world it runs in: a manager, its database, and what else can happen around them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Self, cast

from racelab.checker import AtRest, RowView, SessionView, State
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.model import Manager, Row, cannot_be_removed
from session_manager.state import Lazy
from session_manager.sync import Runtime

from .points import Point
from .runtime import DatabaseSide, ExploredRuntime
from .states import States, canonical
from .tasks import NAMES
from .variants import Variant, make

OF_A_SESSION = frozenset(
    {"get_session", "update_session", "increment_access", "revoke_session", "delete_session", "refresh_from_database"}
)
"""The methods whose first argument is a session's id."""
CYCLE = 10.0
"""Seconds that pass before each cleanup cycle of the end: longer than any back-off."""


@dataclass(frozen=True, slots=True)
class Does:
    """One operation of a scenario: a manager's method or one of the `World`'s own, and its arguments."""

    method: str
    arguments: tuple[str, ...] = ()

    @classmethod
    def all_of(cls, text: str) -> tuple[Self, ...]:
        """'increment_access s1; get_session s1' as operations."""
        words = [part.split() for part in text.split(";")]
        return tuple(cls(method, tuple(arguments)) for method, *arguments in words)

    def __str__(self) -> str:
        return f"{self.method}({', '.join(self.arguments)})"

    def again(self, number: int) -> Does:
        """The same for the n-th time: an update takes another key, so that each can be looked for."""
        if self.method != "update_session" or number == 1:
            return self
        session_id, key, value = self.arguments
        return Does(self.method, (session_id, f"{key}-{number}", value))


@dataclass(frozen=True)
class Scenario:
    """A small program: what each task does, one operation after another.

    Attributes:
        name: on the command line and in addresses.
        bug: the card it belongs to: `lost_update`, `stale_overwrite`, `cleanup_leak`, `phantom_session`; or `lazy`, or
            `other_process`, which is no bug of the module: it was made for one process.
        title: what happens, in one sentence.
        tasks: the operations of A, B, ...
        sessions: the ids that are open at the beginning; those of odd length cannot be cleaned up.
        closed: which of them are closed already, so that cleanup has work.
        watch: what must hold after every step, besides what must hold at the end: names of `watches.WATCHES`.
        cache_ttl: seconds after which a session has grown old, if it matters; below 0 every one has.
        refresh_at_end: whether every session is refreshed once more at the end.
        cycles: cleanup cycles at the end, after which the queue has to be empty. 0: none are run, and it may not be.
        roles: who the tasks are.

    Raises:
        ValueError: there are more tasks than letters to name them by, or a session is named that nobody opens.
    """

    name: str
    bug: str
    title: str
    tasks: tuple[tuple[Does, ...], ...]
    sessions: tuple[str, ...] = ("s1",)
    closed: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    cycles: int = 0
    cache_ttl: float | None = None
    refresh_at_end: bool = False
    roles: tuple[str, ...] = ("visitor A", "visitor B", "visitor C")

    def __post_init__(self) -> None:
        """A task that no schedule could name would never run, and a session that is not there cannot be lost."""
        texts: list[object] = [self.sessions, self.closed, self.watch]
        for given in texts:
            if isinstance(given, str):
                raise ValueError(f"({given!r}) is one text and no tuple: write ({given!r},).")  # noqa: TRY004
        if unknown := self._unknown_sessions():
            raise ValueError(f"No session {unknown[0]!r}: this scenario opens {', '.join(self.sessions) or 'none'}.")
        if len(self.tasks) > len(NAMES):
            told = f"A scenario has at most {len(NAMES)} tasks, because letters name them; this one has"
            raise ValueError(f"{told} {len(self.tasks)}.")

    def _unknown_sessions(self) -> list[str]:
        named = [call.arguments[0] for calls in self.tasks for call in calls if call.method in OF_A_SESSION]
        opens = any(call.method == "create_session" for calls in self.tasks for call in calls)
        return [] if opens else [name for name in (*named, *self.closed) if name not in self.sessions]

    def without(self, dropped: Collection[str]) -> Scenario:
        """The same without some operations: `A2` is A's second."""
        tasks = tuple(
            tuple(call for place, call in enumerate(calls, 1) if f"{name}{place}" not in dropped)
            for name, calls in zip(NAMES, self.tasks, strict=False)
        )
        return replace(self, tasks=tasks)

    @property
    def afterwards(self) -> str:
        """What happens when all tasks are done, in words; empty if nothing does."""
        cycles = "once more" if self.cycles == 1 else f"{self.cycles} more times"
        told = [f"cleanup ran {cycles}"] if self.cycles else []
        return " and ".join([*told, *(["every session was refreshed once more"] if self.refresh_at_end else [])])

    def operations(self) -> list[str]:
        """The names of all operations."""
        return [f"{name}{n}" for name, calls in zip(NAMES, self.tasks, strict=False) for n in range(1, len(calls) + 1)]

    def repeated(self, times: int) -> Scenario:
        """The same with each task's operations done `times` times, and keys of their own each time."""
        tasks = tuple(tuple(call.again(n) for n in range(1, times + 1) for call in calls) for calls in self.tasks)
        return replace(self, tasks=tasks)


class World:
    """Everything that one execution needs, made anew for each.

    Args:
        scenario, variant: what runs on what.
        states: for a search that recognises states.
    """

    def __init__(self, scenario: Scenario, variant: Variant, states: States | None = None) -> None:
        self.scenario = scenario
        self.runtime = ExploredRuntime(states)
        methods = {call.method for calls in scenario.tasks for call in calls}
        self.runtime.visitors = len(scenario.tasks)
        self.runtime.clock_moves = "clock_steps_back" in methods
        # The database takes two things of a runtime, locks and naps.
        side = cast(Runtime, DatabaseSide(self.runtime))
        self.database = MemoryDatabase(side, DatabaseDials())
        try:
            self.manager = self._opened_manager(variant)
        except BaseException:
            for task in self.runtime.tasks:  # threads that it has started
                task.abandon()
            raise
        # Views now, because a census may hand out the very sessions; the rest when somebody asks for it.
        self._opened = {name: SessionView.of(data) for name, data in self.manager.census().sessions.items()}
        if scenario.cache_ttl is not None:
            self.manager.cache_ttl = scenario.cache_ttl  # type: ignore[attr-defined] # no method of a manager
        self.runtime.clock += 1  # so that what is touched from here on can be told from what is not
        self.built: list[int] = []
        if scenario.bug == "lazy":
            self.lazy = Lazy(self._build, self.runtime)
            self.runtime.leaked.append(self.runtime.locks[-1])

    def _opened_manager(self, variant: Variant) -> Manager:
        """The manager, with the scenario's sessions."""
        manager = make(variant, self.database, self.runtime)
        self.runtime.building = False
        self.runtime.given_ids = list(self.scenario.sessions)
        for session_id in self.scenario.sessions:
            manager.create_session(f"user-{session_id}", session_id)
        for session_id in self.scenario.closed:
            manager.delete_session(session_id)
        return manager

    @property
    def beginning(self) -> State:
        """What there was when the tasks began."""
        closed = self.scenario.closed
        stuck = sum(map(cannot_be_removed, closed))
        return replace(State.of(self._opened), removable=len(closed) - stuck, stuck=stuck)

    def action(self, does: Does) -> Callable[[], object]:
        """What to call for an operation."""
        method = getattr(self, f"_{does.method}", None) or getattr(self.manager, does.method)
        return lambda: method(*does.arguments)

    def settle(self) -> None:
        """What happens at the end, when all tasks are done: see `Scenario.afterwards`."""
        for _ in range(self.scenario.cycles):
            self.runtime.clock += CYCLE
            self.manager.run_cleanup()
        if self.scenario.refresh_at_end:
            for session_id in self.manager.census().sessions:
                self.manager.refresh_from_database(session_id)

    def at_rest(self) -> AtRest:
        """What the manager and its database hold."""
        census = self.manager.census()
        rows = {row.data.session_id: row for row in self.database.rows()}
        return AtRest(
            sessions={name: SessionView.of(data) for name, data in census.sessions.items()},
            rows={name: RowView.of(row) for name, row in rows.items()},
            queue=tuple(census.queue),
            dead_letters=tuple(census.dead_letters),
            active=census.stats.active_sessions,
        )

    def rest(self) -> object:
        """Everything that is left, to compare: two worlds with the same rest will behave alike."""
        census = self.manager.census()
        return canonical([census, list(self.database.rows())])

    def _fault(self) -> None:
        """The next operation that releases a lock dies there."""
        self.runtime.point(Point("world", "an error strikes at the next release"))
        self.runtime.fault_armed = True

    def _clock_steps_back(self, seconds: str) -> None:
        """As a clock does that is set right. What runs on, such as a monotonic clock, does not notice."""
        self.runtime.point(Point("world", f"the clock steps back {seconds} s"))
        self.runtime.set_back += float(seconds)

    def _write_elsewhere(self, session_id: str, key: str, value: str) -> None:
        """Another process changes the row, in one statement."""
        self.runtime.point(Point("world", f"another process writes {key} = {value}"))
        with self.runtime.outside():
            row = self.database.read(session_id)
            if row is not None:
                data = row.data.with_key(key, value)
                data.access_count += 1
                data.last_activity += timedelta(seconds=1)
                self.database.save(Row(data, row.version + 1))

    def _build(self) -> int:
        """What the lazy global holds; making it takes a while."""
        self.runtime.point(Point("world", "build the value"))
        self.built.append(len(self.built))
        return self.built[-1]

    def _get_lazy(self) -> int:
        """The value, a number of its own for each that was built."""
        return self.lazy.get()
