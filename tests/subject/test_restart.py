"""What the next process finds: everything on fixed, rows that nobody will ever look at on buggy."""

from __future__ import annotations

from pathlib import Path

import pytest

from session_manager import fixed
from session_manager.databases import SqlDatabase
from session_manager.model import SessionNotFound, SessionStats
from tests.subject.rows import sqlite
from tests.subject.scripted import Script
from tests.subject.worlds import Manager, make_manager

OPEN, CHANGED, QUEUED, DEAD = "1" * 32, "2" * 32, "3" * 32, "4" * 31


def open_file(folder: Path) -> SqlDatabase:
    """The database, as each process opens it anew."""
    return sqlite(folder)


def first_process(variant: str, folder: Path) -> Manager:
    """Leaves an open session, one that was changed, one that waits for cleanup, and one that cannot be cleaned up.

    The open one was revoked.
    """
    script, database = Script(), open_file(folder)
    manager = make_manager(variant, script, database)
    for session_id in (OPEN, CHANGED, QUEUED, DEAD):
        script.next_ids = [session_id]
        manager.create_session("user_ann", "ann")
    manager.delete_session(DEAD)
    for _ in range(3):
        manager.run_cleanup()
        script.clock += 10
    manager.update_session(CHANGED, "theme", "dark")
    manager.increment_access(CHANGED)
    manager.revoke_session(OPEN)
    manager.delete_session(QUEUED)
    database.close()
    return manager


def test_fixed_finds_everything_again(tmp_path: Path) -> None:
    """After a restart sessions, queue, dead letters and counts are as before."""
    before = first_process("fixed", tmp_path).census()
    database = open_file(tmp_path)
    manager = fixed.SessionManager(database, Script())
    assert manager.recover() == 2
    after = manager.census()
    assert (after.sessions, after.queue, after.dead_letters) == (before.sessions, [QUEUED], [DEAD])
    assert after.sessions[CHANGED].metadata == {"theme": "dark"}
    assert after.sessions[CHANGED].access_count == 2
    assert [after.sessions[session_id].is_authenticated for session_id in (OPEN, CHANGED)] == [False, True]
    assert after.stats == SessionStats(total_sessions=2, active_sessions=2)
    counts = manager.counts()
    assert counts.store == counts.statistics == database.count() - counts.queue - counts.dead_letters == 2
    database.close()


def test_fixed_goes_on_where_it_was(tmp_path: Path) -> None:
    """After a restart versions, cleanup and dead letters continue as before."""
    first_process("fixed", tmp_path)
    database, script = open_file(tmp_path), Script()
    manager = fixed.SessionManager(database, script)
    manager.recover()
    manager.update_session(CHANGED, "size", "12")
    assert manager.get_session(CHANGED).metadata == {"theme": "dark", "size": "12"}
    manager.delete_session(OPEN)
    assert manager.run_cleanup() == 2
    assert [(letter.session_id, letter.attempts) for letter in manager.dead_letters()] == [(DEAD, 3)]
    manager.retry_dead_letter(DEAD)
    assert manager.counts().queue == 1
    for _ in range(3):
        script.clock += 10
        manager.run_cleanup()
    manager.discard_dead_letter(DEAD)
    assert database.ids() == {CHANGED}
    database.close()


def test_fixed_starts_a_new_life_with_every_start(tmp_path: Path) -> None:
    """A second recovery duplicates no session and restores no deleted one."""
    first_process("fixed", tmp_path)
    database = open_file(tmp_path)
    manager = fixed.SessionManager(database, Script())
    assert manager.recover() == 2
    manager.delete_session(OPEN)
    assert manager.recover() == 1
    assert manager.census().queue == [QUEUED, OPEN]
    assert manager.get_stats() == SessionStats(total_sessions=1, active_sessions=1)
    assert manager.run_cleanup() == 2
    database.close()


def test_buggy_leaves_rows_over(tmp_path: Path) -> None:
    """After a restart `buggy` has no session, and its rows are never removed."""
    first_process("buggy", tmp_path)
    database = open_file(tmp_path)
    manager = make_manager("buggy", Script(), database)
    assert manager.recover() == 0
    assert (manager.get_active_count(), manager.get_cleanup_queue_size()) == (0, 0)
    with pytest.raises(SessionNotFound):
        manager.get_session(CHANGED)
    assert manager.run_cleanup() == 0
    assert database.ids() == {OPEN, CHANGED, QUEUED, DEAD}
    database.close()
