"""The lab as a whole: its threads, a restart, its dials, and when it gives a verdict."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from racelab.cli.terminal import environment_line
from racelab.live import runs as runs_module
from racelab.live.burst import Order
from racelab.live.json_types import DialsJson
from racelab.promises.evidence import Evidence
from session_manager.databases import DatabaseUnavailable
from session_manager.fixed import SessionManager
from tests.instrument.calls import Running
from tests.instrument.labs import BOTH, World, seen, until


def test_start_and_stop_leave_no_thread_behind(world: World) -> None:
    """After a stop no thread of the lab is alive, however often it was started."""
    before = set(threading.enumerate())
    for _ in range(2):
        world.start()
        names = {thread.name for thread in set(threading.enumerate()) - before}
        assert names == {"sampler", "cleanup-buggy", "cleanup-fixed"}
        world.lab.burst.start(Order("mixed", BOTH, 3, 60))
        until(lambda: world.lab.burst.progress()["requests"] > 10, "visitors")
        running = Running(world.lab.variants["fixed"].ledger, "read", "s")  # nothing can settle while this lasts
        world.lab.settle_soon()
        world.lab.settle_soon()
        assert [thread.name for thread in threading.enumerate()].count("settle") == 1
        world.lab.stop()
        running.end()
        assert set(threading.enumerate()) == before


def test_a_settling_that_takes_a_while_is_waited_for(started: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopping the lab waits for settling before it closes the databases."""
    ended: list[str] = []
    (close, *_) = [database.close for database in started.lab.sessions.databases.values()]

    def settle() -> None:
        started.lab._stopping.wait(20)
        threading.Event().wait(0.2)  # its last cleanup cycle
        ended.append("settled")

    def stop() -> None:
        ended.append("closed")
        close()

    monkeypatch.setattr(started.lab, "settle", settle)
    monkeypatch.setattr(started.lab.sessions.databases["buggy"], "close", stop)
    started.lab.settle_soon()
    started.lab.stop()
    assert ended == ["settled", "closed"]


def test_building_an_app_starts_no_thread(make_world: Callable[..., World]) -> None:
    """Building an app starts no thread; its first request does."""
    before = set(threading.enumerate())
    world = make_world()
    assert set(threading.enumerate()) == before
    world.client.get("/lab/poll")
    assert {thread.name for thread in set(threading.enumerate()) - before} == {
        "sampler",
        "cleanup-buggy",
        "cleanup-fixed",
    }


def test_a_lab_that_runs_is_not_started_twice(started: World) -> None:
    """A second start of a running lab starts no thread."""
    with pytest.raises(RuntimeError, match="running already"):
        started.start()


def test_after_a_restart_fixed_takes_over_and_buggys_rows_are_left_over(
    tmp_path: Path, make_world: Callable[..., World]
) -> None:
    """After a restart fixed recovers its rows, and those of buggy are left over."""
    url = f"sqlite:///{tmp_path}/{{variant}}.sqlite"
    first = make_world(SESSION_MANAGER_DATABASE=url).start()
    kept = {variant: [first.login(variant) for _ in range(3)] for variant in BOTH}
    for variant, sessions in kept.items():
        first.save(sessions[0], variant=variant)
        first.logout(sessions[2], variant)
    first.lab.stop()

    second = make_world(SESSION_MANAGER_DATABASE=url).start()
    assert second.lab.boot != first.lab.boot
    second.lab.settle()
    status = second.ask("/lab/status")["variants"]
    assert (status["fixed"]["recovered"], status["fixed"]["left_over"]) == (2, 0)
    assert (status["buggy"]["recovered"], status["buggy"]["left_over"]) == (0, 3)
    assert second.ask(f"/fixed/api/session/{kept['fixed'][0]}")["metadata"] == {"colour": "red"}
    assert second.client.get(f"/buggy/api/session/{kept['buggy'][0]}").status_code == 404
    second.login("buggy")
    second.logout(kept["fixed"][1])
    second.lab.settle()
    verdict = second.verdict()
    assert (seen(verdict, "buggy"), seen(verdict, "fixed")) == (set(), set())
    assert [verdict["variants"][variant]["vanished"] for variant in BOTH] == [0, 0]
    assert verdict["variants"]["buggy"]["counts"]["should_be"] == [1, 1]
    assert verdict["variants"]["fixed"]["counts"]["should_be"] == [1, 1]
    said = verdict["variants"]["buggy"]["cards"]["phantom_sessions"]["sentence"]
    assert "counts agree: store 1, statistics 1, database 1, expected 1; 3 more rows left over" in said
    second.lab.reset()
    assert second.ask("/lab/status")["variants"]["buggy"]["left_over"] == 0
    assert second.lab.variants["buggy"].sample()["database"] == 0


def test_the_environment_says_under_what_conditions(started: World) -> None:
    """The environment names the interpreter, threads, database and highest dials."""
    for window, faults in ((4, 0.5), (1, 0), (9, 0.75), (0, 0)):
        started.lab.turn({"window_ms": window, "fault_rate": faults})
        if window != 9:
            Running(started.lab.variants["fixed"].ledger, "read", "s").end()
    assert started.lab.environment() == {
        "python": ".".join(map(str, sys.version_info[:3])),
        "gil": getattr(sys, "_is_gil_enabled", lambda: True)(),
        "switch_interval_ms": pytest.approx(sys.getswitchinterval() * 1000),
        "threads": 4,
        "workers": 1,
        "pid": os.getpid(),
        "window_ms": 4,
        "fault_rate": 0.5,
        "database": "memory",
    }


def test_the_environment_counts_each_worker(started: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Terminal and exported page say how many workers have how many threads each."""
    alone = started.lab.environment()
    assert " 4 threads, added delay" in environment_line(alone)
    assert environment_line(alone).endswith(f"memory, process {os.getpid()}")
    monkeypatch.setattr(started.lab._deployment, "workers", lambda: [{}, {}, {}])
    told = environment_line(started.lab.environment())
    assert " 3 workers of 4 threads, added delay" in told
    assert "process" not in told
    started.login()
    page = started.client.get("/lab/export.html").text
    assert "3 workers of 4" in page
    assert f"process {os.getpid()}" not in page


def test_the_dials_reach_both_variants_alike(world: World) -> None:
    """A dial that is set applies to both managers."""
    wanted = {"window_ms": 3, "fault_rate": 0.25, "db_latency_ms": 40, "cache_ttl_s": 7, "cleanup_interval_s": 2}
    assert world.lab.turn(wanted) == world.lab.dials() == wanted
    registered = world.lab.sessions
    subjects = list(registered.subjects.values())
    assert {subject.cache_ttl for subject in subjects} == {7}
    assert {id(subject._runtime.dials) for subject in subjects} == {id(registered.dials)}  # type: ignore[attr-defined]
    assert (registered.dials.window, registered.dials.fault_rate, registered.dials.armed) == (0.003, 0.25, True)
    latencies = {id(v._records._dials) for v in world.lab.variants.values()}  # type: ignore[attr-defined]
    assert latencies == {id(registered.database_dials)}
    assert (registered.database_dials.latency, registered.cleanup_interval) == (0.04, 2)


def during(world: World, *turns: dict[str, float], use_dials: bool = False) -> list[DialsJson]:
    """Run a burst in which a person turns dials. Returns where they stood before, during and after."""
    world.lab.turn({"window_ms": 1, "db_latency_ms": 3, "cache_ttl_s": 50})
    stands = [world.lab.dials()]
    assert world.lab.burst.start(Order("stale_overwrites", BOTH, 2, 60, use_dials))
    until(lambda: world.lab.burst.progress()["requests"] > 5, "visitors")
    stands.append(world.lab.dials())
    for turn in turns:
        world.lab.turn(turn)
    world.lab.burst.stop(wait=30)
    return [*stands, world.lab.dials()]


def test_a_burst_brings_its_dials_and_puts_them_back(world: World) -> None:
    """A burst sets the dials of its kind and restores all of them at its end."""
    before, inside, after = during(world)
    assert inside == {**before, "window_ms": 0, "fault_rate": 0, "db_latency_ms": 60, "cache_ttl_s": 0}
    assert after == before


def test_a_burst_with_the_dials_as_they_stand_leaves_them(world: World) -> None:
    """A burst with `use_dials` changes no dial."""
    before, inside, after = during(world, use_dials=True)
    assert before == inside == after


def test_what_a_person_turns_during_a_burst_stays(world: World) -> None:
    """A dial that is set during a burst stays, and the others are restored."""
    before, _, after = during(world, {"db_latency_ms": 9, "window_ms": 5})
    assert after == {**before, "db_latency_ms": 9, "window_ms": 5}


def test_what_a_person_turns_while_a_burst_settles_stays(world: World) -> None:
    """A dial that is set while a burst settles stays."""
    settle = world.lab.settle

    def settle_and_be_turned() -> None:
        settle()
        world.lab.turn({"fault_rate": 0.125})

    world.lab.settle = settle_and_be_turned  # type: ignore[method-assign]
    before, _, after = during(world)
    assert after == {**before, "fault_rate": 0.125}


def test_a_burst_that_fails_says_so_and_puts_the_dials_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A failed burst gives its reason, restores the dials and allows another burst."""

    def fail(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    before = world.lab.dials()
    with monkeypatch.context() as broken:
        broken.setattr("racelab.live.burst.visitor", fail)
        assert world.burst("lost_updates")["state"] == "failed"
    assert world.lab.burst.progress()["message"] == "The burst failed: can't start new thread"
    assert world.lab.dials() == before
    assert world.burst("one_visitor")["state"] == "done"


def test_a_burst_counts_every_request_and_how_it_ended(world: World) -> None:
    """The burst's count of requests and outcomes equals the ledger's."""
    world.lab.turn({"fault_rate": 0.1})
    progress = world.burst("cleanup_leak", visitors=4, seconds=1, use_dials=True)
    ledgers = [variant.ledger.totals() for variant in world.lab.variants.values()]
    assert progress["requests"] == sum(sum(totals.calls.values()) for totals in ledgers) > 20
    assert progress["unknown"] == sum(totals.of("unknown") for totals in ledgers) > 0
    assert progress["failed"] == sum(totals.of("failed") for totals in ledgers)
    assert (progress["visitors"], progress["done"]) == (8, 1.0)


def test_there_is_no_verdict_while_a_call_is_in_flight(world: World) -> None:
    """While a call is in flight, the verdict of both managers is 'cannot tell'."""
    world.save(world.login())
    assert world.lab.verdict()["settled"]
    running = Running(world.lab.variants["buggy"].ledger, "read", "s")
    for pause in (0.25, 0.0):  # with what was worked out before, and worked out anew
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(runs_module, "LEAST_PAUSE", pause)
            patch.setattr(runs_module, "LONG_LOOK", float("inf"))
            verdict = world.lab.verdict()
        assert not verdict["settled"]
        assert {verdict["variants"][variant]["verdict"] for variant in BOTH} == {"cannot tell"}
    assert verdict["waiting_for"] == "1 call is in flight on buggy"
    running.end()
    assert world.verdict()["waiting_for"] is None


def test_there_is_no_verdict_while_visitors_are_inside_or_rows_are_to_be_tried(world: World) -> None:
    """A burst or a row that is still to be tried delays the verdict, with a reason."""
    world.logout(world.login_of_length(odd=True, variant="buggy"), "buggy")
    assert world.lab.verdict()["waiting_for"] == "cleanup on buggy has 1 row left to process"
    for _ in range(4):
        assert not world.lab.verdict()["settled"]
        world.lab.sessions.clean("buggy")
    assert seen(world.verdict(), "buggy") == {"cleanup_leak"}
    assert world.lab.burst.start(Order("one_visitor", BOTH, 1, 60))
    assert world.lab.verdict()["waiting_for"] == "a load is running"
    world.lab.burst.stop(wait=30)
    assert world.verdict()["settled"]


def test_a_verdict_never_outlives_a_change(world: World) -> None:
    """A change invalidates the verdict at once, and without a change it is kept."""
    session = world.login()
    for saved in range(1, 4):
        world.save(session, value=str(saved))
        verdict = world.lab.verdict()
        assert not verdict["settled"] or verdict["variants"]["fixed"]["promised"] == saved
        assert world.verdict()["variants"]["fixed"]["promised"] == saved
    assert world.lab.verdict()["variants"] is world.lab.verdict()["variants"]


def test_a_call_that_comes_while_the_verdict_is_worked_out_spoils_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A call during the computation of a verdict discards it and dates no card."""
    monkeypatch.setattr(runs_module, "LEAST_PAUSE", 0.0)
    monkeypatch.setattr(runs_module, "LONG_LOOK", float("inf"))
    variant = world.lab.variants["fixed"]
    evidence = variant.evidence

    def disturbed() -> Evidence:
        taken = evidence()
        taken.row_ids.add("a row that was only there for a moment")
        world.login()
        return taken

    world.login()
    variant.evidence = disturbed  # type: ignore[method-assign]
    verdict = world.lab.verdict()
    assert (verdict["settled"], verdict["waiting_for"]) == (False, "calls arrived during the evaluation")
    variant.evidence = evidence  # type: ignore[method-assign]
    verdict = world.lab.verdict()
    assert (verdict["settled"], seen(verdict, "fixed")) == (True, set())
    assert world.lab.runs._first_at == {}


def test_a_database_that_does_not_answer_is_cannot_tell(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """To have waited for it in vain is no effort, so the next look comes soon."""
    monkeypatch.setattr(runs_module, "LEAST_PAUSE", 0.0)
    world.login()

    def fail() -> Evidence:
        threading.Event().wait(0.3)
        raise DatabaseUnavailable(OSError("disk I/O error"))

    with monkeypatch.context() as broken:
        broken.setattr(world.lab.variants["fixed"], "evidence", fail)
        poll = world.ask("/lab/poll")
    assert not poll["verdict"]["settled"]
    assert "did not answer" in poll["verdict"]["waiting_for"]
    assert {poll["verdict"]["variants"][variant]["verdict"] for variant in BOTH} == {"cannot tell"}
    assert world.lab.verdict()["settled"]


def test_sessions_of_an_earlier_process_are_followed_from_there_on(
    make_world: Callable[..., World], tmp_path: Path
) -> None:
    """Of a recovered session, changes of this run alone are promised."""
    url = f"sqlite:///{tmp_path}/{{variant}}.sqlite"
    first = make_world(SESSION_MANAGER_DATABASE=url).start()
    session_id = first.login("fixed")
    first.save(session_id, variant="fixed")
    first.lab.stop()
    second = make_world(SESSION_MANAGER_DATABASE=url).start()
    second.save(session_id, variant="fixed")
    second.lab.settle()
    told = second.verdict()["variants"]["fixed"]
    assert (told["promised"], told["vanished"], told["surplus"]) == (1, 0, 0)
    fixed = second.lab.sessions.subjects["fixed"]
    assert isinstance(fixed, SessionManager)
    fixed._sessions[session_id].peek().data.access_count -= 1
    second.login("fixed")
    told = second.verdict()["variants"]["fixed"]
    assert (told["promised"], told["vanished"], told["surplus"]) == (1, 1, 0)


def test_a_login_beyond_the_limit_is_a_failed_request(make_world: Callable[..., World]) -> None:
    """A login beyond the limit counts as a failed request."""
    world = make_world(SESSION_MANAGER_MAX_SESSIONS=1)
    world.login("fixed")
    refused = world.client.post("/fixed/api/login", json={"username": "ann", "password": "x"})
    assert (refused.status_code, refused.get_json()["definite"]) == (503, True)
    assert world.verdict()["variants"]["fixed"]["failed_requests"] == 1
