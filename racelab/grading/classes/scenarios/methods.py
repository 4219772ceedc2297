"""The ten methods that make a class a session manager."""

from __future__ import annotations

from typing import Final

COUNTS: Final = ("get_active_count", "get_stats", "get_cleanup_queue_size")
METHODS: Final = (
    *("create_session", "get_session", "update_session", "increment_access", "delete_session"),
    *("refresh_from_database", "run_cleanup", *COUNTS),
)


def missing(it: object) -> list[str]:
    """Which of them an object, or a class, has not."""
    return [name for name in METHODS if not callable(getattr(it, name, None))]
