"""A check of small servers with one fault each: it names that fault's column, and no other."""

from __future__ import annotations

import time

import pytest

from racelab.bugs import Verdict
from racelab.grading.check import COLUMNS, ColumnKey, Report, Settings, check
from tests.grading.plain import Faults, Request, Session, plain

pytestmark = pytest.mark.stress

SHORT = Settings(clients=6, seconds=1.6, hold=4)
LIVES = 5.0
"""Seconds of a session that a busy computer does not spend on the 120 requests before it is judged."""


def checked(faults: Faults, *columns: ColumnKey, settings: Settings = SHORT) -> Report:
    """The report on a server with these faults."""
    only = Settings(settings.clients, settings.seconds, settings.hold, columns or None, patience=settings.patience)
    with plain(faults) as server:
        return check(server.url, only)


def wrong(report: Report) -> set[str]:
    """The columns that do not agree."""
    return {column.key for column in report.columns if column.verdict is Verdict.DISAGREE}


def test_a_correct_server_agrees_in_every_column() -> None:
    """No anomaly is seen on a store with a lock and tombstones."""
    report = checked(Faults(lifetime=4.5))
    told = {column.key: (column.verdict, column.sentence) for column in report.columns}
    assert list(told) == list(COLUMNS)
    assert {verdict for verdict, _ in told.values()} == {Verdict.AGREE}, told
    assert report.verdict is Verdict.AGREE
    assert [column.wrong for column in report.columns] == [0] * len(COLUMNS)
    assert all(column.tested >= 20 for column in report.columns)
    assert report.notes == ("One process answered.",)


def test_without_the_optional_route_the_rest_agrees() -> None:
    """A long lifetime takes the rows only, unless they were asked for."""
    report = checked(Faults())
    assert report.columns[-1].verdict is Verdict.CANNOT_TELL
    assert "1000 s" in report.columns[-1].sentence
    assert report.verdict is Verdict.AGREE
    assert report.sentence.endswith("Not tested: rows.")
    assert checked(Faults(), "rows").verdict is Verdict.CANNOT_TELL


ONE_FAULT = {
    "blobs": (Faults(blobs=True), {"increments", "keys"}),
    "reads_write": (Faults(reads_write=True), {"keys_while_reading"}),
    "read_revives": (Faults(read_revives=True), {"logout_read"}),
    "write_revives": (Faults(write_revives=True), {"logout_write"}),
    "leaks": (Faults(leaks=7), {"other_visitor"}),
    "doubles": (Faults(doubles=5), {"increments"}),
}


@pytest.mark.parametrize("name", ONE_FAULT)
def test_a_fault_is_found_in_its_column_alone(name: str) -> None:
    """Each fault makes its own columns disagree, with evidence, and no other."""
    faults, columns = ONE_FAULT[name]
    report = checked(faults, *list(COLUMNS)[:-1])
    assert wrong(report) == columns, report.as_json()
    assert report.verdict is Verdict.DISAGREE
    assert all(column.wrong and column.odds for column in report.columns if column.key in columns)


def test_a_logout_is_sent_when_the_read_has_surely_begun() -> None:
    """A server that comes late to the session still has read it when the logout comes."""

    def late(request: Request) -> None:
        if request.path == "/race/read":
            time.sleep(0.01)

    assert wrong(checked(Faults(read_revives=True, instead=late), "logout_read")) == {"logout_read"}


def test_a_logout_that_is_undone_a_while_later_is_undone() -> None:
    """A session that is stored anew long after its write was answered is found."""
    assert wrong(checked(Faults(revives_after=0.4), "logout_write")) == {"logout_write"}


def test_a_logout_that_waits_for_the_other_request_does_not_count() -> None:
    """Where requests of a session take turns, nothing was in flight when the logout was answered."""
    column = checked(Faults(waits=True), "logout_read").columns[0]
    assert (column.verdict, column.wrong) == (Verdict.CANNOT_TELL, 0), column
    assert "one request of a session at a time" in column.sentence


def test_another_visitors_data_is_seen_without_other_columns() -> None:
    """The column finds a leak by its own reads."""
    report = checked(Faults(leaks=7), "other_visitor")
    assert wrong(report) == {"other_visitor"}
    assert checked(Faults(), "other_visitor").verdict is Verdict.AGREE


def test_rows_that_stay_are_counted() -> None:
    """Rows that nobody removes after their expiry are wrong, each of them."""
    report = checked(Faults(keeps_rows=True, lifetime=LIVES), "rows")
    assert (report.verdict, report.columns[0].wrong) == (Verdict.DISAGREE, report.columns[0].tested)
    assert report.columns[0].tested >= 20


def test_rows_of_others_are_not_called_left() -> None:
    """A row that was there before and is still in use is no row that the store has kept."""

    def lives(request: Request) -> None:
        request.server.stores[0].setdefault("of another one", Session(born=time.monotonic())).born = time.monotonic()

    report = checked(Faults(lifetime=LIVES, instead=lives), "rows")
    assert (report.verdict, report.columns[0].wrong) == (Verdict.CANNOT_TELL, 0)
    assert "1 rows are left, and 1 were there before" in report.columns[0].sentence
    (column,) = checked(Faults(lifetime=LIVES, keeps_rows=True, instead=lives), "rows").columns
    assert (column.verdict, column.wrong) == (Verdict.DISAGREE, column.tested)
    assert f"{column.wrong} of {column.tested} rows are left" in column.sentence


def test_a_wrong_lifetime_is_no_row_that_is_left() -> None:
    """A server whose sessions live longer than it says is told so, and is not accused."""

    def says_one_second(request: Request) -> bytes | None:
        if not request.path.endswith("/rows"):
            return None
        body = b'{"rows": %d, "lifetime": 1}' % len(request.server.stores[0])
        return b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body)

    report = checked(Faults(instead=says_one_second), "rows")
    assert (report.verdict, report.columns[0].wrong) == (Verdict.CANNOT_TELL, 0)
    assert "it lives longer than the 1 s that GET rows says" in report.columns[0].sentence


def test_a_refused_write_that_is_there_is_wrong() -> None:
    """A key that was refused and is stored nevertheless has a sentence of its own."""
    report = checked(Faults(writes_anyway=11), "keys")
    assert report.verdict is Verdict.DISAGREE
    assert "stored that were refused" in report.columns[0].sentence
    assert report.columns[0].refused == report.columns[0].wrong > 0


def test_an_old_cookie_that_cannot_be_revoked_takes_the_logouts_only() -> None:
    """A logout control that fails is told in both logout columns, and others are judged."""
    report = checked(Faults(signed=True), "keys", "logout_read", "logout_write")
    keys, *logouts = report.columns
    assert keys.verdict is Verdict.AGREE
    assert {column.verdict for column in logouts} == {Verdict.CANNOT_TELL}
    assert all("signed" in column.sentence for column in logouts)
    assert report.verdict is Verdict.CANNOT_TELL


def test_a_server_that_answers_one_request_at_a_time_is_not_judged() -> None:
    """Where nothing can overlap, no column agrees."""
    report = checked(Faults(stuck=True, blobs=True), "keys", "logout_read")
    assert {column.verdict for column in report.columns} == {Verdict.CANNOT_TELL}
    assert "one request at a time" in report.columns[0].sentence


@pytest.mark.parametrize("alone", [0, 250], ids=["from the first", "after the controls"])
@pytest.mark.parametrize("named", [True, False])
def test_processes_with_a_store_each_are_recognised(named: bool, alone: int) -> None:
    """Several stores behind one address are explained, with and without names, also if some come up late."""
    report = checked(Faults(stores=3, alone=alone, named=named), "keys")
    assert report.verdict is Verdict.CANNOT_TELL
    assert "a store of its own" in report.sentence
    assert ("3 processes answer here (0, 1, 2)" in report.sentence) is named


@pytest.mark.parametrize("calm", [0, 140], ids=["always", "later"])
@pytest.mark.parametrize("late", [0.1, 0.7])
def test_a_store_that_is_late_is_not_accused(late: float, calm: int) -> None:
    """What can be read a moment later is not lost, and no sign of several stores."""
    report = checked(Faults(late=late, calm=calm), "increments", "keys")
    assert report.verdict is Verdict.CANNOT_TELL
    assert [column.wrong for column in report.columns] == [0, 0]
    assert "can be read only some time later" in report.sentence


def test_a_late_store_that_loses_is_accused() -> None:
    """A loss that a second look confirms is one."""
    assert "keys" in wrong(checked(Faults(late=0.3, calm=140, blobs=True), "keys"))


def test_requests_that_go_on_after_their_time_are_no_other_store() -> None:
    """Increments that are still made while the session is read do not look like several stores."""

    def slow(request: Request) -> None:
        if request.number > 200 and request.path == "/race/read":
            time.sleep(0.2)
        elif request.number > 200 and request.path == "/race/count" and request.number % 2 == 0:
            time.sleep(0.7 + request.number % 20 / 10)

    settings = Settings(clients=8, seconds=1.6, hold=4, patience=0.5)
    report = checked(Faults(instead=slow), "increments", settings=settings)
    assert report.columns[0].unknown > 0
    assert report.columns[0].wrong == 0
    assert "store of its own" not in report.sentence


def test_a_slow_server_is_judged() -> None:
    """A server that takes its time beside the hold, and many requests at once, answers several at a time."""

    def slow(request: Request) -> None:
        if request.number > 160:
            time.sleep(0.25)

    assert checked(Faults(instead=slow), "keys").verdict is Verdict.AGREE


def test_another_visitors_data_seen_on_the_way_is_told() -> None:
    """A check of other columns does not pass a server that has shown the data of another visitor."""
    report = checked(Faults(leaks=5, calm=60), "keys", "keys_while_reading", settings=Settings(6, 3, 4))
    assert wrong(report) == {"other_visitor"}
    assert [column.key for column in report.columns] == ["keys", "keys_while_reading", "other_visitor"]
