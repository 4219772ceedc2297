"""What an attack on the lab found: resets that fail half-way, bursts that do not start, dials that were forgotten."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from racelab.live.burst import Order
from racelab.promises.ledger import Ledger
from racelab.promises.promise import MOST_KEYS
from session_manager.databases import DatabaseUnavailable
from tests.instrument.calls import Running
from tests.instrument.labs import BOTH, World, seen
from tests.subject.cases import Cases


def refuse(*_: object) -> None:
    """As a database does that is locked."""
    raise DatabaseUnavailable(OSError("database is locked"))


def test_a_reset_that_fails_half_way_keeps_what_was_measured(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reset that fails on the second manager ends the run and keeps its verdict."""
    session_id = world.login("buggy")
    world.save(session_id, variant="buggy")
    world.login("fixed")
    with monkeypatch.context() as broken:
        broken.setattr(world.lab.sessions.managers["fixed"], "clear", refuse)
        assert world.tell("/lab/reset").status_code == 503
    (ended,) = world.lab.runs.ended()
    assert (ended["run"], ended["variants"]["buggy"]["promised"]) == (1, 1)
    told = world.verdict()
    assert told["run"] == 2
    assert (told["variants"]["buggy"]["promised"], seen(told, "buggy"), seen(told, "fixed")) == (0, set(), set())
    assert world.tell("/lab/reset").get_json() == {"run": 3}


def test_a_burst_that_cannot_start_does_not_block_the_next(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A burst that cannot start blocks neither the next one nor a reset."""

    def no_more(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as broken:
        broken.setattr(threading.Thread, "start", no_more)
        with pytest.raises(RuntimeError, match="new thread"):
            world.lab.burst.start(Order("one_visitor", BOTH, 1, 1))
    assert world.lab.burst.progress()["state"] == "failed"
    world.login()
    assert world.lab.reset() == 2
    assert world.burst("one_visitor")["state"] == "done"


def test_who_stops_a_burst_never_meets_one_that_is_about_to_start(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A stop during the start of a burst waits for that burst to end."""
    begun, still_running = threading.Event(), list[bool]()
    start = threading.Thread.start

    def stop() -> None:
        begun.wait(10)
        world.lab.burst.stop(wait=30)
        still_running.append(world.lab.burst.running())

    stopper = threading.Thread(target=stop)
    stopper.start()

    def slow(thread: threading.Thread) -> None:
        begun.set()
        stopper.join(0.1)  # as long as it takes to find a thread that is not started, if it could be found
        start(thread)

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", slow)
        assert world.lab.burst.start(Order("one_visitor", BOTH, 1, 1))
    stopper.join(30)
    assert still_running == [False]


def test_a_lab_that_is_started_again_takes_nothing_over_twice(world: World) -> None:
    """A lab that is started again recovers no session twice."""
    world.start()
    for variant in BOTH:
        world.save(world.login(variant), variant=variant)
    world.lab.stop()
    world.start()
    told = world.verdict()["variants"]
    assert {name: (one["verdict"], one["promised"]) for name, one in told.items()} == dict.fromkeys(BOTH, ("agree", 1))


def test_what_was_taken_over_is_forgotten_with_the_run(make_world: Callable[..., World], tmp_path: Path) -> None:
    """After a restart and a reset, sessions opened since then alone are expected."""
    url = f"sqlite:///{tmp_path}/{{variant}}.sqlite"
    first = make_world(SESSION_MANAGER_DATABASE=url).start()
    first.login()
    first.lab.stop()
    second = make_world(SESSION_MANAGER_DATABASE=url).start()
    second.lab.reset()
    second.login()
    assert second.verdict()["variants"]["fixed"]["counts"]["should_be"] == [1, 1]


def test_what_a_person_turns_to_nothing_while_a_burst_settles_stays(world: World) -> None:
    """A dial that is set to 0 while a burst settles stays at 0."""
    world.lab.turn({"window_ms": 7, "fault_rate": 0.125})
    settle = world.lab.settle

    def turned_meanwhile() -> None:
        settle()
        world.lab.turn({"window_ms": 0.0})

    world.lab.settle = turned_meanwhile  # type: ignore[method-assign]
    assert world.burst("one_visitor")["state"] == "done"
    assert (world.lab.dials()["window_ms"], world.lab.dials()["fault_rate"]) == (0.0, 0.125)


def test_a_burst_that_starts_while_a_run_is_begun_anew_puts_back_the_true_dials(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A burst that starts during a reset restores the dials from before the reset."""
    wanted = world.lab.turn({"window_ms": 0.5, "fault_rate": 0.125})
    clear = world.lab.sessions.subjects["buggy"].clear

    def slow_clear() -> None:
        assert world.lab.burst.start(Order("one_visitor", BOTH, 1, 1))
        clear()

    with monkeypatch.context() as slow:
        slow.setattr(world.lab.sessions.managers["buggy"], "clear", slow_clear)
        world.lab.reset()
    world.lab.burst.stop(wait=30)
    assert world.lab.dials() == wanted


def test_a_row_is_not_stuck_because_the_database_refuses_to_give_it_up(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Attempts that a database refused are not counted against the row."""
    manager = world.fixed()
    manager._tables.peek().queue.backoff = 0.0
    world.logout(world.login_of_length(odd=True))
    with monkeypatch.context() as broken:
        broken.setattr(world.lab.variants["fixed"]._records, "set_aside", refuse)
        for _ in range(12):
            world.lab.sessions.clean("fixed")
        told = world.lab.verdict()
        assert not told["settled"]
        assert "has 1 row left to process" in (told["waiting_for"] or "")
    world.lab.sessions.clean("fixed")
    assert world.verdict()["variants"]["fixed"]["cards"]["cleanup_leak"]["verdict"] == "agree"


def test_the_ledger_follows_so_many_keys_and_no_more() -> None:
    """Keys beyond the limit are neither promised nor called lost."""
    ledger = Ledger()
    ledger.adopt("s", 0)
    for number in range(MOST_KEYS + 5):
        Running(ledger, "update", "s", f"key-{number}", "value").end()
    promise = ledger.promises()["s"]
    assert (len(promise.keys), promise.changes) == (MOST_KEYS, MOST_KEYS + 5)


def test_looking_at_a_session_without_its_body_changes_nothing(world: World) -> None:
    """A HEAD request counts no access."""
    path = f"/fixed/api/session/{world.login()}"
    assert world.client.head(path).status_code == 200
    assert [world.ask(path)["access_count"] for _ in range(2)] == [0, 1]


class Broken(io.BytesIO):
    """A body that the server cannot read, such as one in chunks that are none."""

    def read(self, *_: object) -> bytes:
        raise ValueError("invalid chunk size")

    readinto = read  # type: ignore[assignment]


def test_a_body_that_cannot_be_read_is_the_clients_fault(world: World) -> None:
    """A body that cannot be read gets 400."""
    more: dict[str, Any] = {"input_stream": Broken(), "content_type": "application/json"}
    answer = world.client.post("/fixed/api/login", headers={"Content-Length": "5"}, **more)
    assert (answer.status_code, answer.mimetype) == (400, "application/problem+json")


def test_another_site_may_not_use_any_method_that_changes(world: World) -> None:
    """Another site can neither log in, nor save, nor log a visitor out."""
    session_id = world.login()
    paths = {"DELETE": f"logout/{session_id}", "PUT": f"session/{session_id}/prefs", "POST": "login"}
    with Cases() as cases:
        for method, path in paths.items():
            with cases.case(method):
                foreign = {"Sec-Fetch-Site": "cross-site"}
                answer = world.client.open(f"/fixed/api/{path}", method=method, json={}, headers=foreign)
                assert answer.status_code == 403
                assert world.client.get(f"/fixed/api/session/{session_id}").status_code == 200


def test_a_clock_that_is_set_back_makes_no_duration_negative(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Uptime, idle time and the age of a queued row go on, whatever the time of day does."""
    world.logout(world.login_of_length(odd=True, variant="buggy"), "buggy")
    before = world.lab.status()
    monkeypatch.setattr(time, "time", lambda: 0.0)
    after = world.lab.status()
    assert after["uptime_s"] >= before["uptime_s"] >= 0
    assert after["variants"]["buggy"]["idle_s"] >= before["variants"]["buggy"]["idle_s"] >= 0
    (oldest,) = [sample["oldest_s"] for sample in [world.lab.variants["buggy"].sample()]]
    assert oldest is not None
    assert oldest >= 0


def test_a_settle_during_another_turns_the_dials_down_again(started: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dials that were turned up meanwhile are down at once, and the one that waits goes on alone."""
    waiting, go_on = threading.Event(), threading.Event()

    def settle() -> None:
        waiting.set()
        go_on.wait(20)

    monkeypatch.setattr(started.lab, "settle", settle)
    started.lab.settle_soon()
    assert waiting.wait(20)
    started.lab.turn({"window_ms": 2.0, "fault_rate": 0.5})
    started.lab.settle_soon()
    assert (started.lab.dials()["window_ms"], started.lab.dials()["fault_rate"]) == (0.0, 0.0)
    assert [thread.name for thread in threading.enumerate()].count("settle") == 1
    go_on.set()
