"""What people do with a session, for tests in which two of them meet."""

from __future__ import annotations

from tests.subject.worlds import Manager


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
