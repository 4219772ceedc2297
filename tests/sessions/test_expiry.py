"""Web sessions that expire after a second or two: gone for every call at once, and from the place with cleanup."""

from __future__ import annotations

from functools import partial

import pytest

from session_manager.model import SessionNotFound
from session_manager.sessions.stores import Store
from tests.sessions.places import data, login, opened, refusal, until
from tests.sessions.test_contract import CALLS


def open_ones(store: Store) -> list[str]:
    """Ann's sessions. To list them renews none."""
    return store.sessions.sessions_of("user_ann")


def test_an_expired_session_is_gone_for_every_call(url: str) -> None:
    """It is not listed, found or made anew, before cleanup and after it."""
    with opened(url, lifetime=1) as store:
        ids = [login(store.sessions, k="1") for _ in range(len(CALLS))]
        until(lambda: open_ones(store) == [])
        for session_id, call in zip(ids, CALLS.values(), strict=True):
            assert isinstance(refusal(partial(call, store.sessions, session_id)), SessionNotFound)
        assert open_ones(store) == []
        until(lambda: store.sessions.run_cleanup() >= 0 and store.records.count() == 0)
        held = store.sessions.counts()
        assert (held.store, held.statistics, held.queue, held.dead_letters) == (0, 0, 0, 0)
        assert store.sessions.census().sessions == {}
        assert isinstance(refusal(partial(CALLS["change"], store.sessions, ids[0])), SessionNotFound)


@pytest.mark.parametrize("call", ["change", "add", "get"])
def test_a_session_in_use_outlives_one_that_is_not(call: str, url: str) -> None:
    """What is read or changed all the time stays when one of its age has expired."""
    with opened(url, lifetime=2) as store:
        used, idle = login(store.sessions, first="1"), login(store.sessions)

        def is_gone() -> bool:
            CALLS[call](store.sessions, used)
            return idle not in open_ones(store)

        until(is_gone)
        until(is_gone)
        assert open_ones(store) == [used]
        assert data(store.sessions, used)["first"] == "1"
        store.sessions.run_cleanup()
        assert open_ones(store) == [used]
