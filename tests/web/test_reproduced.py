"""A loss in the explorer: the same calls lose the same, each time; on the fixed manager they do not."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape

import pytest
from flask import render_template

from app import create_app
from racelab.explorer.search.findings import FOUND, NONE
from racelab.live.lab import Lab
from racelab.promises.losses import Loss
from racelab.web.losses import pages as loss_pages
from racelab.web.losses.reproduced import REPLAYS, reproduced
from racelab.web.losses.spacetime import Drawing
from racelab.web.losses.words import words
from tests.instrument.test_losses import Story
from tests.subject.cases import Cases
from tests.web.stories import all_kinds, leak, undone


def every_kind() -> list[Loss]:
    """One of each kind of story: which calls it has, and in which roles."""
    found: dict[object, Loss] = {}
    for loss in all_kinds():
        found.setdefault(
            (loss.bug, frozenset((call.kind, role) for call, role in loss.calls if role != "beside")), loss
        )
    return list(found.values())


def page(loss: Loss, variant: str = "buggy") -> str:
    """What the page says below the picture."""
    app = create_app({"TESTING": True, "SESSION_MANAGER_DATABASE": "memory://"})
    with app.test_request_context("/"):
        told = {"loss": loss, "variant": variant, "bug": {"key": loss.bug, "title": loss.bug}, "replays": REPLAYS}
        drawn = {"picture": Drawing(loss).picture(), "words": words(loss)}
        return render_template("loss.html", **told, **drawn, again=reproduced(loss, variant))


def test_a_loss_is_reproduced_each_time_on_buggy_and_never_on_fixed() -> None:
    """All but a session that is open again: no order of these calls opens one in memory, and that is said."""
    with Cases() as cases:
        for loss in every_kind():
            with cases.case(loss.id):
                is_reproduced(loss)


def is_reproduced(loss: Loss) -> None:
    """By the calls that it has."""
    again, right = reproduced(loss, "buggy"), reproduced(loss, "fixed")
    assert (right.witness, right.findings.verdict, right.again) == (None, NONE, 0)
    if loss.bug == "phantom_sessions" and len(again.scenario.tasks[0][0].arguments) > 1:
        assert (again.witness, again.findings.verdict, again.fixes) == (None, NONE, ())
    else:
        assert (again.findings.verdict, again.again) == (FOUND, REPLAYS)
        assert {tried.verdict for tried in again.fixes} == {FOUND, NONE}
        assert again.steps_at


def test_a_step_that_only_reads_tells_what_it_has_read() -> None:
    """As the terminal and the replay do: both users have read the count before either has written."""
    again = next(again for again in map(reproduced, every_kind(), ["buggy"] * 9) if again.steps_at == "lost-increment")
    assert again.trace is not None
    first, second, *_ = again.trace.steps
    assert (first.learnt, first.changes) == ((("count", "1"),), ())
    assert second.learnt == first.learnt
    loss = next(loss for loss in every_kind() if loss.calls[0][0].kind == "increment")
    assert page(loss).count('<span class="loss-then">count: 1</span>') == 2


def test_a_loss_is_explored_once_however_many_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """A class opens the same one at once; another loss is explored anew."""
    explored: list[tuple[str, str]] = []
    monkeypatch.setattr(loss_pages, "reproduced", lambda loss, variant: explored.append((loss.id, variant)))
    pages, (one, other) = loss_pages.LossPages(Lab()), every_kind()[:2]
    with ThreadPoolExecutor(4) as many:
        list(many.map(lambda loss: pages._again(loss, "buggy"), [one] * 4 + [other]))
    assert sorted(explored) == sorted([(one.id, "buggy"), (other.id, "buggy")])


def test_the_replay_of_a_loss_leads_back_to_it() -> None:
    """And no link is made of what is no loss."""
    loss = every_kind()[0]
    link = re.search(r'href="(/replay[?][^"]*)"', page(loss))
    assert link is not None
    client = create_app({"TESTING": True, "SESSION_MANAGER_DATABASE": "memory://"}).test_client()
    assert f'<a href="/lab/loss/buggy/{loss.id}#again">Back to the loss</a>' in client.get(unescape(link[1])).text
    for wrong in ("", "//else.where/x", "buggy/../..", "buggy/%22%3E"):
        assert "Back to the loss" not in client.get(f"/replay?loss={wrong}").text, wrong


@pytest.mark.parametrize("first", [True, False])
def test_the_change_that_is_gone_is_the_one_that_the_schedule_loses(first: bool) -> None:
    """Of two saves that meet, whichever is told to have been covered by the other."""
    story = Story()
    gone, cover = ("a", "b") if first else ("b", "a")
    calls = {key: story.begin("update", key, "1") for key in "ab"}
    for key in (gone, cover):
        calls[key].end()
    (loss,) = story.losses(1, {cover: "1"})["lost_updates"]
    trace = reproduced(loss, "buggy").trace
    assert trace is not None
    (session,) = trace.steps[-1].shared.store
    assert dict(session.keys) == {cover: "1"}


def test_the_page_shows_the_schedule_and_what_prevents_it() -> None:
    """Each step, the number of orders, and the fixes that lose it as well."""
    story = Story()
    one, other = story.begin("increment"), story.begin("increment")
    for running in (one, other):
        story.count(running, 1)
    (loss,) = story.losses(1)["lost_updates"]
    told = page(loss)
    assert "<code>A1 B3 A2</code>" in told
    assert f"Replayed {REPLAYS} times, it lost {REPLAYS} times." in told
    assert told.count("data-task=") == 6
    assert told.count("loses it as well") == 1
    assert told.count("does not lose it") == 4
    assert "scenario=lost-increment" in told


def test_what_cannot_be_reproduced_is_said() -> None:
    """There is no schedule, and no fix is praised."""
    told = page(undone())
    assert "Not reproduced" in told
    assert "None of the" in told
    assert "What prevents it" not in told


def test_a_manager_that_the_explorer_does_not_run_is_told_by_buggy() -> None:
    """Its sessions are in a store; the calls are the same."""
    assert reproduced(leak(), "redis-buggy").variant == "buggy"


def test_a_fix_that_ends_badly_otherwise_is_not_praised() -> None:
    """To give the row up leaks nothing, and leaves it without a session."""
    also = {tried.fix.name: tried.also for tried in reproduced(leak(), "buggy").fixes}
    assert "orphan-row" in also["drop-after-n"]
    assert not also["dead-letter-queue"]
    assert "but some end in: counts differ, orphan row" in page(leak())
