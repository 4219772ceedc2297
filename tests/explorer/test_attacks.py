"""Managers that an attack on the explorer found: it took them for correct, for wrong, or did not end."""

from __future__ import annotations

import sys
import threading
from array import array
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from io import BytesIO, StringIO
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest

from racelab.catalogue.variants import subject_of
from racelab.explorer.fixture import Explorer, scenario_of
from racelab.explorer.kernel.schedule import parse
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.search.execution import Execution
from racelab.explorer.search.explore import ALL_REFUSED
from racelab.explorer.search.outcomes import Judge
from racelab.explorer.traces.table import table
from session_manager.model import SessionData, SessionNotFound, TooManySessions
from tests.explorer.cells import refusal
from tests.explorer.rights import Right, a_lock, right, with_init
from tests.explorer.toys import INCREMENTS, Manager, toy

HELPER = """
from threading import Lock
LOCK = Lock()
def locked(does):
    with LOCK:
        return does()
"""


def test_an_answer_is_what_it_said_when_it_was_given(explore: Explorer) -> None:
    """A session that is handed out live is a finding, and a copy is none."""

    def hands_out(self: Manager, session_id: str) -> SessionData:
        with self._state.store.read() as sessions:
            return self._find(sessions, session_id).data

    found = explore(["get_session s1", "increment_access s1"], toy(get_session=hands_out))
    assert set(found.witnesses) == {"answer-changed"}
    trace = explore.replay(["get_session s1", "increment_access s1"], toy(get_session=hands_out), "A2 B4")
    assert trace.ending is not None
    assert "it is the manager's own, no copy" in trace.ending.anomalies[0].sentence
    explore.must_survive(["get_session s1", "increment_access s1"], "fixed")


def test_a_thread_that_catches_everything_does_not_make_an_exploration_endless(explore: Explorer) -> None:
    """A thread that cannot be ended makes the verdict "cannot tell"."""

    def polls(self: Manager, waits_for_a_signal: bool) -> None:
        stop = self._runtime.signal()
        while True:
            try:
                if waits_for_a_signal:
                    stop.wait(1)
                self.get_cleanup_queue_size()
            except BaseException:  # noqa: BLE001 - that is what is tried
                pass

    def starting(waits_for_a_signal: bool) -> Maker:
        def started(self: Manager, *arguments: Any) -> None:
            Manager.__init__(self, *arguments)
            self._runtime.start("polling", lambda: polls(self, waits_for_a_signal))

        return toy(__init__=started)

    found = {waits: explore(["get_active_count"], starting(waits)) for waits in (True, False)}
    assert {each.verdict for each in found.values()} == {"cannot tell"}
    assert not [waits for waits, each in found.items() if "catches BaseException" not in each.unsure]


def test_a_real_lock_of_a_helper_module_is_refused_before_a_task_waits_for_it(
    explore: Explorer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real lock that a task would wait for in the only thread is refused."""
    (tmp_path / "their_helper.py").write_text(HELPER)
    (tmp_path / "their_manager.py").write_text("from their_helper import locked\n")
    monkeypatch.syspath_prepend(tmp_path)
    import their_manager  # type: ignore[import-not-found]

    def counts(self: Manager, session_id: str) -> int:
        counted: int = their_manager.locked(lambda: Manager.increment_access(self, session_id))
        return counted

    try:
        found = explore(INCREMENTS, toy(__module__="their_manager", increment_access=counts))
    finally:
        del sys.modules["their_manager"], sys.modules["their_helper"]
    assert found.verdict == "cannot tell"
    assert "their_helper is real" in found.unsure


def test_what_tells_threads_apart_is_refused(explore: Explorer) -> None:
    """What tells threads apart is refused, because all tasks run in one thread."""
    things = [threading.local(), threading.get_ident, threading.current_thread]
    found = [(thing, explore(["get_active_count"], toy(kept=thing))) for thing in things]
    assert not [thing for thing, each in found if each.verdict != "cannot tell" or "is real" not in each.unsure]


def test_a_clock_that_is_set_back_does_not_move_monotonic_time(explore: Explorer) -> None:
    """The fixed manager's back-off survives a clock that steps back."""
    odd: dict[str, Any] = {"sessions": ("s1", "odd"), "closed": ("odd",), "cycles": 6}
    explore.must_survive(["clock_steps_back 60", "run_cleanup"], "fixed", **odd)


def test_a_row_that_is_gone_is_not_subtracted_twice(explore: Explorer) -> None:
    """A queued id whose row is gone is not subtracted from the rows once more."""
    more: dict[str, Any] = {"sessions": ("s1", "c2"), "closed": ("c2",), "watch": ("counts-differ", "three-counts")}
    explore.must_survive(["run_cleanup"], "fixed", **more)


def test_a_program_that_was_not_meant_is_refused(explore: Explorer) -> None:
    """A program that every manager would survive is refused."""
    meant: list[tuple[list[str], dict[str, Any], str]] = [
        (["increment_access s1"], {"sessions": "s1"}, "sessions='s1' is no tuple of names: write sessions=('s1',)."),
        (["increment_access s2"], {}, "No session 's2': this scenario opens s1."),
        (["run_cleanup"], {"closed": ("c2",)}, "No session 'c2'"),
    ]
    told = [(said, refusal(partial(explore.must_survive, program, "buggy", **more))) for program, more, said in meant]
    assert not [(said, words) for said, words in told if said not in words]


def test_a_manager_that_refuses_every_call_has_survived_nothing(explore: Explorer) -> None:
    """Where every call is refused, the verdict is not "none"."""

    def refuses(self: Manager, session_id: str) -> int:
        raise SessionNotFound(session_id)

    found = explore(["delete_session s1; increment_access s1"], "fixed")
    assert found.verdict == "none"
    found = explore(["delete_session s1"], toy(delete_session=refuses))
    assert found.verdict != "none"

    def is_full(self: Manager, session_id: str) -> int:
        with self._state.store.read():
            raise TooManySessions(0)

    full = toy(increment_access=is_full)
    found = explore(["increment_access s1"], full)
    assert (found.verdict, found.unsure) == ("cannot tell", ALL_REFUSED)
    assert explore(["increment_access s1; get_active_count"], full).verdict == "none"


def test_threads_of_the_manager_are_no_visitors(explore: Explorer) -> None:
    """In a trace, a thread of the manager is headed "a thread", and no visitor."""

    def counts(self: Manager) -> int:
        self._runtime.start("beside", lambda: None)
        return 1

    heads = "\n".join(table(explore.replay(["get_active_count"], toy(get_active_count=counts), "A1"))[:2])
    assert "A: get_active_count" in heads
    assert "B: a thread" in heads
    heads = "\n".join(table(explore.replay(["get_stats"] * 5, "buggy", "A1"))[:2])
    assert heads.index("E: get_stats") < heads.index("shared afterwards")


def test_threads_that_were_never_started_are_not_forgotten(explore: Explorer) -> None:
    """A manager cannot hide that it started more threads than there are names."""

    def starts(self: Manager) -> int:
        for _ in range(30):
            try:
                self._runtime.start("one of many", lambda: None)
            except BaseException:  # noqa: BLE001 - that is what is tried
                break
        return 1

    found = explore(["get_active_count"], toy(get_active_count=starts), bound=0)
    assert found.verdict == "cannot tell"
    assert "more than 26 tasks" in found.unsure


def test_a_crash_is_told_with_its_own_words() -> None:
    """Two crashes that differ only in their text are told apart."""

    def fails(self: Manager) -> int:
        with self._state.store.read() as sessions:
            raise LookupError(f"saw {sessions['s1'].data.access_count}")

    program, maker, judge = (
        scenario_of(["increment_access s1", "get_active_count"]),
        toy(get_active_count=fails),
        Judge(),
    )
    said = []
    for schedule in ("A3 B2 A1", "A2 B2 A2"):
        with Execution(program, subject_of(maker)) as run:
            for name in parse(schedule):
                run.step(run.tasks["AB".index(name)])
            said.append(judge.outcome_of(run).anomalies[0].sentence.rpartition(": ")[2])
    assert said == ["saw 1.", "saw 0."]


def beside(self: Any, result: list[int], number: int) -> None:
    result.append(number)
    for _ in range(2):
        with self.own:
            pass
    result.append(number)


def behind(self: Any, _result: list[int], number: int) -> None:
    for _ in range(2):
        with self.own as own:
            own.append(number)


def in_two_threads(adds: Callable[[Any, list[int], int], None]) -> Maker:
    def operation(self: Any) -> None:
        result: list[int] = []
        threads = [self._runtime.start("adder", partial(adds, self, result, number)) for number in (1, 2)]
        for thread in threads:
            thread.join()
        with self.own as own:
            own.extend(result)

    return with_init(a_lock, work=operation)


def test_states_are_not_merged_where_threads_change_what_they_have_captured(explore: Explorer) -> None:
    """A wrong order in a list that threads captured is found as without merging."""

    for adds in (beside, behind):
        for order in ([0, 1, 2, 1, 2], [0, 2, 1, 2, 1]):

            def never_so(manager: Any, order: list[int] = order) -> bool:
                return bool(manager.own.peek() != order)

            full, merged = (
                explore(["work"], in_two_threads(adds), reduce=on, at_rest=never_so) for on in (False, True)
            )
            assert (merged.verdict, merged.losing) == ("found", full.losing), (adds, order)
            assert bool(merged.not_merged) == (adds is beside), merged.not_merged


def test_state_that_outlives_is_noticed_in_odd_places(explore: Explorer) -> None:
    """A counter in a metaclass, a buffer or a context variable is cannot tell."""
    places: dict[str, tuple[Any, Callable[[Any], object]]] = {
        "array": (array("i", [0]), lambda kept: kept.append(1)),
        "memoryview": (memoryview(bytearray(1)), lambda kept: kept.__setitem__(0, kept[0] + 1)),
        "text": (StringIO(), lambda kept: kept.write("1")),
        "bytes": (BytesIO(), lambda kept: kept.write(b"1")),
        "context": (ContextVar("kept", default=list[int]()), lambda kept: kept.get().append(1)),  # noqa: B039 - shared
    }

    def verdict(maker: Maker) -> str:
        return explore(["get_active_count"], maker).verdict

    def operation(kept: Any, change: Callable[[Any], object]) -> Any:
        def get_active_count(self: Any) -> int:
            change(kept(self) if isinstance(kept, FunctionType) else kept)
            return Right.get_active_count(self)

        return get_active_count

    def of_a_meta() -> Any:
        return type("Meta", (type,), {"__module__": __name__, "kept": []})

    def in_a_metaclass(change: Callable[[Any], object]) -> Any:
        count = operation(lambda self: vars(type(type(self)))["kept"], change)
        return of_a_meta()("Mine", (Right,), {"__module__": __name__, "get_active_count": count})

    for name, (kept, change) in places.items():
        assert verdict(right(get_active_count=operation(kept, repr))) == "none", name
        assert verdict(right(get_active_count=operation(kept, change))) == "cannot tell", name
    assert verdict(in_a_metaclass(repr)) == "none"
    assert verdict(in_a_metaclass(lambda kept: kept.append(1))) == "cannot tell"
