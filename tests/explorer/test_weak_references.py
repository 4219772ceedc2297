"""Objects that end: what a weak reference and a `__del__` notice while states are merged and tasks are ended."""

from __future__ import annotations

import weakref
from typing import Any

import pytest

from racelab.explorer.fixture import Explorer
from tests.explorer.toys import TWO, Manager, made_by


class Entry:
    """What a table has."""


class Replaces(Manager):
    """Each task replaces an entry; whether it looks at the old one is for others to say."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self._table = self._runtime.lock("table", {"x": Entry()})

    def get_active_count(self) -> int:
        with self._table as table:
            old = self.refers_to(table["x"])
            table["x"] = Entry()
            assert old() is None
        return 1

    def refers_to(self, entry: Entry) -> Any:
        return lambda: None


class Refers(Replaces):
    """It looks whether the old entry has ended."""

    def refers_to(self, entry: Entry) -> Any:
        return weakref.ref(entry)


def test_a_weak_reference_to_a_replaced_entry_merges_nothing(explore: Explorer) -> None:
    """With a weak reference to a replaced entry all schedules run, and it says why."""
    found = explore.must_survive(TWO, made_by(Refers), reduce=True)
    assert "weak reference to an object of type Entry" in found.not_merged
    assert not explore.must_survive(TWO, made_by(Replaces), reduce=True).not_merged


class Ends:
    """Takes a lock when it ends."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __del__(self) -> None:
        with self._lock:
            pass


class Deadlocks(Manager):
    """Drops an object, while it holds the lock that its `__del__` takes."""

    def get_active_count(self) -> int:
        lock: Any = self._runtime.lock("lock", None)
        ends = Ends(lock)
        with lock:
            del ends
        return 1


def test_a_del_that_waits_is_a_deadlock_and_prints_nothing(
    explore: Explorer, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A `__del__` that takes a held lock is a deadlock; ending it prints nothing."""
    reported: list[object] = []
    monkeypatch.setattr("sys.unraisablehook", reported.append)
    explore.must_find(["get_active_count"], made_by(Deadlocks), "deadlock")
    assert not reported
    assert "GreenletExit" not in capfd.readouterr().err
