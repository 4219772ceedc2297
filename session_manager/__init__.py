"""The subject: a session manager that is wrong on purpose, and the same one with its bugs fixed.

Knows nothing of the lab that looks at it. Threads, clocks and chance are touched in `sync` alone.
"""

from typing import TYPE_CHECKING, Any

from .model import Manager, SessionData, SessionError, SessionNotFound, SessionStats
from .state import CLEANUP_QUEUE, SESSION_STORE, STATS, State
from .sync import Dials, Runtime, ThreadRuntime

if TYPE_CHECKING:
    from .web.extension import SessionManagers

__all__ = [
    "CLEANUP_QUEUE",
    "SESSION_STORE",
    "STATS",
    "Dials",
    "Manager",
    "Runtime",
    "SessionData",
    "SessionError",
    "SessionManagers",
    "SessionNotFound",
    "SessionStats",
    "State",
    "ThreadRuntime",
]


def __getattr__(name: str) -> Any:
    """The extension comes when it is asked for: whoever only explores needs neither Flask nor a database."""
    if name != "SessionManagers":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from .web.extension import SessionManagers

    return SessionManagers
