"""Why, for every style: who read what before whom wrote it, whatever stands between. And values are shown safely."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from racelab.catalogue.variants import VARIANTS
from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.subject import Maker
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.traces.explanation import paragraph, text
from racelab.explorer.traces.places import ROOT
from racelab.explorer.traces.shared import Change, Where
from racelab.explorer.traces.trace import Step, Trace
from racelab.explorer.traces.values import LONGEST, show
from session_manager.model import Row
from tests.explorer.toys import INCREMENTS, Manager, toy
from tests.explorer.whys import STYLES, InRows, OwnNumber, Peeked, PlainLock, ReadersAndWriter, ReentrantLock, maker

UPDATES = ("update_session s1 theme dark", "update_session s1 language de")
READ = re.compile(r"(\w) read the (\w+)( without its lock)? in step (\d+), before (\w) wrote in step (\d+)")
WROTE = re.compile(r"In step (\d+) (\w) wrote (an identical value|a value computed from that stale read)")
KINDS: dict[type[Any], tuple[str, str, str, bool]] = {
    PlainLock: ("session", "lock", "lock", False),
    ReentrantLock: ("session", "lock", "lock", False),
    ReadersAndWriter: ("session", "read", "write", False),
    Peeked: ("session", "look", "lock", True),
    InRows: ("row", "database", "database", False),
    OwnNumber: ("tally", "lock", "lock", False),
}
"""What a style is said to read, the kinds of the two steps, and whether it reads without the lock."""


def programs(style: type[Any]) -> list[tuple[str, str]]:
    """What that manager can run."""
    return [INCREMENTS] if style is OwnNumber else [INCREMENTS, UPDATES]


def guarded(step: Step) -> list[Change]:
    """What a step changed behind locks and that nothing else tells."""
    return [one for one in step.changes if one.thing.where is Where.GUARDED and not one.told]


def as_far_as_it_goes(explore: Explorer, program: tuple[str, str], made: Maker, way: str) -> Trace:
    """The schedule as far as it can be followed, and from there to the end."""
    trace = explore.replay(program, made, way)
    return explore.replay(program, made, trace.schedule) if trace.diverged else trace


def test_the_paragraph_names_the_steps_whatever_stands_between(explore: Explorer) -> None:
    """The reading, the write after it and the stale write are those of the trace."""
    for style in STYLES:
        for program in programs(style):
            found = explore.must_find(program, maker(style), "lost-update")
            trace = explore.replay(program, maker(style), found.schedule)
            told = paragraph(trace)
            where = f"{style.__name__}, {program[0]}: {told}"
            ((reader, what, unlocked, read, writer, between),) = READ.findall(told)
            ((number, stale, how),) = WROTE.findall(told)
            first, second, third = (trace.steps[int(step) - 1] for step in (read, between, number))
            assert int(read) < int(between) < int(number), where
            assert [first.task, second.task, third.task] == [reader, writer, stale], where
            assert reader == stale != writer, where
            assert (what, first.kind, third.kind, bool(unlocked)) == KINDS[style], where
            assert second.wrote, where
            assert ("computed" in how) == bool(third.wrote), where
            assert (third.access.lock, third.did) == (second.access.lock, second.did), where


def test_the_other_way_round_the_tasks_change_places(explore: Explorer) -> None:
    """The paragraph of the mirrored schedule is the mirrored paragraph."""
    mirror = {"A": "B", "B": "A"}
    for style in STYLES:
        schedule = explore.must_find(INCREMENTS, maker(style), "lost-update").schedule
        mirrored = "".join(mirror.get(letter, letter) for letter in schedule)
        one, other = (paragraph(explore.replay(INCREMENTS, maker(style), way)) for way in (schedule, mirrored))
        swapped = re.sub(r"\b[AB]\b", lambda name: mirror[name[0]], one)
        assert swapped.partition(" Session")[0] == other.partition(" Session")[0], style


def test_where_nothing_is_lost_no_loss_is_claimed(explore: Explorer) -> None:
    """Neither of the serial orders nor of any order of the right twin."""
    for style in STYLES:
        for program in programs(style):
            explore.must_survive(program, maker(style, together=True))
            ways = [(maker(style), way) for way in ("A9", "B9")]
            ways += [(maker(style, together=True), way) for way in ("A1 B1", "A2 B1", "A2 B2 A1", "B2 A2", "A2 B3 A1")]
            for made, way in ways:
                trace = as_far_as_it_goes(explore, program, made, way)
                told = paragraph(trace)
                assert trace.ending is not None
                assert not trace.ending.names, (style, way)
                assert told.startswith("Nothing is wrong"), (style, way, told)
                assert "stale" not in told, (style, way, told)


def test_a_comparing_save_that_is_refused_writes_nothing(explore: Explorer) -> None:
    """It is no stale write, though the same save without the comparison is one."""
    way = explore.must_find(INCREMENTS, maker(InRows), "lost-update").schedule
    assert "A wrote an identical value, computed from that stale read" in paragraph(
        explore.replay(INCREMENTS, maker(InRows), way)
    )

    class GivesUp(InRows):
        def increment_access(self, session_id: str) -> int:
            row = self._database.read(session_id)
            assert row is not None
            row.data.access_count += 1
            self._database.save(Row(row.data, row.version + 1), row.version)
            return row.data.access_count

    told = paragraph(explore.replay(INCREMENTS, maker(GivesUp), way))
    assert "returned the same number" in told
    assert "stale read" not in told


def test_a_number_behind_a_lock_of_the_managers_own_is_shown(explore: Explorer) -> None:
    """By its path, when it changes and only then."""
    trace = explore.replay(INCREMENTS, maker(OwnNumber, together=True), "")
    changed = [[(one.thing.name, one.words()) for one in guarded(step)] for step in trace.steps]
    assert [one for one in changed if one] == [[("tally.number", "0 -> 1")], [("tally.number", "1 -> 2")]]
    assert text(trace).count("tally.number: ") == 2


def test_many_values_behind_a_lock_do_not_flood_the_table(explore: Explorer) -> None:
    """A few are shown, each of them short, and how many more there are."""

    def fills(self: Any) -> int:
        with self._ledger as entries:
            entries.update(dict.fromkeys(range(50), "x" * 1000))
        return 1

    class Keeps(Manager):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            self._ledger = self._runtime.lock("ledger", dict[int, str]())

    shown = text(explore.replay(["get_active_count"], toy(Keeps, get_active_count=fills), ""))
    assert "and 46 more values behind locks" in shown
    assert shown.count("ledger[") == 4
    assert max(map(len, shown.splitlines())) < 220


@pytest.mark.exhaustive
def test_of_the_labs_own_managers_nothing_is_shown_twice(explore: Explorer) -> None:
    """What the store, the rows and the queue tell is not told of the locks as well."""
    seen = set()
    for variant in VARIANTS:
        for scenario in SCENARIOS:
            for step in explore.replay(scenario, variant, "A2 B2").steps:
                seen |= {re.split(r"\W", one.thing.name)[0] for one in guarded(step)}
    assert seen <= {"attempts", "closing", "lazy"}, seen
    assert seen
    assert not any(map(guarded, explore.replay(UPDATES, maker(PlainLock), "").steps)), "nor of a reader's sessions"


def test_a_reentrant_lock_reads_naturally(explore: Explorer) -> None:
    """A reentrant lock is taken and released once, and is held as a plain lock."""
    trace = explore.replay(["increment_access s1"], maker(ReentrantLock), "")
    assert [step.did for step in trace.steps] == [
        "begin increment_access",
        "take the lock of the drawer, and release it",
        "take the lock of the drawer, and release it",
    ]

    def holds(self: Manager) -> int:
        with self._runtime.rlock("drawer", [0]) as drawer:
            self._runtime.nap(1)
            return len(drawer)

    assert "drawer: A holds its lock" in text(explore.replay(["get_active_count"], toy(get_active_count=holds), ""))


def test_set_up_that_cannot_go_on_is_a_trace_without_steps(explore: Explorer) -> None:
    """The outcome is there, and why; one that goes on has steps."""

    class Waits(Manager):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            if self.waits:
                self._runtime.signal().wait()

        waits = True

    stuck = explore.replay(INCREMENTS, toy(Waits), "A1 B1")
    assert stuck.steps == ()
    assert stuck.ending is not None
    assert stuck.ending.names == ("deadlock",)
    assert "Before the first step" in text(stuck)
    assert "statistics" not in text(stuck), "there is no manager to look at"
    assert explore.replay(INCREMENTS, toy(Waits, waits=False), "A1 B1").steps


def test_a_thread_of_the_manager_is_told_like_any_task(explore: Explorer) -> None:
    """A manager's thread has a column and a name, and the paragraph names it."""

    def in_a_thread(self: Manager, session_id: str) -> int:
        answers: list[int] = []
        self._runtime.start("counts", lambda: answers.append(Manager.increment_access(self, session_id))).join()
        return answers[0]

    trace = explore.replay(["increment_access s1"], toy(increment_access=in_a_thread), "")
    assert [(one.task, one.role) for one in trace.standing] == [("A", "increment_access s1"), ("B", "a thread")]
    assert "B wrote in step" in paragraph(trace)
    assert "B: a thread" in text(trace)


def test_a_sleep_of_the_managers_own_is_no_answer(explore: Explorer) -> None:
    """The answer of the database is one."""

    def sleeps(self: Manager) -> int:
        self._runtime.nap(2)
        return 1

    trace = explore.replay(["get_active_count"], toy(get_active_count=sleeps), "")
    assert [step.did for step in trace.steps if step.kind == "sleep"] == ["sleep 2 s"]
    assert "the answer arrives" not in text(trace)
    refreshed = explore.replay("stale-overwrite", "buggy", "")
    assert [step.did for step in refreshed.steps if step.kind == "sleep"] == ["take the answer"]


class Raises:
    """Cannot be printed, compared, measured or looked into."""

    def _fails(self, *_: object) -> Any:
        raise RuntimeError("no")

    __repr__ = __str__ = __eq__ = __hash__ = __len__ = __iter__ = __bool__ = __getattribute__ = _fails


@dataclass
class Slot:
    """Holds data, and has no version."""

    data: object


class Takes:
    """Takes a lock to print itself."""

    def __init__(self, lock: Any) -> None:
        self._lock = lock

    def __repr__(self) -> str:
        with self._lock as value:
            return f"Takes {value}"


def test_values_that_cannot_be_printed_are_shown_by_their_types_name() -> None:
    """Values with code of their own are shown by type, others as in Python."""
    inside: list[object] = []
    inside.append(inside)
    assert show(Raises()).startswith("Raises")
    assert show(Slot(Raises())).startswith("Slot(data=Raises")
    assert show(inside) == "[…]"
    assert show([object(), lambda: None]) == "[object, function]"
    assert show({"a": (1, "b", None, 2.5)}) == "{'a': (1, 'b', None, 2.5)}"
    assert show(Slot(data={"x"})) == "Slot(data={'x'})"
    assert show(KeyError("k")) == "KeyError('k')"


def test_enormous_values_are_shown_shortly() -> None:
    """In so many characters, and soon."""
    deep: list[object] = []
    for _ in range(10_000):
        deep = [deep]
    for value in (
        deep,
        list(range(10**6)),
        "x" * 10**7,
        10**50_000,
        {n: [n] * 1_000 for n in range(5_000)},
        set(range(10**5)),
    ):
        assert len(show(value)) <= LONGEST
    assert show("x" * 20) == repr("x" * 20)


def test_a_trace_does_not_fail_on_a_local_that_cannot_be_printed(explore: Explorer) -> None:
    """A trace survives a `repr` that raises or locks, with the same schedule."""

    def holds(self: Manager) -> int:
        lock = self._runtime.lock("drawer", [1])
        values = [Raises(), Slot(1), Takes(lock)]
        with lock as drawer:
            drawer.append(len(values))
        with lock as drawer:
            return len(drawer)

    trace = explore.replay(["get_active_count"], toy(get_active_count=holds), "")
    assert [step.kind for step in trace.steps] == ["call", "lock", "lock"]
    assert "[Raises" in str([step.now.values for step in trace.steps if step.now])
    assert "Takes(_lock=the lock of the drawer" in str([step.now.values for step in trace.steps if step.now])


def test_what_cannot_be_compared_is_shown_and_cannot_be_told(explore: Explorer) -> None:
    """An answer and a key of an unknown type: there is a trace, and no verdict."""

    class Marks(Manager):
        def update_session(self, session_id: str, key: str, value: str) -> None:
            with self._state.store.write() as sessions:
                sessions[session_id].data.metadata[key] = Takes(None)  # type: ignore[assignment]

        def get_active_count(self) -> int:
            return Takes(None)  # type: ignore[return-value]

    for task in ("update_session s1 theme dark", "get_active_count"):
        trace = explore.replay([task], toy(Marks), "")
        assert trace.ending is not None
        assert "type Takes" in trace.ending.unsure
        assert "Takes(_lock=None)" in text(trace)
    assert not explore.replay(["get_active_count"], toy(), "").ending.unsure  # type: ignore[union-attr]


PROGRAM = """
from racelab.explorer import text
from racelab.explorer.fixture import Explorer
from racelab.explorer.traces.values import show
from tests.explorer.test_why import KINDS, INCREMENTS, maker
print(show({"dark", "light", "blue", "red"}))
explore = Explorer()
for style in KINDS:
    print(text(explore.replay(INCREMENTS, maker(style), "A2 B2 A1 B1 A1 B1")))
"""


def test_the_text_is_the_same_in_every_process() -> None:
    """Byte for byte, whatever the seed of the hashes."""
    told = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=ROOT,
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(told) == 1
    assert b"stale" in told.pop()
