"""Losses one by one: what is told is certain, and what is not certain is not told."""

from __future__ import annotations

import re
from typing import Any

import pytest

from racelab.promises.evidence import Evidence
from racelab.promises.history import History
from racelab.promises.ledger import Ledger
from racelab.promises.losses import Loss, all_losses
from racelab.promises.promise import Call
from racelab.promises.verdict import judge
from session_manager.model import Census, SessionStats
from tests.instrument.calls import Running, done, opened
from tests.instrument.evidence import data
from tests.instrument.labs import World

SESSION = "5f0c9a1234"


class Story:
    """A session whose calls overlap as the test says, and what is stored of it at last."""

    def __init__(self) -> None:
        self.ledger = Ledger(history=History())
        opened(self.ledger, SESSION)

    def begin(self, kind: Any, key: str = "", value: str = "") -> Running:
        return Running(self.ledger, kind, SESSION, key, value)

    def count(self, running: Running, answer: int | None) -> Call:
        running.call.answer = answer
        return running.end()

    def losses(
        self, accesses: int = 0, stored: dict[str, str] | None = None, is_open: bool = True, **options: Any
    ) -> dict[str, list[Loss]]:
        held = {SESSION: data(SESSION, accesses, stored)} if is_open else {}
        options.setdefault("rows", {SESSION})
        queue = options.get("queue", [])
        return all_losses(
            Evidence(
                self.ledger.totals(),
                self.ledger.promises(),
                Census(held, queue, [], SessionStats(active_sessions=len(held))),
                options["rows"],
                attempts=self.ledger.cleanup()[1],
                past=self.ledger.past,
            )
        )


def roles(loss: Loss) -> list[tuple[str, str]]:
    return [(call.kind, role) for call, role in loss.calls]


def nothing(found: dict[str, list[Loss]]) -> bool:
    return not any(found.values())


def test_a_save_that_met_one_other_save_was_lost_to_it() -> None:
    """A lost save with one overlapping writer is told with it, and with its words."""
    story = Story()
    lost, cover = story.begin("update", "theme", "dark"), story.begin("update", "size", "12")
    lost.end()
    cover.end()
    (loss,) = story.losses(1, {"size": "12"})["lost_updates"]
    assert roles(loss) == [("update", "gone"), ("update", "covers")]
    assert [call.key for call, _ in loss.calls] == ["theme", "size"]
    assert loss.text == "session 5f0c9a12…: 'theme' was saved as 'dark'; no value is stored"
    assert loss.stored == "'theme' is not stored"
    told = loss.to_json()
    assert told["calls"][0]["begin_ms"] == 0
    assert told["calls"][0]["end_ms"] < told["calls"][1]["end_ms"]
    assert nothing(story.losses(2, {"theme": "dark", "size": "12"})), "and nothing if it is stored"


def test_a_save_that_met_two_writers_is_assigned_to_none() -> None:
    """With a second writer, of whatever kind and outcome, the loss is not told; a failed call is no writer."""
    for kind, outcome, certain in (
        ("update", "acknowledged", False),
        ("increment", "acknowledged", False),
        ("update", "unknown", False),
        ("update", "failed", True),
        ("read", "acknowledged", True),
    ):
        story = Story()
        lost, cover, third = story.begin("update", "a", "1"), story.begin("update", "b", "2"), story.begin(kind, "c")
        for running in (lost, cover):
            running.end()
        third.end(outcome)  # type: ignore[arg-type]
        assert bool(story.losses(1, {"b": "2"})["lost_updates"]) == certain, (kind, outcome)


def test_a_save_that_met_nothing_is_not_told() -> None:
    """A change that vanished without an overlap is assigned to nobody."""
    story = Story()
    done(story.ledger, "update", SESSION, "a", "1")
    done(story.ledger, "update", SESSION, "b", "2")
    assert nothing(story.losses(1, {"b": "2"}))


def test_a_save_that_met_a_refresh_is_a_stale_overwrite() -> None:
    """A refresh that read the row during a save covers it; one that read later does not."""
    story = Story()
    refresh = story.begin("read").read_row()
    done(story.ledger, "update", SESSION, "a", "1")
    refresh.end()
    found = story.losses(0, {})
    assert [roles(loss) for loss in found["stale_overwrites"]] == [[("read", "covers"), ("update", "gone")]]
    assert not found["lost_updates"]
    story = Story()
    reader = story.begin("read")
    done(story.ledger, "update", SESSION, "a", "1")
    reader.read_row().end()
    assert nothing(story.losses(0, {})), "it has read the row after the save had ended"


def test_two_increments_with_one_answer_are_one_access() -> None:
    """Two overlapping increments that were told the same count have lost one access, if one is missing."""
    story = Story()
    one, other = story.begin("increment"), story.begin("increment")
    story.count(one, 1)
    story.count(other, 1)
    (loss,) = story.losses(1)["lost_updates"]
    assert roles(loss) == [("increment", "same")] * 2
    assert "both told that it is access 1" in loss.text
    assert loss.stored == "1 access is stored"
    assert nothing(story.losses(2)), "none is missing: no loss is told"


def test_increments_are_not_told_if_a_third_call_may_have_set_the_count_back() -> None:
    """A save, a refresh or a lower count beside two equal answers makes it uncertain; a higher count does not."""
    for kind, answer, certain in (("update", None, False), ("increment", 1, False), ("increment", 3, True)):
        story = Story()
        done(story.ledger, "update", SESSION, "a", "1")
        one, other, third = story.begin("increment"), story.begin("increment"), story.begin(kind)
        story.count(one, 2)
        story.count(third, answer)
        story.count(other, 2)
        assert bool(story.losses(2, {"a": "1"})["lost_updates"]) == certain, (kind, answer)
    story = Story()
    refresh = story.begin("read").read_row()
    one, other = story.begin("increment"), story.begin("increment")
    story.count(one, 1)
    story.count(other, 1)
    refresh.end()
    assert nothing(story.losses(1))


def test_equal_answers_one_after_another_are_not_told() -> None:
    """Increments that did not overlap have not lost to each other."""
    story = Story()
    for _ in range(2):
        story.count(story.begin("increment"), 1)
    assert nothing(story.losses(1))


def test_what_is_older_than_the_history_is_not_told() -> None:
    """If a call that ran beside a lost save is forgotten, the save is not told."""
    story = Story()
    lost, cover, forgotten = (story.begin("update", key, "1") for key in "abc")
    forgotten.end()
    for _ in range(64):
        done(story.ledger, "increment", SESSION)
    lost.end()
    cover.end()
    assert nothing(story.losses(0, {"b": "1"}))


def test_a_stuck_row_is_told_with_its_logout_and_attempts() -> None:
    """A logout whose row is tried again and again is told with the time of each attempt."""
    story = Story()
    done(story.ledger, "delete", SESSION)
    for _ in range(5):
        story.ledger.row_kept(SESSION)
    (loss,) = story.losses(is_open=False, queue=[SESSION])["cleanup_leak"]
    assert roles(loss) == [("delete", "asked")]
    assert (len(loss.attempts), loss.attempted) == (5, 5)
    assert loss.attempts[0] > loss.calls[0][0].end
    assert nothing(story.losses(is_open=False, rows=set())), "a row that is removed is no leak"


def test_a_logout_that_died_half_way_is_told() -> None:
    """A row that nothing waits for, of a session whose logout has no known outcome, is a phantom."""
    story = Story()
    story.begin("delete").end("unknown")
    (loss,) = story.losses(is_open=False)["phantom_sessions"]
    assert roles(loss) == [("delete", "half")]
    assert nothing(story.losses(is_open=False, queue=[SESSION])), "it waits for cleanup"


def test_a_logout_that_a_save_has_undone_is_told() -> None:
    """A session that was closed and is open again was written by the one call that met its logout."""
    story = Story()
    save, logout = story.begin("update", "a", "1"), story.begin("delete")
    logout.end()
    save.end()
    (loss,) = story.losses(1, {"a": "1"}, is_open=True)["phantom_sessions"]
    assert roles(loss) == [("update", "covers"), ("delete", "gone")]


def test_a_card_tells_no_more_losses_than_it_counts() -> None:
    """Without a history a card has lines without losses, and all are unassigned."""
    ledger = Ledger()
    opened(ledger, SESSION)
    lost, cover = Running(ledger, "update", SESSION, "a", "1"), Running(ledger, "update", SESSION, "b", "2")
    lost.end()
    cover.end()
    census = Census({SESSION: data(SESSION, 1, {"b": "2"})}, [], [], SessionStats(active_sessions=1))
    verdict = judge(Evidence(ledger.totals(), ledger.promises(), census, {SESSION}))
    card = verdict.cards["lost_updates"]
    assert (card.count, card.unassigned, [line.loss for line in card.evidence]) == (1, 1, [None, None])
    assert verdict.losses == []


LOADS = {"lost_updates": 6, "stale_overwrites": 6, "cleanup_leak": 4, "phantom_sessions": 6}


@pytest.mark.parametrize("bug", LOADS)
def test_a_real_load_gives_losses_that_are_true(started: World, bug: str) -> None:
    """Real threads: each loss that the buggy manager's evidence names is true of its store; fixed has none."""
    started.burst(bug, visitors=LOADS[bug], seconds=2.0, use_dials=False)
    started.lab.settle()
    told = started.verdict()["variants"]
    named = {
        variant: [line["loss"] for card in told[variant]["cards"].values() for line in card["evidence"] if line["loss"]]
        for variant in told
    }
    assert named["fixed"] == []
    card = told["buggy"]["cards"][bug]
    losses = [started.ask(f"/lab/losses/buggy/{name}") for name in named["buggy"]]
    mine = [loss for loss in losses if loss["bug"] == bug]
    assert mine, card
    assert len(mine) == min(10, card["count"] - card["unassigned"])
    for loss in mine:
        TRUE[bug](started, loss)
        page = started.client.get(f"/lab/loss/buggy/{loss['id']}")
        assert page.status_code == 200
        assert page.text.count("<rect") == len(loss["calls"])


def _is_true_of_the_store(world: World, loss: dict[str, Any]) -> None:
    stored = world.ask(f"/lab/sessions/buggy/{loss['session_id']}")
    main = [call for call in loss["calls"] if call["role"] != "beside"]
    assert max(call["begin_ms"] for call in main) <= min(call["end_ms"] for call in main), "they have overlapped"
    gone = [call for call in main if call["role"] == "gone"]
    for call in gone:
        assert call["outcome"] == "acknowledged"
        assert stored["metadata"].get(call["key"]) != call["value"]
    if not gone:
        assert [call["role"] for call in main] == ["same", "same"]
        assert main[0]["answer"] == main[1]["answer"] <= stored["access_count"]
    assert {call["caller"][:8] for call in loss["calls"]} == {"visitor-"}


def _is_stuck(world: World, loss: dict[str, Any]) -> None:
    assert loss["session_id"] in world.ask("/lab/census/buggy")["queue"]
    assert loss["attempted"] >= len(loss["attempts_ms"]) > 3 or loss["attempted"] > 3
    assert loss["attempts_ms"] == sorted(loss["attempts_ms"])


def _is_misplaced(world: World, loss: dict[str, Any]) -> None:
    census = world.ask("/lab/census/buggy")
    assert loss["session_id"] in census["rows"]
    assert loss["session_id"] not in census["sessions"]
    assert [call["role"] for call in loss["calls"]] == ["half"]


TRUE = {
    "lost_updates": _is_true_of_the_store,
    "stale_overwrites": _is_true_of_the_store,
    "cleanup_leak": _is_stuck,
    "phantom_sessions": _is_misplaced,
}


def test_the_export_draws_one_loss_of_each_bug_also_of_ended_runs(started: World) -> None:
    """The page that needs no server has the pictures, each with a name of its own."""
    for number in (1, 2):
        started.burst("lost_updates", seconds=1.0)
        started.verdict()
        page = started.client.get("/lab/export.html").text
        assert page.startswith("<!doctype html>")
        assert page.count('aria-labelledby="loss-') == len(set(re.findall(r'<title id="loss-(.*?)"', page))) == number
        started.lab.reset()


def test_an_unknown_loss_is_not_found(started: World) -> None:
    """404 for a loss that no evidence names, and for an unknown manager."""
    for path in ("/lab/losses/buggy/none", "/lab/losses/none/none", "/lab/loss/buggy/none", "/lab/loss/none/none"):
        assert started.client.get(path).status_code == 404
