"""Small programs, each of which shows one thing. Rows of ids of odd length cannot be cleaned up, as in the seed."""

from __future__ import annotations

from typing import Any

from .world import Does, Scenario


def _does(text: str) -> tuple[Does, ...]:
    """'increment_access s1; get_session s1' as operations."""
    words = [part.split() for part in text.split(";")]
    return tuple(Does(method, tuple(arguments)) for method, *arguments in words)


def _scenario(name: str, bug: str, title: str, *tasks: str, **more: Any) -> Scenario:
    return Scenario(name, bug, title, tuple(_does(task) for task in tasks), **more)


_ALL = (
    _scenario(
        "lost-increment",
        "lost_update",
        "Two visitors count an access of one session at the same time.",
        "increment_access s1",
        "increment_access s1",
    ),
    _scenario(
        "lost-update",
        "lost_update",
        "Two visitors set a key each in one session.",
        "update_session s1 theme dark",
        "update_session s1 language de",
    ),
    _scenario(
        "update-and-increment",
        "lost_update",
        "One sets a key while another counts an access.",
        "update_session s1 theme dark",
        "increment_access s1",
    ),
    _scenario(
        "stale-overwrite",
        "stale_overwrite",
        "A visitor sets a key while the session is being refreshed from the database.",
        "update_session s1 theme dark",
        "refresh_from_database s1",
        roles=("visitor A", "a refresh"),
    ),
    _scenario(
        "stale-increment",
        "stale_overwrite",
        "A visitor's access is counted while the session is being refreshed: an increment does not raise the version.",
        "increment_access s1",
        "refresh_from_database s1",
        roles=("visitor A", "a refresh"),
    ),
    _scenario(
        "stale-read",
        "stale_overwrite",
        "A visitor sets a key while another reads the session, which has grown old and is refreshed first.",
        "update_session s1 theme dark",
        "get_session s1",
        cache_ttl=-1.0,
    ),
    _scenario(
        "stale-then-saved",
        "stale_overwrite",
        "After a stale refresh the visitor's next change is made on the stale copy, which goes back to the database.",
        "update_session s1 theme dark; update_session s1 language de",
        "refresh_from_database s1",
        roles=("visitor A", "a refresh"),
    ),
    _scenario(
        "stale-clock",
        "stale_overwrite",
        "The clock is set back, and then a visitor sets a key while the session is being refreshed.",
        "clock_steps_back 60; update_session s1 theme dark",
        "refresh_from_database s1",
        roles=("visitor A", "a refresh"),
    ),
    _scenario(
        "refresh-arrives",
        "stale_overwrite",
        "Another process has changed the row: a refresh has to bring the news.",
        "write_elsewhere s1 theme dark",
        "refresh_from_database s1",
        refresh_at_end=True,
        roles=("another process", "a refresh"),
    ),
    _scenario(
        "revoked-still-in",
        "stale_overwrite",
        "An administrator withdraws a session's authentication while it is being refreshed.",
        "revoke_session s1",
        "refresh_from_database s1",
        roles=("an administrator", "a refresh"),
    ),
    _scenario(
        "phantom-create",
        "phantom_session",
        "A visitor logs in, and somebody compares how many sessions there are with what the statistics say.",
        "create_session user-ada ada",
        "get_active_count; get_stats",
        watch=("uncounted-session",),
        roles=("visitor A", "who compares"),
    ),
    _scenario(
        "phantom-delete",
        "phantom_session",
        "Two visitors close a session each: between two steps the counts differ.",
        "delete_session s1",
        "delete_session s2",
        sessions=("s1", "s2"),
        watch=("counts-differ",),
    ),
    _scenario(
        "three-counts",
        "phantom_session",
        "Two of ten sessions are being closed, and all three counts differ: the seed's 10, 9, 8.",
        "delete_session s1",
        "delete_session s2",
        sessions=("s1", "s2", *[f"k{n}" for n in range(8)]),
        watch=("three-counts",),
    ),
    _scenario(
        "double-delete",
        "phantom_session",
        "Two visitors close the same session.",
        "delete_session s1",
        "delete_session s1",
        sessions=("s1", "s2"),
    ),
    _scenario(
        "create-and-delete",
        "phantom_session",
        "One visitor logs in while another logs out.",
        "create_session user-ada ada",
        "delete_session s1",
    ),
    _scenario(
        "update-after-delete",
        "phantom_session",
        "One visitor sets a key while another closes the session.",
        "update_session s1 theme dark",
        "delete_session s1",
    ),
    _scenario(
        "calls-after-delete",
        "phantom_session",
        "A session is closed while another visitor goes on using it.",
        "delete_session s1",
        "increment_access s1; revoke_session s1; refresh_from_database s1; get_session s1",
    ),
    _scenario(
        "failed-step",
        "phantom_session",
        "An error strikes while a visitor logs out.",
        "delete_session s1",
        "fault",
        sessions=("s1", "s2"),
        roles=("visitor A", "an error"),
    ),
    _scenario(
        "cleanup-leak",
        "cleanup_leak",
        "A session whose row cannot be cleaned up is closed, and cleanup runs again and again.",
        "delete_session odd",
        "run_cleanup",
        sessions=("odd", "even"),
        closed=("even",),
        cycles=6,
        roles=("visitor A", "cleanup"),
    ),
    _scenario(
        "cleanup-and-delete",
        "cleanup_leak",
        "A session is closed while cleanup is at work on others.",
        "delete_session s1",
        "run_cleanup",
        sessions=("s1", "c2", "odd"),
        closed=("c2", "odd"),
        watch=("delete-waits",),
        cycles=6,
        roles=("visitor A", "cleanup"),
    ),
    _scenario(
        "cleanup-dies",
        "cleanup_leak",
        "An error strikes while cleanup is at work: what it had taken up has to be tried again.",
        "run_cleanup",
        "fault",
        sessions=("s1", "c2", "c4"),
        closed=("c2", "c4"),
        cycles=6,
        roles=("cleanup", "an error"),
    ),
    _scenario(
        "other-process",
        "other_process",
        "Another process writes the row while this one changes the session again and again.",
        "write_elsewhere s1 theme dark",
        "increment_access s1; revoke_session s1; update_session s1 language de",
        refresh_at_end=True,
        roles=("another process", "visitor B"),
    ),
    _scenario(
        "lazy-once",
        "lazy",
        "Two threads are the first to use a global that is built at its first use.",
        "get_lazy",
        "get_lazy",
        watch=("built-twice",),
        roles=("thread A", "thread B"),
    ),
)
SCENARIOS: dict[str, Scenario] = {scenario.name: scenario for scenario in _ALL}
