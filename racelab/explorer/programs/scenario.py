"""A scenario: a small program, and what there is before it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property
from math import isfinite
from typing import Self

from ..kernel.tasks import NAMES
from .given import BadProgram, a, flag, number, texts, whole
from .rules import Rule, rules

OF_A_SESSION = frozenset(
    {
        "get_session",
        "update_session",
        "increment_access",
        "revoke_session",
        "delete_session",
        "refresh_from_database",
        "write_elsewhere",
    }
)
"""The operations whose first argument is a session's id."""


@dataclass(frozen=True, slots=True)
class Does:
    """One operation of a scenario: a manager's method or one of the `World`'s own, and its arguments."""

    method: str
    arguments: tuple[str, ...] = ()

    @classmethod
    def all_of(cls, text: str) -> tuple[Self, ...]:
        """'increment_access s1; get_session s1' as operations.

        Raises:
            BadProgram: it is no text, or one that names no operation.
        """
        words = [part.split() for part in a(str, "task", text).split(";")]
        if not all(words):
            raise BadProgram(f"{text!r} names no operation. A task reads like 'increment_access s1; get_session s1'.")
        return tuple(cls(method, tuple(arguments)) for method, *arguments in words)

    def __str__(self) -> str:
        return f"{self.method}({', '.join(self.arguments)})"

    def again(self, number: int) -> Does:
        """The same for the n-th time: an update takes another key, so that each can be looked for."""
        if self.method != "update_session" or number == 1:
            return self
        session_id, key, value = self.arguments
        return Does(self.method, (session_id, f"{key}-{number}", value))


@dataclass(frozen=True)
class Scenario:
    """A small program: what each task does, one operation after another.

    Attributes:
        name: on the command line and in addresses.
        bug: the card it belongs to, or what else it is about; of a reader's program empty.
        title: what happens, in one sentence.
        tasks: the operations of A, B, ...
        sessions: the ids that are open at the beginning; those of odd length cannot be cleaned up.
        closed: which of them are closed already, so that cleanup has work.
        watch: what must hold after every step, and not only at the end: names of `invariants.STEP_INVARIANTS`.
        cache_ttl: the TTL of a session in seconds, if it matters; below 0 every session is past it.
        refresh_at_end: whether every session is refreshed once more at the end.
        cycles: the most cleanup cycles at the end, until the queue is empty; not to be by then is a finding. 0: none
            are run, and nothing is required.
        holds: what of the reader's own must hold after every step.
        at_rest: what of the reader's own must hold at the end.
        roles: who the tasks are.
        world: which world it runs in, a name of `world.WORLDS`; empty for the usual one.

    Raises:
        BadProgram: there are more tasks than letters to name them by, a session is named that nobody opens, or a value
            is of another kind.
    """

    name: str
    bug: str
    title: str
    tasks: tuple[tuple[Does, ...], ...]
    sessions: tuple[str, ...] = ("s1",)
    closed: tuple[str, ...] = ()
    watch: tuple[str, ...] = ()
    cycles: int = 0
    cache_ttl: float | None = None
    refresh_at_end: bool = False
    holds: tuple[Rule, ...] = ()
    at_rest: tuple[Rule, ...] = ()
    roles: tuple[str, ...] = ("user A", "user B", "user C")
    world: str = ""

    def __post_init__(self) -> None:
        """A task that no schedule could name would never run, and a session that is not there cannot be lost."""
        self._check_tasks()
        for option in ("sessions", "closed", "watch", "roles"):
            object.__setattr__(self, option, texts(option, getattr(self, option)))
        for option in ("holds", "at_rest"):
            object.__setattr__(self, option, rules(option, getattr(self, option)))
        whole("cycles", self.cycles)
        flag("refresh_at_end", self.refresh_at_end)
        if self.cache_ttl is not None:
            number("cache_ttl", self.cache_ttl)
        for what, names in (("opened", self.sessions), ("closed", self.closed)):
            if twice := [name for name in names if names.count(name) > 1]:
                raise BadProgram(f"Session {twice[0]!r} is {what} twice: an id belongs to one session.")
        if unknown := self._unknown_sessions():
            raise BadProgram(f"No session {unknown[0]!r}: this scenario opens {', '.join(self.sessions) or 'none'}.")
        if len(self.tasks) > len(NAMES):
            told = f"A scenario has at most {len(NAMES)} tasks, because letters name them; this one has"
            raise BadProgram(f"{told} {len(self.tasks)}.")

    def _check_tasks(self) -> None:
        tasks: object = self.tasks
        if not isinstance(tasks, tuple) or not all(isinstance(task, tuple) for task in tasks):
            raise BadProgram(f"tasks={tasks!r}: give a tuple with a tuple of `Does` for each task, see `Does.all_of`.")
        for does in (does for task in tasks for does in task):
            a(Does, "operation", does)
            a(str, "operation", does.method)
            texts(f"the arguments of {does.method}", does.arguments)
            if does.method == "clock_steps_back" and not all(map(_is_number, does.arguments)):
                raise BadProgram(f"{does}: the clock steps back by a number of seconds, such as 'clock_steps_back 60'.")

    def _unknown_sessions(self) -> list[str]:
        calls = [call for calls in self.tasks for call in calls]
        named = [call.arguments[0] for call in calls if call.method in OF_A_SESSION and call.arguments]
        opens = any(call.method == "create_session" for call in calls)
        return [name for name in (*(named if not opens else ()), *self.closed) if name not in self.sessions]

    @cached_property
    def methods(self) -> frozenset[str]:
        """The operations that it calls."""
        return frozenset([call.method for calls in self.tasks for call in calls])

    def without(self, dropped: Collection[str]) -> Scenario:
        """The same without some operations: `A2` is A's second."""
        tasks = tuple(
            tuple(call for place, call in enumerate(calls, 1) if f"{name}{place}" not in dropped)
            for name, calls in zip(NAMES, self.tasks, strict=False)
        )
        return replace(self, tasks=tasks)

    @property
    def afterwards(self) -> str:
        """What happens when all tasks are done, in words; empty if nothing does."""
        most = "once" if self.cycles == 1 else f"{self.cycles} times"
        told = [f"cleanup ran until its queue was empty, at most {most}"] if self.cycles else []
        return " and ".join([*told, *(["every session was refreshed once more"] if self.refresh_at_end else [])])

    def operations(self) -> list[str]:
        """The names of all operations."""
        return [f"{name}{n}" for name, calls in zip(NAMES, self.tasks, strict=False) for n in range(1, len(calls) + 1)]

    def repeated(self, times: int) -> Scenario:
        """The same with each task's operations done `times` times, and keys of their own each time."""
        whole("times", times)
        tasks = tuple(tuple(call.again(n) for n in range(1, times + 1) for call in calls) for calls in self.tasks)
        return replace(self, tasks=tasks)


def _is_number(text: str) -> bool:
    try:
        return isfinite(float(text))
    except ValueError:
        return False
