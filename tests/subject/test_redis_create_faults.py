"""What is left of a create whose outcome is unknown."""

from __future__ import annotations

from typing import Any

import pytest

from session_manager.databases import DatabaseUnavailable
from session_manager.shared.errors import EngineSilent
from tests.engines import RedisServer
from tests.faults import Blackhole, CutAnswer, Pass
from tests.subject.faulty_redis import SOON, refused, through_a_proxy


def test_a_create_without_an_answer_is_taken_back(redis_server: RedisServer) -> None:
    """A create of unknown outcome leaves no open session if the server can be reached."""
    with through_a_proxy(redis_server) as (one, proxy):
        one.manager.delete_session(one.manager.create_session("ann", "ann"))
        proxy.switch(CutAnswer(containing=b"EVALSHA"))  # the sessions were counted for the login before
        assert isinstance(refused(lambda: one.manager.create_session("bea", "bea")), DatabaseUnavailable)
        counts = one.manager.counts()
        assert (counts.store, counts.queue, one.manager.get_stats().total_sessions) == (0, 2, 2)
        assert one.manager.sessions_of("bea") == []


def test_a_create_that_cannot_be_taken_back_stays_open(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A create that the network delivers late is open and counted until it expires."""
    with through_a_proxy(redis_server, SOON) as (one, proxy):
        assert one.manager.counts().store == 0
        script = one.engine.script

        def after_silence(*arguments: Any) -> Any:
            proxy.switch(Blackhole())
            return script(*arguments)

        monkeypatch.setattr(one.engine, "script", after_silence)
        assert isinstance(refused(lambda: one.manager.create_session("bea", "bea"), SOON), EngineSilent)
        assert one.everything() == {}
        proxy.switch(Pass())  # the create arrives now
        proxy.wait_for(lambda counters: counters.open == 0)
        counts = one.manager.counts()
        assert (counts.store, counts.statistics, len(one.manager.sessions_of("bea"))) == (1, 1, 1)
