"""What a lab tells a load of other labs too: a census and its cleanup, page by page; and the verdict made of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from racelab.bugs import Verdict
from racelab.live import census
from racelab.promises.afar import Cleaned, Stored, adopt, evidence
from racelab.promises.ledger import Ledger
from racelab.promises.promise import Call, Kind
from racelab.promises.verdict import Result, judge
from tests.instrument.labs import BOTH, World


class User:
    """Asks one manager of a lab, and enters what it hears."""

    def __init__(self, world: World, variant: str) -> None:
        self._world = world
        self._variant = variant
        self.ledger = Ledger()

    def _enter(self, kind: Kind, session_id: str, key: str = "", value: str = "") -> None:
        call = Call(kind, "" if kind == "create" else session_id, key, value)
        self.ledger.begin(call)
        call.session_id = session_id
        self.ledger.end(call, "acknowledged")

    def login(self, odd: bool) -> str:
        """A new session, whose row cannot be cleaned up if its id is odd."""
        while True:
            session_id = self._world.login(self._variant)
            self._enter("create", session_id)
            if len(session_id) % 2 == odd:
                return session_id

    def save(self, session_id: str, key: str) -> None:
        """A save."""
        assert self._world.save(session_id, key, "v", self._variant).status_code == 200
        self._enter("update", session_id, key, "v")

    def logout(self, session_id: str) -> None:
        """A logout."""
        assert self._world.logout(session_id, self._variant).status_code == 200
        self._enter("delete", session_id)


def pages(world: World, path: str, following: str) -> list[Any]:
    """All pages, each asked for as the one before says."""
    found = [world.ask(path)]
    while found[-1]["next"] is not None:
        found.append(world.ask(path + following.format(**found[-1])))
    return found


def stored(world: World, variant: str) -> Stored:
    """A whole census."""
    held = Stored()
    for page in pages(world, f"/lab/census/{variant}", "?census={census}&page={next}"):
        held.add(page)
    return held


def cleaned(world: World, variant: str) -> Cleaned:
    """What cleanup did."""
    done = Cleaned()
    *others, last = pages(world, f"/lab/cleanup/{variant}", "?after={next}")
    assert last["waiting_for"] is None
    for page in others:
        done.add_attempts(page)
    done.add(last)
    return done


def from_afar(world: World, user: User, variant: str, before: Stored) -> Result:
    """The verdict on what a user heard."""
    adopt(user.ledger, before)
    return judge(evidence(user.ledger, stored(world, variant), cleaned(world, variant), before))


@pytest.mark.parametrize("variant", BOTH)
def test_the_verdict_from_afar_is_the_labs_own(world: World, variant: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """From small pages and a ledger of its own, a client has the verdict that the lab gives itself."""
    monkeypatch.setattr(census, "MOST_IDS", 3)
    monkeypatch.setattr(census, "MOST_ATTEMPTS_TOLD", 1)
    before = stored(world, variant)
    user = User(world, variant)
    kept = [user.login(odd=bool(number % 2)) for number in range(6)]
    for number in range(12):
        user.save(kept[number % 6], f"k{number}")
    closed = [user.login(odd=bool(number % 2)) for number in range(6)]
    for session_id in closed:
        user.logout(session_id)
    world.lab.settle()
    own: Any = world.verdict()["variants"][variant]
    told: Any = from_afar(world, user, variant, before).to_json()
    if variant == "buggy":
        assert own["cards"]["cleanup_leak"]["verdict"] == Verdict.DISAGREE
        own["cards"]["cleanup_leak"]["first_at"] = None
    for each in (told, own):  # a census is in the order of the ids, a queue in that of the logouts
        # and only the lab itself keeps the last calls, of which its evidence tells a loss each
        lines = {line["text"] for line in each["cards"]["cleanup_leak"].pop("evidence")}
        assert len(lines) >= 3 or variant == "fixed"
        del each["cards"]["cleanup_leak"]["unassigned"]
    assert told == own
    assert told["counts"]["queue" if variant == "buggy" else "dead_letters"] >= 3


@pytest.mark.parametrize("variant", BOTH)
def test_sessions_of_before_are_judged_by_what_comes_after(world: World, variant: str) -> None:
    """What was open at the beginning is expected, and its earlier accesses are nobody's surplus."""
    earlier = User(world, variant)
    old = earlier.login(odd=False)
    earlier.save(old, "k")
    before = stored(world, variant)
    user = User(world, variant)
    user.save(user.login(odd=False), "k")
    told = from_afar(world, user, variant, before)
    assert (told.verdict, told.promised, told.surplus) == (Verdict.AGREE, 1, 0)
    assert told.counts["should_be"] == [told.counts["store"]] * 2


def test_cleanup_of_several_labs_is_added_up() -> None:
    """Attempts of all labs count together; one on a row that another lab has removed counts no more."""
    done, held = Cleaned(), Stored(queue=["odd"], rows={"odd"})
    for attempts in ({"odd": 2, "gone": 1}, {"odd": 2}):
        page = {"waiting_for": None, "other_labs": 1, "cleaned": 1, "discarded": 0, "attempts": attempts, "next": None}
        done.add(page)  # type: ignore[arg-type]
    told = evidence(Ledger(), held, done, Stored())
    assert (dict(told.attempts), told.cleaned) == ({"odd": 4}, 2)
    assert judge(told).cards["cleanup_leak"].count == 1


def test_a_census_that_is_over_is_told(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of an earlier census, or one after the last, is 404; a page that is no number is 422."""
    monkeypatch.setattr(census, "MOST_IDS", 1)
    for _ in range(3):
        world.login()
    first, second = (world.ask("/lab/census/fixed")["census"] for _ in range(2))
    ask = "/lab/census/fixed?census={}&page={}".format
    assert world.client.get(ask(first, 1)).status_code == 404
    assert world.client.get(ask(second, 7)).status_code == 404
    assert world.client.get(ask(second, "x")).status_code == 422
    assert world.ask(ask(second, 2))["next"] is None
    assert world.client.get(ask(second, 2)).status_code == 404
    assert world.client.get("/lab/census/none").status_code == world.client.get("/lab/cleanup/none").status_code == 404


def test_a_run_beside_another_lab_ends_without_a_verdict(
    make_world: Callable[..., World], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A new run keeps *cannot tell* of the old one: what the other lab has acknowledged is not known."""
    world = make_world()
    world.save(world.login(), "k")
    monkeypatch.setattr(world.lab._neighbours, "_with_others", {"fixed": 1})
    world.lab.reset()
    (ended,) = world.lab.runs.ended()
    assert (ended["settled"], ended["variants"]["fixed"]["verdict"]) == (False, Verdict.CANNOT_TELL)
    assert "--also" in str(ended["waiting_for"])
    assert world.ask("/lab/cleanup/fixed")["other_labs"] == 1
