"""Worlds of closed sessions, whose rows can or cannot be cleaned up."""

from __future__ import annotations

from typing import Any

from session_manager import fixed
from tests.subject.worlds import World


def odd(number: int) -> str:
    """An id whose row cannot be cleaned up."""
    return f"{number:031x}"


def even(number: int) -> str:
    """An id whose row can."""
    return f"{number:032x}"


def close(world: World, *ids: str) -> None:
    """Open and close a session of each id."""
    for session_id in ids:
        world.create(session_id)
        world.manager.delete_session(session_id)


def fixed_world(
    *ids: str,
    kind: type[fixed.SessionManager] = fixed.SessionManager,
    database_has_points: bool = False,
    **options: Any,
) -> tuple[World, fixed.SessionManager]:
    """A fixed manager in which sessions of these ids were closed.

    Args:
        ids: the sessions.
        kind: the manager's class, for one that is wrong on purpose.
        database_has_points: see `World`.
        options: of the manager.
    """
    world = World("fixed", database_has_points)
    manager = world.manager = kind(world.database, world.script, **options)
    close(world, *ids)
    return world, manager


def give_up_on(world: World) -> None:
    """Run cleanup until the odd rows have had all their attempts."""
    for _ in range(3):
        world.manager.run_cleanup()
        world.script.clock += 10
