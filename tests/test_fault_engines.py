"""The fault that matters most, before real servers: the change was made, and its answer never came."""

from __future__ import annotations

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from tests.engines import PostgresServer, RedisServer
from tests.fault_proxy import FaultProxy
from tests.faults import CutAfter, CutAnswer, Pass, Towards


@pytest.mark.parametrize(("fault", "made"), [(CutAnswer(containing=b"INCR"), 1), (CutAfter(Towards.SERVER, 0), 0)])
def test_a_client_of_redis_cannot_tell_whether_the_change_was_made(
    fault: CutAnswer | CutAfter, made: int, redis_server: RedisServer
) -> None:
    """The client sees the same error with the change and without it."""
    direct, key = redis_server.client(), "counter of the fault proxy"
    direct.set(key, 0)
    with (
        FaultProxy("127.0.0.1", redis_server.port) as proxy,
        redis.Redis("127.0.0.1", proxy.port, retry=Retry(NoBackoff(), 0)) as client,
    ):
        assert client.get(key) == b"0"
        proxy.switch(fault)
        with pytest.raises(redis.ConnectionError):
            client.incr(key)
        proxy.switch(Pass())
        assert (client.get(key), direct.get(key)) == (str(made).encode(), str(made))
    direct.delete(key)


def test_a_commit_whose_answer_is_cut_has_been_made(postgres_server: PostgresServer) -> None:
    """The client of PostgreSQL gets an error, and the row is there."""
    direct = postgres_server.client()
    direct.execute("CREATE TABLE cut (n int)")
    with FaultProxy("127.0.0.1", postgres_server.port) as proxy:
        client = psycopg.connect(host="127.0.0.1", port=proxy.port, user="postgres", sslmode="disable")
        with client:
            client.execute("INSERT INTO cut VALUES (1)")
            proxy.switch(CutAnswer(containing=b"COMMIT"))
            with pytest.raises(psycopg.OperationalError):
                client.commit()
    assert direct.execute("SELECT n FROM cut").fetchall() == [(1,)]
    direct.execute("DROP TABLE cut")
