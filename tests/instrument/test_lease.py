"""A load borrows the dials: what it set goes back when it renews nothing."""

from __future__ import annotations

from collections.abc import Callable

from racelab.live.json_types import DialsJson
from racelab.live.lab import Lab
from racelab.live.lease import LONGEST, Lease
from tests.instrument.labs import World
from tests.subject.cases import Cases

TURNED: DialsJson = {
    "window_ms": 2.0,
    "fault_rate": 0.1,
    "db_latency_ms": 20.0,
    "cache_ttl_s": 1.0,
    "cleanup_interval_s": 0.5,
}


class Clock:
    """Seconds, as the test says."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def test_a_lease_runs_out_once_unless_it_is_renewed() -> None:
    """What was there when it was taken is given back once; renewing does not take it anew, ending gives nothing."""
    clock = Clock()
    lease = Lease(clock)
    assert lease.run_out() is None
    lease.take(10, lambda: TURNED)
    clock.now += 9
    lease.take(10, lambda: {**TURNED, "window_ms": 50.0})
    clock.now += 9
    assert lease.run_out() is None
    clock.now += 1
    assert lease.run_out() == TURNED
    assert lease.run_out() is None
    lease.take(10, lambda: TURNED)
    lease.take(0, lambda: TURNED)
    clock.now += 100
    assert lease.run_out() is None


def stilled(world: World, clock: Clock) -> Lab:
    """A lab that takes samples only when it is told to, and whose lease has that clock."""
    world.start()
    world.lab.sampler.stop()
    world.lab._lease = Lease(clock)
    return world.lab


def test_the_dials_of_a_load_that_dies_go_back(make_world: Callable[..., World]) -> None:
    """Delay and faults go to 0 and the others to where they stood; a load that renews its lease keeps all."""
    for renews in (False, True):
        world, clock = make_world(), Clock()
        lab = stilled(world, clock)
        world.tell("/lab/dials", {"window_ms": 1, "cache_ttl_s": 60})
        before = lab.dials()
        assert world.tell("/lab/lease", {"seconds": 10}).get_json() == {"seconds": 10, "stop": False}
        world.tell("/lab/dials", dict(TURNED))
        for _ in range(3):
            clock.now += 9
            if renews:
                world.tell("/lab/lease", {"seconds": 10})
            lab.sampler.sample()
        wanted = TURNED if renews else {**before, "window_ms": 0.0, "fault_rate": 0.0}
        assert lab.dials() == wanted, renews


def test_a_lease_that_makes_no_sense_is_refused(world: World) -> None:
    """It is a number of seconds, and not for ever."""
    with Cases() as cases:
        for body in (
            {"seconds": -1},
            {"seconds": LONGEST + 1},
            {"seconds": "10"},
            {"seconds": True},
            {},
            {"second": 1},
            {"seconds": 1, "users": -1},
            {"seconds": 1, "users": 1.5},
            {"seconds": 1, "users": True},
            {"seconds": 1, "user": 1},
            {"seconds": 1, "kind": "shop"},
            {"seconds": 1, "kind": ["mixed"]},
        ):
            with cases.case(body):
                assert world.tell("/lab/lease", body).status_code == 422


def test_a_load_from_outside_is_known_and_can_be_stopped(world: World) -> None:
    """The status has its users; Stop reaches it with its next renewal, and no load of the page starts beside it."""
    outside: Callable[[], object] = lambda: world.ask("/lab/status")["outside"]  # noqa: E731
    assert outside() is None
    for users in (8, 24):
        assert world.tell("/lab/lease", {"seconds": 10, "users": users}).get_json()["stop"] is False
        assert outside() == {"users": users, "stopping": False, "kind": ""}
    assert world.tell("/lab/burst", {"seconds": 1}).status_code == 409
    world.tell("/lab/burst/stop", {})
    assert outside() == {"users": 24, "stopping": True, "kind": ""}
    assert world.tell("/lab/lease", {"seconds": 10}).get_json()["stop"] is True
    world.tell("/lab/lease", {"seconds": 0})
    assert outside() is None
    assert world.tell("/lab/lease", {"seconds": 10}).get_json()["stop"] is False, "another load is not asked to stop"
    world.tell("/lab/lease", {"seconds": 0})
    assert world.tell("/lab/burst", {"seconds": 1}).status_code == 202


def test_a_second_load_is_refused_until_the_lease_of_the_first_has_run_out(world: World) -> None:
    """It gets 409 and how long to wait, and changes nothing; the first goes on."""
    clock = Clock()
    lab = stilled(world, clock)
    assert world.tell("/lab/lease", {"seconds": 10, "users": 24, "begins": True}).status_code == 200
    clock.now += 2.5
    refused = world.tell("/lab/lease", {"seconds": 10, "users": 8, "begins": True})
    assert refused.status_code == 409
    assert "Another load from outside is running, with 24 users." in refused.get_json()["detail"]
    assert "wait 8 s" in refused.get_json()["detail"]
    assert lab.status()["outside"] == {"users": 24, "stopping": False, "kind": ""}
    assert world.tell("/lab/lease", {"seconds": 10, "users": 20}).get_json()["stop"] is False
    clock.now += 10
    assert world.tell("/lab/lease", {"seconds": 10, "users": 8, "begins": True}).status_code == 200
    world.tell("/lab/lease", {"seconds": 0})
    assert world.tell("/lab/lease", {"seconds": 10, "begins": True}).status_code == 200


def test_a_stop_is_for_the_load_that_runs_and_not_for_the_next(world: World) -> None:
    """A load that begins after the lease of one that died is not asked to stop; a renewal is."""
    clock = Clock()
    stilled(world, clock)
    world.tell("/lab/lease", {"seconds": 10, "begins": True})
    world.tell("/lab/burst/stop", {})
    assert world.tell("/lab/lease", {"seconds": 10}).get_json()["stop"] is True
    clock.now += 10
    assert world.tell("/lab/lease", {"seconds": 10, "begins": True}).get_json()["stop"] is False
    assert world.tell("/lab/lease", {"seconds": 10}).get_json()["stop"] is False


def test_a_stop_before_any_load_stops_none(world: World) -> None:
    """Stop is for the load that has the lease now."""
    world.tell("/lab/burst/stop", {})
    assert world.tell("/lab/lease", {"seconds": 10}).get_json()["stop"] is False


def test_a_session_is_looked_at_without_an_access(world: World) -> None:
    """The route of the load tools changes neither the count nor the ledger; one of a user does."""
    for variant in ("buggy", "fixed"):
        session = world.login(variant)
        world.save(session, "colour", "red", variant)
        begun = world.lab.variants[variant].ledger.begun
        looked = [world.ask(f"/lab/sessions/{variant}/{session}") for _ in range(3)]
        assert looked == [{"access_count": 1, "metadata": {"colour": "red"}}] * 3
        assert world.lab.variants[variant].ledger.begun == begun
        world.ask(f"/{variant}/api/session/{session}")
        assert world.ask(f"/lab/sessions/{variant}/{session}")["access_count"] == 2
    assert world.client.get("/lab/sessions/fixed/nobody").status_code == 404
    assert world.client.get("/lab/sessions/nobody/nobody").status_code == 404
