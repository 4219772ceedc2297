"""What a reader gives is checked before anything runs: a wrong value gets a sentence, a right one goes through."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from racelab.explorer import text
from racelab.explorer.fixture import Explorer
from racelab.explorer.kernel.schedule import BadSchedule
from racelab.explorer.programs.given import BadProgram
from racelab.explorer.search.policies import DepthFirst, RandomWalk
from session_manager.databases import MemoryDatabase
from session_manager.sync import ThreadRuntime
from tests.explorer.cells import refusal
from tests.explorer.toys import Manager, Slotted, made_by


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
    (["get_stats"], {"policy": RandomWalk}, "is no policy. Make one of"),
    (["get_stats"], {"watch": ("built-twic",)}, "no step invariant 'built-twic'. Did you mean built-twice?"),
    (["write_elsewhere s2 theme dark"], {}, "No session 's2'"),
    (["clock_steps_back x", "get_stats"], {}, "the clock steps back by a number of seconds"),
    (["clock_steps_back nan", "get_stats"], {}, "the clock steps back by a number of seconds"),
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
    with pytest.raises(pytest.fail.Exception, match="A1 Z9 cannot be followed any more"):
        explore.replay(["increment_access s1"], "buggy", "A1 Z9", ends_in="lost-update")
