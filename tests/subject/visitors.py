"""What people do with a session, for tests in which two of them meet."""

from __future__ import annotations

from collections.abc import Callable

from tests.subject.worlds import Manager

Call = Callable[[Manager, str], object]


def set_a(manager: Manager, session_id: str) -> None:
    """One visitor saves a preference."""
    manager.update_session(session_id, "a", "1")


def set_b(manager: Manager, session_id: str) -> None:
    """Another visitor saves another one."""
    manager.update_session(session_id, "b", "2")


def increment(manager: Manager, session_id: str) -> int:
    """Somebody looks at the page."""
    return manager.increment_access(session_id)


def revoke(manager: Manager, session_id: str) -> None:
    """An administrator trusts the session no more."""
    manager.revoke_session(session_id)


IN_FLIGHT: dict[str, Call] = {
    "update": set_a,
    "increment": increment,
    "get": lambda manager, session_id: manager.get_session(session_id),
    "refresh": lambda manager, session_id: manager.refresh_from_database(session_id),
}
"""Operations on one session, by name."""
