"""What the fixed Redis manager does when the network fails: its errors are true, and nothing is done twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Thread

import pytest
import redis

from session_manager.shared import redis_pool
from session_manager.shared.errors import EngineRefused, EngineSilent
from session_manager.shared.redis_engine import SECONDS, RedisEngine
from session_manager.sync import ThreadRuntime
from tests.engines import RedisServer
from tests.fault_proxy import FaultProxy
from tests.faults import (
    AnswerLate,
    Blackhole,
    CutAfter,
    CutAnswer,
    Delay,
    Drip,
    Ending,
    Fault,
    HalfClose,
    HoldAnswers,
    Pass,
    Refuse,
    Towards,
)
from tests.subject.faulty_redis import SOON, Bench, bench, refused, through_a_proxy

CHANGES: dict[str, Callable[[Bench, str], object]] = {
    "increment": lambda one, session_id: one.manager.increment_access(session_id),
    "update": lambda one, session_id: one.manager.update_session(session_id, "k", "v"),
    "revoke": lambda one, session_id: one.manager.revoke_session(session_id),
    "delete": lambda one, session_id: one.manager.delete_session(session_id),
}
each_change = pytest.mark.parametrize("change", CHANGES)


def done(one: Bench, session_id: str, change: str) -> int:
    """How often the change was made, read directly."""
    stored = one.stored(session_id)
    if change == "delete":
        return int(not stored)
    return int(stored["c"]) if change in {"increment", "update"} else int(stored["v"]) - 1


@each_change
@pytest.mark.parametrize("ending", Ending)
def test_a_change_that_never_arrived_was_not_made(ending: Ending, change: str, redis_server: RedisServer) -> None:
    """A change that was cut before it arrived was not made, then or later."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(CutAfter(Towards.SERVER, 0, ending))
        error = refused(lambda: CHANGES[change](one, session_id))
        # A logout reads first whose session it is, and got no further: that is certain.
        assert isinstance(error, EngineRefused if change == "delete" else EngineSilent)
        proxy.switch(Pass())
        assert done(one, session_id, change) == 0
        CHANGES[change](one, session_id)
        assert done(one, session_id, change) == 1


@each_change
@pytest.mark.parametrize("ending", Ending)
def test_a_change_whose_answer_was_cut_is_unknown_and_made_once(
    ending: Ending, change: str, redis_server: RedisServer
) -> None:
    """A change without an answer is unknown and made exactly once."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        CHANGES["increment"](one, session_id)
        CHANGES["update"](one, session_id)
        CHANGES["revoke"](one, session_id)
        before = done(one, session_id, change)
        proxy.switch(CutAnswer(containing=b"EVAL", ending=ending))
        error = refused(lambda: CHANGES[change](one, session_id))
        assert (type(error), error.definite, "did not answer" in str(error)) == (EngineSilent, False, True)
        assert done(one, session_id, change) == before + 1


def test_a_client_with_the_usual_retries_counts_twice(redis_server: RedisServer) -> None:
    """redis-py with its default retries repeats an increment that was made."""
    direct = redis_server.client()
    with (
        FaultProxy("127.0.0.1", redis_server.port) as proxy,
        redis.Redis("127.0.0.1", proxy.port, decode_responses=True) as client,
    ):
        client.hset("naive", "access_count", 0)
        proxy.switch(CutAnswer(containing=b"HINCRBY"))
        assert client.hincrby("naive", "access_count") == direct.hincrby("naive", "access_count", 0) == 2
    direct.delete("naive")


@pytest.mark.parametrize("query", ["?retry_on_timeout=true", "?health_check_interval=1", "?socket_timeout=60"])
def test_the_url_cannot_turn_repetition_on(query: str, redis_server: RedisServer) -> None:
    """What the URL says of retries and timeouts repeats no change."""
    with through_a_proxy(redis_server, SOON, query) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(HoldAnswers())
        started = time.monotonic()
        assert isinstance(refused(lambda: one.manager.increment_access(session_id), SOON), EngineSilent)
        assert time.monotonic() - started < 1.5
        assert one.count(session_id) == 1


def test_a_read_is_asked_again_and_is_never_unknown(redis_server: RedisServer) -> None:
    """A read whose answer was cut is repeated; one that fails changed nothing."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(CutAnswer(containing=b"HGETALL"))
        assert one.manager.get_session(session_id).username == "ann"
        assert proxy.counters.cuts == 1
        proxy.switch(CutAfter(Towards.SERVER, 0))
        for read in (lambda: one.manager.get_session(session_id), one.manager.counts, one.manager.census):
            assert isinstance(refused(read), EngineRefused)
        assert isinstance(refused(lambda: one.manager.create_session("bea", "bea")), EngineRefused)
        proxy.switch(Pass())
        assert one.manager.counts().store == 1


def test_reads_in_one_round_trip_are_all_asked_again(redis_server: RedisServer) -> None:
    """A list of reads whose answer was cut is repeated in full."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(CutAnswer(containing=b"HGETALL"))
        assert one.manager.sessions_of("ann") == [session_id]
        assert proxy.counters.cuts == 1


@each_change
def test_a_server_that_cannot_be_reached_has_changed_nothing(change: str, redis_server: RedisServer) -> None:
    """A refused connection is definite, and the next call after it succeeds."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(Refuse())
        error = refused(lambda: CHANGES[change](one, session_id))
        assert (type(error), error.definite) == (EngineRefused, True)
        assert done(one, session_id, change) == 0
        proxy.switch(Pass())
        CHANGES[change](one, session_id)
        assert done(one, session_id, change) == 1


def test_a_refusal_that_passes_is_not_noticed(redis_server: RedisServer) -> None:
    """A change that could not be sent is tried again a few times."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        connect, tries = redis.connection.Connection._connect, []

        def refuses_twice(connection: redis.connection.Connection) -> object:
            tries.append(connection)
            if len(tries) <= 2:
                raise ConnectionRefusedError
            return connect(connection)  # type: ignore[no-untyped-call]

        proxy.cut_all()
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(redis.connection.Connection, "_connect", refuses_twice)
            one.manager.increment_access(session_id)
        assert (len(tries), one.count(session_id)) == (3, 1)


@pytest.mark.parametrize(
    ("fault", "made"), [(Blackhole(), 0), (HoldAnswers(), 1), (AnswerLate(1.5), 1), (Drip(0.3), 1)]
)
def test_a_change_on_an_open_connection_ends_in_time(fault: Fault, made: int, redis_server: RedisServer) -> None:
    """A change on an open connection is unknown after the limit, and made once."""
    with through_a_proxy(redis_server, SOON) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        for _ in range(1234):
            one.server.client().hincrby(one.keys.of(session_id).sessions + session_id, "c", 1)
        proxy.switch(fault)
        started = time.monotonic()
        assert type(refused(lambda: one.manager.increment_access(session_id), SOON)) is EngineSilent
        assert time.monotonic() - started < 1.7 * SOON + 1.0
        proxy.cut_all()
        proxy.switch(Pass())
        assert one.count(session_id) == 1234 + made
        assert one.manager.increment_access(session_id) == 1234 + made + 1


@pytest.mark.parametrize(("call", "times"), [("increment_access", 1), ("get_session", 2)])
def test_silence_ends_after_the_stated_seconds(call: str, times: int, redis_server: RedisServer) -> None:
    """As it is configured, a change ends after two seconds of silence, a read after four."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(HoldAnswers())
        started = time.monotonic()
        refused(lambda: getattr(one.manager, call)(session_id))
        assert times * SECONDS <= time.monotonic() - started < times * SECONDS + 1.5


def test_a_half_closed_connection_makes_no_change(redis_server: RedisServer) -> None:
    """A change that the server cannot hear was not made, whether that is known or not."""
    with through_a_proxy(redis_server, SOON) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(HalfClose(Towards.SERVER))
        error = refused(lambda: one.manager.increment_access(session_id), SOON)
        assert isinstance(
            error, EngineSilent | EngineRefused
        )  # the server's own end may arrive before the change leaves
        proxy.cut_all()
        proxy.switch(Pass())
        assert one.count(session_id) == 0
        assert one.manager.increment_access(session_id) == 1


@pytest.mark.parametrize("fault", [Blackhole(), HoldAnswers(), Drip(0.3), HalfClose(Towards.CLIENT)])
def test_a_change_on_a_new_connection_is_not_sent_to_a_mute_server(fault: Fault, redis_server: RedisServer) -> None:
    """A change that needs a new connection to a mute server is definite."""
    with through_a_proxy(redis_server, SOON) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.cut_all()
        proxy.switch(fault)
        assert isinstance(refused(lambda: one.manager.increment_access(session_id), SOON), EngineRefused)
        proxy.cut_all()
        proxy.switch(Pass())
        assert one.count(session_id) == 0
        assert one.manager.increment_access(session_id) == 1


def test_a_connection_that_the_server_has_half_closed_is_not_used(redis_server: RedisServer) -> None:
    """A connection that ended while idle makes no change unknown."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(HalfClose(Towards.CLIENT))
        proxy.switch(Pass())
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_a_slow_answer_within_the_limit_is_an_answer(redis_server: RedisServer) -> None:
    """A delay below the limit costs time and nothing else."""
    with through_a_proxy(redis_server) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        proxy.switch(Delay(to_server=0.1, to_client=0.1))
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1
        proxy.cut_all()
        assert one.manager.increment_access(session_id) == one.count(session_id) == 2


def test_a_late_answer_is_not_taken_for_that_of_the_next_command(redis_server: RedisServer) -> None:
    """What arrives after the limit answers no later command."""
    with through_a_proxy(redis_server, SOON) as (one, proxy):
        first, second = (one.manager.create_session(name, name) for name in ("ann", "bea"))
        one.server.client().hset(one.keys.of(first).sessions + first, "c", 70)
        opened = proxy.counters.connections
        proxy.switch(HoldAnswers())
        assert isinstance(refused(lambda: one.manager.increment_access(first), SOON), EngineSilent)
        proxy.switch(Pass())  # 71 is on its way now, to whoever reads there
        assert one.manager.increment_access(second) == 1
        assert [one.manager.increment_access(second) for _ in range(3)] == [2, 3, 4]
        assert (one.count(first), one.count(second), proxy.counters.connections) == (71, 4, opened + 1)


def test_a_client_that_keeps_the_connection_takes_the_late_answer(redis_server: RedisServer) -> None:
    """The late answer does come: whoever reads on gets it for the next command."""
    with (
        FaultProxy("127.0.0.1", redis_server.port) as proxy,
        redis.Redis("127.0.0.1", proxy.port, decode_responses=True) as client,
    ):
        connection = client.connection_pool.get_connection()
        proxy.switch(HoldAnswers())
        connection.send_command("ECHO", "late")
        with pytest.raises(redis.TimeoutError):
            connection.read_response(timeout=0.05, disconnect_on_error=False)
        proxy.switch(Pass())
        connection.send_command("ECHO", "next")
        assert connection.read_response() == "late"
        client.connection_pool.release(connection)
        connection.disconnect()


def test_a_killed_connection_makes_its_own_change_unknown_alone(redis_server: RedisServer) -> None:
    """CLIENT KILL while Redis holds a change back: unknown, not made, then all is well."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        direct = redis_server.client()
        direct.client_pause(10_000, all=False)
        errors: list[BaseException] = []
        caller = Thread(target=lambda: errors.append(refused(lambda: one.manager.increment_access(session_id))))
        caller.start()
        while not direct.info("clients")["blocked_clients"]:
            pass
        direct.client_kill_filter(_type="normal", skipme=True)
        direct.client_unpause()
        caller.join()
        assert [type(error) for error in errors] == [EngineSilent]
        assert one.count(session_id) == 0
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_killed_idle_connections_make_no_change_unknown(redis_server: RedisServer) -> None:
    """CLIENT KILL of idle connections is noticed before anything is sent."""
    with bench(redis_server) as one:
        session_id = one.manager.create_session("ann", "ann")
        redis_server.client().client_kill_filter(_type="normal", skipme=True)
        assert one.manager.increment_access(session_id) == one.count(session_id) == 1


def test_connections_that_cannot_be_renewed_are_not_lost(
    redis_server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool whose connections cannot be renewed has as many as before afterwards."""
    monkeypatch.setattr(redis_pool, "MOST_CONNECTIONS", 2)
    with through_a_proxy(redis_server, SOON) as (one, proxy):
        session_id = one.manager.create_session("ann", "ann")
        for _ in range(3):
            proxy.switch(Pass())
            assert one.manager.counts().store == 1
            one.engine._pool.generation += 1
            proxy.switch(Blackhole())
            assert isinstance(refused(lambda: one.manager.increment_access(session_id), SOON), EngineRefused)
            proxy.cut_all()
        proxy.switch(Pass())
        assert one.manager.increment_access(session_id) == 1


def test_a_greeting_that_drips_ends_in_time(redis_server: RedisServer) -> None:
    """An answer to AUTH that comes byte by byte ends within the limit."""
    with FaultProxy("127.0.0.1", redis_server.port) as proxy:
        engine = RedisEngine(f"redis://:none@127.0.0.1:{proxy.port}/0", ThreadRuntime(), SOON)
        proxy.switch(Drip(0.3))
        engine._pool.patience.start()
        started = time.monotonic()
        assert isinstance(refused(lambda: engine.changing("SET", "x", 1), SOON), EngineRefused)
        assert time.monotonic() - started < 6.0
        engine.close()
