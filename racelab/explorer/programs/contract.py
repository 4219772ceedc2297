"""What a reader's manager owes the explorer. Checked before anything is explored, and said in one sentence if broken.

The contract is written down for readers in the docstring of the fixture `explore` and in docs/3-fix.md.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from difflib import get_close_matches
from inspect import signature

from session_manager.model import Census, Counts, SessionData

from ..kernel.calls import CannotDecide
from .given import BadProgram, known
from .invariants import STEP_INVARIANTS
from .scenario import Scenario


class BrokenContract(CannotDecide):
    """The manager lacks something that the explorer calls, or answers otherwise than it must."""


def check_methods(manager: object, scenario: Scenario) -> None:
    """Look for the methods that the explorer itself calls.

    Raises:
        BrokenContract: one is missing.
    """
    for method, why in _called(scenario):
        if not callable(getattr(manager, method, None)):
            raise BrokenContract(f"{type(manager).__name__} has no method `{method}`, {why}.")


def check_set_up(manager: object, census: object, opened: Sequence[object], scenario: Scenario) -> None:
    """Look at what set-up has left.

    Args:
        manager: who was set up.
        census: what its `census()` returned.
        opened: the ids that `create_session` returned.
        scenario: what was asked for.

    Raises:
        BrokenContract: it is not what set-up leaves in a manager that keeps the contract.
    """
    name = type(manager).__name__
    if not isinstance(census, Census):
        raise BrokenContract(f"{name}.census() returned a {type(census).__name__} and no `model.Census`.")
    sessions: Mapping[str, object] = census.sessions
    for session_id, data in sessions.items():
        if not isinstance(data, SessionData):
            told = f"{name}.census() has a {type(data).__name__} and no `model.SessionData` for session {session_id!r}."
            raise BrokenContract(told)
    for wanted, got in zip(scenario.sessions, opened, strict=True):
        if got != wanted:
            raise BrokenContract(
                f"{name}.create_session returned the id {got!r} and not {wanted!r}, which the runtime gave: take every "
                "id from `runtime.new_id()`, once."
            )
    expected = {one for one in scenario.sessions if one not in scenario.closed}
    if lost := sorted(expected - census.sessions.keys()):
        raise BrokenContract(f"{name} was asked to open session {lost[0]!r}, and its census() does not have it.")
    counting = any(STEP_INVARIANTS[name].counts for name in scenario.watch)
    if counting and not isinstance(counts := manager.counts(), Counts):  # type: ignore[attr-defined] # looked for
        raise BrokenContract(f"{name}.counts() returned a {type(counts).__name__} and no `model.Counts`.")


def check_operations(manager: object, scenario: Scenario, around: Mapping[str, Callable[..., object]]) -> None:
    """Look for what the program calls.

    Args:
        manager: whose operations are called.
        scenario: the program.
        around: what a program can do beside calling the manager.

    Raises:
        BadProgram: there is no such operation, or it takes other arguments.
    """
    for name in scenario.watch:
        known(name, "step invariant", STEP_INVARIANTS)
    for does in (does for calls in scenario.tasks for does in calls):
        method = getattr(manager, does.method, None) or around.get(does.method)
        if not callable(method):
            raise BadProgram(_unknown(does.method, manager, around))
        try:
            wanted = signature(method)
        except ValueError:  # it is written in C, and says nothing about its arguments
            continue
        try:
            wanted.bind(*does.arguments)
        except TypeError as problem:
            name = type(manager).__name__
            raise BadProgram(f"{does} does not fit {does.method}{wanted} of {name}: {problem}.") from None


def _unknown(name: str, manager: object, around: Collection[str]) -> str:
    own = [word for word in dir(manager) if not word.startswith("_") and callable(getattr(manager, word, None))]
    close = "".join(f" Did you mean {word}?" for word in get_close_matches(name, [*own, *around], 1))
    return f"There is no operation {name!r}.{close} {type(manager).__name__} has: {', '.join([*own, *around])}."


def _called(scenario: Scenario) -> Iterator[tuple[str, str]]:
    yield "census", "which says what it holds when nothing runs"
    if scenario.sessions:
        opens = f"which opens the sessions of the program ({', '.join(scenario.sessions)})"
        yield "create_session", f"{opens}; a manager without sessions is explored with `sessions=()`"
    if scenario.closed:
        yield "delete_session", f"which closes {', '.join(scenario.closed)} before the program begins"
    if counting := [name for name in scenario.watch if STEP_INVARIANTS[name].counts]:
        yield "counts", f"which {' and '.join(counting)} needs after every step"
    if scenario.cycles:
        yield "run_cleanup", "which this program runs at the end"
    if scenario.refresh_at_end:
        yield "refresh_from_database", "which this program calls for every session at the end"
