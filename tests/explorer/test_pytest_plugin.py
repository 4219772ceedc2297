"""The fixture that a reader has for tests of their own: what it refuses, and what a failed test says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from racelab import explorer as search
from racelab.explorer import text
from racelab.explorer.kernel.schedule import BadSchedule
from racelab.explorer.programs.given import BadProgram
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.pytest_plugin import Explorer
from racelab.explorer.search.policies import DepthFirst, RandomWalk
from session_manager.databases import MemoryDatabase
from session_manager.fixes.lost_update import OneWriteLock
from session_manager.sync import ThreadRuntime
from tests.explorer.cells import refusal
from tests.explorer.toys import INCREMENTS, TWO, LockBeside, Manager, Slotted, made_by, toy

ROOT = Path(__file__).resolve().parents[2]
MINE = made_by(OneWriteLock)
Failed = pytest.fail.Exception


def test_a_program_is_a_name_or_a_scenario_or_what_each_task_does(explore: Explorer) -> None:
    """A name, a scenario and a list of tasks give the same findings."""
    programs = ("lost-increment", SCENARIOS["lost-increment"], list(INCREMENTS))
    found = [explore(program, "buggy") for program in programs]
    assert {(each.schedules, each.losing) for each in found} == {(20, 14)}


def test_a_manager_is_a_name_or_what_makes_one(explore: Explorer) -> None:
    """A manager is given by its name in the lab, or as what makes it."""
    # One writes from its lock to its save; a beginning can come before, between or after the three steps of the other.
    assert explore.must_survive(INCREMENTS, "one-write-lock").schedules == 2
    assert explore.must_survive(INCREMENTS, MINE).schedules == 2 * 4
    assert explore(INCREMENTS, MINE).variant == "OneWriteLock"


def test_the_world_can_be_described(explore: Explorer) -> None:
    """A program's sessions and step invariants can be given, also over a scenario's."""
    found = explore.must_find(
        ["delete_session s1", "delete_session s2"],
        "buggy",
        "counts-differ",
        sessions=("s1", "s2"),
        watch=("counts-differ",),
    )
    assert found.preemptions == 0
    explore.must_survive("three-counts", "buggy", watch=())


def test_must_survive_fails_with_the_smallest_schedule_and_its_trace(explore: Explorer) -> None:
    """`must_survive` fails with the counts, the smallest trace and its command."""
    with pytest.raises(Failed) as failed:
        explore.must_survive("lost-increment", "buggy")
    told = str(failed.value)
    assert told.startswith("14 of 20 schedules")
    assert " increment_access " in told
    assert "same number, 1" in " ".join(told.split())
    assert told.endswith('Replay it: python3 lab.py replay lost-increment "A1 B3 A2" --variant buggy')


def test_a_readers_own_manager_is_replayed_by_a_line_of_python(explore: Explorer) -> None:
    """For a reader's own manager a failure ends with a test that replays it."""
    broken = toy(revoke_session=lambda self, name: None)
    with pytest.raises(Failed) as failed:
        explore.must_survive(["revoke_session s1"], broken)
    line = '    print(text(explore.replay([\'revoke_session s1\'], Toy, "A1", ends_in="still-authenticated")))'
    assert str(failed.value).endswith(f"def test_replay(explore):\n    from racelab.explorer import text\n\n{line}")


def test_a_replay_that_ends_otherwise_fails(explore: Explorer) -> None:
    """A schedule that ends in another anomaly than before says what may differ."""
    program = ["revoke_session s1"]
    with pytest.raises(Failed, match="A1 ends in no anomaly here, and was found to end in lost-update"):
        explore.replay(program, made_by(Manager), "A1", ends_in="lost-update")
    assert explore.replay(["increment_access s1"] * 2, "buggy", "A1 B3 A2", ends_in="lost-update").ending


def test_a_variant_of_the_lab_is_printed_as_a_text(explore: Explorer) -> None:
    """A printed replay quotes the names of variants and scenarios."""
    with pytest.raises(Failed, match=r"explore\.replay\(\['increment_access s1'.*\], 'buggy', \"A1 B3 A2\""):
        explore.must_survive(INCREMENTS, "buggy")
    with pytest.raises(Failed, match=r"explore\.replay\('cleanup-leak', Toy, \"B4 A4\", ends_in=\"[\w-]+\"\)\)\)$"):
        explore.must_survive("cleanup-leak", toy())


def test_the_printed_line_has_the_options_of_the_test(explore: Explorer) -> None:
    """A failure names the options of its world, invariants by their names."""

    def never(manager: object) -> bool:
        return False

    with pytest.raises(Failed) as failed:
        explore.must_survive(["get_stats"], made_by(Manager), sessions=("s1", "s2"), at_rest=never)
    assert str(failed.value).endswith("sessions=('s1', 's2'), at_rest=[never])))")


def test_a_manager_of_ones_own_is_explored_in_full(explore: Explorer) -> None:
    """States of a reader's own manager are merged only where that is asked for."""
    explore.must_find(TWO, made_by(LockBeside), "crash")
    mine = made_by(Manager)
    assert explore(INCREMENTS, mine).merged == 0 < explore(INCREMENTS, mine, reduce=True).merged
    assert search.explore(SCENARIOS["lost-increment"], mine).merged == 0


def test_must_survive_fails_if_it_cannot_be_told(explore: Explorer) -> None:
    """`must_survive` fails with the reason if it cannot tell."""
    with pytest.raises(Failed, match="stopped after 0 s"):
        explore.must_survive("stale-then-saved", "fixed", seconds=0)
    with pytest.raises(Failed, match="proves nothing"):
        explore.must_survive("lost-increment", "fixed", policy=RandomWalk(1, 10))


def test_must_find_gives_the_smallest_schedule(explore: Explorer) -> None:
    """`must_find` gives the smallest schedule, of all anomalies or of the named one."""
    assert explore.must_find("lost-increment", "buggy").schedule == "A1 B3 A2"
    assert explore.must_find("lost-increment", "buggy", "memory-and-row-differ").schedule == "A2 B3 A1"


def test_must_find_fails_if_there_is_nothing(explore: Explorer) -> None:
    """`must_find` fails with the number of schedules that it covered."""
    with pytest.raises(Failed, match="None of the 8 schedules of lost-increment on fixed ends in an anomaly"):
        explore.must_find("lost-increment", "fixed")
    with pytest.raises(Failed, match="at most 0 preemptions"):
        explore.must_find("lost-increment", "buggy", bound=0)
    with pytest.raises(Failed, match="Cannot tell"):
        explore.must_find("lost-increment", "fixed", policy=DepthFirst(most=1))


def test_must_find_fails_if_it_is_something_else(explore: Explorer) -> None:
    """`must_find` fails with the anomalies that it found instead of the named one."""
    with pytest.raises(Failed) as failed:
        explore.must_find("lost-increment", "buggy", "deadlock")
    assert "No 'deadlock' was found, but: duplicate-answer, lost-update, memory-and-row-differ" in str(failed.value)
    assert " increment_access " in str(failed.value)


async def later(manager: object) -> bool:
    return False


def yielded(manager: object) -> Iterator[bool]:
    yield False


WRONG_PROGRAMS: tuple[tuple[Any, dict[str, Any], str], ...] = (
    ("lost-updates", {}, "no scenario 'lost-updates'. Did you mean lost-update?"),
    (["increment_access s1;"], {}, "names no operation"),
    ([], {}, "[] is no program. It is a list of what each task does"),
    (None, {}, "None is no program"),
    (7, {}, "7 is no program"),
    (b"get_stats", {}, "b'get_stats' is no program"),
    ([("get_stats", "s1")], {}, "is no program"),
    (["get_stats"], {"sessions": "s1"}, "sessions='s1' is no tuple of names: write sessions=('s1',)"),
    (["get_stats"], {"sessions": 1}, "sessions=1 is no tuple of names"),
    (["get_stats"], {"sessions": (1,)}, "sessions has 1, which is no name"),
    (["get_stats"], {"closed": ("s1", "s1")}, "Session 's1' is closed twice"),
    (["create_session user name"], {"closed": ("s2",)}, "No session 's2'"),
    (["get_stats"], {"cycles": -1}, "cycles=-1 is no whole number of 0 or more"),
    (["get_stats"], {"cycles": 1.5}, "cycles=1.5 is no whole number"),
    (["get_stats"], {"cache_ttl": "60"}, "cache_ttl='60' is no number"),
    (["get_stats"], {"refresh_at_end": 1}, "refresh_at_end=1 is neither True nor False"),
    (["get_stats"], {"reduce": 1}, "reduce=1 is neither True nor False"),
    (["get_stats"], {"bound": True}, "bound=True is no whole number"),
    (["get_stats"], {"bound": 1.0}, "bound=1.0 is no whole number"),
    (["get_stats"], {"seconds": float("nan")}, "seconds=nan is no number of 0 or more"),
    (["get_stats"], {"seconds": -1}, "seconds=-1 is no number of 0 or more"),
    (["get_stats"], {"seconds": "1"}, "seconds='1' is no number"),
    (["get_stats"], {"policy": "random"}, "'random' is no policy"),
    (["get_stats"], {"policy": DepthFirst(), "bound": 1}, "Give the bound to the policy"),
    (["get_stats"], {"policy": DepthFirst(), "reduce": True}, "Give `reduce` to the policy"),
    (["get_stats"], {"sessions": ("s1", "s1")}, "Session 's1' is opened twice"),
    (["get_stats"] * 27, {}, "at most 26 tasks, because letters name them; this one has 27"),
    (["get_stats"], {"watch": ("everything",)}, "no step invariant 'everything'. Known: counts-differ"),
    (["get_stats"], {"sesions": ("s1",)}, "no option 'sesions'. Did you mean sessions?"),
    (["get_stats"], {"holds": "always"}, "'a' is no invariant. Give a function of the manager"),
    (["get_stats"], {"holds": later}, "calling a coroutine or a generator runs none of it"),
    (["get_stats"], {"at_rest": yielded}, "calling a coroutine or a generator runs none of it"),
    (["get_statts"], {}, "no operation 'get_statts'. Did you mean get_stats?"),
    (["update_session s1 theme"], {}, "does not fit update_session(session_id: 'str', key: 'str', value: 'str')"),
    (["increment_access"], {}, "missing a required argument: 'session_id'"),
)


def test_a_program_that_cannot_be_run_is_refused_with_what_there_is(explore: Explorer) -> None:
    """A misspelt name, option or operation gets the list of the known ones."""
    told = [
        (reason, refusal(partial(explore, program, made_by(Manager), **more), BadProgram))
        for program, more, reason in WRONG_PROGRAMS
    ]
    assert not [(reason, said) for reason, said in told if reason not in said]


def test_what_can_be_meant_is_taken(explore: Explorer) -> None:
    """A list or a generator of names, a whole number as seconds, an endless time."""
    right: tuple[tuple[Any, dict[str, Any]], ...] = (
        (("increment_access s1",), {}),
        ((task for task in ["increment_access s1"]), {}),
        (["increment_access s1"], {"sessions": ["s1", "s2"], "closed": (name for name in ["s2"])}),
        (["increment_access s1"], {"seconds": 60, "cycles": 1, "cache_ttl": 60, "refresh_at_end": True}),
        (["increment_access s1"], {"seconds": float("inf"), "bound": 0}),
        (["increment_access s1"], {"watch": (name for name in ["counts-differ"]), "reduce": False}),
    )
    assert [explore(program, "fixed", **more).verdict for program, more in right] == ["none"] * len(right)


WRONG_MANAGERS: tuple[tuple[Any, str], ...] = (
    (None, "The manager is None, which makes none. Give a class or a function"),
    (7, "The manager is 7"),
    ("fixd", "no variant 'fixd'. Did you mean fixed?"),
    (Slotted(MemoryDatabase(ThreadRuntime()), ThreadRuntime()), "which makes none"),
)


def test_a_manager_that_cannot_be_made_is_refused(explore: Explorer) -> None:
    """None, an instance and a misspelt variant are refused, for a schedule too."""
    for manager, reason in WRONG_MANAGERS:
        for call in (explore.must_survive, partial(explore.replay, schedule="A1")):
            told = refusal(partial(call, ["get_stats"], manager), BadProgram)
            assert reason in told, (manager, told)


def test_a_wrong_schedule_is_refused_and_a_wrong_step_is_told(explore: Explorer) -> None:
    """What is no schedule is refused; one that cannot be followed says so, and fails where an end was expected."""
    for schedule in (None, 7, "A1 ?"):
        with pytest.raises(BadSchedule):
            explore.replay(["get_stats"], "fixed", schedule)  # type: ignore[arg-type] # that is the point
    with pytest.raises(BadProgram, match="no option of a replay 'seconds'"):
        explore.replay(["get_stats"], "fixed", "A1", seconds=1)  # type: ignore[call-arg] # that is the point
    trace = explore.replay(["increment_access s1"], "buggy", "A1 Z9")
    assert "Step 2: there is no task Z, only A" in trace.diverged
    assert "Step 2: there is no task Z, only A" in text(trace)
    with pytest.raises(Failed, match="A1 Z9 cannot be followed any more"):
        explore.replay(["increment_access s1"], "buggy", "A1 Z9", ends_in="lost-update")


OF_A_READER = """
    pytest_plugins = ["racelab.explorer.pytest_plugin"]

    from session_manager import buggy, fixed
    from session_manager.state import State


    class Mine(buggy.SessionManager):
        def increment_access(self, session_id):
            with self._state.store.read() as sessions:
                count = sessions[session_id].data.access_count + 1
            with self._state.store.write() as sessions:
                sessions[session_id].data.access_count = count
            self._database.save_access(session_id, count, self._runtime.now())
            return count


    def mine(database, runtime):
        return Mine(database, State.private(runtime), runtime)


    INCREMENTS = ["increment_access s1", "increment_access s1"]


    def test_mine(explore):
        explore.must_survive(INCREMENTS, mine)


    def test_theirs(explore):
        explore.must_survive(INCREMENTS, fixed.SessionManager)
        explore.must_find(INCREMENTS, mine, "lost-update")
"""


def of_a_reader(folder: Path, source: str, *options: str) -> str:
    """What pytest prints for a reader's project with that one test file."""
    (folder / "test_of_a_reader.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:locust", "-p", "no:cacheprovider", *options, str(folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    ended = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    return ended.stdout + ended.stderr


def test_a_reader_gets_it_with_one_line_and_can_paste_what_a_failure_prints(tmp_path: Path) -> None:
    """One line gives a reader the fixture, and a failure's test can be pasted."""
    source = textwrap.dedent(OF_A_READER)
    told = of_a_reader(tmp_path, source)
    assert "1 failed, 1 passed" in told, told
    assert "44 of 70 schedules end in an anomaly" in told
    assert "with self._state.store.read() as sessions:" in told
    assert "count = 1" in told
    trace, pasted = re.findall(
        r"The smallest:\n\n(.*?)\n\nReplay it: .*?\n(\ndef test_replay.*?\n)(?=\S)", told, re.DOTALL
    )[0]
    assert 'mine, "A2 B4 A2", ends_in="' in pasted
    again = of_a_reader(tmp_path, f"{source}\n{pasted}", "-s", "-k", "test_replay")
    assert "1 passed" in again, again
    assert trace in again
    corrected = source.replace(
        "Mine(database, State.private(runtime), runtime)", "fixed.SessionManager(database, runtime)"
    )
    assert "cannot be followed any more" in of_a_reader(tmp_path, f"{corrected}\n{pasted}", "-k", "test_replay")


def test_a_misspelt_operation_shows_the_readers_own_line_alone(tmp_path: Path) -> None:
    """pytest shows the line of the test and the sentence, and no frame of the explorer."""
    source = textwrap.dedent(OF_A_READER).partition("def test_")[0]
    source += "def test_misspelt(explore):\n    explore.must_survive(['increment_acess s1'], mine)\n"
    told = of_a_reader(tmp_path, source)
    assert "Did you mean increment_access?" in told
    assert "> " in told
    assert re.findall(r"^(\S+\.py):\d+: ", told, re.MULTILINE) == ["test_of_a_reader.py"], told
