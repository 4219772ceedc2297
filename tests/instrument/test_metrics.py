"""What Prometheus scrapes: names, counters that never go back, apps that share nothing, and no lock of a manager's."""

from __future__ import annotations

from collections.abc import Callable
from unittest.mock import Mock

import pytest
from prometheus_client.parser import text_string_to_metric_families

from session_manager.databases import DatabaseUnavailable
from tests.instrument.labs import BOTH, World


def scrape(world: World) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Every sample of a scrape, by name and labels."""
    text = world.client.get("/metrics").get_data(as_text=True)
    found = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    return {(one.name, frozenset(one.labels.items())): one.value for one in found}


def value(world: World, name: str, **labels: str) -> float:
    """One sample of a scrape."""
    return scrape(world)[name, frozenset(labels.items())]


def test_a_scrape_says_what_the_lab_counts(started: World) -> None:
    """A scrape has the counts, the dials and the calls of each manager."""
    started.lab.turn({"window_ms": 3, "fault_rate": 0.0})
    for variant in BOTH:
        started.logout(started.login_of_length(odd=False, variant=variant), variant)
        before = value(started, "racelab_open_sessions", variant=variant, place="store")
        started.login(variant)
        assert value(started, "racelab_open_sessions", variant=variant, place="store") == before + 1
        assert value(started, "racelab_expected_sessions", variant=variant, bound="low") == before + 1
        assert value(started, "racelab_cleanup_queue_sessions", variant=variant) == 1
        acknowledged = {"method": "delete", "outcome": "acknowledged"}
        assert value(started, "racelab_calls_total", variant=variant, **acknowledged) == 1
    assert value(started, "racelab_dial_window_seconds") == 0.003
    assert value(started, "racelab_burst_running") == 0


def test_a_counter_never_goes_back(world: World) -> None:
    """A reset empties the ledger, and the calls of earlier runs still count."""
    acknowledged = {"variant": "fixed", "method": "create", "outcome": "acknowledged"}
    world.login()
    world.login()
    world.lab.reset()
    assert value(world, "racelab_calls_total", **acknowledged) == 2
    world.login()
    assert value(world, "racelab_calls_total", **acknowledged) == 3


def test_an_ended_run_counts_once_with_its_verdict(world: World) -> None:
    """A run that ends counts under its verdict, and one without a request does not."""
    world.save(world.login())
    world.lab.reset()
    world.lab.reset()
    assert value(world, "racelab_ended_runs_total", variant="fixed", verdict="agree") == 1
    assert value(world, "racelab_ended_runs_total", variant="buggy", verdict="cannot tell") == 1
    assert value(world, "racelab_ended_runs_total", variant="buggy", verdict="agree") == 0


def test_missing_changes_are_those_of_this_run(world: World) -> None:
    """A vanished change of the buggy manager is counted until the reset, and none of the fixed one."""
    for variant in BOTH:
        session_id = world.login(variant)
        world.save(session_id, variant=variant)
        with world.lab.variants[variant].ledger.call("update", session_id, "key", "value"):
            if variant == "fixed":
                world.lab.sessions.subjects[variant].update_session(session_id, "key", "value")
    world.lab.sampler.sample()
    assert value(world, "racelab_missing_changes", variant="buggy") == 1
    assert value(world, "racelab_missing_changes", variant="fixed") == 0
    world.lab.reset()
    assert value(world, "racelab_missing_changes", variant="buggy") == 0


def test_two_apps_of_one_process_share_no_measurement(make_world: Callable[..., World]) -> None:
    """What one app answers is not counted by another."""
    one, other = make_world(), make_world()
    one.login()
    logins = {"variant": "fixed", "endpoint": "login", "status": "2xx"}
    assert value(one, "racelab_http_request_duration_seconds_count", **logins) == 1
    name = "racelab_http_request_duration_seconds_count"
    assert (name, frozenset(logins.items())) not in scrape(other)


def test_a_latency_has_its_variant_endpoint_and_class(world: World) -> None:
    """A default route counts for its manager, an error by its class, and a page for none."""
    name = "racelab_http_request_duration_seconds_count"
    world.client.get("/api/session/nothing")
    world.client.get("/lab/status")
    world.client.get("/nowhere")
    assert value(world, name, variant="buggy", endpoint="read", status="4xx") == 1
    assert value(world, name, variant="none", endpoint="status", status="2xx") == 1
    assert value(world, name, variant="none", endpoint="none", status="4xx") == 1


def test_a_scrape_takes_no_lock_of_a_manager(world: World) -> None:
    """While the locks of the fixed manager are held, a scrape is answered."""
    manager = world.fixed()
    world.login()
    with manager._tables, manager._cache:
        assert value(world, "racelab_open_sessions", variant="fixed", place="store") == 1


def test_a_store_that_does_not_answer_is_named(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A scrape that lacks a manager would look like one without sessions."""
    with monkeypatch.context() as away:
        away.setattr(world.lab.variants["fixed"], "sample", Mock(side_effect=DatabaseUnavailable(OSError("away"))))
        answer = world.client.get("/metrics")
    assert (answer.status_code, answer.mimetype) == (503, "application/problem+json")
    assert "away" in answer.get_json()["detail"]
    assert world.client.get("/metrics").status_code == 200


def test_another_site_cannot_scrape(world: World) -> None:
    """The guard refuses a scrape of another site and under another name."""
    assert world.client.get("/metrics", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert world.client.get("/metrics", headers={"Host": "evil.example"}).status_code == 400
    assert world.client.get("/metrics").status_code == 200
