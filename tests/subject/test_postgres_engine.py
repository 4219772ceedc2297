"""What becomes of a statement when PostgreSQL refuses it, ends its connection or falls silent."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from session_manager.databases import CannotOpen, DatabaseDials, DatabaseUnavailable
from session_manager.databases.patience import Patience
from session_manager.model import SessionError, SessionNotFound
from session_manager.shared import errors, postgres_engine, redis_fixed
from session_manager.shared.errors import EngineRefused, EngineSilent
from session_manager.shared.postgres_engine import PostgresEngine
from session_manager.shared.postgres_fixed import SessionManager
from session_manager.shared.stores import SHARED, Place, is_engine_url, shared_manager
from session_manager.sync import ThreadRuntime
from tests.subject.sites import PATIENCE, Site, Worker
from tests.subject.threads import run_together
from tests.subject.wires import Wire


def accesses(site: Site) -> int:
    """Those of its only session."""
    return int(site.sql("SELECT access_count FROM {s}")[0])


def while_it_waits(site: Site, worker: Worker, act: Callable[[int, sa.Connection], object]) -> list[BaseException]:
    """Count an access while its row is locked, and meanwhile do something. Returns what the count has raised.

    Args:
        site, worker: whose.
        act: gets the backend that waits, and the connection that holds the lock, until the count has ended.
    """
    session_id = worker.manager.create_session("user_ann", "ann")
    raised: list[BaseException] = []
    held, ended = threading.Event(), threading.Event()

    def hold() -> None:
        with site.holding("SELECT 1 FROM {s} FOR UPDATE") as connection:
            held.set()
            act(site.waiting()[0], connection)
            ended.wait(PATIENCE)

    def increment() -> None:
        held.wait()
        try:
            worker.manager.increment_access(session_id)
        except SessionError as error:
            raised.append(error)
        ended.set()

    run_together([hold, increment])
    return raised


def test_a_backend_that_an_administrator_ends_leaves_it_unknown(site: Site) -> None:
    """A connection that is ended within a statement leaves it unknown."""
    worker = site.worker()
    (error,) = while_it_waits(site, worker, lambda pid, _: site.sql("SELECT pg_terminate_backend(:pid)", pid=pid))
    assert isinstance(error, EngineSilent)
    assert isinstance(error, DatabaseUnavailable)
    assert not error.definite
    assert accesses(site) == 0


def test_a_statement_that_the_server_cancels_is_refused(site: Site) -> None:
    """An error undoes its statement: it changed nothing, and is not tried again."""
    worker = site.worker()
    (error,) = while_it_waits(site, worker, lambda pid, _: site.sql("SELECT pg_cancel_backend(:pid)", pid=pid))
    assert isinstance(error, EngineRefused)
    assert error.definite
    assert not error.soon
    assert accesses(site) == 0


def test_a_conflict_is_tried_again_and_done_once(site: Site) -> None:
    """Under REPEATABLE READ a conflict is refused, repeated and counted once."""
    worker = site.worker()
    worker.engine._engine.dispose()
    sa.event.listen(worker.engine._engine, "connect", _be_strict)

    def change(_pid: int, connection: sa.Connection) -> None:
        connection.execute(sa.text(site.named("UPDATE {s} SET access_count = access_count + 100")))
        connection.commit()

    assert while_it_waits(site, worker, change) == []
    assert accesses(site) == 101


def _be_strict(connection: psycopg.Connection[Any], _record: object) -> None:
    connection.autocommit = True
    connection.execute("SET default_transaction_isolation TO 'repeatable read'")


def test_connections_that_ended_while_idle_cost_no_change(site: Site) -> None:
    """A change after a restart is done once; without the look it is unknown."""
    worker = site.worker()
    session_id = worker.manager.create_session("user_ann", "ann")
    site.end_connections()
    assert worker.manager.increment_access(session_id) == 1
    sa.event.remove(worker.engine._engine, "checkout", postgres_engine._refuse_closed)
    site.end_connections()
    with pytest.raises(EngineSilent):
        worker.manager.increment_access(session_id)
    assert accesses(site) == 1


def test_a_server_that_is_not_there_refuses_a_few_times() -> None:
    """Connecting is tried a few times; then it is said that nothing was changed."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    engine = PostgresEngine(f"postgresql+psycopg://postgres:geheim@127.0.0.1:{port}/lab", "nowhere", ThreadRuntime())
    tried: list[object] = []
    sa.event.listen(engine._engine, "do_connect", lambda *_: tried.append(1))
    with pytest.raises(EngineRefused) as refused:
        engine.changing("increment", id="abc", now=None)
    assert refused.value.definite
    assert 1 < len(tried) <= errors.MOST_ATTEMPTS
    with pytest.raises(CannotOpen, match="SESSION_MANAGER_POSTGRES") as cannot:
        engine.open()
    assert "geheim" not in str(cannot.value)
    engine.close()


def test_a_pool_without_a_free_connection_refuses(site: Site) -> None:
    """A caller that gets no connection in time has sent nothing."""
    worker = site.worker()
    pool: Any = worker.engine._engine.pool
    held = [worker.engine._engine.connect() for _ in range(20)]
    pool._timeout = 0.01
    with pytest.raises(EngineRefused) as refused:
        worker.manager.increment_access("abc")
    assert refused.value.soon
    for connection in held:
        connection.close()
    with pytest.raises(SessionNotFound):
        worker.manager.increment_access("abc")


def test_a_silent_server_is_an_error_in_time(site: Site, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """The caller of a server that says nothing hears in time that it is unknown."""
    monkeypatch.setattr(postgres_engine, "Patience", partial(Patience, seconds=1.2))
    worker = site.worker(url=wire.url.render_as_string(hide_password=False))
    session_id = worker.manager.create_session("user_ann", "ann")
    wire.cut()
    begun = time.monotonic()
    with pytest.raises(EngineSilent):
        worker.manager.increment_access(session_id)
    assert time.monotonic() - begun < 5
    assert accesses(site) == 0


def test_a_lost_answer_is_never_asked_for_twice(site: Site, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
    """A change whose answer is lost is unknown, and was done once."""
    monkeypatch.setattr(postgres_engine, "Patience", partial(Patience, seconds=1.2))
    worker = site.worker(url=wire.url.render_as_string(hide_password=False))
    session_id = worker.manager.create_session("user_ann", "ann")
    wire.cut(only_answers=True)
    with pytest.raises(EngineSilent):
        worker.manager.update_session(session_id, "key", "value")
    assert site.sql("SELECT metadata FROM {s}") == [{"key": "value"}]
    assert accesses(site) == 1


def test_a_create_whose_answer_is_lost_is_taken_back(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows the id of such a session, so it is closed."""
    worker = site.worker()
    changing = worker.engine.changing

    def lose(name: str, **values: Any) -> Any:
        rows = changing(name, **values)
        if name == "create":
            raise EngineSilent("PostgreSQL", TimeoutError("the answer is lost"))
        return rows

    monkeypatch.setattr(worker.engine, "changing", lose)
    with pytest.raises(EngineSilent):
        worker.manager.create_session("user_ann", "ann")
    assert (worker.manager.counts().store, worker.manager.counts().queue) == (0, 1)
    site.check_counters()


def test_a_text_that_cannot_be_sent_is_refused(site: Site) -> None:
    """PostgreSQL stores no NUL: the driver refuses it, and the session is as it was."""
    manager = site.worker().manager
    session_id = manager.create_session("user_ann", "ann")
    for key, value in (("a\0b", "value"), ("key", "a\0b")):
        with pytest.raises(EngineRefused):
            manager.update_session(session_id, key, value)
    with pytest.raises(EngineRefused):
        manager.create_session("user_ann", "a\0b")
    assert manager.get_session(session_id).metadata == {}
    site.check_counters()


@pytest.mark.parametrize(
    ("state", "severity", "refused", "soon"),
    [
        ("40001", "ERROR", True, True),
        ("40P01", "ERROR", True, True),
        ("55P03", "ERROR", True, True),
        ("57014", "ERROR", True, False),
        ("40003", "ERROR", False, False),
        ("08007", "ERROR", False, False),
        ("57P01", "FATAL", False, False),
        ("57P02", "FATAL", False, False),
        ("08P01", "FATAL", False, False),
    ],
)
def test_what_an_error_promises(state: str, severity: str, refused: bool, soon: bool) -> None:
    """An error that undoes its statement is a refusal; all others are silence."""

    class Said(psycopg.Error):
        sqlstate = state
        diag = type("Diagnostic", (), {"severity_nonlocalized": severity})()

    outcome = postgres_engine._outcome(sa.exc.OperationalError("statement", {}, Said("said")))
    assert isinstance(outcome, EngineRefused if refused else EngineSilent)
    assert outcome.definite is refused
    assert getattr(outcome, "soon", False) is soon


def test_the_variant_is_built_by_its_name(site: Site) -> None:
    """`postgres-fixed` has tables of its own, named after the prefix and the variant."""
    place = Place({"postgres": site.url}, site.prefix, shards=1, cache_ttl=60.0, max_sessions=1, lifetime=3600)
    manager, records = shared_manager("postgres-fixed", place, ThreadRuntime(), DatabaseDials(0), None)
    site.prefix = f"{site.prefix}_postgres_fixed"
    records.open()
    manager.create_session("user_ann", "ann")
    site.check_counters()
    records.close()
    assert SHARED["postgres-fixed"] == "postgres"
    assert is_engine_url("postgres", site.url)


def test_it_has_the_methods_of_the_managers_on_redis() -> None:
    """The methods stand in the same order as those of the managers on Redis."""
    ours, theirs = (
        [name for name in vars(kind) if name[0] != "_"] for kind in (SessionManager, redis_fixed.SessionManager)
    )
    assert ours == theirs
