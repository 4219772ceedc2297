"""Managers with one fix of the catalogue, and what meets in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from session_manager import buggy
from session_manager.databases import Database
from session_manager.fixes import CATALOGUE
from session_manager.model import Row
from session_manager.state import State
from tests.subject.benches import TTL
from tests.subject.scripted import GAP, Outcome, Point, Script
from tests.subject.visitors import Call, increment, revoke, set_a, set_b
from tests.subject.worlds import Manager, World

Race = tuple[World, Script, Callable[[], object], Callable[[], object]]
SESSION, OTHER = "5" * 32, "6" * 32
SECOND_GAP = (GAP, 2)
"""The gap after the second release of the store."""


def build(fix: str, database: Database, script: Script, **options: Any) -> buggy.SessionManager:
    """The buggy manager with one fix."""
    return CATALOGUE[fix].manager(database, State.private(script), script, **options)


def world_of(fix: str, *ids: str, points: bool = True) -> World:
    """A manager with one fix, and open sessions of these ids, older than their time to live."""
    world = World("buggy", database_has_points=points)
    world.manager = build(fix, world.database, world.script)
    for session_id in ids:
        world.create(session_id)
    world.script.clock += TTL + 1
    return world


def race(fix: str, first: Call, second: Call) -> Race:
    """Two operations on one of two sessions."""
    world = world_of(fix, SESSION, OTHER)
    return world, world.script, lambda: first(world.manager, SESSION), lambda: second(world.manager, SESSION)


def play(fix: str, first: Call, second: Call, at: Point | tuple[Point, int]) -> tuple[World, Outcome]:
    """The second operation at one point of the first."""
    world, script, one, other = race(fix, first, second)
    outcome = script.interleave(one, other, at)
    assert outcome.where is not None
    return world, outcome


def refresh(manager: Manager, session_id: str) -> None:
    """The session's row is read again."""
    manager.refresh_from_database(session_id)


def logout(manager: Manager, session_id: str) -> None:
    """The visitor leaves."""
    manager.delete_session(session_id)


def login(manager: Manager, _: str) -> str:
    """Somebody else comes."""
    return manager.create_session("user_bob", "bob")


def cleanup(manager: Manager, _: str) -> int:
    """A cleanup cycle."""
    return manager.run_cleanup()


def seen(world: World) -> tuple[int, dict[str, str], bool]:
    """What can be seen of the session, apart from times."""
    data = world.data(SESSION)
    return data.access_count, data.metadata, data.is_authenticated


def row_of(world: World, session_id: str) -> Row:
    """The session's row, which must be there."""
    row = world.database.row(session_id)
    assert row is not None
    return row


CHANGES: dict[str, Call] = {"set a": set_a, "set b": set_b, "increment": increment, "revoke": revoke}


def after_both(first: Call, second: Call) -> tuple[int, dict[str, str], bool]:
    """What is there when one follows the other."""
    world = world_of("one-write-lock", SESSION)
    first(world.manager, SESSION)
    second(world.manager, SESSION)
    return seen(world)
