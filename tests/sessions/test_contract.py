"""What a web session can do, with one client: each method's answer and each of its errors, the same in every store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from session_manager.model import MOST_KEYS, SessionNotFound, TooManyKeys
from session_manager.sessions.contract import Changes, NotANumber, SessionConflict, WebSessions
from tests.sessions.places import data, login, refusal

FULL = {str(number): "" for number in range(MOST_KEYS)}
CALLS: dict[str, Callable[[WebSessions, str], object]] = {
    "change": lambda sessions, session_id: sessions.change_session(session_id, Changes({"k": "v"})),
    "change of nothing": lambda sessions, session_id: sessions.change_session(session_id, Changes()),
    "add": lambda sessions, session_id: sessions.add(session_id, "n", 1),
    "take": lambda sessions, session_id: sessions.take(session_id, "k"),
    "close": lambda sessions, session_id: sessions.close_session(session_id),
    "get": lambda sessions, session_id: sessions.get_session(session_id),
}
"""Each method that names a session."""


def test_changes_are_made_together(sessions: WebSessions) -> None:
    """Keys are set and removed, and all others stay."""
    session_id = login(sessions, old="1", kept="2", gone="3")
    sessions.change_session(session_id, Changes({"old": "4", "new": "5"}, ["gone", "never"]))
    assert data(sessions, session_id) == {"old": "4", "new": "5", "kept": "2"}


def test_a_key_that_is_set_and_removed_is_set(sessions: WebSessions) -> None:
    """Setting wins, whether the key was there or not, and in one that is named twice."""
    session_id = login(sessions, old="1", gone="2")
    sessions.change_session(session_id, Changes({"old": "3", "new": "4"}, ["old", "new", "gone", "gone"]))
    assert data(sessions, session_id) == {"old": "3", "new": "4"}


@pytest.mark.parametrize("read", [{"a": "1"}, {"a": "1", "none": None}, {"none": None}, {"b": "", "a": "1"}])
def test_what_was_read_and_is_still_so_is_no_conflict(read: dict[str, str | None], sessions: WebSessions) -> None:
    """Changes are made if every key that was read has its text."""
    session_id = login(sessions, a="1", b="")
    sessions.change_session(session_id, Changes({"a": "2"}, read=read))
    assert data(sessions, session_id) == {"a": "2", "b": ""}


@pytest.mark.parametrize(
    ("read", "named"),
    [
        ({"a": "0"}, "a"),
        ({"a": None}, "a"),
        ({"b": None}, "b"),  # an empty text is not nothing
        ({"none": "1"}, "none"),
        ({"none": ""}, "none"),
        ({"a": "1", "b": "", "none": "1"}, "none"),
        ({"none": None, "b": None}, "b"),
        ({"A": "1"}, "A"),
    ],
)
def test_what_was_read_and_has_changed_is_a_conflict(
    read: dict[str, str | None], named: str, sessions: WebSessions
) -> None:
    """A conflict is definite, names the key, and changes nothing."""
    session_id = login(sessions, a="1", b="")
    error = refusal(lambda: sessions.change_session(session_id, Changes({"a": "2", "c": "3"}, ["b"], read)))
    assert isinstance(error, SessionConflict)
    assert error.key == named
    assert data(sessions, session_id) == {"a": "1", "b": ""}


def test_a_full_session_takes_no_further_key(sessions: WebSessions) -> None:
    """At the limit a new key is refused, also among others, and nothing changes."""
    session_id = login(sessions)
    sessions.change_session(session_id, Changes(FULL))
    for changes in (Changes({"new": "1"}), Changes({"0": "1", "new": "1", "more": "1"}, ["1"])):
        assert isinstance(refusal(partial(sessions.change_session, session_id, changes)), TooManyKeys)
    assert isinstance(refusal(lambda: sessions.add(session_id, "new", 1)), TooManyKeys)
    assert data(sessions, session_id) == FULL


def test_a_full_session_can_be_changed(sessions: WebSessions) -> None:
    """At the limit keys are replaced, by others too."""
    session_id = login(sessions)
    sessions.change_session(session_id, Changes(FULL))
    sessions.change_session(session_id, Changes({"0": "1", "new": "2"}, ["1", "never"]))
    assert data(sessions, session_id) == {key: "" for key in FULL if key != "1"} | {"0": "1", "new": "2"}
    assert sessions.take(session_id, "new") == "2"
    assert sessions.add(session_id, "new", 7) == 7
    assert sessions.add(session_id, "0", 7) == 8
    assert len(data(sessions, session_id)) == MOST_KEYS


def test_too_many_keys_at_once_are_refused(sessions: WebSessions) -> None:
    """More keys than a session may have are refused by an empty one."""
    session_id = login(sessions)
    many = Changes({str(number): "" for number in range(MOST_KEYS + 1)})
    assert isinstance(refusal(lambda: sessions.change_session(session_id, many)), TooManyKeys)
    far_too_many = Changes({str(number): "" for number in range(20_000)})
    assert isinstance(refusal(lambda: sessions.change_session(session_id, far_too_many)), TooManyKeys)
    sessions.change_session(session_id, Changes({"a": "b"}, [str(number) for number in range(20_000)]))
    assert data(sessions, session_id) == {"a": "b"}


def test_a_conflict_is_told_before_the_limit(sessions: WebSessions) -> None:
    """Changes that meet both are a conflict, because the request has to read again."""
    session_id = login(sessions)
    sessions.change_session(session_id, Changes(FULL))
    error = refusal(lambda: sessions.change_session(session_id, Changes({"new": "1"}, read={"0": "other"})))
    assert isinstance(error, SessionConflict)


@pytest.mark.parametrize("call", CALLS)
def test_a_session_that_is_gone_stays_gone(call: str, sessions: WebSessions) -> None:
    """Closed, deleted, made up or cleaned up: not found, and nothing is made anew."""
    closed, deleted = login(sessions, k="1"), login(sessions, k="1")
    sessions.close_session(closed)
    sessions.delete_session(deleted)
    for session_id in (closed, deleted, "00" * 16, "", "../x", "{}", "a b"):
        assert isinstance(refusal(partial(CALLS[call], sessions, session_id)), SessionNotFound)
    assert sessions.run_cleanup() == 2
    assert isinstance(refusal(lambda: CALLS[call](sessions, closed)), SessionNotFound)
    assert sessions.counts().store == sessions.counts().queue == len(sessions.census().sessions) == 0
    assert sessions.sessions_of("user_ann") == []


@pytest.mark.parametrize("call", CALLS)
def test_an_id_that_cannot_be_stored_is_not_found(call: str, sessions: WebSessions) -> None:
    """Such an id is no error of the store."""
    for session_id in ("\0", "a\0b", "\ud800", "\udfff" * 4):
        assert isinstance(refusal(partial(CALLS[call], sessions, session_id)), SessionNotFound)


def test_numbers_are_added(sessions: WebSessions) -> None:
    """A missing key counts as 0, and the sum is a decimal text."""
    session_id = login(sessions, n="-5")
    sums = [sessions.add(session_id, "n", amount) for amount in (2, 10, -20, 0)]
    assert sums == [-3, 7, -13, -13]
    assert (sessions.add(session_id, "new", 0), sessions.add(session_id, "other", -1)) == (0, -1)
    assert data(sessions, session_id) == {"n": "-13", "new": "0", "other": "-1"}


@pytest.mark.parametrize("text", ["9223372036854775807", "-9223372036854775808", "9007199254740993"])
def test_a_sum_has_64_bits(text: str, sessions: WebSessions) -> None:
    """Large numbers are exact, and what would be larger is refused."""
    session_id = login(sessions)
    assert sessions.add(session_id, "n", int(text)) == int(text)
    assert sessions.add(session_id, "n", 0) == int(text)
    away = 2**63 - 1 if int(text) > 0 else -(2**63)
    assert isinstance(refusal(lambda: sessions.add(session_id, "n", away)), NotANumber)
    assert isinstance(refusal(lambda: sessions.add(session_id, "n", 2 * away)), NotANumber)
    assert data(sessions, session_id) == {"n": text}
    assert sessions.add(session_id, "n", -int(text) if int(text) > 0 else 2**63 - 1) in {0, -1}


NO_NUMBERS = [
    *("", " 1", "1 ", "1\n", "+1", "01", "-0", "-", "1.0", "1e3", "1_000", "0x1", "٣", "true", "null", '"1"'),
    *("1,2", "{}", "9" * 19, "-9223372036854775809", "9" * 400, "inf", "nan"),
]


def test_what_is_no_number_is_not_counted(sessions: WebSessions) -> None:
    """Another text is refused by all stores alike, and stays."""
    session_id, texts = login(sessions), {f"n{place}": text for place, text in enumerate(NO_NUMBERS)}
    sessions.change_session(session_id, Changes(texts))
    for key in texts:
        error = refusal(partial(sessions.add, session_id, key, 1))
        assert isinstance(error, NotANumber)
        assert error.key == key
    assert data(sessions, session_id) == texts


def test_an_amount_is_a_whole_number(sessions: WebSessions) -> None:
    """A fraction is a mistake of the app."""
    session_id = login(sessions)
    wrong: Any = 1.5
    with pytest.raises(TypeError):
        sessions.add(session_id, "n", wrong)
    assert data(sessions, session_id) == {}


def test_a_value_is_taken_once(sessions: WebSessions) -> None:
    """The second caller gets nothing; an empty text is something."""
    session_id = login(sessions, once="x", empty="", kept="y")
    assert [sessions.take(session_id, key) for key in ("once", "once", "empty", "empty", "never")] == [
        *("x", None),
        *("", None),
        None,
    ]
    assert data(sessions, session_id) == {"kept": "y"}


def test_closing_returns_the_last_data(sessions: WebSessions) -> None:
    """The session is closed as by a delete, and its data is the last."""
    session_id, other = login(sessions, a="1"), login(sessions)
    sessions.add(session_id, "n", 3)
    before = sessions.get_session(session_id)
    assert sessions.close_session(session_id) == before
    assert before.metadata == {"a": "1", "n": "3"}
    assert (sessions.counts().store, sessions.counts().queue, sessions.queued()) == (1, 1, [session_id])
    assert sessions.sessions_of("user_ann") == [other]
    assert sessions.run_cleanup() == 1
    assert (sessions.counts().queue, sessions.counts().dead_letters) == (0, 0)


def test_the_sessions_of_a_user_are_listed(sessions: WebSessions) -> None:
    """All open ones of that user, and of nobody else."""
    mine = {login(sessions) for _ in range(3)}
    other = sessions.create_session("user_bea", "bea")
    assert set(sessions.sessions_of("user_ann")) == mine
    assert sessions.sessions_of("user_bea") == [other]
    assert sessions.sessions_of("nobody") == sessions.sessions_of("") == []


def test_a_change_gives_no_trust_back(sessions: WebSessions) -> None:
    """A revoked session stays so, whatever is changed in it."""
    session_id = login(sessions, k="1")
    sessions.revoke_session(session_id)
    for call in ("change", "add", "take"):
        CALLS[call](sessions, session_id)
    assert not sessions.get_session(session_id).is_authenticated


def test_a_change_is_an_activity(sessions: WebSessions) -> None:
    """Each change moves the time of the last activity."""
    session_id = login(sessions, k="1")
    times = [sessions.get_session(session_id).last_activity]
    for call in ("change", "add", "take", "change of nothing"):
        CALLS[call](sessions, session_id)
        times.append(sessions.get_session(session_id).last_activity)
    assert times == sorted(set(times))
