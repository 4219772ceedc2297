"""Operations and invariants of a reader's own, and the contract: what is found, what passes, what cannot be told."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, cast

import pytest

from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.search.findings import Findings
from racelab.explorer.traces.explanation import paragraph, text
from session_manager.model import Census, SessionError, SessionStats
from tests.explorer.rights import a_lock, always, right, with_init
from tests.explorer.toys import INCREMENTS, toy
from tests.explorer.whys import PlainLock


def test_an_operation_may_have_any_name(explore: Explorer) -> None:
    """A program calls the manager's own `build` and `fault`, not the explorer's."""

    def orders(first: str, second: str) -> Callable[[Any], None]:
        def operation(self: Any) -> None:
            with getattr(self, first), getattr(self, second):
                pass

        return operation

    def two_locks(self: Any) -> None:
        self.one, self.two = self._runtime.lock("one", None), self._runtime.lock("two", None)

    crossed = with_init(two_locks, build=orders("one", "two"), fault=orders("two", "one"))
    in_order = with_init(two_locks, build=orders("one", "two"), fault=orders("one", "two"))
    explore.must_find(["build", "fault"], crossed, "deadlock")
    explore.must_survive(["build", "fault"], in_order, at_rest=always)


def test_an_operation_of_its_own_is_judged_by_an_invariant_or_not_at_all(explore: Explorer) -> None:
    """An own operation is cannot tell unless an invariant judges it."""

    def add(self: Any) -> None:
        with self.own as own:
            number = own[0]
        with self.own as own:
            own[0] = number + 1

    def add_at_once(self: Any) -> None:
        with self.own as own:
            own[0] += 1

    def counted_twice(manager: Any) -> bool:
        """Two additions were counted."""
        return bool(manager.own.peek()[0] == 2)

    program = ["add", "add"]
    told = explore(program, with_init(a_lock, add=add_at_once))
    assert told.verdict == "cannot tell"
    assert "The specification does not know add" in told.unsure
    found = explore.must_find(program, with_init(a_lock, add=add), "counted-twice", at_rest=counted_twice)
    assert "Two additions were counted." in found.ending.anomalies[0].sentence
    explore.must_survive(program, with_init(a_lock, add=add_at_once), at_rest=counted_twice)


def test_more_calls_than_in_any_order_are_not_acknowledged(explore: Explorer) -> None:
    """A pool that checks and acts in two steps admits too many; in one it does not."""

    def pool(in_one_step: bool) -> Maker:
        def acquire(self: Any, name: str) -> None:
            with self.own as own:
                room = len(own) < 2
                if room and in_one_step:
                    own.append(name)
            if not room:
                raise PoolIsFull
            if not in_one_step:
                with self.own as own:
                    own.append(name)

        return with_init(a_lock, acquire=acquire)

    program = ["acquire a", "acquire b"]
    explore.must_find(program, pool(in_one_step=False), "not-linearizable", at_rest=always)
    trace = explore.replay(program, pool(in_one_step=False), "A2 B3 A1", at_rest=always)
    assert trace.ending is not None
    assert trace.ending.names == ("not-linearizable",)
    explore.must_survive(program, pool(in_one_step=True), at_rest=always)


class PoolIsFull(SessionError):
    """A definite refusal."""


def test_an_explanation_names_each_finding_and_what_it_cannot_tell(explore: Explorer) -> None:
    """An explanation names each finding, and then what it cannot tell."""

    def fails(self: Any) -> None:
        with self.own as own:
            own[0] += 1
            first = own[0] == 1
        if first:
            raise LookupError("no such key")

    def once(self: Any) -> None:
        with self.own as own:
            full = own[0] > 0
        if full:
            raise PoolIsFull
        with self.own as own:
            own[0] += 1

    def works(self: Any) -> None:
        with self.own as own:
            own[0] += 1

    crashed, twice = "A's work ended with LookupError: no such key.", "No serial order acknowledges all the calls"
    for work, schedule, finding in ((fails, "", crashed), (once, "A2 B3 A1", twice), (works, "", "")):
        for rules, unknown in (((), "The specification does not know work"), (always, "")):
            told = paragraph(explore.replay(["work", "work"], with_init(a_lock, work=work), schedule, at_rest=rules))
            assert finding in told, (work, told)
            assert unknown in told, (work, told)
            assert ("Cannot tell" in told) == bool(unknown), (work, told)
            assert ("Nothing is wrong" in told) == (not finding and not unknown), (work, told)


def test_an_operation_of_its_own_may_not_shrug_either(explore: Explorer) -> None:
    """An own operation of unknown outcome is found, unless a fault caused it."""

    class Shrug(SessionError):
        definite = False

    def raising(error: type[SessionError]) -> Maker:
        def work(self: Any) -> None:
            with self.own:
                pass
            raise error

        return with_init(a_lock, work=work)

    explore.must_find(["work", "get_active_count"], raising(Shrug), "unknown-outcome", at_rest=always)
    explore.must_survive(["work", "get_active_count"], raising(PoolIsFull), at_rest=always)
    assert not explore(["work", "fault"], raising(Shrug), at_rest=always).witnesses


def test_a_thread_between_two_calls_is_no_violation(explore: Explorer) -> None:
    """What a thread of the manager's own lets happen early, no serial order has to acknowledge."""

    def begin(self: Any) -> None:
        a_lock(self)
        self.ready = self._runtime.signal()
        self._runtime.start("warm up", self.ready.set)

    def get(self: Any) -> None:
        if not self.ready.wait(timeout=1):
            raise PoolIsFull

    def warm(self: Any) -> None:
        if self.ready.wait(timeout=1):
            raise PoolIsFull

    maker = with_init(begin, get=get, warm=warm)
    explore.must_survive(["get", "warm"], maker, at_rest=always)


def test_a_manager_that_breaks_the_contract_is_told_so_first(explore: Explorer) -> None:
    """Nothing is explored, and the sentence names what is missing."""

    def findings(**members: Any) -> Findings:
        return explore(["increment_access s1"], right(**members))

    broken: dict[str, dict[str, Any]] = {
        "returned a list and no `model.Census`": {"census": lambda self: []},
        "returned the id 'mine' and not 's1'": {"create_session": lambda self, user_id, username: "mine"},
        "no method `census`": {"census": None},
        "no method `create_session`": {"create_session": None},
        "a manager without sessions is explored with `sessions=()`": {"create_session": None},
    }
    for sentence, members in broken.items():
        told = findings(**members)
        assert told.verdict == "cannot tell", sentence
        assert sentence in told.unsure, told.unsure
    assert explore(["get_stats"], right(create_session=None), sessions=()).verdict == "none"
    old = right(cache_ttl=property(lambda self: 60.0, lambda self, seconds: None))
    assert "`cache_ttl`" in explore("stale-read", old).unsure
    assert "`cache_ttl`" in explore(INCREMENTS, cast(Any, PlainLock), cache_ttl=-1.0).unsure
    explore.must_survive(["get_session s1"], right(), cache_ttl=-1.0)
    assert explore("stale-read", right()).verdict == "none"


class Closed(SessionError):
    """A definite refusal."""


class Busy(SessionError):
    """A definite refusal because of a conflict."""


def test_a_call_refused_because_of_a_conflict_excuses_what_follows(explore: Explorer) -> None:
    """A refusal that no serial order has is accepted; a forgotten close is found."""

    def door(forgets: bool) -> Maker:
        def close(self: Any) -> None:
            with self.own as own:
                version = own[0]
            with self.own as own:
                if own[0] != version and not forgets:
                    raise Busy
                if own[0] == version:
                    own[:] = [version + 1, "closed"]

        def touch(self: Any) -> None:
            with self.own as own:
                own[0] += 1

        def enter(self: Any) -> None:
            with self.own as own:
                if "closed" in own:
                    raise Closed

        return with_init(a_lock, close=close, touch=touch, enter=enter)

    program = ["close; enter", "touch"]
    explore.must_survive(program, door(forgets=False), at_rest=always)
    explore.must_find(program, door(forgets=True), "not-linearizable", at_rest=always)


def test_a_manager_may_refuse_more_than_in_each_serial_order(explore: Explorer) -> None:
    """A pool of one that refuses both of two clients is careful, and not wrong."""

    def acquire(self: Any, name: str) -> None:
        with self.own as own:
            own[0] += 1
        with self.own as own:
            crowded = own[0] > 1
        with self.own as own:
            own[0] -= 1 if crowded else 0
        if crowded:
            raise PoolIsFull

    explore.must_survive(["acquire a", "acquire b"], with_init(a_lock, acquire=acquire), at_rest=always)


def test_a_real_lock_that_an_operation_has_found_is_looked_for_at_the_end(
    explore: Explorer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real lock that an operation stored is refused; a runtime's lock is not."""
    monkeypatch.setattr(sys, "_of_this_test", threading.Lock(), raising=False)

    def finds(self: Any) -> int:
        with self.own as own:
            self.found = vars(sys)["_of_this_test"]
            return cast(int, own[0])

    def looks(self: Any) -> int:
        with self.own as own:
            self.found = self.own
            return cast(int, own[0])

    told = explore(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=finds))
    assert told.verdict == "cannot tell"
    assert "'found' of Mine is real" in told.unsure
    explore.must_survive(["get_cleanup_queue_size"], with_init(a_lock, get_cleanup_queue_size=looks))


def test_a_class_without_sessions_begins_with_its_own_values(explore: Explorer) -> None:
    """A table begins with what locks guard, and not with the statistics."""

    class Account:
        def __init__(self, database: object, runtime: Any) -> None:
            self._balance = runtime.lock("account", [100])

        def census(self) -> Census:
            return Census({}, [], [], SessionStats())

        def withdraw(self, amount: str) -> None:
            with self._balance as balance:
                balance[0] -= int(amount)

    tasks = [f"withdraw {amount}" for amount in (60, 30, 5)]
    lines = text(explore.replay(tasks, cast(Maker, Account), "", sessions=())).splitlines()
    heads = next(number for number, line in enumerate(lines) if line.startswith("step"))
    assert lines[heads + 1].strip() == "account: [100]"
    assert "account[0]: 100 -> 40" in "\n".join(lines)
    assert max(map(len, lines)) <= 150
    assert "statistics: 1 active" in text(explore.replay(INCREMENTS, toy(), ""))
