"""The parts of a check by themselves: cookies, counts, odds, verdicts, and the report as files."""

from __future__ import annotations

import json
from collections import Counter
from typing import cast, get_type_hints
from xml.etree import ElementTree as ET

import pytest

from racelab.bugs import Verdict
from racelab.grading.check import COLUMNS, Column, ColumnKey, Report, Settings
from racelab.grading.check.cookies import LARGEST, Jar
from racelab.grading.check.json_types import ColumnJson, ReportJson
from racelab.grading.check.judge import changes, overall
from racelab.grading.check.junit import junit
from racelab.grading.check.module import Module
from racelab.grading.check.odds import odds
from racelab.grading.check.settings import LOADS, LOGOUTS
from racelab.grading.check.site import Answer, Fate
from racelab.grading.check.tally import Tally, of_increments, of_keys
from racelab.grading.check.wire import Reply, Wire

PAST = "Thu, 01 Jan 1970 00:00:00 GMT"


def jar(*set_cookies: str, host: str = "shop.example", tls: bool = False) -> Jar:
    """A jar that has seen these headers, in answers to a request for /race/set."""
    one = Jar(host, tls)
    one.take("/race/set", set_cookies)
    return one


def test_the_last_cookie_to_arrive_wins() -> None:
    """A jar keeps one value for a name, and other names beside it."""
    assert jar("a=1; Path=/", "b=2; Path=/", "a=3; HttpOnly; Path=/").header("/x") == "a=3; b=2"


def test_a_copy_keeps_the_old_cookies() -> None:
    """What somebody has kept is changed by no later answer."""
    one = jar("sid=old")
    kept = one.copy()
    one.take("/race/logout", ["sid=; Max-Age=0"])
    assert (one.header("/race/read"), kept.header("/race/read")) == ("", "sid=old")


@pytest.mark.parametrize("end", ["Max-Age=0", "Max-Age=-5", f"Expires={PAST}", "Max-Age=0; Expires=nonsense"])
def test_a_cookie_whose_time_is_over_goes(end: str) -> None:
    """A server removes a cookie by a time in the past."""
    assert jar("sid=1", f"sid=gone; {end}").header("/race/read") == ""


@pytest.mark.parametrize("stays", ["Max-Age=60", f"Max-Age=60; Expires={PAST}", "Expires=nonsense", "Max-Age=x", "odd"])
def test_a_cookie_whose_time_is_not_over_stays(stays: str) -> None:
    """Max-Age goes before Expires, and what cannot be read says nothing."""
    assert jar(f"sid=1; {stays}").header("/race/read") == "sid=1"


def test_a_cookie_goes_where_its_path_says() -> None:
    """A path covers what is below it; without one it is the folder of the request."""
    assert jar("a=1; Path=/race").header("/race/read") == "a=1"
    assert jar("a=1; Path=/race").header("/races") == ""
    assert jar("a=1").header("/other") == ""
    assert jar("a=1").header("/race/read") == "a=1"


def test_a_cookie_that_a_browser_ignores_is_ignored_and_said() -> None:
    """Too large, Secure without TLS, of another domain: none is sent, and the reason is kept."""
    large = jar("a=" + "x" * LARGEST)
    secure = jar("a=1; Secure")
    other = jar("a=1; Domain=.other.example")
    assert [each.header("/race/read") for each in (large, secure, other)] == ["", "", ""]
    assert "4,098 bytes" in large.refused
    assert "Secure" in secure.refused
    assert "other.example" in other.refused
    assert jar("a=1; Secure", host="127.0.0.1").header("/race/x") == "a=1"
    assert jar("a=1; Secure", tls=True).header("/race/x") == "a=1"
    assert jar("a=1; Domain=.example").header("/race/x") == "a=1"
    assert jar("", "=1", "nothing").header("/race/x") == ""


def fates(acknowledged: int, refused: int = 0, unknown: int = 0) -> Counter[Fate]:
    """What became of increments."""
    return Counter({"acknowledged": acknowledged, "refused": refused, "unknown": unknown})


@pytest.mark.parametrize(
    ("stored", "lost", "surplus"), [(9, 1, 0), (10, 0, 0), (11, 0, 0), (12, 0, 0), (13, 0, 1), (0, 10, 0)]
)
def test_unknown_increments_make_an_interval(stored: int, lost: int, surplus: int) -> None:
    """Below the acknowledged is lost, above them and the unknown is invented, between is neither."""
    tally = of_increments(fates(10, refused=5, unknown=2), stored)
    assert (tally.lost, tally.surplus, tally.tested, tally.refused, tally.unknown) == (lost, surplus, 10, 5, 2)


def test_keys_are_judged_one_by_one() -> None:
    """Missing, of another value, and refused but stored are wrong; an unknown one never is."""
    named: dict[str, Fate] = {"kept": "acknowledged", "gone": "acknowledged", "other": "acknowledged"}
    named |= {"no": "refused", "no-but": "refused", "maybe": "unknown", "maybe-not": "unknown"}
    sent = [(key, f"v-{key}", Answer(fate)) for key, fate in named.items()]
    tally = of_keys(sent, {"kept": "v-kept", "other": "x", "no-but": "v-no-but", "maybe": "v-maybe"})
    assert (tally.tested, tally.lost, tally.surplus, tally.refused, tally.unknown) == (3, 2, 1, 2, 2)


def test_tallies_add_up() -> None:
    """Two rounds are counted as one would be."""
    total = of_increments(fates(10), 7) + of_increments(fates(5, unknown=1), 9)
    assert (total.tested, total.lost, total.surplus, total.wrong, total.rounds) == (15, 3, 3, 6, 2)


@pytest.mark.parametrize(
    ("wrong", "tested", "words"),
    [
        (0, 0, ""),
        (0, 2, ""),
        (0, 400, "under 1 in 133 (95 %)"),
        (0, 30_000, "under 1 in 10,000 (95 %)"),
        (80, 100, "80 %"),
        (100, 100, "100 %"),
        (1, 5000, "0.02 %"),
        (5, 100, "5 %"),
    ],
)
def test_odds_are_a_share_or_a_bound(wrong: int, tested: int, words: str) -> None:
    """None in n bounds the rate by 3/n, and nothing tested bounds nothing."""
    assert odds(wrong, tested) == words


def test_a_few_changes_are_not_enough_to_agree() -> None:
    """A column agrees from thirty judged changes on, and disagrees from one wrong change on."""
    assert changes("keys", Tally(tested=29), "keys", "", {}).verdict is Verdict.CANNOT_TELL
    assert changes("keys", Tally(tested=30), "keys", "", {}).verdict is Verdict.AGREE
    assert changes("keys", Tally(tested=30), "keys", "It stopped.", {}).verdict is Verdict.CANNOT_TELL
    assert changes("keys", Tally(tested=2, lost=1), "keys", "It stopped.", {}).verdict is Verdict.DISAGREE


def test_a_refusal_is_not_called_a_failure() -> None:
    """A manager that refuses a late writer is right; where all were acknowledged, none failed."""
    said = changes("keys", Tally(tested=40, refused=1, unknown=2), "keys", "", {}).sentence
    assert said.endswith(
        "1 request was refused. 2 requests have an unknown outcome, and count as neither lost nor kept."
    )
    assert changes("keys", Tally(tested=40), "keys", "", {}).sentence.endswith("No request failed.")


class Told:
    """A server that answers one path with JSON, and all others with 404."""

    def __init__(self, path: str, said: object) -> None:
        self._path, self._said = path, said

    def send(self, method: str, path: str, headers: dict[str, str], body: bytes | None = None) -> Reply:
        """One answer."""
        known = path == self._path
        said = json.dumps(self._said if known else {}).encode()
        return Reply(200 if known else 404, said, "application/json", "", (), "", 0.0, 0.0)


@pytest.mark.parametrize(
    ("base", "path", "said", "is_lab"),
    [
        ("/buggy", "/lab/status", {"run": 1}, True),
        ("/below/fixed", "/below/lab/status", {"run": 1}, True),
        ("", "/lab/status", {"run": 1}, True),
        ("/buggy", "/lab/status", {"up": True}, False),
        ("/buggy", "/status", {"run": 1}, False),
    ],
)
def test_the_lab_is_known_by_its_status(base: str, path: str, said: object, is_lab: bool) -> None:
    """Another server with the six routes has no run that these requests are in."""
    assert Module(cast("Wire", Told(path, said)), base).is_lab() is is_lab


def column(key: ColumnKey, verdict: Verdict) -> Column:
    """A column with this verdict."""
    return Column(key, verdict, 100, int(verdict is Verdict.DISAGREE), sentence="1 key is\x00 missing: <&>")


A, D, C = Verdict.AGREE, Verdict.DISAGREE, Verdict.CANNOT_TELL


@pytest.mark.parametrize(
    ("three", "verdict"),
    [((A, A, A), A), ((A, D, A), D), ((A, C, D), D), ((A, C, A), C), ((A, A, C), A), ((C, C, C), C), ((A, A, D), D)],
)
def test_one_column_that_disagrees_decides(three: tuple[Verdict, ...], verdict: Verdict) -> None:
    """Otherwise one that cannot tell does, unless it is the optional one."""
    keys: tuple[ColumnKey, ...] = ("increments", "keys", "rows")
    columns = [column(key, each) for key, each in zip(keys, three, strict=True)]
    optional: frozenset[ColumnKey] = frozenset({"rows"} if three[2] is C else set())
    assert overall(columns, optional)[0] is verdict


def report() -> Report:
    """A report with one column of each verdict."""
    columns = (column("increments", A), column("keys", D), column("rows", C))
    return Report("http://x", "routes", D, "One key\x0b is missing.", columns, ("A note.",), {"clients": 8})


def test_a_report_is_json_of_its_types() -> None:
    """The report survives JSON, and has the fields of its types and no other."""
    said = report().as_json()
    assert json.loads(json.dumps(said)) == said
    assert said.keys() == get_type_hints(ReportJson).keys()
    assert list(said["columns"]) == ["increments", "keys", "rows"]
    assert {key for each in said["columns"].values() for key in each} == get_type_hints(ColumnJson).keys()


def test_a_report_is_junit() -> None:
    """A failure for what does not agree, skipped for what cannot tell, and no character that XML refuses."""
    suite = ET.fromstring(junit(report()))
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    found = {case.get("name"): [child.tag for child in case] for case in suite.iter("testcase")}
    assert found == {"increments": [], "keys": ["failure"], "rows": ["skipped"]}
    assert "missing" in suite.findtext("system-out", "")


def test_settings_keep_the_order_and_share_the_time() -> None:
    """Columns come in the table's order, and the loads among them share the seconds."""
    some = Settings(seconds=8, columns=("rows", "keys", "increments", "logout_read"))
    assert some.wanted == ("increments", "keys", "logout_read", "rows")
    assert (some.share, Settings(seconds=8).share) == (4, 2)
    assert Settings().wanted == tuple(COLUMNS)
    assert {*LOADS, *LOGOUTS, "rows"} == set(COLUMNS)
