"""The rules that the fixed manager keeps about its locks, and managers that break one rule each, on purpose."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from graphlib import CycleError, TopologicalSorter
from types import TracebackType
from typing import Any, Generic, TypeVar

from session_manager import fixed
from session_manager.databases import DatabaseDials, DatabaseUnavailable, MemoryDatabase
from session_manager.model import SessionError, SessionStats
from session_manager.sync import Guarded
from tests.subject.scripted import Script, everywhere
from tests.subject.worlds import World

T = TypeVar("T")
Kind = type[fixed.SessionManager]
LATER = 61.0
"""Seconds after which a session is read from the database again and every queued row is due."""
DATABASE = {"insert", "read", "save", "save_access", "mark_deleted", "set_aside", "remove", "purge", "rows", "clear"}


class Recorder(Script):
    """Knows every lock that a manager made, which are held now, and which was acquired while which was held."""

    def __init__(self) -> None:
        super().__init__()
        self.locks: list[Recorded[Any]] = []
        self.held: list[str] = []
        self.order: dict[str, set[str]] = {}

    def lock(self, name: str, value: T) -> Guarded[T]:
        """A plain lock that says when it is held."""
        lock = Recorded(self, name, super().lock(name, value))
        self.locks.append(lock)
        return lock


class Recorded(Generic[T]):
    """A lock of the script that the recorder lists while it is held."""

    def __init__(self, recorder: Recorder, name: str, lock: Guarded[T]) -> None:
        self._recorder = recorder
        self.name = name
        self._lock = lock

    def __enter__(self) -> T:
        value = self._lock.__enter__()
        self._recorder.order.setdefault(self.name, set()).update(self._recorder.held)
        self._recorder.held.append(self.name)
        return value

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._recorder.held.remove(self.name)
        self._lock.__exit__(kind, error, trace)

    def peek(self) -> T:
        """The value without the lock."""
        return self._lock.peek()


class RecordedDatabase(MemoryDatabase):
    """Rows in memory; `calls` says which locks the manager held at each call. The calls in `refused` fail."""

    def __init__(self, recorder: Recorder) -> None:
        self.calls: list[tuple[str, tuple[str, ...]]] = []
        self.refused: tuple[str, ...] = ()
        self._recorder = recorder
        super().__init__(Script(), DatabaseDials(0))

    def __getattribute__(self, name: str) -> Any:
        if name not in DATABASE:
            return super().__getattribute__(name)
        self.calls.append((name, tuple(self._recorder.held)))
        if name in self.refused:
            raise DatabaseUnavailable(OSError("refused"))
        return super().__getattribute__(name)


class Walk:
    """A manager of the given class, whose every public method is called on every path that asks the database."""

    def __init__(self, kind: Kind) -> None:
        self.script = Recorder()
        self.database = RecordedDatabase(self.script)
        self.called: set[str] = set()
        self.shared: set[str] = set()
        self._manager = kind(self.database, self.script, max_dead_letters=2)
        self._everything()

    def call(self, name: str, *arguments: str, refused: tuple[str, ...] = ()) -> Any:
        """Call a method of the manager while the database refuses some calls; a `SessionError` may come out of it."""
        self.called.add(name)
        self.database.refused = refused
        try:
            return getattr(self._manager, name)(*arguments)
        except SessionError:
            return None
        finally:
            self.shared |= shared(self.script.locks)

    def create(self, session_id: str = "") -> str:
        """Open a session."""
        self.script.next_ids = [session_id] if session_id else []
        return str(self.call("create_session", "user_ann", "ann"))

    def _everything(self) -> None:
        self.call("create_session", "user_bob", "bob", refused=("insert",))
        self.call("create_session", "user_bob", "bob", refused=("insert", "purge"))
        for name, *rest in (("get_session",), ("refresh_from_database",), ("peek",), *CHANGES):
            session_id = self.create()
            self.call(name, session_id, *rest)
            self.script.clock += LATER
            self.call(name, session_id, *rest)
            self._elsewhere(session_id)
            self.call(name, session_id, *rest)
            MemoryDatabase.purge(self.database, session_id)
            self.call(name, session_id, *rest)
        for number in range(4):
            self.call("delete_session", self.create(f"{number:031x}"))
        self.call("delete_session", self.create())
        self.call("run_cleanup", refused=("remove",))
        for _ in range(5):
            self.script.clock += LATER
            self.call("run_cleanup")
        first, second = [letter.session_id for letter in self.call("dead_letters")]
        self.call("retry_dead_letter", first)
        self.call("discard_dead_letter", second)
        self.create()
        for name in ("get_stats", "get_active_count", "get_cleanup_queue_size", "counts", "queued", "census"):
            self.call(name)
        for name in ("recover", "clear"):
            self.call(name)

    def _elsewhere(self, session_id: str) -> None:
        """Another process changes the row."""
        row = MemoryDatabase.read(self.database, session_id)
        if row is not None:
            row.version += 1
            MemoryDatabase.save(self.database, row)

    def broken_rules(self) -> set[str]:
        """The rules that the manager broke on the way."""
        broken = {f"{name} is called while tables is held" for name, held in self.database.calls if "tables" in held}
        try:
            TopologicalSorter(self.script.order).prepare()
        except CycleError as cycle:
            broken.add(f"locks are acquired in a circle: {sorted(set(cycle.args[1]))}")
        return broken | self.shared


CHANGES = [("update_session", "key", "value"), ("increment_access",), ("revoke_session",), ("delete_session",)]


def shared(locks: list[Recorded[Any]]) -> set[str]:
    """What two locks guard: each object that can change and that is reached from the values of both."""
    owners: dict[int, Recorded[Any]] = {}
    found = set()
    for lock in locks:
        for thing in reached(lock.peek()):
            owner = owners.setdefault(id(thing), lock)
            if owner is not lock:
                found.add(f"{type(thing).__name__} is guarded by {owner.name} and by {lock.name}")
    return found


def reached(value: Any) -> Iterator[object]:
    """The objects that can change within a guarded value, up to the next lock."""
    if isinstance(value, dict):
        yield value
        inside = list(value.values())
    elif isinstance(value, (list, set)):
        yield value
        inside = list(value)
    elif is_dataclass(value):
        yield value
        inside = [getattr(value, field.name) for field in fields(value)]
    else:
        inside = list(value) if isinstance(value, tuple) else []
    for each in inside:
        yield from reached(each)


def test_fixed_keeps_its_rules_in_every_public_method() -> None:
    """One lock per value, one order of locks, no database call under the tables."""
    walk = Walk(fixed.SessionManager)
    assert walk.broken_rules() == set()
    assert walk.called == {name for name in vars(fixed.SessionManager) if not name.startswith("_")}
    assert {name for name, _ in walk.database.calls} == DATABASE
    assert any("session" in held for _, held in walk.database.calls)


class AsksUnderTheTables(fixed.SessionManager):
    """Purges a row while the lock over the tables is held."""

    def discard_dead_letter(self, session_id: str) -> None:
        with self._tables as tables:
            self._database.purge(session_id)
            tables.dead_letters.pop(session_id, None)


class TwoLocksOverOneQueue(fixed.SessionManager):
    """Has a second lock around a part of what the tables' lock guards."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._queue = self._runtime.lock("queue", self._tables.peek().queue)


class BothOrders(fixed.SessionManager):
    """Acquires the tables' lock while it holds that of the cache statistics."""

    def get_active_count(self) -> int:
        with self._cache:
            return super().get_active_count()


def test_each_rule_notices_the_manager_that_breaks_it() -> None:
    """A manager that breaks a rule on purpose is caught, with that rule alone."""
    expected: dict[Kind, set[str]] = {
        AsksUnderTheTables: {"purge is called while tables is held"},
        TwoLocksOverOneQueue: {
            f"{part} is guarded by tables and by queue" for part in ("CleanupQueue", "OrderedDict", "list", "Waiting")
        },
        BothOrders: {"locks are acquired in a circle: ['cache statistics', 'tables']"},
    }
    assert {kind: Walk(kind).broken_rules() for kind in expected} == expected


class StatsOneAfterTheOther(fixed.SessionManager):
    """Reads its counters under one lock after the other."""

    def get_stats(self) -> SessionStats:
        with self._tables as tables:
            counted = tables.total_sessions
        with self._cache as cache:
            return SessionStats(counted, cache_hits=cache.hits)


def stats_seen(kind: Kind) -> set[tuple[int, int]]:
    """Sessions and hits, while at some point a second session is opened and then read for the first time."""

    def race() -> tuple[World, Script, Callable[[], object], Callable[[], object]]:
        world = World("fixed")
        world.manager = kind(world.database, world.script)
        world.create()
        return world, world.script, world.manager.get_stats, lambda: world.manager.get_session(world.create())

    return {(outcome.first.total_sessions, outcome.first.cache_hits) for _, outcome in everywhere(race)}


def test_fixed_statistics_are_those_of_one_instant() -> None:
    """No hit of a session is counted before that session is."""
    assert stats_seen(fixed.SessionManager) == {(1, 0), (2, 1)}
    assert stats_seen(StatsOneAfterTheOther) == {(1, 0), (2, 1), (1, 1)}
