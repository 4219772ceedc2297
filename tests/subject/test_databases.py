"""One contract, every database: in memory, SQLite in a file, and PostgreSQL where a server is named."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta, timezone
from functools import partial

import pytest

from session_manager.databases import Database
from session_manager.model import CleanupFailed
from tests.subject.cases import Cases
from tests.subject.rows import EVEN, MORNING, ODD, NappingRuntime, Opener, row
from tests.subject.threads import run_together


def test_a_row_that_was_inserted_is_read_back_whole(database: Database) -> None:
    """Every field comes back as it went in."""
    stored = row(access_count=7, is_authenticated=False, metadata={"theme": "dark", "": "empty"})
    stored.version = 5
    database.insert(stored)
    assert database.read(EVEN) == stored
    assert list(database.rows()) == [stored]


def test_an_unknown_id_reads_as_none(database: Database) -> None:
    """A row of another session does not answer for it."""
    database.insert(row(EVEN))
    assert database.read("other") is None


def test_text_comes_back_character_for_character(database: Database) -> None:
    """Unicode, emoji and quotes survive in names, keys and values."""
    with Cases() as cases:
        for text in ("Zoë Ångström", "名前", "🦀👩‍👩‍👧", "a'; DROP TABLE x;--", 'tab\tline\nback\\slash"', " "):
            with cases.case(repr(text)):
                database.clear()
                database.insert(row(user_id=text, username=text))
                assert database.save(row(user_id=text, username=text, metadata={text: text}, version=2))
                found = database.read(EVEN)
                assert found is not None
                assert (found.data.user_id, found.data.username, found.data.metadata) == (text, text, {text: text})


def test_times_come_back_to_the_microsecond_in_utc(database: Database) -> None:
    """Times survive that were written in another time zone, or lie far in the future."""
    tokyo = timezone(timedelta(hours=9))
    with Cases() as cases:
        for microsecond in (0, 1, 999_999, 333_333):
            login = datetime(2026, 7, 1, 3, 0, 0, microsecond, tzinfo=tokyo)
            activity = datetime(2099, 12, 31, 23, 59, 59, microsecond, tzinfo=UTC)
            with cases.case(microsecond):
                database.clear()
                database.insert(row(login_time=login, last_activity=MORNING))
                assert database.save_access(EVEN, 1, activity)
                found = database.read(EVEN)
                assert found is not None
                assert (found.data.login_time, found.data.last_activity) == (login, activity)
                assert found.data.last_activity.utcoffset() == timedelta(0)


def test_the_row_handed_over_is_the_one_from_before_the_delay(open_database: Opener) -> None:
    """What is written while the answer is under way is not in the answer."""
    runtime = NappingRuntime()
    database = open_database(runtime, latency=0.25)
    database.insert(row())
    runtime.meanwhile = lambda: database.save(row(version=2, metadata={"theme": "dark"}))
    late = database.read(EVEN)
    assert late == row()
    assert runtime.naps == [0.25]
    runtime.meanwhile = lambda: None
    assert database.read(EVEN) == row(version=2, metadata={"theme": "dark"})


def test_a_row_deleted_during_the_delay_is_still_handed_over(open_database: Opener) -> None:
    """And one inserted during the delay is not."""
    runtime = NappingRuntime()
    database = open_database(runtime, latency=0.25)
    database.insert(row())
    runtime.meanwhile = lambda: database.purge(EVEN)
    assert database.read(EVEN) == row()
    runtime.meanwhile = lambda: database.insert(row())
    assert database.read(EVEN) is None


def test_without_latency_nothing_naps(open_database: Opener) -> None:
    """A latency of 0 costs not even a call."""
    runtime = NappingRuntime()
    database = open_database(runtime, latency=0.0)
    database.insert(row())
    assert database.read(EVEN) is not None
    assert runtime.naps == []


def test_no_call_but_read_is_delayed(open_database: Opener) -> None:
    """The latency is that of an answer to a question."""
    runtime = NappingRuntime()
    database = open_database(runtime, latency=0.25)
    database.insert(row())
    database.save(row(version=2))
    database.save_access(EVEN, 1, MORNING)
    database.mark_deleted(EVEN)
    database.set_aside(EVEN)
    assert len(list(database.rows())) == len(database.ids()) == database.count() == 1
    database.remove(EVEN)
    database.clear()
    assert runtime.naps == []


def test_a_save_replaces_the_row(database: Database) -> None:
    """Whatever version it has, if none is expected."""
    database.insert(row(version=9))
    changed = row(version=3, metadata={"a": "1"}, access_count=4, username="bob", is_authenticated=False)
    assert database.save(changed)
    assert database.read(EVEN) == changed


def test_a_save_touches_no_other_row(database: Database) -> None:
    """The id is part of every statement."""
    database.insert(row(EVEN))
    database.insert(row(ODD))
    assert database.save(row(EVEN, version=2))
    assert database.save_access(EVEN, 5, MORNING)
    assert database.mark_deleted(EVEN)
    database.set_aside(EVEN)
    assert database.remove(EVEN)
    assert list(database.rows()) == [row(ODD)]


def test_a_compare_and_set_needs_the_very_version(database: Database) -> None:
    """Neither an older nor a newer one will do, and then nothing is changed."""
    database.insert(row(version=5))
    for wrong in (4, 6, 0):
        assert not database.save(row(version=7, metadata={"a": "1"}), expected=wrong)
        assert not database.save_access(EVEN, 1, MORNING, 7, expected=wrong)
    assert database.read(EVEN) == row(version=5)
    assert database.save(row(version=6, metadata={"a": "1"}), expected=5)
    assert database.read(EVEN) == row(version=6, metadata={"a": "1"})


def test_save_access_changes_two_fields_and_the_version_only_if_one_is_given(database: Database) -> None:
    """Everything else of the row stays."""
    later = MORNING + timedelta(seconds=1)
    database.insert(row(metadata={"a": "1"}))
    assert database.save_access(EVEN, 3, later)
    assert database.read(EVEN) == row(metadata={"a": "1"}, access_count=3, last_activity=later)
    assert database.save_access(EVEN, 4, later, version=2)
    assert database.read(EVEN) == row(metadata={"a": "1"}, access_count=4, last_activity=later, version=2)
    assert database.save_access(EVEN, 5, later, version=3, expected=2)
    assert database.save_access(EVEN, 6, later, expected=3)
    assert database.read(EVEN) == row(metadata={"a": "1"}, access_count=6, last_activity=later, version=3)


def test_no_save_brings_back_a_row_that_is_gone(database: Database) -> None:
    """A removed row stays removed, whoever saves late."""
    database.insert(row())
    assert database.remove(EVEN)
    assert not database.save(row(version=2))
    assert not database.save(row(version=2), expected=1)
    assert not database.save_access(EVEN, 1, MORNING)
    assert not database.save_access(EVEN, 1, MORNING, 2, expected=1)
    assert not database.mark_deleted(EVEN)
    database.set_aside(EVEN)
    assert (list(database.rows()), database.count()) == ([], 0)


def test_no_save_changes_a_row_that_is_marked_deleted(database: Database) -> None:
    """Delete wins in the database too."""
    database.insert(row())
    assert database.mark_deleted(EVEN)
    assert not database.save(row(version=2))
    assert not database.save(row(version=2), expected=1)
    assert not database.save_access(EVEN, 1, MORNING)
    assert not database.save_access(EVEN, 1, MORNING, 2, expected=1)
    expected = row()
    expected.deleted = True
    assert database.read(EVEN) == expected


def test_only_the_first_of_two_deletes_marks_the_row(database: Database) -> None:
    """The second is told that there was none to mark."""
    database.insert(row())
    assert database.mark_deleted(EVEN)
    assert not database.mark_deleted(EVEN)
    assert database.count() == 1


def test_a_row_can_be_set_aside_and_taken_back(database: Database) -> None:
    """Both marks are in `rows`, for the next process to find."""
    database.insert(row(ODD))
    database.mark_deleted(ODD)
    database.set_aside(ODD)
    assert [(found.deleted, found.dead) for found in database.rows()] == [(True, True)]
    database.set_aside(ODD, dead=False)
    assert [(found.deleted, found.dead) for found in database.rows()] == [(True, False)]


def test_an_even_row_is_removed_and_an_odd_one_is_refused(database: Database) -> None:
    """The cleanup failure of the seed: the odd row is still there."""
    database.insert(row(EVEN))
    database.insert(row(ODD))
    assert database.remove(EVEN)
    with pytest.raises(CleanupFailed, match="odd length") as failure:
        database.remove(ODD)
    assert failure.value.definite
    assert list(database.rows()) == [row(ODD)]
    assert not database.remove(EVEN)  # gone already


def test_purge_removes_odd_rows_too(database: Database) -> None:
    """The administrator's last resort never fails."""
    database.insert(row(ODD))
    assert database.purge(ODD)
    assert not database.purge(ODD)
    assert database.count() == 0


def test_what_is_handed_in_and_out_is_not_shared(database: Database) -> None:
    """Changing a row that was inserted, saved or read changes nothing in the database."""
    mine = row(metadata={"a": "1"})
    database.insert(mine)
    mine.data.metadata["a"] = "changed"
    saved = row(version=2, metadata={"a": "2"})
    assert database.save(saved)
    saved.data.metadata["a"] = "changed"
    for found in (database.read(EVEN), next(database.rows())):
        assert found is not None
        found.data.metadata["a"] = "changed"
    assert database.read(EVEN) == row(version=2, metadata={"a": "2"})


def test_clear_removes_every_row(database: Database) -> None:
    """And the database can be used afterwards."""
    for number in range(5):
        database.insert(row(f"{number:04}"))
    assert database.count() == 5
    assert database.ids() == {f"{number:04}" for number in range(5)}
    database.clear()
    assert (list(database.rows()), database.ids(), database.count()) == ([], set(), 0)
    database.insert(row())
    assert database.count() == 1


def test_the_count_is_exact_after_inserts_and_removes_from_many_threads(database: Database) -> None:
    """Including removes of rows that others have removed, and refused ones."""
    barrier = threading.Barrier(8)

    def work(number: int) -> None:
        barrier.wait()
        for turn in range(20):
            even, odd = f"{number:02}{turn:02}", f"{number:02}{turn:02}x"
            database.insert(row(even))
            database.insert(row(odd))
            assert database.remove(even)
            assert not database.purge(even)
            assert database.purge(odd) if turn % 2 else True

    run_together(partial(work, number) for number in range(8))
    assert database.count() == len(list(database.rows())) == 8 * 10


def test_of_many_compare_and_sets_on_one_version_one_wins(database: Database) -> None:
    """Every call is atomic on its own, whichever threads come together."""
    database.insert(row())
    barrier = threading.Barrier(8)
    won: list[int] = []

    def work(number: int) -> None:
        for version in range(1, 11):
            barrier.wait()
            if database.save(row(version=version + 1, access_count=number), expected=version):
                won.append(version)

    run_together(partial(work, number) for number in range(8))
    assert won == list(range(1, 11))
