"""What may stand in a web session: every text that all stores can keep, and no other, whatever the store."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from session_manager.model import SessionNotFound
from session_manager.sessions.contract import Changes, NotANumber, SessionConflict, WebSessions
from session_manager.sessions.texts import MOST_USER, CannotStore, total
from tests.sessions.places import data, login, refusal

HOSTILE = [
    *("", " ", "{}", "}{", "{0}", "{a}b", "__proto__", "constructor", "m:", "m:m:", "u", "v", "c", "t", "r", "a", "0"),
    *("é", "e\u0301", "Ünïcödé", "日本語", "😀", "\u202e\u2028\u2029", "\ufeff", "\ufffe\uffff", "\U0010ffff", "ı"),
    *("\n", "\r\n", "\t", "\x01\x1f\x7f", "\x80\x9f", "\\", "\\u0000", "\\0", '"', "'", "''; DROP TABLE x; --"),
    *("%s %(id)s", ":id", "?", "??", "$1", "null", "true", "[]", '{"a": 1}', "a,b", "*", "-1"),
    *("a" * 65536, "é😀" * 16384),
]
UNSTORABLE = ["\0", "a\0", "\ud800", "a\udfffb", "\ude00\ud83d"]
REFUSED: dict[str, Callable[[WebSessions, str, str], object]] = {
    "key": lambda sessions, one, bad: sessions.change_session(one, Changes({"good": "x", bad: "x"})),
    "value": lambda sessions, one, bad: sessions.change_session(one, Changes({"good": "x", "k": bad})),
    "removed": lambda sessions, one, bad: sessions.change_session(one, Changes({"good": "x"}, [bad])),
    "read key": lambda sessions, one, bad: sessions.change_session(one, Changes({"good": "x"}, read={bad: None})),
    "read text": lambda sessions, one, bad: sessions.change_session(one, Changes({"good": "x"}, read={"k": bad})),
    "add": lambda sessions, one, bad: sessions.add(one, bad, 1),
    "take": lambda sessions, one, bad: sessions.take(one, bad),
    "user": lambda sessions, one, bad: sessions.create_session(bad, "ann"),
    "username": lambda sessions, one, bad: sessions.create_session("user_ann", bad),
}
"""Each place where a text can come in."""


def test_every_text_comes_back_as_key_and_value(sessions: WebSessions) -> None:
    """Nothing is changed in a text, and no two texts are the same key."""
    session_id = login(sessions)
    wanted = {key: HOSTILE[place - 1] for place, key in enumerate(HOSTILE)}
    sessions.change_session(session_id, Changes(wanted))
    assert data(sessions, session_id) == wanted
    sessions.change_session(session_id, Changes({"done": ""}, read={**wanted, "none": None}))
    assert [sessions.take(session_id, key) for key in HOSTILE[::2]] == [wanted[key] for key in HOSTILE[::2]]
    sessions.change_session(session_id, Changes({}, HOSTILE[1::2]))
    assert data(sessions, session_id) == {"done": ""}


def test_every_text_can_be_read_and_counted(sessions: WebSessions) -> None:
    """A conflict and a sum are found under any key."""
    for key in HOSTILE:
        session_id = login(sessions)
        assert [sessions.add(session_id, key, 1) for _ in range(2)] == [1, 2]
        error = refusal(partial(sessions.change_session, session_id, Changes({key: "x"}, read={key: "1"})))
        assert isinstance(error, SessionConflict)
        assert error.key == key
        sessions.change_session(session_id, Changes({key: "x"}, read={key: "2"}))
        assert sessions.close_session(session_id).metadata == {key: "x"}


@pytest.mark.parametrize("place", REFUSED)
def test_what_one_store_cannot_keep_all_refuse(place: str, sessions: WebSessions) -> None:
    """NUL and half a surrogate pair are refused, and nothing is changed."""
    session_id = login(sessions, kept="1")
    for bad in UNSTORABLE:
        error = refusal(partial(REFUSED[place], sessions, session_id, bad))
        assert isinstance(error, CannotStore)
        str(error).encode()  # it can be written into a log
    assert data(sessions, session_id) == {"kept": "1"}
    assert sessions.counts().store == 1


def test_every_user_has_sessions_of_their_own(sessions: WebSessions) -> None:
    """Whatever a user is called, their sessions are found, and nobody else's."""
    users = [user_id for user_id in HOSTILE if len(user_id) <= MOST_USER]
    ids = {user_id: sessions.create_session(user_id, user_id) for user_id in users}
    for user_id, session_id in ids.items():
        assert sessions.sessions_of(user_id) == [session_id]
        data_of = sessions.close_session(session_id)
        assert (data_of.user_id, data_of.username) == (user_id, user_id)
        assert sessions.sessions_of(user_id) == []


def test_a_user_id_has_a_limit(sessions: WebSessions) -> None:
    """At the limit it is kept, beyond it refused."""
    longest = "😀" * MOST_USER
    session_id = sessions.create_session(longest, "ann")
    assert sessions.sessions_of(longest) == [session_id]
    assert isinstance(refusal(lambda: sessions.create_session(f"{longest}a", "ann")), CannotStore)
    assert sessions.counts().store == 1


def test_nobody_has_a_name_that_cannot_be_stored(sessions: WebSessions) -> None:
    """To ask for that user's sessions is no error."""
    assert [sessions.sessions_of(user_id) for user_id in UNSTORABLE] == [[]] * len(UNSTORABLE)


def test_a_missing_session_is_told_also_with_an_odd_text(sessions: WebSessions) -> None:
    """Texts that can be stored make no other error of a session that is gone."""
    for key in HOSTILE:
        call = partial(sessions.change_session, "00" * 16, Changes({key: key}, [key], {key: key}))
        assert isinstance(refusal(call), SessionNotFound)


@pytest.mark.parametrize(
    ("text", "amount", "expected"),
    [(None, 5, 5), ("0", -1, -1), ("41", 1, 42), (str(2**63 - 2), 1, 2**63 - 1), (str(-(2**63)), 2**63 - 1, -1)],
)
def test_a_sum_is_counted_as_the_engines_do(text: str | None, amount: int, expected: int) -> None:
    """A store that adds by itself gets the same sums."""
    assert total("n", text, amount) == expected


@pytest.mark.parametrize(
    "text", ["", "+1", "01", "-0", "1\n", "٣", "1_0", str(2**63), str(-(2**63) - 1), str(2**63 - 1)]
)
def test_a_sum_is_refused_as_the_engines_do(text: str) -> None:
    """No number of 64 bits, or none after one more."""
    with pytest.raises(NotANumber):
        total("n", text, 1)
