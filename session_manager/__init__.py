"""The subject: a session manager that is wrong on purpose, and the same one with its bugs fixed.

Knows nothing of the lab that looks at it. Threads, clocks and chance are touched in `sync` alone.
"""

from .model import Manager, SessionData, SessionError, SessionNotFound, SessionStats
from .state import CLEANUP_QUEUE, SESSION_STORE, STATS, State
from .sync import Dials, Runtime, ThreadRuntime
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
