"""The fixture that a reader has for tests of their own: what it refuses, and what a failed test says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import textwrap
from functools import partial
from pathlib import Path

import pytest

from racelab import explorer as search
from racelab.explorer.fixture import Explorer
from racelab.explorer.programs.scenarios import SCENARIOS
from racelab.explorer.search.policies import DepthFirst, RandomWalk
from session_manager.databases import Database
from session_manager.fixes.lost_update import OneWriteLock
from session_manager.sync import Runtime
from tests.explorer.toys import INCREMENTS, TWO, LockBeside, Manager, made_by, toy

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


def without_revocation(database: Database, runtime: Runtime) -> Manager:
    """A reader's own manager that is wrong, by a name of this module."""
    return toy(revoke_session=lambda self, name: None)(database, runtime)  # type: ignore[return-value]


def leaking(database: Database, runtime: Runtime) -> Manager:
    """The buggy manager, by a name of this module."""
    return made_by(Manager)(database, runtime)  # type: ignore[return-value]


def never(manager: object) -> bool:
    """It never holds."""
    return False


def test_a_readers_own_manager_is_replayed_by_a_line_of_python(explore: Explorer) -> None:
    """For a reader's own manager a failure ends with a test that replays it."""
    with pytest.raises(Failed) as failed:
        explore.must_survive(["revoke_session s1"], without_revocation)
    told = '[\'revoke_session s1\'], without_revocation, "A1", ends_in="still-authenticated"'
    line = f"    print(text(explore.replay({told})))"
    assert str(failed.value).endswith(f"def test_replay(explore):\n    from racelab.explorer import text\n\n{line}")


def test_what_has_no_name_is_not_printed_as_if_it_could_be_pasted(explore: Explorer) -> None:
    """A lambda, a local function and a local class stand as dots, with what to do about it."""
    for manager, options, told in (
        (toy(), {"at_rest": never}, '([\'get_stats\'], ..., "A2", ends_in="never", at_rest=[never])'),
        ("buggy", {"at_rest": lambda _: False}, '\'buggy\', "A1", ends_in="lambda", at_rest=[...])'),
        ("buggy", {"holds": partial(never)}, '\'buggy\', "A1", ends_in="invariant", holds=[...])'),
    ):
        with pytest.raises(Failed) as failed:
            explore.must_survive(["get_stats"], manager, **options)
        said = str(failed.value)
        assert "def test_replay" not in said
        assert told in said, said
        assert "Give it one, and a test to paste is printed." in said


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
    with pytest.raises(Failed, match=r"explore\.replay\('cleanup-leak', leaking, \"B4 A4\", ends_in=\"[\w-]+\"\)\)\)$"):
        explore.must_survive("cleanup-leak", leaking)


def test_the_printed_line_has_the_options_of_the_test(explore: Explorer) -> None:
    """A failure names the options of its world, invariants by their names."""
    with pytest.raises(Failed) as failed:
        explore.must_survive(["get_stats"], leaking, sessions=("s1", "s2"), at_rest=never)
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
