"""Every call of a manager: acknowledged, failed, or of unknown outcome.

The ledger stands outside the manager under test. It has one plain lock, never holds it while the manager runs, and is
itself tested under load. It also records which calls each change *met* on its session: an update or an increment of
another caller, or a refresh. Two calls met if their intervals overlap. So a verdict on the cause is sound: a change can
only be lost to a call that it met.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from session_manager.model import SessionError

from ..bugs import Outcome
from . import steady
from .history import History, Past
from .promise import Call, Kind, Promise
from .recorder import Entry

MOST_SESSIONS = 200_000
"""Open sessions that are followed, and closed ones; further ones are only counted, so that memory is bounded."""


class LabClosed(SessionError):
    """The lab is being reset, or its judge was started again: it accepts no calls."""

    def __init__(self) -> None:
        super().__init__("The lab is beginning a run. Nothing was changed; try again in a moment.")


@dataclass(slots=True)
class Totals:
    """Sums over all calls of a run. `calls` counts by kind and outcome, `injected` those that the fault dial ended."""

    calls: Counter[tuple[Kind, Outcome]] = field(default_factory=Counter)
    in_flight: int = 0
    last_end: float = 0.0
    injected: int = 0

    def of(self, outcome: Outcome) -> int:
        """All calls that ended so."""
        return sum(count for (_, ended), count in self.calls.items() if ended == outcome)

    def by_kind(self) -> dict[Kind, dict[Outcome, int]]:
        """The calls, first by kind and then by outcome: for a client that compares them with its own ledger."""
        sums: dict[Kind, dict[Outcome, int]] = {}
        for (kind, outcome), count in self.calls.items():
            sums.setdefault(kind, {})[outcome] = count
        return sums


class Owed(NamedTuple):
    """What a session must hold at least, while none of its calls is in flight: so many accesses. See `Promise`."""

    accesses: int
    unknown: int


class Ledger:
    """The ledger of one variant. A `Recorder`, see there.

    Args:
        most_sessions: how many open sessions are followed one by one.
        history: keeps the last calls of each session, so that a loss can be told call by call; or None.
    """

    def __init__(self, most_sessions: int = MOST_SESSIONS, history: History | None = None) -> None:
        self.history = history
        self._lock = threading.Lock()
        self._drained = threading.Condition(self._lock)
        self._most = most_sessions
        self._open = True
        self._forget()

    def _forget(self) -> None:
        self._promises: dict[str, Promise] = {}
        self._closed = 0
        self._running: dict[str, list[Call]] = {}
        self._changed: set[str] = set()
        self._totals = Totals()
        self._attempts: dict[str, int] = {}
        self._cleaned = 0
        self._discarded = 0
        self._not_followed = 0
        if self.history is not None:
            self.history.forget()

    def call(self, kind: Kind, session_id: str = "", key: str = "", value: str = "", caller: str = "") -> Entry:
        """Enter one call of the manager into the ledger: `with ledger.call(...) as call`.

        The body sets `session_id` when it is a create, and `answer` when it is an increment. A body that ends is
        acknowledged. An error that says it is definite means failed: nothing was changed. Every other error is an
        unknown outcome.
        """
        return Entry(self, Call(kind, session_id, key, value, caller=caller))

    def adopt(self, session_id: str, accesses: int) -> bool:
        """Follow a session of an earlier process, from its stored state. False if it is followed already."""
        with self._lock:
            if session_id in self._promises:
                return False
            self._follow(session_id, Promise(before=accesses))
            return True

    def merge(self, totals: Totals, promises: Mapping[str, Promise], not_followed: int) -> None:
        """Add what another ledger of the same variant holds at rest. It has followed other sessions."""
        with self._lock:
            self._totals.calls.update(totals.calls)
            self._not_followed += not_followed
            for session_id, promise in promises.items():
                if promise.closed:
                    self._promises[session_id] = promise
                    self._count_closed(session_id)
                else:
                    self._follow(session_id, promise)

    def changed(self) -> dict[str, Owed | None]:
        """The sessions without a call in flight that have changed since this was asked; None for one that is closed."""
        with self._lock:
            still = [session_id for session_id in self._changed if session_id not in self._running]
            self._changed.difference_update(still)
            return {session_id: self._owed(session_id) for session_id in still}

    def owes(self, session_id: str) -> Owed | None:
        """What it must hold now; None if a call is in flight, or if it is closed."""
        with self._lock:
            return None if session_id in self._running else self._owed(session_id)

    def _owed(self, session_id: str) -> Owed | None:
        promise = self._promises.get(session_id)
        if promise is None or promise.closed:
            return None
        return Owed(promise.before + promise.changes, promise.unknown)

    def refreshing(self, call: Call, at: int | None = None) -> None:
        """The call has begun to read its session's row from the database, `at` that time or now: see `end`."""
        with self._lock:
            call.refreshing = True
            call.read_at = time.monotonic_ns() if at is None else at
            for other in self._running.get(call.session_id, ()):
                if other is not call:
                    other.met_refresh = True

    def row_removed(self, session_id: str, was_there: bool) -> None:
        """Cleanup removed a row. The session is over, and the ledger forgets it."""
        with self._lock:
            self._cleaned += was_there
            self._attempts.pop(session_id, None)
            promise = self._promises.get(session_id)
            if promise is not None:
                promise.cleaned = True
                self._forget_if_over(session_id, promise)

    def row_discarded(self, session_id: str) -> None:
        """A dead letter was discarded: its row was removed without cleanup. The session is over."""
        with self._lock:
            self._discarded += self._attempts.pop(session_id, None) is not None
            promise = self._promises.get(session_id)
            if promise is not None:
                promise.cleaned = True
                self._forget_if_over(session_id, promise)

    def row_kept(self, session_id: str, at: int | None = None) -> None:
        """Cleanup tried to remove a row and failed, `at` that time or now: see `end`."""
        with self._lock:
            self._attempts[session_id] = self._attempts.get(session_id, 0) + 1
            if self.history is not None:
                self.history.attempt(session_id, time.monotonic_ns() if at is None else at)

    def attempt_unanswered(self, session_id: str) -> None:
        """Cleanup tried to make a row a dead letter, and the database did not answer: that attempt does not count."""
        with self._lock:
            if session_id in self._attempts:
                self._attempts[session_id] -= 1

    def attempts_forgotten(self, session_id: str) -> None:
        """A dead letter was retried or discarded: its earlier attempts no longer count."""
        with self._lock:
            self._attempts.pop(session_id, None)

    def totals(self) -> Totals:
        """A copy of the sums; its cost does not grow with the number of sessions."""
        with self._lock:
            return replace(self._totals, calls=self._totals.calls.copy())

    @property
    def begun(self) -> int:
        """How many calls have come so far."""
        with self._lock:
            return self._totals.calls.total() + self._totals.in_flight

    def cleanup(self) -> tuple[int, dict[str, int]]:
        """The number of removed rows, and the attempts for each row that is still stored."""
        with self._lock:
            return self._cleaned, dict(self._attempts)

    def tried(self) -> tuple[int, int, int]:
        """The numbers of rows that were removed, that failed and are still stored, and that were discarded."""
        with self._lock:
            return self._cleaned, len(self._attempts), self._discarded

    def attempts(self, session_id: str) -> int:
        """The number of failed attempts to clean up this session's row."""
        with self._lock:
            return self._attempts.get(session_id, 0)

    def closed_at(self, session_id: str) -> float | None:
        """When the session was closed, in Unix time; None if that is unknown."""
        with self._lock:
            promise = self._promises.get(session_id)
            return promise.closed_at if promise is not None and promise.closed else None

    def promises(self) -> dict[str, Promise]:
        """What was acknowledged about each followed session. For a ledger at rest: the promises are not copied."""
        with self._lock:
            return dict(self._promises)

    def past(self, session_id: str) -> Past | None:
        """The last calls of a session, copied: one session at a time, so that no call waits for long."""
        with self._lock:
            return None if self.history is None else self.history.past(session_id)

    @property
    def not_followed(self) -> int:
        """The number of sessions beyond the limit, which the ledger does not follow."""
        return self._not_followed

    def close(self, timeout: float) -> bool:
        """Refuse further calls and wait for those in flight. False if they did not end within `timeout` seconds."""
        with self._lock:
            self._open = False
            return self._drained.wait_for(lambda: not self._totals.in_flight, timeout)

    def open(self, forget: bool) -> None:
        """Accept calls again; `forget` empties the ledger first."""
        with self._lock:
            if forget:
                self._forget()
            self._open = True

    def begin(self, call: Call) -> None:
        """The call begins. Prefer `call`, which also records its end.

        Raises:
            LabClosed: the ledger is closed.
        """
        with self._lock:
            if not self._open:
                raise LabClosed
            self._begin(call, time.monotonic_ns())

    def begun_elsewhere(self, call: Call, at: int) -> None:
        """The call has begun in another process at that time, so it is too late to refuse it."""
        with self._lock:
            self._begin(call, at)

    def _begin(self, call: Call, at: int) -> None:
        call.began = at
        self._totals.in_flight += 1
        if call.session_id:
            running = self._running.setdefault(call.session_id, [])
            for other in running:
                other.meet(call)
                call.meet(other)
            running.append(call)

    def end(self, call: Call, outcome: Outcome, injected: bool = False, at: int | None = None) -> None:
        """The call has ended.

        Args:
            call: as it began.
            outcome: how.
            injected: whether the fault dial killed it.
            at: when, in nanoseconds of the monotonic clock; now, if it is not said.
        """
        with self._lock:
            ended = time.monotonic_ns() if at is None else at  # under the lock: the ends are in the order of time
            self._totals.calls[call.kind, outcome] += 1
            self._totals.in_flight -= 1
            self._totals.injected += injected
            self._totals.last_end = steady.at(ended)
            if not self._open and not self._totals.in_flight:
                self._drained.notify_all()
            running = self._running.get(call.session_id)
            if running is not None and call in running:
                running.remove(call)
                if not running:
                    del self._running[call.session_id]
            known = call.session_id in self._promises
            if outcome != "failed":
                self._enter(call, outcome, steady.at(ended), over=injected)
            if self.history is not None:
                self.history.add(call, outcome, ended, known or call.session_id in self._promises)

    def _enter(self, call: Call, outcome: Outcome, at: float, over: bool) -> None:
        """Record what the call acknowledged, or may have changed."""
        if call.kind == "create":
            if outcome == "acknowledged":
                self._follow(call.session_id, Promise())
            return
        promise = self._promises.get(call.session_id)
        if promise is None:
            return
        self._changed.add(call.session_id)
        if call.kind == "delete":
            is_first = promise.closed is None
            promise.closed = "acknowledged" if "acknowledged" in (outcome, promise.closed) else "unknown"
            promise.closed_at = at
            promise.keys.clear()
            if is_first:
                self._count_closed(call.session_id)
            self._forget_if_over(call.session_id, promise)
        elif call.kind in ("update", "increment"):
            promise.enter(call, outcome == "acknowledged", over)

    def _follow(self, session_id: str, promise: Promise) -> None:
        if len(self._promises) - self._closed < self._most:
            self._promises[session_id] = promise
        else:
            self._not_followed += 1

    def _count_closed(self, session_id: str) -> None:
        if self._closed < MOST_SESSIONS:
            self._closed += 1
        elif self._promises.pop(session_id, None):
            self._not_followed += 1

    def _forget_if_over(self, session_id: str, promise: Promise) -> None:
        """Forget a session that is closed and cleaned up; either may come first."""
        if promise.cleaned and promise.closed and self._promises.pop(session_id, None):
            self._closed -= 1
