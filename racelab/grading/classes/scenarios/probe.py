"""What a session manager of the reader's answers one call after another, before any scenario is asked of it."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from racelab.checker import SessionView
from racelab.explorer.kernel.alarm import Alarm
from racelab.explorer.kernel.calls import CannotDecide
from racelab.explorer.kernel.guard import NotModelled

from ..answers import answer_of
from ..bench import Bench
from ..execution import MOST_STEPS, Execution
from ..program import Program
from ..result import Answer
from .methods import COUNTS
from .views import number_of, view_of

TTLS: Final = ("cache_ttl", "ttl")
MOST_TIMES: Final = 20
"""How often it begins anew because places are found at which threads have to stop."""
SESSIONS: Final = 12
"""Ids that are looked at for one of odd length."""
ON_ONE: Final = (
    *("it.get_session(a0)", 'it.update_session(a0, "theme", "dark")', "it.increment_access(a0)"),
    *("it.refresh_from_database(a0)", "it.delete_session(a0)"),
)
COUNTED: Final = tuple(f"it.{name}()" for name in COUNTS)


@dataclass(frozen=True, slots=True)
class Contract:
    """See the module.

    Attributes:
        absent: for each method on a session what it answers if that was deleted, and nothing else so; no entry if it
            answers as always.
        refusals: the names of the exceptions among those.
        revokes: whether there is `revoke_session`.
        ttl: the attribute that holds the TTL; empty if none does.
        odd: which of the sessions opened first is the first with an id of odd length; 0 if none is.
        queues: whether a deleted session waits in the cleanup queue.
        active: the expression for the number of open sessions by the statistics.
        counts: why the counts cannot be compared; empty if they can.
    """

    absent: dict[str, Answer] = field(default_factory=dict)
    refusals: frozenset[str] = frozenset()
    revokes: bool = False
    ttl: str = ""
    odd: int = 0
    queues: bool = False
    active: str = "it.get_stats().active_sessions"
    counts: str = ""


def probe(program: Program, model: str) -> Contract | str:
    """What its methods answer; or why no scenario can be asked of it.

    Args:
        program: an empty one over the class.
    """
    given = tuple(f'a{n} = it.create_session("user-a{n}", "a{n}")' for n in range(SESSIONS))
    calls = (*COUNTED, *ON_ONE, *COUNTED, *ON_ONE)
    asked = replace(program, tasks=(calls,), first=given, then=())
    bench = Bench.of(asked, model)
    try:
        with Alarm():
            for _ in range(MOST_TIMES):
                with Execution(bench) as run:
                    _follow(run)
                    if not run.memory.grown:
                        return _answered(run, calls)
    except (CannotDecide, NotModelled) as reason:
        return str(reason)
    return "new places race in each execution"


def _follow(run: Execution) -> None:
    """Let all go on that can, to the end."""
    while len(run.turns) < MOST_STEPS and (ready := run.ready()):  # to the end, so that all is learnt at once
        run.step(ready[0])


def _answered(run: Execution, calls: Sequence[str]) -> Contract | str:
    answers = [answer_of(call) for call in run.clients[0].calls]
    if unanswered := [text for text, answer in zip(calls, answers, strict=True) if answer is None]:
        return f"{unanswered[0]} does not end"
    ids = [str(run.world.given[f"a{n}"]) for n in range(SESSIONS)]
    return _contract([one for one in answers if one is not None], ids, run.world.it)


def _contract(answers: list[Answer], ids: list[str], it: Any) -> Contract | str:
    counted, on_one, after, gone = answers[:3], answers[3:8], answers[8:11], answers[11:]
    for text, answer in zip((*COUNTED, *ON_ONE), (*counted, *on_one), strict=True):
        if answer.how == "raises":
            return f"{text} raises {answer.value}"
    if len(set(ids)) < len(ids):
        return "create_session has returned the same id twice"
    if view_of(on_one[0].value, SessionView(ids[0], "user-a0", "a0")) is None:
        return "what get_session returns has no access_count and metadata that could be compared"
    absent = {
        text[3:].partition("(")[0]: answer
        for text, before, answer in zip(ON_ONE, on_one, gone, strict=True)
        if answer != before
    }
    return Contract(
        absent,
        frozenset(str(answer.value) for answer in absent.values() if answer.how == "raises"),
        callable(getattr(it, "revoke_session", None)),
        next((name for name in TTLS if isinstance(getattr(it, name, None), int | float)), ""),
        next((place for place, one in enumerate(ids, 1) if len(one) % 2), 0),
        _number(after[2].value) == _number(counted[2].value) + 1,
        _active(counted[1].value),
        _why_not_counted(counted),
    )


def _active(stats: Hashable) -> str:
    kind = stats[0] if isinstance(stats, tuple) else ""
    if kind in ("dict", "defaultdict", "Counter", "OrderedDict"):
        return 'it.get_stats()["active_sessions"]'
    return "it.get_stats().active_sessions"


def _why_not_counted(counted: list[Answer]) -> str:
    if counted[0].value != SESSIONS:
        return f"get_active_count says {counted[0].value} when {SESSIONS} sessions are open"
    if (told := number_of(counted[1].value)) != SESSIONS:
        return f"the active_sessions of get_stats are {told} when {SESSIONS} sessions are open"
    return ""


def _number(value: Hashable) -> int:
    return value if isinstance(value, int) else -1
