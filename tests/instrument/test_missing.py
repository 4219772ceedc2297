"""What is missing while a load runs: never more than is missing, and never anything of the fixed manager."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from racelab.live.missing import Missing
from racelab.promises.ledger import Ledger
from racelab.promises.promise import Call
from session_manager import fixed
from session_manager.model import SessionData
from tests.instrument.evidence import data
from tests.instrument.labs import BOTH, World, until
from tests.subject.cases import Cases


class Held:
    """A manager of one session that stores so many accesses, and a ledger that knows of others."""

    def __init__(self) -> None:
        self.ledger = Ledger()
        self.stored: SessionData | None = data("s")
        self.missing = Missing(self.ledger, lambda _: self.stored)
        with self.ledger.call("create") as call:
            call.session_id = "s"

    def acknowledge(self, saves: int) -> None:
        """So many acknowledged saves."""
        for _ in range(saves):
            with self.ledger.call("update", "s", "key", "value"):
                """The manager's part."""

    def looked(self) -> int:
        """What is missing after a look."""
        self.missing.look()
        return self.missing.count()


def test_a_change_is_missing_from_when_it_was_acknowledged_until_it_is_there() -> None:
    """Acknowledged changes that are not stored are missing, and are not once they are stored."""
    held = Held()
    held.acknowledge(3)
    held.stored = data("s", 1)
    assert held.looked() == 2
    held.acknowledge(1)
    held.stored = data("s", 4)
    assert held.looked() == 0


def test_a_session_is_not_looked_at_while_a_call_is_in_flight() -> None:
    """A change that is being stored is not missing; when its call has ended it is looked at."""
    held = Held()
    held.acknowledge(3)
    with held.ledger.call("update", "s", "key", "value"):
        assert held.looked() == 0
    assert held.looked() == 4


def test_a_call_between_the_two_looks_makes_the_answer_void() -> None:
    """What was read before a call and compared after it proves nothing."""
    held = Held()
    held.acknowledge(1)
    seen = data("s", 0)

    def late(_: str) -> SessionData:
        held.acknowledge(1)
        return seen

    held.missing = Missing(held.ledger, late)
    assert held.looked() == 0


def test_what_may_hide_a_loss_or_ends_a_session_is_not_counted() -> None:
    """Changes of unknown outcome, closed sessions and those of an ended run are no losses."""

    def unknown(held: Held) -> None:
        call = Call("update", "s", "key", "value")
        held.ledger.begin(call)
        held.ledger.end(call, "unknown", injected=True)

    def close(held: Held) -> None:
        held.acknowledge(2)
        assert held.looked() == 2
        with held.ledger.call("delete", "s"):
            held.stored = None

    def vanish(held: Held) -> None:
        held.acknowledge(2)
        held.stored = None

    def forget(held: Held) -> None:
        held.acknowledge(2)
        assert held.looked() == 2
        held.missing.forget()

    with Cases() as cases:
        for happens in (unknown, close, vanish, forget):
            with cases.case(happens.__name__):
                held = Held()
                happens(held)
                assert held.looked() == 0


def test_a_session_of_an_earlier_process_owes_what_it_had() -> None:
    """What was counted before this process counts as there from the beginning."""
    held = Held()
    held.ledger.open(forget=True)
    held.ledger.adopt("s", 5)
    held.acknowledge(1)
    held.stored = data("s", 5)
    assert held.looked() == 1
    held.acknowledge(1)
    held.stored = data("s", 7)
    assert held.looked() == 0


def test_a_new_run_misses_nothing_of_the_old_one(world: World) -> None:
    """A sample finds what a session lacks, and after New run neither number nor candidates are left."""
    session = world.login("fixed")
    world.save(session, "colour", "red", "fixed")
    held = world.lab.sessions.subjects["fixed"]
    assert isinstance(held, fixed.SessionManager)
    held._sessions[session].peek().data.access_count = 0  # as a lost update would leave it
    world.lab.sampler.sample()
    missing: Callable[[], int] = lambda: world.ask("/lab/status")["variants"]["fixed"]["missing"]  # noqa: E731
    assert missing() == 1
    world.save(world.login("fixed"), "colour", "red", "fixed")
    world.tell("/lab/reset", {})
    assert missing() == 0
    assert world.lab.variants["fixed"].ledger.changed() == {}


def test_under_load_it_is_a_lower_bound_and_fixed_never_misses_anything(world: World) -> None:
    """Looked at all the time under a load, buggy misses no more than at rest, and fixed nothing."""
    most: Counter[str] = Counter()
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            for name, variant in world.lab.variants.items():
                variant.look()
                most[name] = max(most[name], variant.status()["missing"])

    looking = threading.Thread(target=look)
    looking.start()
    try:
        world.client.post("/lab/burst", json={"kind": "lost_updates", "visitors": 12, "seconds": 2})
        until(lambda: not world.lab.burst.running(), "the end of the load")
    finally:
        over.set()
        looking.join(10)
    until(lambda: world.lab.verdict()["settled"], "the verdict")
    vanished = {name: world.lab.verdict()["variants"][name]["vanished"] for name in BOTH}
    assert most["fixed"] == vanished["fixed"] == 0
    assert 0 < most["buggy"] <= vanished["buggy"]


def test_over_a_shared_engine_every_fifth_sample_looks_at_sessions(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of ten samples two look at the sessions of a shared engine, and all at those in memory."""
    world.lab.sampler.stop()
    variant = world.lab.variants["fixed"]
    looks: list[Missing] = []
    monkeypatch.setattr(variant._missing, "look", lambda: looks.append(variant._missing))

    def looks_of_ten() -> int:
        looks.clear()
        for _ in range(10):
            variant.look()
        return len(looks)

    assert looks_of_ten() == 10
    variant.watch_records()
    assert looks_of_ten() == 2
