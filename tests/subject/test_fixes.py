"""Every fix of the catalogue, alone: it keeps the module's contract. What meets what is in the files beside it."""

from __future__ import annotations

import itertools
from contextlib import nullcontext

import pytest

from session_manager import buggy
from session_manager.databases import DatabaseDials, MemoryDatabase
from session_manager.fixes import CATALOGUE
from session_manager.model import TooManySessions
from session_manager.sync import ThreadRuntime
from tests.subject.benches import TTL, Bench
from tests.subject.cases import Cases
from tests.subject.fix_worlds import build
from tests.subject.test_managers import CONTRACT
from tests.subject.worlds import World


def test_the_catalogue_has_several_fixes_for_each_bug_in_order() -> None:
    """Each bug has several fixes with names, a manager and words, in order."""
    bugs = [fix.bug for fix in CATALOGUE.values()]
    assert list(dict.fromkeys(bugs)) == ["lost_update", "stale_overwrite", "cleanup_leak", "phantom_session"]
    assert bugs == sorted(bugs, key=bugs.index)
    assert min(bugs.count(bug) for bug in bugs) > 1
    for name, fix in CATALOGUE.items():
        assert fix.name == name
        assert issubclass(fix.manager, buggy.SessionManager)
        assert fix.manager.__module__ == f"session_manager.fixes.{fix.bug}"
        assert all((fix.title, fix.suggested_by, fix.tradeoff, fix.manager.__doc__))


NEWS_WITH_THE_SAME_TIME = {"test_an_old_session_is_a_miss_and_is_read_again", "test_a_refresh_takes_over_a_newer_row"}
NOT_KEPT = {
    "seed-less-than": {*NEWS_WITH_THE_SAME_TIME, "test_a_refresh_without_news_changes_nothing_but_the_age"},
    "timestamps": NEWS_WITH_THE_SAME_TIME,
}
"""What some fixes do not do even when they are alone."""


def bench_of(fix: str) -> Bench:
    """A manager with one fix over a database in memory."""
    bench = Bench("buggy", MemoryDatabase(ThreadRuntime(), DatabaseDials(0)))
    bench.manager = build(fix, bench.database, bench.script, cache_ttl=TTL)
    return bench


def test_alone_a_fix_keeps_the_contract_of_the_module() -> None:
    """Each fix keeps all of the contract but what is listed, and does not keep that."""
    with Cases() as cases:
        for fix, (name, claim) in itertools.product(CATALOGUE, CONTRACT.items()):
            broken = name in NOT_KEPT.get(fix, ())
            with cases.case(fix, name), pytest.raises(AssertionError) if broken else nullcontext():
                claim(bench_of(fix))


def test_a_fix_keeps_the_limit_of_sessions() -> None:
    """Each fix refuses one session too many, also if it opens sessions in its own way."""
    with Cases() as cases:
        for fix in CATALOGUE:
            world = World("buggy")
            manager = build(fix, world.database, world.script, max_sessions=1)
            manager.create_session("user_ann", "ann")
            with cases.case(fix):
                with pytest.raises(TooManySessions):
                    manager.create_session("user_bob", "bob")
                assert manager.get_stats().total_sessions == world.database.count() == 1
