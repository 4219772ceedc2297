"""What a session manager does when one call follows another: the truth that every answer is measured against.

`step` is a pure function from a state and an operation to the states that may follow. Nothing here knows of locks,
caches or databases. Where a correct manager has a choice (which rows a cleanup gets to, what an opening of unknown
outcome left behind) the state keeps the widest bounds, so that the choice is never called wrong. An id is given to one
session only, ever: ids are unguessable, and no history in which one comes twice needs to be explained.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from session_manager.model import SessionStats, cannot_be_removed

from .history import UNSPECIFIED, Operation, SessionView, session_of


@dataclass(frozen=True, slots=True)
class State:
    """Everything that the specification remembers.

    Attributes:
        sessions: the open ones, sorted by id.
        removable: closed sessions whose row cleanup may still remove, at most.
        stuck: closed sessions whose row cannot be removed; see `model.cannot_be_removed`.
        unnamed: open sessions whose opening had an unknown outcome. Their ids are not known.
    """

    sessions: tuple[tuple[str, SessionView], ...] = ()
    removable: int = 0
    stuck: int = 0
    unnamed: int = 0

    @classmethod
    def of(cls, sessions: Mapping[str, SessionView]) -> State:
        """A state with these open sessions and nothing else."""
        return cls(tuple(sorted(sessions.items())))

    def find(self, session_id: str) -> SessionView | None:
        """The open session of that id."""
        return dict(self.sessions).get(session_id)

    def holding(self, session_id: str, view: SessionView) -> State:
        """This state with that session put in."""
        sessions = dict(self.sessions)
        sessions[session_id] = view
        return State(tuple(sorted(sessions.items())), self.removable, self.stuck, self.unnamed)

    def without(self, session_id: str) -> State:
        """This state with that session closed and its row waiting for cleanup."""
        left = tuple(pair for pair in self.sessions if pair[0] != session_id)
        stuck = cannot_be_removed(session_id)
        return State(left, self.removable + (not stuck), self.stuck + stuck, self.unnamed)

    def only(self, session_id: str) -> State:
        """The part of this state that operations on one session can see."""
        view = self.find(session_id)
        return State() if view is None else State(((session_id, view),))


States = tuple[State, ...]
NOT_ALLOWED: Final[States] = ()


def step(state: State, operation: Operation) -> States:
    """The states that may follow; none if the specification does not allow that answer here.

    Where nothing changes the very same object is returned. An unknown outcome allows both: no effect, and the effect.

    Raises:
        ValueError: the specification has no such method.
    """
    effect = EFFECTS.get(operation.method)
    if effect is None:
        raise ValueError(f"The specification has no method {operation.method!r}. It has: {', '.join(EFFECTS)}.")
    if operation.answer == "refused":
        return _refused(state, operation)
    if operation.answer == "unknown":
        return (state, *(after for after in effect(state, operation) if after is not state))
    return effect(state, operation)


def opened_by(create: Operation) -> SessionView:
    """The session that an acknowledged create has opened, as it was then: of the user that it was called with."""
    user_id, username = create.arguments
    return SessionView(str(create.value), user_id, username)


def counted(state: State, session_id: str) -> States:
    """The state after one more access to a session; none if the session is not open."""
    view = state.find(session_id)
    if view is None:
        return NOT_ALLOWED
    return (state.holding(session_id, view._replace(access_count=view.access_count + 1)),)


def hopeless(state: State, operation: Operation) -> bool:
    """Whether an answer is not allowed here nor in any later state: the count of a session only grows."""
    told = operation.value
    if isinstance(told, SessionView):
        last = told.access_count
    elif operation.method == "increment_access" and isinstance(told, int):
        last = told - 1
    else:
        return False
    view = state.find(operation.arguments[0])
    return view is not None and view.access_count > last


def _refused(state: State, operation: Operation) -> States:
    """A manager may always refuse, except that it may not deny a session that is open."""
    session_id = session_of(operation)
    if operation.value == "SessionNotFound" and session_id is not None and state.find(session_id) is not None:
        return NOT_ALLOWED
    return (state,)


def _says(operation: Operation, expected: object) -> bool:
    """Whether the caller may have been told that. One who was told nothing may have been told anything."""
    return operation.answer == "unknown" or operation.value == expected


def _create(state: State, operation: Operation) -> States:
    if operation.answer == "unknown":  # it may be open, or its row may have been put down for cleanup
        left_over = State(state.sessions, state.removable + 1, state.stuck, state.unnamed)
        return left_over, State(state.sessions, state.removable, state.stuck, state.unnamed + 1)
    session_id = operation.value
    if not isinstance(session_id, str) or state.find(session_id) is not None:
        return NOT_ALLOWED
    return (state.holding(session_id, opened_by(operation)),)


def _get(state: State, operation: Operation) -> States:
    view = state.find(operation.arguments[0])
    return (state,) if view is not None and _says(operation, view) else NOT_ALLOWED


def _update(state: State, operation: Operation) -> States:
    session_id, key, value = operation.arguments
    view = state.find(session_id)
    if view is None:
        return NOT_ALLOWED
    metadata = tuple(sorted({**dict(view.metadata), key: value}.items()))
    return (state.holding(session_id, view._replace(access_count=view.access_count + 1, metadata=metadata)),)


def _increment(state: State, operation: Operation) -> States:
    view = state.find(operation.arguments[0])
    if view is None or not _says(operation, view.access_count + 1):
        return NOT_ALLOWED
    return counted(state, operation.arguments[0])


def _delete(state: State, operation: Operation) -> States:
    session_id = operation.arguments[0]
    return NOT_ALLOWED if state.find(session_id) is None else (state.without(session_id),)


def _refresh(state: State, operation: Operation) -> States:
    """Where one process owns the rows, memory and database say the same, so that nothing can be seen of it."""
    return NOT_ALLOWED if state.find(operation.arguments[0]) is None else (state,)


def _revoke(state: State, operation: Operation) -> States:
    view = state.find(operation.arguments[0])
    if view is None:
        return NOT_ALLOWED
    if not view.is_authenticated:
        return (state,)
    return (state.holding(operation.arguments[0], view._replace(is_authenticated=False)),)


def _cleanup(state: State, operation: Operation) -> States:
    """It may leave rows for later, so only the number it claims to have removed says what it did."""
    removed = operation.value
    if not isinstance(removed, int) or not 0 <= removed <= state.removable:
        return NOT_ALLOWED
    return (State(state.sessions, state.removable - removed, state.stuck, state.unnamed) if removed else state,)


def _count(state: State, operation: Operation) -> States:
    """Of the statistics only the number of open sessions is specified."""
    value = operation.value
    told = value.active_sessions if isinstance(value, SessionStats) else value
    open_now = len(state.sessions) + state.unnamed
    return (state,) if told == open_now or operation.answer == "unknown" else NOT_ALLOWED


def _queue_size(state: State, operation: Operation) -> States:
    told = operation.value
    return (state,) if isinstance(told, int) and 0 <= told <= state.removable + state.stuck else NOT_ALLOWED


def _unspecified(state: State, operation: Operation) -> States:  # noqa: ARG001
    """It changes nothing, and may answer anything."""
    return (state,)


def _clear(state: State, operation: Operation) -> States:  # noqa: ARG001
    """Everything is gone, rows too."""
    return (State(),)


EFFECTS: Final[Mapping[str, Callable[[State, Operation], States]]] = {
    "create_session": _create,
    "get_session": _get,
    "update_session": _update,
    "increment_access": _increment,
    "delete_session": _delete,
    "refresh_from_database": _refresh,
    "revoke_session": _revoke,
    "run_cleanup": _cleanup,
    "get_stats": _count,
    "get_active_count": _count,
    "get_cleanup_queue_size": _queue_size,
    "clear": _clear,
    **dict.fromkeys(UNSPECIFIED, _unspecified),
}
"""What each method does if it takes effect: the states that follow, or none if its answer is not allowed."""

READS: Final = (
    *("get_session", "refresh_from_database", "get_stats", "get_active_count", "get_cleanup_queue_size"),
    *UNSPECIFIED,
)
"""The methods that change nothing."""
