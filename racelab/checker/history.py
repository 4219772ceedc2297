"""What happened, as the callers saw it: one operation for each call, with the places where it began and ended.

A position is a place in the order of all calls and returns: whoever records a history numbers them as they come. Only
the order of positions means anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from session_manager.model import SessionData, SessionError

Answer = Literal["ok", "refused", "unknown"]
Sessions = Mapping[str, Sequence["Operation"]]
"""The operations on each session, in the order of their calls; see `by_session`."""

CHANGES: Final = ("update_session", "increment_access")
"""The methods that count one access each time they are acknowledged."""
UNSPECIFIED: Final = ("recover", "counts", "queued", "census")
"""The methods whose answers promise nothing while others run: without locks, or meant for a manager at rest."""
OF_NO_SESSION: Final = (
    *("create_session", "run_cleanup", "get_stats", "get_active_count", "get_cleanup_queue_size", "clear"),
    *UNSPECIFIED,
)
"""The methods whose first argument is not a session id."""


class SessionView(NamedTuple):
    """What a caller can see of a session, in a form that can be compared and hashed. `metadata` is sorted by key.

    A tuple, because an exploration makes and hashes very many: a dataclass takes more than twice as long for both.
    """

    session_id: str
    user_id: str
    username: str
    access_count: int = 0
    metadata: tuple[tuple[str, str], ...] = ()
    is_authenticated: bool = True

    @classmethod
    def of(cls, data: SessionData) -> SessionView:
        """The view of a session as a manager returns it."""
        return cls(
            data.session_id,
            data.user_id,
            data.username,
            data.access_count,
            tuple(sorted(data.metadata.items())),
            data.is_authenticated,
        )

    @property
    def identity(self) -> tuple[str, str, str]:
        """What no call changes: which session it is, and whose."""
        return self.session_id, self.user_id, self.username

    @property
    def whose(self) -> str:
        """The same in words."""
        return f"session {self.session_id!r} of user {self.user_id!r} ({self.username})"

    def __str__(self) -> str:
        state = "authenticated" if self.is_authenticated else "not authenticated"
        return f"count {self.access_count}, metadata {dict(self.metadata)}, {state}"


@dataclass(frozen=True, slots=True)
class Operation:
    """One call: who, what, when, and how it ended.

    Attributes:
        client: who called; a client makes one call at a time.
        method: the manager's method.
        arguments: what it was called with, such as `("s1", "theme", "dark")`.
        called: the position of the call.
        returned: the position of the answer; None if none ever came.
        answer: `ok`; `refused` if a definite error said that nothing was changed; `unknown` if the call may have taken
            effect or may still do so: a lost answer, a timeout, an error that is not definite.
        value: what it returned; if refused, the name of the error; see `refusal_of`.
    """

    client: str
    method: str
    arguments: tuple[str, ...]
    called: int
    returned: int | None
    answer: Answer
    value: object = None

    @property
    def call(self) -> str:
        """Who called what, in words."""
        return f"{self.client}'s {self.method}({', '.join(map(repr, self.arguments))})"

    def __str__(self) -> str:
        if self.answer == "unknown":
            return f"{self.call}, whose outcome is unknown"
        if self.answer == "refused":
            return f"{self.call}, refused with {self.value}"
        return self.call if self.value is None else f"{self.call}, answered with {self.value}"


def refusal_of(error: SessionError) -> str:
    """The name by which the specification knows an error: that of the nearest class in `session_manager.model`.

    A manager may raise a class of its own, such as a `SessionExpired` that is a `SessionNotFound`. What that class is
    called says nothing; what it inherits from does.
    """
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == SessionError.__module__)


def precedes(earlier: Operation, later: Operation) -> bool:
    """Whether the first was certainly over before the second began.

    An operation of unknown outcome precedes nothing, even if its caller stopped waiting: it may still take effect.
    """
    ended = earlier.returned if earlier.answer != "unknown" else None
    return ended is not None and ended < later.called


def session_of(operation: Operation) -> str | None:
    """The session that an operation is about; None if it is about all of them, or about one whose id is not known."""
    if operation.method not in OF_NO_SESSION:
        return operation.arguments[0]
    opened = operation.method == "create_session" and operation.answer == "ok"
    return str(operation.value) if opened else None


def by_session(history: Iterable[Operation]) -> dict[str, list[Operation]]:
    """The operations on each session, in the order of their calls."""
    sessions: dict[str, list[Operation]] = {}
    for operation in sorted(history, key=lambda operation: operation.called):
        if (session_id := session_of(operation)) is not None:
            sessions.setdefault(session_id, []).append(operation)
    return sessions


def acknowledged(history: Iterable[Operation], *methods: str) -> list[Operation]:
    """The calls of these methods that ended well."""
    return [operation for operation in history if operation.answer == "ok" and operation.method in methods]


def unknown(history: Iterable[Operation], *methods: str) -> list[Operation]:
    """The calls of these methods that may have taken effect or not."""
    return [operation for operation in history if operation.answer == "unknown" and operation.method in methods]


def closing(history: Iterable[Operation], session_id: str) -> list[Operation]:
    """The deletes of a session that can have taken effect."""
    return [
        one
        for one in history
        if one.method == "delete_session" and one.arguments == (session_id,) and one.answer != "refused"
    ]


def meetings(history: Iterable[Operation]) -> dict[int, list[Operation]]:
    """For each operation, named by the position of its call, those that ran at the same time."""
    met: dict[int, list[Operation]] = {}
    running: list[Operation] = []
    for operation in sorted(history, key=lambda operation: operation.called):
        running = [other for other in running if not precedes(other, operation)]
        met[operation.called] = list(running)
        for other in running:
            met[other.called].append(operation)
        running.append(operation)
    return met


def validate(history: Sequence[Operation]) -> None:
    """Check that these operations can be what one set of clients did.

    Raises:
        ValueError: they cannot, and why.
    """
    seen: set[int] = set()
    for operation in history:
        _validate_ends(operation)
        for position in (operation.called, operation.returned):
            if position in seen:
                raise ValueError(f"Position {position} is taken twice, the second time by {operation}.")
            if position is not None:
                seen.add(position)
    for earlier, later in pairwise(sorted(history, key=lambda operation: (operation.client, operation.called))):
        if earlier.client == later.client and (earlier.returned is None or earlier.returned > later.called):
            raise ValueError(f"{later} began while {earlier} was running. Give each client one call at a time.")


def _validate_ends(operation: Operation) -> None:
    if operation.returned is None and operation.answer != "unknown":
        raise ValueError(f"{operation} never returned. Call its outcome unknown.")
    if operation.returned is not None and operation.returned < operation.called:
        raise ValueError(f"{operation} returned at {operation.returned}, before its call at {operation.called}.")
